"""Loads of models that are made again and again although nothing about them changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.fixed import Fixed
from greenlint.lint.facts.lazy import Lazy
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import parameters_of, positional_names
from greenlint.lint.facts.repeats import REASONS, Repeats, may_repeat
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact
from greenlint.lint.rule import Subject

# How many calls in a row are followed from a function that loads to what runs it.
_DEPTH = 3
# A fresh copy is wanted where a pass changes the weights.
_CHANGES_WEIGHTS = (
    *("train", "fit", "finetune", "fine_tune", "backward", "quantize", "quantise", "prune"),
    *("merge", "load_state_dict", "load_adapter", "load_lora", "fuse", "get_peft_model", "compile"),
    *("add_adapter", "resize_token_embeddings", "attack", "edit", "patch", "unlearn", "optimize"),
)
_SESSION = "streamlit.session_state"


@dataclass(frozen=True, slots=True)
class _Value:
    """An expression, and where it is evaluated."""

    node: cst.CSTNode | None
    block: Block
    order: int


@dataclass(frozen=True, slots=True)
class _Place:
    """A load or a call that leads to one, and what the load is made of there."""

    block: Block
    order: int
    values: tuple[_Value, ...]


class Loads:
    """Tells which loads of one module are repeated for nothing."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._repeats = facts.extension(Repeats)
        self._lazy = facts.extension(Lazy)
        self._fixed = facts.extension(Fixed)

    def reasons(self, call: Call) -> frozenset[str]:
        """Why the same thing is loaded again: `loop`, `handler`, `script`, through callers too."""
        values = tuple(_Value(arg.value, call.block, call.order) for arg in call.node.args)
        return frozenset(self._reasons(_Place(call.block, call.order, values), 0))

    def _reasons(self, place: _Place, depth: int) -> Iterator[str]:
        function = self._facts.function_around(place.block)
        if self._is_kept_in_session(place) or self._is_off_by_default(place.block):
            return
        if function is not None and self._is_run_once(function):
            return
        if any(self._reloads(loop, place) for loop in self._facts.loops_around(place.block)):
            yield "loop"
        if self._lazy.is_guarded(place.block, place.order):
            return
        if function is not None and self._changes_weights(function):
            return
        if not all(self._is_fixed(value, function) for value in place.values):
            yield from self._reasons_of_callers(function, place, depth)
            return
        words = self._repeats.words(place.block, place.order)
        yield from words & {"handler", "mapped", "script"}
        yield from self._reasons_of_callers(function, place, depth)

    def _is_run_once(self, function: Block) -> bool:
        return any(
            self._facts.decorated_by(outer, "once", "cache.memo")
            for outer in function.ancestors()
            if outer.kind in {BlockKind.FUNCTION, BlockKind.CLASS}
        )

    def _is_kept_in_session(self, place: _Place) -> bool:
        """Whether what an event of a page sets up is kept for the events that follow."""
        branches = (b for b in place.block.ancestors() if b.kind is BlockKind.BRANCH)
        branch = next(branches, None)
        if branch is None:
            return False
        stores = self._facts.tree.stores
        return any(
            (self._facts.names.path(s.target, s.block, s.order) or "").startswith(_SESSION)
            for s in stores
            if branch.start < s.order < branch.end
        )

    def _is_off_by_default(self, block: Block) -> bool:
        """Whether a place is reached only where a flag that is False by default is set."""
        for outer in block.ancestors():
            if outer.kind is BlockKind.BRANCH and isinstance(outer.node, cst.If):
                known = self._facts.constants.value(outer.node.test, outer, outer.start)
                if known is not None and known.value is False:
                    return True
        return False

    # -- loops -------------------------------------------------------------------------------

    def _reloads(self, loop: Block, place: _Place) -> bool:
        if self._repeats.is_retry(loop, place.order) or self._changes_weights(loop):
            return False
        if self._is_for_one_item(loop, place) or self._is_built_upon(loop):
            return False
        if self._lazy.is_guarded(place.block, place.order, loop):
            return False
        return all(
            self._facts.flow.varies(value.node, loop, value.block, value.order) is False
            for value in place.values
        )

    def _is_for_one_item(self, loop: Block, place: _Place) -> bool:
        """Whether the place is reached for one item only: `if name == "base": ...`."""
        return any(
            isinstance(outer.node, cst.If)
            and outer.kind is BlockKind.BRANCH
            and _is_equality(outer.node.test)
            and self._facts.flow.varies(outer.node.test, loop, outer, outer.start) is True
            for outer in place.block.ancestors()
            if outer.is_within(loop)
        )

    def _is_built_upon(self, loop: Block) -> bool:
        """Whether a pass loads something else into a model that an earlier load gave it."""
        return any(
            isinstance(argument.value, cst.Name)
            and self._facts.flow.varies(call.node, loop, call.block, call.order) is True
            and self._is_loaded(argument.value, call)
            for call in self._facts.calls_of("model.load", within=loop)
            for argument in self._facts.arguments.given(call).positional
        )

    def _is_loaded(self, name: cst.Name, call: Call) -> bool:
        sources = self._facts.flow.sources(name, call.block, call.order)
        loads = {load.node for load in self._facts.calls_of("model.load") if load is not call}
        return any(node in loads for node, _, _ in sources)

    def _changes_weights(self, block: Block) -> bool:
        for call in self._facts.tree.calls_in(block):
            func = call.node.func
            name = func.attr if isinstance(func, cst.Attribute) else func
            if isinstance(name, cst.Name) and name.value.lower().startswith(_CHANGES_WEIGHTS):
                return True
        return False

    # -- functions ---------------------------------------------------------------------------

    def _reasons_of_callers(
        self, function: Block | None, place: _Place, depth: int
    ) -> Iterator[str]:
        if function is None or depth >= _DEPTH:
            return
        for caller in self._facts.callers(function):
            if caller.block.is_within(function):
                continue
            values = self._values_at(caller, function, place.values)
            if values is None:
                continue
            for reason in self._reasons(_Place(caller.block, caller.order, values), depth + 1):
                yield reason if reason.startswith("caller-") else f"caller-{reason}"

    def _values_at(
        self, caller: Call, function: Block, values: Sequence[_Value]
    ) -> tuple[_Value, ...] | None:
        """What `values` are for the function as `caller` calls it; None when that is unknown."""
        found = []
        for value in values:
            if self._is_fixed(value, function):
                continue
            name = value.node.value if isinstance(value.node, cst.Name) else None
            argument = self._argument(caller, function, name) if name is not None else None
            if argument is None:
                return None
            found.append(argument)
        return tuple(found)

    def _is_fixed(self, value: _Value, function: Block | None) -> bool:
        return self._fixed.is_fixed(value.node, value.block, value.order, function)

    def _argument(self, caller: Call, function: Block, name: str) -> _Value | None:
        node = function.node
        if not isinstance(node, cst.FunctionDef):
            return None
        positions = positional_names(node)
        if name not in positions and name not in {p.name.value for p in node.params.kwonly_params}:
            return None
        argument = self._facts.arguments.given(caller).get(name, positions)
        if argument.block is not None:
            return _Value(argument.value, argument.block, argument.order)
        if argument.state is State.UNKNOWN:
            return None
        parameters = parameters_of(node.params)
        default = next((p.default for p in parameters if p.name.value == name), None)
        return _Value(default, function.parent or function, function.start)


def _is_equality(test: cst.BaseExpression) -> bool:
    match test:
        case cst.Comparison(left=cst.Name(), comparisons=[cst.ComparisonTarget(cst.Equal())]):
            return True
        case _:
            return False


@fact("reloads", Subject.CALL, possible=may_repeat, possible_words=REASONS)
def reloads(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Why a load of the same thing is repeated.

    `loop`, `mapped`, `handler`, `script`, or the same with `caller-` before it where a function
    that leads to the load is repeated.
    """
    if not isinstance(unit, Call):
        return None
    return Answer(facts.extension(Loads).reasons(unit))
