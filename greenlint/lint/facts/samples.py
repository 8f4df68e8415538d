"""What a loop does with a model's answers: gathers them as samples, or replaces one by the next."""

from collections.abc import Iterator
from typing import TypeGuard

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name, nodes_in
from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact
from greenlint.lint.rule import Subject

_KEEPERS = frozenset(
    {"append", "extend", "add", "insert", "update", "put", "appendleft", "write", "writerow"}
    | {"writelines", "save", "record", "log", "setdefault", "Counter", "concat"}
)
_COUNTERS = frozenset({"range", "trange", "count", "repeat"})


class Samples:
    """Follows answers from the requests of one module to where their loop puts them."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def are_kept(self, call: Call) -> bool:
        """Whether the loop around a request gathers its answers as samples of one question.

        In a loop that only counts, whatever is gathered is a sample. Where items are gone
        through, an answer that is put beside its item is the same answer over and over.
        """
        loop = next(iter(self._facts.loops_around(call.block)), None)
        if loop is None:
            return False
        if loop.kind is BlockKind.COMPREHENSION:
            return True
        if _goes_through_items(loop):
            return False
        names = self._names_of_answer(call, loop)
        return any(self._reads(node, call, names) for node in self._sinks(call, loop))

    def _names_of_answer(self, call: Call, loop: Block) -> frozenset[str]:
        """The names that, within `loop`, the answer or something made of it is bound to."""
        bindings = list(self._bindings_in(loop))
        names: frozenset[str] = frozenset()
        while True:
            found = names | {
                binding.name
                for binding in bindings
                if _is_node(binding.value) and self._reads(binding.value, call, names)
            }
            if found == names:
                return names
            names = found

    def _bindings_in(self, loop: Block) -> Iterator[Binding]:
        for block in (loop.scope, *(b for b in self._facts.tree.blocks if b.is_within(loop))):
            for bindings in block.bindings.values():
                yield from (b for b in bindings if loop.start < b.order < loop.end)

    def _reads(self, node: cst.CSTNode, call: Call, names: frozenset[str]) -> bool:
        if any(name.value in names for name in self._facts.flow.reads(node)):
            return True
        return any(found is call.node for found in nodes_in(node))

    def _sinks(self, call: Call, loop: Block) -> Iterator[cst.CSTNode]:
        """What a pass of `loop` appends, stores, adds up, returns or yields."""
        tree = self._facts.tree
        for other in tree.calls_in(loop):
            if other is not call and last_name(other.node.func) in _KEEPERS:
                yield from (arg.value for arg in other.node.args)
        for store in tree.stores:
            if loop.start < store.order < loop.end and store.value is not None:
                yield store.value
        for binding in self._bindings_in(loop):
            if binding.kind is BindingKind.AUGMENT and _is_node(binding.value):
                yield binding.value
        for jump in tree.jumps:
            if loop.start < jump.order < loop.end and isinstance(jump.node, cst.Return):
                yield jump.node
        yield from (node for node in nodes_in(loop.node) if isinstance(node, cst.Yield))


def _is_node(value: object) -> TypeGuard[cst.CSTNode]:
    return isinstance(value, cst.CSTNode)


def _goes_through_items(loop: Block) -> bool:
    """Whether a loop goes through things that differ, rather than just counting."""
    node = loop.node
    if not isinstance(node, cst.For) or (
        isinstance(node.target, cst.Name) and node.target.value.startswith("_")
    ):
        return False
    match node.iter:
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            return name not in _COUNTERS
        case _:
            return True


@fact("samples", Subject.CALL)
def samples(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """What a loop does with the answers of a request: `kept` one by one, or `replaced`."""
    if not isinstance(unit, Call):
        return None
    kept = facts.extension(Samples).are_kept(unit)
    return Answer(frozenset({"kept" if kept else "replaced"}))
