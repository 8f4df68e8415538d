"""How many elements a sequence has, as far as literals, ranges and NumPy's makers tell."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.constants import Known
from greenlint.lint.facts.lists import Item
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import BindingKind

_DEPTH = 8
_RANGES = frozenset({"builtins.range", "numpy.arange", "tqdm.trange", "tqdm.auto.trange"})
_SPACED = frozenset({"numpy.linspace", "numpy.logspace", "numpy.geomspace"})
_SPACED_BY_DEFAULT = 50
_SAME_LENGTH = frozenset(
    {"builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted", "builtins.reversed"}
    | {"builtins.enumerate", "numpy.array", "numpy.asarray", "numpy.power", "numpy.exp"}
    | {"numpy.round", "numpy.around", "tqdm.tqdm", "tqdm.auto.tqdm", "tqdm.notebook.tqdm"}
)
_SAME_LENGTH_METHODS = frozenset({"tolist", "astype", "round"})


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things; `assumed` when it rests on a default that a caller may override."""

    number: int
    assumed: bool = False

    def __mul__(self, other: "Count") -> "Count":
        """So many of each."""
        return Count(self.number * other.number, self.assumed or other.assumed)

    def __add__(self, other: "Count") -> "Count":
        """Both together."""
        return Count(self.number + other.number, self.assumed or other.assumed)


@dataclass(frozen=True, slots=True)
class _Number:
    """A bound or step of a range."""

    value: float
    assumed: bool = False


def counted(known: Known | None) -> Count | None:
    """The count that a constant is."""
    if known is None or not isinstance(known.value, (int, float)) or known.value < 0:
        return None
    return Count(int(known.value), known.assumed)


def product(counts: Iterable[Count | None]) -> Count | None:
    """The product of counts; None when one of them is unknown."""
    found = Count(1)
    for count in counts:
        if count is None:
            return None
        found *= count
    return found


def total(counts: Iterable[Count | None]) -> Count | None:
    """The sum of counts; None when one of them is unknown."""
    found = Count(0)
    for count in counts:
        if count is None:
            return None
        found += count
    return found


class Sizes:
    """Counts the elements of one module's sequences."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def length(self, item: Item, depth: int = 0) -> Count | None:
        """How many elements `item` has; None when that is unknown or it is no sequence."""
        if depth > _DEPTH:
            return None
        match item.node:
            case cst.List() | cst.Tuple() | cst.Set():
                return self._display(item.node, item, depth)
            case cst.ListComp(for_in=clause) | cst.SetComp(for_in=clause):
                return self._comprehension(clause, item, depth)
            case cst.BinaryOperation():
                return self._operation(item.node, item, depth)
            case cst.Call():
                return self._call(item.node, item, depth)
            case cst.Name(value=name):
                return self._named(name, item, depth)
            case _:
                return None

    def _inner(self, node: cst.BaseExpression, item: Item, depth: int) -> Count | None:
        return self.length(Item(node, item.block, item.order), depth + 1)

    def _display(
        self, node: cst.List | cst.Tuple | cst.Set, item: Item, depth: int
    ) -> Count | None:
        return total(
            self._inner(element.value, item, depth)
            if isinstance(element, cst.StarredElement)
            else Count(1)
            for element in node.elements
        )

    def _comprehension(self, clause: cst.CompFor, item: Item, depth: int) -> Count | None:
        counts = []
        current: cst.CompFor | None = clause
        while current is not None:
            if current.ifs:
                return None
            counts.append(self._inner(current.iter, item, depth))
            current = current.inner_for_in
        return product(counts)

    def _operation(self, node: cst.BinaryOperation, item: Item, depth: int) -> Count | None:
        """Two lists that are added, or an array and a number."""
        counts = [self._inner(side, item, depth) for side in (node.left, node.right)]
        if isinstance(node.operator, cst.Add) and None not in counts:
            return total(counts)
        if any(isinstance(side, (cst.List, cst.Tuple)) for side in (node.left, node.right)):
            return None  # `[1, 2] * 3` repeats
        known = [count for count in counts if count is not None]
        return known[0] if len(known) == 1 else None

    def _named(self, name: str, item: Item, depth: int) -> Count | None:
        binding = self._facts.names.single_definition(name, item.block, item.order)
        if binding is None or not isinstance(binding.value, cst.BaseExpression):
            return None
        count = self.length(Item(binding.value, binding.block, binding.order), depth + 1)
        match binding.kind:
            case BindingKind.ASSIGN:
                return count
            case BindingKind.PARAMETER if count is not None:
                return Count(count.number, assumed=True)
            case _:
                return None

    def _call(self, node: cst.Call, item: Item, depth: int) -> Count | None:
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in _SAME_LENGTH_METHODS:
            return self._inner(node.func.value, item, depth)
        path = self._facts.names.path(node.func, item.block, item.order)
        arguments = [arg.value for arg in node.args if arg.keyword is None and not arg.star]
        if path in _RANGES:
            return self._range(node)
        if path in _SPACED:
            return self._spaced(node, arguments, item)
        if path in _SAME_LENGTH and arguments:
            return self._inner(arguments[0], item, depth)
        return None

    def _range(self, node: cst.Call) -> Count | None:
        call = self._facts.tree.call_of[node]
        given = self._facts.arguments.given(call)
        alone = len(given.positional) == 1
        positions = ("stop",) if alone else ("start", "stop", "step")
        start = self._number(given.get("start", positions), default=0)
        stop = self._number(given.get("stop", positions))
        step = self._number(given.get("step", positions), default=1)
        if start is None or stop is None or step is None or step.value == 0:
            return None
        # From 0.1 to 1.0 in steps of 0.1 are nine, whatever floating point makes of it.
        number = max(0, math.ceil(round((stop.value - start.value) / step.value, 9)))
        return Count(number, start.assumed or stop.assumed or step.assumed)

    def _number(self, argument: Argument, *, default: float | None = None) -> _Number | None:
        if argument.state is State.ABSENT:
            return None if default is None else _Number(default)
        known = self._facts.known(argument)
        if known is None or not isinstance(known.value, (int, float)):
            return None
        return _Number(known.value, known.assumed)

    def _spaced(
        self, node: cst.Call, arguments: list[cst.BaseExpression], item: Item
    ) -> Count | None:
        named = [a.value for a in node.args if a.keyword is not None and a.keyword.value == "num"]
        if not named and len(arguments) < 3:
            return Count(_SPACED_BY_DEFAULT)
        number = named[0] if named else arguments[2]
        return counted(self._facts.constants.value(number, item.block, item.order))
