"""Values that cross calls within a module: what callers give a parameter, what functions return."""

from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.nodes import OWN, defined_name, is_exactly, positional_names
from greenlint.lint.facts.tree import Binding, Block, BlockKind, Call, Tree

# An expression, and where it is evaluated.
Place = tuple[cst.BaseExpression, Block, int]


class Handovers:
    """Follows values from call to function and back, by the names that both are spelled with."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def given(self, parameter: Binding) -> Iterator[Place]:
        """What the calls in the module hand over for a parameter, as far as they spell it."""
        function = parameter.block
        positions = positional_names(function.node)
        for call in self._calls_of(function):
            node = _argument(call.node, parameter.name, positions)
            if node is not None and not call.block.is_within(function):
                yield node, call.block, call.order

    def returned(self, function: Block) -> Iterator[Place]:
        """What the `return` statements of a function give, those without a value left out."""
        for jump in self._tree.jumps:
            if not function.start < jump.order < function.end or jump.block.scope is not function:
                continue
            if isinstance(jump.node, cst.Return) and jump.node.value is not None:
                yield jump.node.value, jump.block, jump.order

    def position(self, binding: Binding) -> tuple[int, int] | None:
        """Which part of how many a name is that a tuple is unpacked to; None if not told."""
        element = self._tree.parents.get(binding.node) if binding.node is not None else None
        display = self._tree.parents.get(element) if element is not None else None
        if not isinstance(display, (cst.Tuple, cst.List)):
            return None
        if any(isinstance(part, cst.StarredElement) for part in display.elements):
            return None
        place = next(i for i, part in enumerate(display.elements) if part is element)
        return place, len(display.elements)

    def _calls_of(self, function: Block) -> list[Call]:
        name = defined_name(function.node)
        owner = function.parent
        if owner is None or owner.kind is not BlockKind.CLASS:
            return self._calls.get(name, [])
        if name == "__init__":
            return self._calls.get(defined_name(owner.node), [])
        return self._calls.get(f"self.{name}", [])

    @cached_property
    def _calls(self) -> dict[str, list[Call]]:
        """The calls of plain names, and of methods of the own object after `self.`."""
        found: dict[str, list[Call]] = {}
        for call in self._tree.calls:
            func = call.node.func
            if is_exactly(func, cst.Name):
                found.setdefault(func.value, []).append(call)
            elif is_exactly(func, cst.Attribute):
                owner = func.value
                if is_exactly(owner, cst.Name) and owner.value in OWN:
                    found.setdefault(f"self.{func.attr.value}", []).append(call)
        return found


def _argument(call: cst.Call, name: str, positions: tuple[str, ...]) -> cst.BaseExpression | None:
    """What a call gives for a parameter; None where it leaves it out, or unpacks something."""
    place = positions.index(name) if name in positions else None
    for index, arg in enumerate(call.args):
        if arg.star:
            return None
        if arg.keyword is not None and arg.keyword.value == name:
            return arg.value
        if arg.keyword is None and index == place:
            return arg.value
    return None
