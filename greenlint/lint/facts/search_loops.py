"""Exhaustive searches written by hand: loops over hyper-parameters around a fit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.grids import Grids
from greenlint.lint.facts.lists import Item
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.sizes import Count, Sizes, product
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, kinds_of, relevant
from greenlint.lint.rule import Subject
from greenlint.lint.site import Site

_FITS = ("estimator.fit", "trainer.fit", "boosting", "cross-validation")
_REPETITIONS = ("seed", "state", "repeat", "trial", "rep", "run", "fold", "iter")

relevant(__name__, kinds=("splitter",))


@dataclass(frozen=True, slots=True)
class _Axis:
    """A loop over values of hyper-parameters, and how many combinations it tries."""

    loop: Block
    count: Count
    is_product: bool


class SearchLoops:
    """The hand-written searches of one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._sizes = facts.extension(Sizes)
        self._grids = facts.extension(Grids)

    @cached_property
    def fits(self) -> dict[Block, Count]:
        """How many fits each search makes, by its outermost loop over hyper-parameters."""
        found: dict[Block, Count] = {}
        for call in self._facts.calls_of(*_FITS):
            for outermost, count in self._searches(call):
                if outermost not in found or found[outermost].number < count.number:
                    found[outermost] = count
        return found

    def _searches(self, call: Call) -> Iterator[tuple[Block, Count]]:
        """The search around a fit, in its own function or in those that call it."""
        places = [call]
        function = self._facts.function_around(call.block)
        if function is not None:
            places += [c for c in self._facts.callers(function) if not c.block.is_within(function)]
        for place in places:
            names = self._deciding(call) if place is call else self._read_by(place, place.node.args)
            axes = list(self._axes(place, names))
            if len(axes) > 1 or any(axis.is_product for axis in axes):
                count = product([*(axis.count for axis in axes), self._folds(call, place)])
                if count is not None:
                    yield axes[-1].loop, count

    def _axes(self, call: Call, names: set[str]) -> Iterator[_Axis]:
        """The loops around `call` that bind one of `names`, inside to outside."""
        for loop in self._facts.loops_around(call.block):
            if not isinstance(loop.node, cst.For) or loop.kind is not BlockKind.FOR:
                continue
            targets = {name for name in loop_targets(loop.node.target) if _is_parameter(name)}
            if targets.isdisjoint(names):
                continue
            axis = self._axis(loop, loop.node.iter)
            if axis is not None:
                yield axis

    def _deciding(self, call: Call) -> set[str]:
        """The names that decide which model a fit makes; those of its data are left out."""
        construction = self._facts.construction(call)
        if construction is not None:
            keywords = [arg for arg in call.node.args if arg.keyword is not None or arg.star]
            read = self._read_by(construction, construction.node.args)
            return read | self._read_by(call, keywords)
        if self._facts.is_a(call, "cross-validation"):
            estimator = self._facts.role(call, "estimator")
            if estimator.block is None:
                return set()
            where = (estimator.value, estimator.block, estimator.order)
            made = self._facts.flow.calls_feeding(*where)
            return set().union(*(self._read_by(m, m.node.args) for m in made))
        return self._read_by(call, call.node.args)

    def _read_by(self, call: Call, args: Iterable[cst.Arg]) -> set[str]:
        """The names in some arguments of a call, and in the dicts that these are."""
        found: set[str] = set()
        stack: list[tuple[cst.CSTNode, Block, int]] = [
            (a.value, call.block, call.order) for a in args
        ]
        while stack:
            node, block, order = stack.pop()
            for name in self._facts.flow.reads(node):
                if name.value in found:
                    continue
                found.add(name.value)
                binding = self._facts.names.single_definition(name.value, block, order)
                if binding is not None and isinstance(binding.value, (cst.Dict, cst.Name)):
                    stack.append((binding.value, binding.block, binding.order))
        return found

    def _axis(self, loop: Block, iterated: cst.BaseExpression) -> _Axis | None:
        where = loop.parent or loop
        made = self._maker(iterated, where, loop.start)
        if made is not None and self._facts.is_a(made, "candidates.grid"):
            count = self._grids.candidates(self._facts.role(made, "grid"))
            return None if count is None else _Axis(loop, count, is_product=True)
        if made is not None:
            count = product(
                self._sizes.length(Item(arg.value, made.block, made.order))
                for arg in made.node.args
            )
            several = len(made.node.args) > 1
            return None if count is None else _Axis(loop, count, is_product=several)
        count = self._sizes.length(Item(iterated, where, loop.start))
        return None if count is None else _Axis(loop, count, is_product=False)

    def _maker(self, node: cst.BaseExpression, block: Block, order: int) -> Call | None:
        """The `ParameterGrid(...)` or `itertools.product(...)` that a loop goes over."""
        for made in self._facts.flow.calls_feeding(node, block, order):
            if self._facts.is_a(made, "candidates"):
                return made
        return None

    def _folds(self, call: Call, place: Call) -> Count:
        """How many folds each candidate is fitted on: by the call, or by a loop around it."""
        if self._facts.is_a(call, "cross-validation"):
            return self._grids.folds(call) or Count(1)
        for loop in self._facts.loops_around(place.block):
            if isinstance(loop.node, cst.For):
                where = loop.parent or loop
                for made in self._facts.flow.calls_feeding(loop.node.iter, where, loop.start):
                    if self._facts.is_a(made, "splitter"):
                        return self._grids.splits(made) or Count(1)
        return Count(1)


def loop_targets(target: cst.BaseExpression) -> Iterator[str]:
    """The names that a `for` binds."""
    match target:
        case cst.Name(value=name):
            yield name
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            for element in elements:
                yield from loop_targets(element.value)
        case _:
            return


def _is_parameter(name: str) -> bool:
    """Whether a loop variable is a choice to make, not a repetition of the same."""
    return not any(part.startswith(_REPETITIONS) for part in name.lower().split("_"))


def may_search(site: Site) -> bool:
    """Whether loops over several hyper-parameters may hold a fit, or a call of what fits."""
    inside = site.part.words_under(1 if site.spelled.names("candidates") else 2)
    if not inside:
        return False
    fits = site.file.of(_FITS)
    return fits.are_among(inside) or any(
        not part.defined_words.isdisjoint(inside) and fits.are_in(part)
        for part in site.outline.parts
    )


@kinds_of(Subject.LOOP, "search.loop", possible=may_search)
def loop_kinds(facts: Facts, block: Block) -> Iterator[str]:
    """Whether a loop is the outermost of a hand-written search."""
    if block in facts.extension(SearchLoops).fits:
        yield "search.loop"


@fact("fits", Subject.LOOP)
def fits(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """How many models a hand-written search fits at least."""
    count = facts.extension(SearchLoops).fits.get(unit) if isinstance(unit, Block) else None
    return None if count is None else Answer(value=count.number, assumed=count.assumed)
