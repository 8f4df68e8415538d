"""Arguments have three values: present, absent, or unknown."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from greenlint.lint.facts.names import Names
from greenlint.lint.facts.tree import Binding, BindingKind, Block, Call, Tree


class State(enum.Enum):
    """Whether an argument is given."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call: whether it is given, and the expression and place it comes from."""

    state: State
    value: cst.BaseExpression | None = None
    block: Block | None = None
    order: int = 0


ABSENT = Argument(State.ABSENT)
UNKNOWN = Argument(State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call or the keys of a dict, bound to names as far as they can be."""

    named: Mapping[str, Argument]
    positional: tuple[Argument, ...] = ()
    complete: bool = True

    def get(self, name: str, positions: Sequence[str] = ()) -> Argument:
        """The argument called `name`, which may be given at its place in `positions`."""
        found = self.named.get(name)
        if found is not None:
            return found
        if name in positions and positions.index(name) < len(self.positional):
            return self.positional[positions.index(name)]
        return ABSENT if self.complete else UNKNOWN


class Arguments:
    """Binds the arguments of one module's calls."""

    def __init__(self, tree: Tree, names: Names) -> None:
        self._tree = tree
        self._names = names
        self._given: dict[cst.CSTNode, Given] = {}
        self._parts: dict[tuple[Binding, int], Given | None] = {}

    def given(self, call: Call) -> Given:
        """All arguments of `call`; `*args` and an unresolved `**kwargs` leave it incomplete."""
        known = self._given.get(call.node)
        if known is None:
            known = self._given[call.node] = self._bind(call.node, call.block, call.order)
        return known

    def find(self, call: Call, path: str, positions: Sequence[str] = ()) -> Argument:
        """The argument at a dotted path: `max_tokens`, or `config.max_output_tokens`."""
        name, _, rest = path.partition(".")
        argument = self.given(call).get(name, positions)
        return self.inner(argument, rest) if rest else argument

    def inner(self, argument: Argument, path: str) -> Argument:
        """The part of `argument` (a dict or a constructor call) at a dotted path."""
        if argument.state is not State.PRESENT or argument.block is None:
            return argument
        parts = self.parts(argument.value, argument.block, argument.order)
        if parts is None:
            return UNKNOWN
        name, _, rest = path.partition(".")
        found = parts.get(name)
        return self.inner(found, rest) if rest else found

    def parts(self, node: cst.CSTNode | None, block: Block, order: int) -> Given | None:
        """The keys of a dict display or constructor call, through names; None when unknown."""
        match node:
            case cst.Dict():
                return self._dict(node, block, order)
            case cst.Call(func=func):
                # What another function makes of its arguments is unknown: `load(path)`.
                return self._bind(node, block, order) if _is_constructor(func) else None
            case cst.Name(value=name):
                return self._named_parts(name, block, order)
            case cst.Attribute():
                return None
            case _:
                return None

    def _bind(self, node: cst.Call, block: Block, order: int) -> Given:
        named: dict[str, Argument] = {}
        positional: list[Argument] = []
        complete = True
        for arg in node.args:
            if arg.star == "**":
                parts = self.parts(arg.value, block, order)
                complete = complete and parts is not None and parts.complete
                named.update(parts.named if parts is not None else {})
            elif arg.star == "*":
                complete = False
            elif arg.keyword is not None:
                named[arg.keyword.value] = Argument(State.PRESENT, arg.value, block, order)
            elif complete:
                positional.append(Argument(State.PRESENT, arg.value, block, order))
        return Given(named, tuple(positional), complete)

    def _dict(self, node: cst.Dict, block: Block, order: int) -> Given:
        named: dict[str, Argument] = {}
        complete = True
        for element in node.elements:
            if isinstance(element, cst.StarredDictElement):
                parts = self.parts(element.value, block, order)
                complete = complete and parts is not None and parts.complete
                named.update(parts.named if parts is not None else {})
            elif isinstance(element, cst.DictElement):
                key = element.key
                if isinstance(key, cst.SimpleString) and isinstance(key.evaluated_value, str):
                    value = Argument(State.PRESENT, element.value, block, order)
                    named[key.evaluated_value] = value
                else:
                    complete = False
        return Given(named, (), complete)

    def _named_parts(self, name: str, block: Block, order: int) -> Given | None:
        binding = self._names.single_definition(name, block, order)
        if binding is None or binding.kind is not BindingKind.ASSIGN:
            return None
        if not isinstance(binding.value, cst.BaseExpression):
            return None
        place = (binding, order)
        if place not in self._parts:
            parts = self.parts(binding.value, binding.block, binding.order)
            more = self._with_later_keys(parts, binding, order) if parts is not None else None
            self._parts[place] = more
        return self._parts[place]

    def _with_later_keys(self, parts: Given, binding: Binding, order: int) -> Given:
        """`parts` and what `name["key"] = value` and `name.update(...)` add before `order`."""
        named = dict(parts.named)
        complete = parts.complete
        same_scope = binding.block.scope
        for store in self._tree.stores:
            if not binding.order < store.order < order or store.block.scope is not same_scope:
                continue
            key = _stored_key(store.target, binding.name)
            if key == "":
                complete = False
            elif key is not None and store.value is not None:
                named[key] = Argument(State.PRESENT, store.value, store.block, store.order)
        for call in self._tree.calls:
            if not binding.order < call.order < order or call.block.scope is not same_scope:
                continue
            if _is_method(call.node, binding.name, "update"):
                more = self._updates(call)
                complete = complete and more is not None and more.complete
                named.update(more.named if more is not None else {})
            elif _is_method(call.node, binding.name, "pop"):
                complete = False
        return Given(named, parts.positional, complete)

    def _updates(self, call: Call) -> Given | None:
        given = self._bind(call.node, call.block, call.order)
        if not given.positional:
            return given
        first = given.positional[0]
        return self.parts(first.value, call.block, call.order)


def _is_constructor(func: cst.BaseExpression) -> bool:
    match func:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name == "dict" or name.lstrip("_")[:1].isupper()
        case _:
            return False


def _stored_key(target: cst.BaseExpression, name: str) -> str | None:
    """The literal key of `name[key] = ...`; empty when it is no literal, None for other stores."""
    match target:
        case cst.Subscript(
            value=cst.Name(value=base),
            slice=[cst.SubscriptElement(slice=cst.Index(value=key))],
        ) if base == name:
            if isinstance(key, cst.SimpleString) and isinstance(key.evaluated_value, str):
                return key.evaluated_value
            return ""
        case _:
            return None


def _is_method(node: cst.Call, name: str, method: str) -> bool:
    match node.func:
        case cst.Attribute(value=cst.Name(value=base), attr=cst.Name(value=attr)):
            return base == name and attr == method
        case _:
            return False
