"""The modes of models: which `eval()` is in force where, also in what evaluating code calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import OWN, defined_name, positional_names
from greenlint.lint.facts.tree import BindingKind, Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import relevant
from greenlint.lint.imports import dotted_name

MODELS = frozenset({"torch.model", "torch.parallel", "huggingface.model"})

_DEPTH = 2  # callers followed to where the mode is set

relevant(__name__, "eval(", "train(")


@dataclass(frozen=True, slots=True)
class Mode:
    """A call of `eval()` or `train()` on a model."""

    call: Call
    trains: bool


class Modes:
    """The modes that one module puts its models into."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def callers(self, function: Block) -> list[Call]:
        """The calls of a function, also as a method of a model; its calls of itself left out."""
        found = [*self._facts.callers(function), *self._calls_on_models(function)]
        around = function.parent.scope if function.parent is not None else function
        if around.kind is BlockKind.FUNCTION:  # others cannot see it
            found = [call for call in found if call.block.is_within(around)]
        return [call for call in found if not call.block.is_within(function)]

    def in_force(self, name: str, call: Call, depth: int = 0) -> Call | None:
        """The `name.eval()` that is in force at `call`, with no `name.train()` after it."""
        modes = self._all.get(name, [])
        function = self._facts.function_around(call.block)
        here = [m for m in modes if self._facts.function_around(m.call.block) is function]
        if here:
            earlier = [
                m
                for m in here
                if m.call.order < call.order and _may_precede(m.call.block, call.block)
            ]
            return earlier[-1].call if earlier and not earlier[-1].trains else None
        elsewhere = [m for m in modes if self._is_shared(m, name, call)]
        if elsewhere and not any(m.trains for m in elsewhere):
            return elsewhere[0].call
        return self._of_callers(name, function, depth) if function is not None else None

    def next_training(self, name: str, start: int, end: int) -> int:
        """Where, between two places, a model is first put back into training mode."""
        later = [
            mode.call.order
            for mode in self._all.get(name, ())
            if mode.trains and start < mode.call.order < end
        ]
        return min(later, default=end)

    def evaluates(self, function: Block, order: int) -> bool:
        """Whether a function puts any model into evaluation mode before a place in it."""
        return any(
            not mode.trains and function.start < mode.call.order < order
            for modes in self._all.values()
            for mode in modes
        )

    # -- through callers ---------------------------------------------------------------------

    def _of_callers(self, name: str, function: Block, depth: int) -> Call | None:
        """The `eval()` in force wherever the module calls a function; None if one has none."""
        if depth == _DEPTH or not self._may_be_set_outside(name, function):
            return None
        found = None
        for caller in self.callers(function):
            outside = self._name_outside(name, function, caller)
            found = self.in_force(outside, caller, depth + 1) if outside is not None else None
            if found is None:
                return None
        return found

    def _may_be_set_outside(self, name: str, function: Block) -> bool:
        root, _, rest = name.partition(".")
        if root in OWN:
            return name in self._all or not rest
        bindings = function.bindings.get(root, ())
        return bool(self._all) and any(b.kind is BindingKind.PARAMETER for b in bindings)

    def _name_outside(self, name: str, function: Block, caller: Call) -> str | None:
        """What a caller calls the object that is `self`, or a parameter, in the function."""
        root, dot, rest = name.partition(".")
        if root in OWN:
            func = caller.node.func
            outside = dotted_name(func.value) if isinstance(func, cst.Attribute) else None
        else:
            positions = positional_names(function.node)
            given = self._facts.arguments.given(caller).get(root, positions)
            outside = dotted_name(given.value)
        return f"{outside}{dot}{rest}" if outside is not None else None

    def _calls_on_models(self, function: Block) -> Iterator[Call]:
        """The calls `model.name(...)` of a method, where one class of the module has it."""
        name = defined_name(function.node)
        classes = self._facts.tree.blocks_of(BlockKind.CLASS)
        owners = [owner for owner in classes if name in owner.bindings]
        if function.parent is None or owners != [function.parent]:
            return
        for call in self._facts.calls_by_name.get(name, ()):
            func = call.node.func
            if not isinstance(func, cst.Attribute) or dotted_name(func.value) in OWN:
                continue
            if self._facts.names.type_name(func.value, call.block, call.order) in MODELS:
                yield call

    # -- switches ----------------------------------------------------------------------------

    def _is_shared(self, mode: Mode, name: str, call: Call) -> bool:
        """Whether a mode set elsewhere concerns the same object: `self.x`, or a global name."""
        if name.startswith("self."):
            owner = self._facts.class_around(call.block)
            return owner is not None and owner is self._facts.class_around(mode.call.block)
        if self._facts.function_around(mode.call.block) is not None or "." in name:
            return False
        bindings = self._facts.names.definitions(name, call.block, call.order)
        return bool(bindings) and all(b.block.scope.kind is BlockKind.MODULE for b in bindings)

    @cached_property
    def _all(self) -> dict[str, list[Mode]]:
        """By model: its `eval()` and `train()` calls in the order of the text."""
        found: dict[str, list[Mode]] = {}
        for call in self._facts.tree.calls:
            func = call.node.func
            if not isinstance(func, cst.Attribute) or func.attr.value not in {"eval", "train"}:
                continue
            name = _chained_name(call)
            if name is not None and not (func.attr.value == "eval" and call.node.args):
                trains = func.attr.value == "train" and not is_given_false(call)
                found.setdefault(name, []).append(Mode(call, trains))
        return found


def _chained_name(call: Call) -> str | None:
    """`model` of `model.eval()` and of `model = Net().to(device).eval()`."""
    func = call.node.func
    name = dotted_name(func.value) if isinstance(func, cst.Attribute) else None
    if name is not None:
        return name
    match call.statement:
        case cst.Assign(targets=[cst.AssignTarget(target=target)], value=value):
            return dotted_name(target) if _ends_in(value, call.node) else None
        case _:
            return None


def _ends_in(value: cst.BaseExpression, call: cst.Call) -> bool:
    """Whether `call` is among the calls chained up in `value`."""
    current: cst.BaseExpression = value
    while isinstance(current, cst.Call):
        if current is call:
            return True
        current = current.func.value if isinstance(current.func, cst.Attribute) else current.func
    return False


def is_given_false(call: Call) -> bool:
    """Whether a switch is turned off: `model.train(False)`, `set_grad_enabled(mode=False)`."""
    match call.node.args:
        case [cst.Arg(value=cst.Name(value="False"))]:
            return True
        case _:
            return False


def _may_precede(earlier: Block, later: Block) -> bool:
    """Whether the two places can lie on one path: not on different arms of one `if`."""
    arms = {b.branch: b for b in earlier.ancestors() if b.kind is BlockKind.BRANCH}
    return all(arms.get(b.branch, b) is b for b in later.ancestors() if b.kind is BlockKind.BRANCH)
