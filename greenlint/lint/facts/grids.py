"""How many fits an exhaustive search makes: candidates of its grid times folds."""

from dataclasses import dataclass

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.lists import Item
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.sizes import Count, Sizes, counted, product, total
from greenlint.lint.facts.tree import BindingKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, yes_or_no
from greenlint.lint.rule import Subject

_FOLDS = {"one-fold": 1, "three-folds": 3, "five-folds": 5, "ten-folds": 10}
_REPEATS = {"ten-repeats": 10}
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Search:
    """The candidates that a search tries, and the folds it fits each on (None: unknown)."""

    candidates: Count
    folds: Count | None

    @property
    def fits(self) -> Count:
        """How many fits it makes at least."""
        return self.candidates * (self.folds or Count(1))

    def __str__(self) -> str:
        if self.folds is None:
            return f"more than {self.candidates.number} models"
        if self.folds.number == 1:
            return f"{self.candidates.number} models"
        folds = f"{self.candidates.number} candidates on {self.folds.number} folds each"
        return f"{self.fits.number} models ({folds})"


class Grids:
    """Reads the searches of one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._sizes = facts.extension(Sizes)

    def search(self, call: Call) -> Search | None:
        """The search that a `GridSearchCV(...)` or its like will make."""
        candidates = self.candidates(self._facts.role(call, "grid"))
        return None if candidates is None else Search(candidates, self.folds(call))

    def candidates(self, grid: Argument) -> Count | None:
        """How many combinations a grid (a dict of lists, or a list of such) has."""
        if grid.block is None or not isinstance(grid.value, cst.BaseExpression):
            return None
        return self._candidates(Item(grid.value, grid.block, grid.order), 0)

    def _candidates(self, item: Item, depth: int) -> Count | None:
        if depth > _DEPTH:
            return None
        match item.node:
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                return total(
                    self._candidates(Item(e.value, item.block, item.order), depth + 1)
                    for e in elements
                )
            case cst.Subscript(value=base, slice=[cst.SubscriptElement(slice=cst.Index(key))]):
                return self._entry(base, key, item, depth)
            case _:
                listed = self._named_list(item)
                return self._candidates(listed, depth + 1) if listed else self._dict(item)

    def _named_list(self, item: Item) -> Item | None:
        """The list of grids that a name stands for."""
        if not isinstance(item.node, cst.Name):
            return None
        binding = self._facts.names.single_definition(item.node.value, item.block, item.order)
        if binding is None or binding.kind is not BindingKind.ASSIGN:
            return None
        if not isinstance(binding.value, (cst.List, cst.Name)):
            return None
        return Item(binding.value, binding.block, binding.order)

    def _entry(
        self, base: cst.BaseExpression, key: cst.BaseExpression, item: Item, depth: int
    ) -> Count | None:
        """`grids["forest"]`: one grid of a dict of them."""
        parts = self._facts.arguments.parts(base, item.block, item.order)
        known = self._facts.constants.value(key, item.block, item.order)
        if parts is None or known is None or not isinstance(known.value, str):
            return None
        entry = parts.get(known.value)
        if entry.block is None or not isinstance(entry.value, cst.BaseExpression):
            return None
        return self._candidates(Item(entry.value, entry.block, entry.order), depth + 1)

    def _dict(self, item: Item) -> Count | None:
        if isinstance(item.node, cst.Call):
            path = self._facts.names.path(item.node.func, item.block, item.order)
            if path != "builtins.dict":
                return None
        parts = self._facts.arguments.parts(item.node, item.block, item.order)
        if parts is None or not parts.complete or not parts.named:
            return None
        return product(self._length(value) for value in parts.named.values())

    def _length(self, value: Argument) -> Count | None:
        if value.block is None or not isinstance(value.value, cst.BaseExpression):
            return None
        return self._sizes.length(Item(value.value, value.block, value.order))

    # -- folds -------------------------------------------------------------------------------

    def folds(self, call: Call) -> Count | None:
        """How many folds a search or a cross-validation fits on."""
        argument = self._facts.role(call, "folds")
        match argument.state:
            case State.ABSENT:
                return self._by_default(call, _FOLDS)
            case State.UNKNOWN:
                return None
            case State.PRESENT:
                return self._given_folds(call, argument)

    def _given_folds(self, call: Call, argument: Argument) -> Count | None:
        known = self._facts.known(argument)
        if known is not None:
            return self._by_default(call, _FOLDS) if known.value is None else counted(known)
        splitter = self._splitter(argument)
        return self.splits(splitter) if splitter is not None else None

    def splits(self, splitter: Call) -> Count | None:
        """How many splits a `KFold(...)` or its like makes."""
        counts = [self._number(splitter, "folds", _FOLDS)]
        if self._facts.is_a(splitter, "splitter.repeated"):
            counts.append(self._number(splitter, "repeats", _REPEATS))
        return product(counts)

    def _number(self, call: Call, role: str, defaults: dict[str, int]) -> Count | None:
        argument = self._facts.role(call, role)
        if argument.state is State.ABSENT:
            return self._by_default(call, defaults)
        return counted(self._facts.known(argument))

    def _by_default(self, call: Call, defaults: dict[str, int]) -> Count | None:
        traits = {trait for meaning in self._facts.meanings(call) for trait in meaning.traits}
        return next((Count(number) for trait, number in defaults.items() if trait in traits), None)

    def _splitter(self, argument: Argument) -> Call | None:
        """The splitter that an argument is, or whose `split(...)` it is."""
        if argument.block is None:
            return None
        fed = self._facts.flow.calls_feeding(argument.value, argument.block, argument.order)
        return next((call for call in fed if self._facts.is_a(call, "splitter")), None)

    def is_used(self, call: Call) -> bool:
        """Whether anything is done with a search beyond giving it a name."""
        statement = call.statement
        match statement:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
                return value is not call.node or self._is_read(name)
            case _:
                return True

    def _is_read(self, name: str) -> bool:
        return any(
            isinstance(node, cst.Name) and node.value == name for node in self._facts.tree.parents
        )

    # -- what is fitted ----------------------------------------------------------------------

    def is_cheap(self, call: Call) -> bool:
        """Whether all estimators that a search may fit are cheap ones."""
        argument = self._facts.role(call, "estimator")
        if argument.block is None:
            return False
        fed = list(self._facts.flow.calls_feeding(argument.value, argument.block, argument.order))
        cheap = [made for made in fed if self._facts.is_a(made, "estimator.cheap")]
        return bool(cheap) and not any(self._is_costly(made) for made in fed if made not in cheap)

    def _is_costly(self, call: Call) -> bool:
        path = self._facts.called(call)
        built = self._facts.catalog.type_built_by(path) if path is not None else None
        return built is not None and built.name != "sklearn.wrapper"


@fact("fits", Subject.CALL)
def fits(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """How many models an exhaustive search fits at least."""
    search = facts.extension(Grids).search(unit) if isinstance(unit, Call) else None
    return None if search is None else Answer(value=search.fits.number, assumed=search.fits.assumed)


@fact("search", Subject.CALL)
def search_in_words(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """The same in words: `540 models (108 candidates on 5 folds each)`."""
    search = facts.extension(Grids).search(unit) if isinstance(unit, Call) else None
    return None if search is None else Answer(value=str(search))


@fact("used", Subject.CALL)
def used(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Whether what a call makes is used at all."""
    return yes_or_no(facts.extension(Grids).is_used(unit)) if isinstance(unit, Call) else None


@fact("fitted", Subject.CALL)
def fitted(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """`cheap` when what a search fits takes next to nothing, else `costly`."""
    if not isinstance(unit, Call):
        return None
    return Answer(frozenset({"cheap" if facts.extension(Grids).is_cheap(unit) else "costly"}))
