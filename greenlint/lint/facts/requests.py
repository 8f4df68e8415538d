"""What requests to models are made of, and whether an equal one is sent again."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.flow import MUTATORS, calls_below
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import OWN, last_name, root_name
from greenlint.lint.facts.repeats import Repeats
from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Call, Store
from greenlint.lint.facts.vocabulary import Answer, Unit, fact
from greenlint.lint.rule import Subject

# The roles of the arguments that an answer hangs on.
_INPUTS = ("prompt", "system", "query", "conversation")
# Functions and methods that make equal things of equal things and change none of them.
_PURE = frozenset(
    {"str", "len", "int", "repr", "format", "join", "dedent", "strip", "lstrip", "rstrip", "split"}
    | {"replace", "lower", "upper", "dumps", "list", "tuple", "dict", "sorted", "range", "encode"}
    | {"from_template", "from_messages", "from_text", "from_bytes", "format_messages", "partial"}
    | {"print", "copy", "deepcopy", "cleandoc", "get", "items", "keys", "values", "as_string"}
    | {"format_prompt", "to_messages", "info", "debug", "isinstance", "min", "max", "round"}
)
# What is looked up in something imported, such as a web request, is no constant.
_LOOKUPS = frozenset({"get", "items", "keys", "values", "copy"})
_STRAIGHT = frozenset(
    {BlockKind.WITH, BlockKind.TRY, BlockKind.FOR, BlockKind.WHILE, BlockKind.COMPREHENSION}
)


class Requests:
    """Compares the requests of one module, with one another and from run to run."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._repeats = facts.extension(Repeats)
        self._words: dict[Call, frozenset[str]] = {}

    def words(self, call: Call) -> frozenset[str]:
        """See the fact `request`."""
        if call not in self._words:
            found = {
                "constant": self.is_constant(call),
                "unchanged": next(self.invariant_loops(call), None) is not None,
                "twin": self.equal_before(call) is not None,
            }
            self._words[call] = frozenset(word for word, holds in found.items() if holds)
        return self._words[call]

    def inputs(self, call: Call) -> list[Argument]:
        """The arguments that the answer hangs on."""
        found = (self._facts.role(call, role) for role in _INPUTS)
        return [argument for argument in found if argument.state is not State.ABSENT]

    def asked_of(self, call: Call) -> cst.BaseExpression | None:
        """The object whose method sends the request, where it holds a part of the prompt."""
        func = call.node.func
        if isinstance(func, cst.Attribute):
            return func.value
        return func if self._called_type(call) is not None else None

    def _called_type(self, call: Call) -> str | None:
        name = self._facts.called(call) or ""
        return name.split(":", 1)[0] if ":" in name else None

    # -- equal from run to run ---------------------------------------------------------------

    def is_constant(self, call: Call) -> bool:
        """Whether every run of the function around a request sends the same prompt."""
        inputs = self.inputs(call)
        if not inputs or any(argument.state is State.UNKNOWN for argument in inputs):
            return False
        if not all(self._is_fixed(a.value, a.block, a.order) for a in inputs if a.block):
            return False
        if self._is_chosen(self._facts.role(call, "model")):
            return False
        holder = self.asked_of(call)
        return holder is None or not self._holds_prompt(call) or self._is_fixed_holder(holder, call)

    def _is_chosen(self, argument: Argument) -> bool:
        """Whether an argument comes with a call of the function or with a pass of a loop."""
        if argument.block is None or argument.value is None:
            return False
        return any(
            binding.kind in {BindingKind.PARAMETER, BindingKind.TARGET}
            and binding.name not in {"self", "cls"}
            for name in self._facts.flow.reads(argument.value)
            for binding in self._facts.names.definitions(name.value, argument.block, argument.order)
        )

    def _holds_prompt(self, call: Call) -> bool:
        """Whether what is asked may carry a template, as a chain does."""
        return (self._called_type(call) or "").startswith(("langchain", "haystack"))

    def _is_fixed_holder(self, holder: cst.BaseExpression, call: Call) -> bool:
        return all(
            not self._is_variable(name, block, order)
            for node, block, order in self._facts.flow.sources(holder, call.block, call.order)
            for name in self._facts.flow.reads(node)
        )

    def _is_fixed(self, value: cst.CSTNode | None, block: Block, order: int) -> bool:
        for node, where, when in self._facts.flow.sources(value, block, order):
            if any(self._is_variable(name, where, when) for name in self._facts.flow.reads(node)):
                return False
            if not all(is_constant_maker(found) for found in calls_below(node)):
                return False
        return True

    def _is_variable(self, name: cst.Name, block: Block, order: int) -> bool:
        """Whether a name may stand for something else in another run."""
        if name.value in {*OWN, "True", "False", "None"}:
            return name.value in OWN
        bindings = self._facts.names.definitions(name.value, block, order)
        if not bindings:
            return self._facts.names.path(name, block, order) is None
        return any(self._varies_from_run_to_run(name, binding, block) for binding in bindings)

    def _varies_from_run_to_run(self, name: cst.Name, binding: Binding, block: Block) -> bool:
        match binding.kind:
            case BindingKind.IMPORT:
                return not self._names_constant(name)
            case BindingKind.CLASS | BindingKind.FUNCTION:
                return False
            case BindingKind.ASSIGN:
                return self._is_shared(binding, block) or self.is_changed(binding.name)
            case _:
                return True

    def _is_shared(self, binding: Binding, block: Block) -> bool:
        """Whether a function reads a list of the module that any other function may fill."""
        if binding.block.scope is block.scope or binding.name.isupper():
            return False
        return isinstance(binding.value, (cst.List, cst.Dict, cst.Set, cst.BaseComp))

    def _names_constant(self, name: cst.Name) -> bool:
        """Whether an imported name is spelled as a constant, a class or a pure function."""
        node: cst.CSTNode = name
        while isinstance(parent := self._facts.parent(node), cst.Attribute):
            node = parent
        last = node.attr.value if isinstance(node, cst.Attribute) else name.value
        return last.isupper() or last[:1].isupper() or last in _PURE - _LOOKUPS

    def is_changed(self, name: str) -> bool:
        """Whether something of that name is changed in place anywhere in the module."""
        tree = self._facts.tree
        if any(root_name(store.target) == name for store in tree.stores):
            return True
        return any(_changes(call.node, name) for call in tree.calls)

    # -- equal from pass to pass -------------------------------------------------------------

    def invariant_loops(self, call: Call) -> Iterator[Block]:
        """The innermost loop around a request that sends it again unchanged, if it does."""
        loops = [b for b in self._facts.loops_around(call.block) if not self._tries_again(b, call)]
        if loops and self._is_unchanged_in(loops[0], call):
            yield loops[0]

    def _tries_again(self, loop: Block, call: Call) -> bool:
        """Whether a loop repeats a request until it works, told by a flag too."""
        if self._repeats.is_retry(loop, call.order):
            return True
        tried = any(b.kind is BlockKind.TRY and b.is_within(loop) for b in call.block.ancestors())
        return loop.kind is BlockKind.WHILE and tried

    def _is_unchanged_in(self, loop: Block, call: Call) -> bool:
        inputs = self.inputs(call)
        if not inputs or any(argument.block is None for argument in inputs):
            return False
        vary = self._facts.flow.varies
        if any(vary(a.value, loop, a.block, a.order) is not False for a in inputs if a.block):
            return False
        if any(vary(a.value, loop, call.block, call.order) is True for a in call.node.args):
            return False
        holder = self.asked_of(call)
        if holder is not None and vary(holder, loop, call.block, call.order) is True:
            return False
        return not any(self._is_touched(a, loop) for a in inputs)

    def _is_touched(self, argument: Argument, loop: Block) -> bool:
        """Whether a pass of `loop` may change, behind a name, what an argument is made of."""
        if argument.block is None:
            return True
        names = {
            name.value
            for node, block, order in self._facts.flow.sources(
                argument.value, argument.block, argument.order
            )
            for name in self._facts.flow.reads(node)
            if not self._is_plain(name, block, order)
        }
        return any(self._may_change(other, names) for other in self._facts.tree.calls_in(loop))

    def _is_plain(self, name: cst.Name, block: Block, order: int) -> bool:
        """Whether a name stands for a text or number, which nothing can change in place."""
        return self._facts.constants.value(name, block, order) is not None

    # -- equal on one path -------------------------------------------------------------------

    def equal_before(self, call: Call) -> Call | None:
        """An earlier request that asked the very same on every path that leads to `call`."""
        kinds = [meaning.kind for meaning in self._facts.meanings(call)]
        for other in self._facts.calls_of(*kinds):
            if other.order >= call.order or other.node is call.node:
                continue
            equal = self._precedes(other, call) and other.node.deep_equals(call.node)
            if equal and self._is_untouched_between(other, call):
                return other
        return None

    def _precedes(self, other: Call, call: Call) -> bool:
        between: list[Block] = []
        for block in call.block.ancestors():
            if block is other.block:
                return all(b.kind in _STRAIGHT for b in between)
            between.append(block)
        return False

    def _is_untouched_between(self, other: Call, call: Call) -> bool:
        inputs = self.inputs(call)
        if not inputs or any(argument.block is None for argument in inputs):
            return False
        names = self._facts.names
        seen: set[str] = set()
        for node in (call.node.func, *(arg.value for arg in call.node.args)):
            for name in self._facts.flow.reads(node):
                before = names.definitions(name.value, other.block, other.order)
                if before != names.definitions(name.value, call.block, call.order):
                    return False
                if not self._is_plain(name, call.block, call.order):
                    seen.add(name.value)
            if not all(
                is_constant_maker(found) for found in calls_below(node) if found is not call.node
            ):
                return False
        return not self._is_touched_between(seen, other, call)

    def _is_touched_between(self, names: set[str], other: Call, call: Call) -> bool:
        tree = self._facts.tree
        stores = (s for s in tree.stores if other.order < s.order < call.order)
        if any(root_name(s.target) in names or self._configures(s) for s in stores):
            return True
        between = (c for c in tree.calls if other.order < c.order < call.order)
        return any(self._may_change(c, names) for c in between)

    def _configures(self, store: Store) -> bool:
        """Whether a store sets something of an imported module, such as `langchain.debug`."""
        match store.target:
            case cst.Attribute(value=cst.Name(value=name)):
                bindings = self._facts.names.definitions(name, store.block, store.order)
                return any(binding.kind is BindingKind.IMPORT for binding in bindings)
            case _:
                return False

    def _may_change(self, call: Call, names: set[str]) -> bool:
        """Whether a call may change one of `names` in place; a request never does."""
        return _hands_over(call.node, names) and not self._facts.is_a(call, "llm", "local")


def is_constant_maker(call: cst.Call) -> bool:
    """Whether a call makes equal things of equal things and changes nothing."""
    name = last_name(call.func)
    return name in _PURE or name[:1].isupper()


def _changes(call: cst.Call, name: str) -> bool:
    """Whether a call is `name.append(...)` or its like."""
    match call.func:
        case cst.Attribute(value=base, attr=cst.Name(value=method)):
            return method in MUTATORS and root_name(base) == name
        case _:
            return False


def _hands_over(call: cst.Call, names: set[str]) -> bool:
    """Whether a call may change one of `names`: as its receiver or as a bare argument."""
    if is_constant_maker(call):
        return False
    if isinstance(call.func, cst.Attribute) and root_name(call.func.value) in names:
        return True
    return any(root_name(arg.value) in names for arg in call.args)


@fact("request", Subject.CALL)
def request(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """How a request relates to others.

    `constant`: every run of its function sends the same prompt; `unchanged`: the loop around it
    sends it again in every pass; `twin`: an equal one came before on the same path.
    """
    return Answer(facts.extension(Requests).words(unit)) if isinstance(unit, Call) else None
