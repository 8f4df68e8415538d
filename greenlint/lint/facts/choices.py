"""Answers that come in several versions, and whether more than the first one is looked at."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Binding, BindingKind, Block, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact
from greenlint.lint.rule import Subject

# Where a response keeps its versions.
_LISTS = frozenset({"choices", "candidates", "generations"})
# What a response says besides, and what stands for the first version alone.
_BESIDES = frozenset(
    {"usage", "usage_metadata", "id", "model", "created", "system_fingerprint", "object"}
    | {"prompt_feedback", "service_tier"}
)
_FIRST = frozenset({"text", "parsed"})
# How many names a response is followed through.
_DEPTH = 4


class Choices:
    """Tells what of an answer in several versions is read in one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def only_first(self, request: Call) -> bool:
        """Whether the first version is read, and the others nowhere."""
        uses = set(self._uses(request.node, request.block, 0, of_list=False))
        return "first" in uses and "other" not in uses

    def _uses(self, node: cst.CSTNode, block: Block, depth: int, *, of_list: bool) -> Iterator[str]:
        """What becomes of a response or its list: `first`, `besides`, or `other`."""
        current, parent = node, self._facts.parent(node)
        while parent is not None:
            if isinstance(parent, cst.Await):
                current, parent = parent, self._facts.parent(parent)
                continue
            part = _part(parent, current)
            if part is None:
                break
            if of_list:
                yield "first" if part == 0 else "other"
                return
            if part in _LISTS:
                of_list = True
            else:
                yield "besides" if part in _BESIDES else "first" if part in _FIRST else "other"
                return
            current, parent = parent, self._facts.parent(parent)
        yield from self._uses_of_names(current, block, depth, of_list=of_list)

    def _uses_of_names(
        self, node: cst.CSTNode, block: Block, depth: int, *, of_list: bool
    ) -> Iterator[str]:
        bindings = list(self._bound_to(node, block))
        if not bindings or depth >= _DEPTH:
            yield "other"
        for binding in bindings:
            for read in self._reads_of(binding):
                yield from self._uses(read, binding.block, depth + 1, of_list=of_list)

    def _bound_to(self, node: cst.CSTNode, block: Block) -> Iterator[Binding]:
        for bindings in block.scope.bindings.values():
            for binding in bindings:
                if binding.kind is BindingKind.ASSIGN and binding.value is node:
                    yield binding

    def _reads_of(self, binding: Binding) -> Iterator[cst.Name]:
        """The places that read a name; none is told apart by which of its bindings it reads."""
        for node, parent in self._facts.tree.parents.items():
            if not isinstance(node, cst.Name) or node.value != binding.name:
                continue
            if isinstance(parent, cst.Attribute) and parent.attr is node:
                continue
            if isinstance(parent, cst.Arg) and parent.keyword is node:
                continue
            if isinstance(parent, cst.AssignTarget) or node is binding.node:
                continue
            if self._facts.block_around(node).is_within(binding.block.scope):
                yield node


def _part(parent: cst.CSTNode, node: cst.CSTNode) -> str | int | None:
    """The attribute, key or index of `node` that `parent` is; None when it is none of these."""
    match parent:
        case cst.Attribute(value=value, attr=cst.Name(value=name)) if value is node:
            return name
        case cst.Subscript(
            value=value, slice=[cst.SubscriptElement(slice=cst.Index(value=index))]
        ) if value is node:
            match index:
                case cst.Integer():
                    return index.evaluated_value
                case cst.SimpleString():
                    return str(index.raw_value)
                case _:
                    return "?"
        case cst.Subscript(value=value) if value is node:
            return "?"
        case _:
            return None


@fact("choices", Subject.CALL)
def choices(facts: Facts, unit: Unit, _: str) -> Answer:
    """`first` when of an answer's versions only the first one is read."""
    first = isinstance(unit, Call) and facts.extension(Choices).only_first(unit)
    return Answer(frozenset({"first"} if first else ()))
