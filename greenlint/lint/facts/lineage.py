"""What an object was made of, followed further than one function: for objects that classes keep.

Beside the names of a function, this follows attributes of `self`, properties, and what the calls
of the module hand over. Where it leaves the module, it says to which names of which others.
"""

import builtins
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.handovers import Handovers, Place
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import OWN, children, defined_name, positional_names
from greenlint.lint.facts.survey import module_name
from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Call
from greenlint.lint.questions import Handover

_MOST_PLACES = 200  # expressions that are looked at for one object


@dataclass(frozen=True, slots=True)
class Lineage:
    """The calls that an object comes from, and the names of other modules among its origins.

    A reference is a dotted name as an import spells it: `.networks.Net`, `shop.networks.Net`.
    `paths` is what all names among them and in annotations stand for; `given` are the parameters
    for which nothing in the module gives a value.
    """

    calls: frozenset[Call] = frozenset()
    references: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    given: frozenset[Binding] = frozenset()


def merged(lineages: Iterable[Lineage]) -> Lineage:
    """Where several objects come from."""
    lineages = tuple(lineages)
    return Lineage(
        frozenset().union(*(each.calls for each in lineages)),
        frozenset().union(*(each.references for each in lineages)),
        frozenset().union(*(each.paths for each in lineages)),
        frozenset().union(*(each.given for each in lineages)),
    )


class Lineages:
    """Follows objects through one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._handovers = Handovers(facts.tree)

    def of(self, node: cst.BaseExpression, block: Block, order: int) -> Lineage:
        """Where the object comes from that `node` stands for."""
        calls: set[Call] = set()
        paths: set[str] = set()
        given: set[Binding] = set()
        stack: list[Place] = [(node, block, order)]
        seen: set[cst.CSTNode] = set()
        while stack and len(seen) < _MOST_PLACES:
            place = stack.pop()
            if place[0] in seen:
                continue
            seen.add(place[0])
            calls.update(self._calls(place[0]))
            paths.update(self._paths(place))
            for binding in self._bindings(place):
                followed = list(self._behind(binding))
                stack.extend(followed)
                if binding.kind is BindingKind.PARAMETER:
                    paths.update(self.annotated(binding))
                    if not followed and binding.name not in OWN:
                        given.add(binding)
        references = frozenset(filter(None, map(self.reference, paths)))
        return Lineage(frozenset(calls), references, frozenset(paths), frozenset(given))

    def handovers(self, parameters: Iterable[Binding]) -> Iterator[Handover]:
        """What other modules may hand over: to functions of this module, and to constructors."""
        for parameter in parameters:
            function = parameter.block
            name, positions = defined_name(function.node), positional_names(function.node)
            if _is_method(function):
                name = (
                    defined_name(function.parent.node)
                    if name == "__init__" and function.parent
                    else ""
                )
            if name:
                place = positions.index(parameter.name) if parameter.name in positions else -1
                yield Handover(module_name(self._facts.path), name, parameter.name, place)

    def handed_over(self, handover: Handover) -> Iterator[Lineage]:
        """Where the objects come from that this module hands over to a function of another."""
        for call in self._facts.tree.calls:
            path = self._facts.called(call) or ""
            parts = path.split(".")
            if parts[-1] != handover.function or handover.module not in parts[:-1]:
                continue
            for index, argument in enumerate(call.node.args):
                named = (
                    argument.keyword is not None and argument.keyword.value == handover.parameter
                )
                placed = argument.keyword is None and index == handover.position
                if named or (placed and not argument.star):
                    yield self.of(argument.value, call.block, call.order)

    def annotated(self, binding: Binding) -> Iterator[str]:
        """The dotted names in the annotation of a parameter."""
        if binding.annotation is None or binding.block.parent is None:
            return
        for node in _below(binding.annotation):
            if isinstance(node, cst.Name | cst.Attribute):
                path = self._facts.names.path(node, binding.block.parent, binding.order)
                if path is not None:
                    yield path

    def taken(self, block: Block) -> Iterator[str]:
        """The dotted names in the annotations of a function, or of the constructor of a class."""
        for function in self._facts.functions():
            if function is block or (function.parent is block and _is_method(function)):
                for bindings in function.bindings.values():
                    for binding in bindings:
                        if binding.kind is BindingKind.PARAMETER:
                            yield from self.annotated(binding)

    def called(self, call: Call) -> Iterator[str]:
        """The path of what is called; all that it may be where star imports bring it."""
        path = self._facts.called(call)
        if path is not None:
            yield path
        elif isinstance(call.node.func, cst.Name):
            yield from self._starred(call.node.func.value, call.block, call.order)

    # -- one step ----------------------------------------------------------------------------

    def _calls(self, node: cst.CSTNode) -> Iterator[Call]:
        for inner in _below(node):
            if isinstance(inner, cst.Call) and inner in self._facts.tree.call_of:
                yield self._facts.tree.call_of[inner]

    def _paths(self, place: Place) -> Iterator[str]:
        """What the names in an expression stand for, and the bases that lend it an attribute."""
        node, block, order = place
        for inner in _below(node):
            if isinstance(inner, cst.Name | cst.Attribute):
                path = self._facts.names.path(inner, block, order)
                if path is not None:
                    yield path
                elif isinstance(inner, cst.Name):
                    yield from self._starred(inner.value, block, order)
            if (attribute := _own_attribute(inner)) is not None:
                owner = self._facts.class_around(block)
                if owner is not None and not _stores(owner, attribute):
                    yield from self.bases(owner)

    def _starred(self, name: str, block: Block, order: int) -> Iterator[str]:
        """What a name may be that only a star import can bring."""
        if name not in self._bound and not self._facts.names.definitions(name, block, order):
            yield from (join(module, name) for module in self._facts.tree.star_imports)

    @cached_property
    def _bound(self) -> frozenset[str]:
        """Builtins, and whatever is given a value anywhere in the module."""
        return frozenset(dir(builtins)).union(*(b.bindings for b in self._facts.tree.blocks))

    def bases(self, owner: Block) -> Iterator[str]:
        """The paths of the classes that a class is made of."""
        if not isinstance(owner.node, cst.ClassDef) or owner.parent is None:
            return
        for base in owner.node.bases:
            path = self._facts.names.path(base.value, owner.parent, owner.start)
            if path is not None:
                yield path
            elif isinstance(base.value, cst.Name):
                yield from self._starred(base.value.value, owner.parent, owner.start)

    def _bindings(self, place: Place) -> Iterator[Binding]:
        node, block, order = place
        for name in self._facts.flow.reads(node):
            yield from self._facts.names.definitions(name.value, block, order)
        owner = self._facts.class_around(block)
        if owner is None:
            return
        for inner in _below(node):
            attribute = _own_attribute(inner)
            if attribute is not None:
                yield from owner.attributes.get(attribute, ())
                yield from owner.bindings.get(attribute, ())

    def _behind(self, binding: Binding) -> Iterator[Place]:
        """The expressions that a binding gets its value from."""
        if binding.kind is BindingKind.PARAMETER:
            yield from self._handovers.given(binding)
            return
        if binding.kind is BindingKind.FUNCTION and binding.node is not None:
            function = self._facts.tree.block_of.get(binding.node)
            if function is not None and _is_method(function):
                yield from self._handovers.returned(function)
        elif isinstance(binding.value, cst.BaseExpression):
            yield binding.value, binding.block, binding.order

    # -- other modules -----------------------------------------------------------------------

    def reference(self, path: str | None) -> str | None:
        """The name of another module of the project that a path starts with, if it does."""
        if path is None or ":" in path:
            return None
        name = path.split("(", 1)[0].rstrip(".")
        root = name.lstrip(".").split(".", 1)[0]
        if name.startswith("."):
            own = not name.startswith("..") and self._is_own(root)
            return None if own or not root else name
        return name if "." in name and root not in self._foreign else None

    def _is_own(self, root: str) -> bool:
        bindings = self._facts.tree.module.bindings.get(root, ())
        return any(b.kind in {BindingKind.FUNCTION, BindingKind.CLASS} for b in bindings)

    @cached_property
    def _foreign(self) -> frozenset[str]:
        return self._facts.catalog.libraries | sys.stdlib_module_names | {"builtins"}


def join(module: str, name: str) -> str:
    """The dotted name of what a module holds."""
    return f"{module}{name}" if module.endswith(".") else f"{module}.{name}"


def _below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """An expression and all within it; the attributes of names are no names."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend([current.value] if isinstance(current, cst.Attribute) else children(current))


def _own_attribute(node: cst.CSTNode) -> str | None:
    match node:
        case cst.Attribute(value=cst.Name(value="self" | "cls"), attr=cst.Name(value=name)):
            return name
        case _:
            return None


def _stores(owner: Block, attribute: str) -> bool:
    return attribute in owner.attributes or attribute in owner.bindings


def _is_method(function: Block) -> bool:
    return function.parent is not None and function.parent.kind is BlockKind.CLASS
