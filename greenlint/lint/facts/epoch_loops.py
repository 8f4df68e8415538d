"""Epoch loops written by hand: how many passes they make, and what ends them before that."""

import re
from dataclasses import dataclass

import libcst as cst

from greenlint.lint.facts.constants import Known
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name, nodes_in
from greenlint.lint.facts.tree import LOOP_KINDS, Block, BlockKind, Statement
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Subject

_WRAPPERS = frozenset({"tqdm", "trange", "range", "master_bar", "progress_bar", "notebook"})
# A break under one of these cuts a trial run short; it does not watch the training.
_TRIALS = ("dry", "debug", "smoke", "fast_dev", "sanity", "profil", "overfit", "demo")
_EXITS = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "os._exit"})
_STOPPED = re.compile(r"Stop|Interrupt|Cancel|Abort|Converged|Pruned")
_COMPARED = (cst.LessThan, cst.LessThanEqual)

relevant(__name__, "exit", "quit", "add_argument")


@fact("passes", Subject.LOOP)
def passes(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """How often a counting loop runs at most; unknown where a number of steps decides."""
    end = end_of(unit) if isinstance(unit, Block) else None
    if end is None or _divides(facts, end):
        return None
    known = _passes(facts, end)
    return None if known is None else Answer(value=known.value, assumed=known.assumed)


@dataclass(frozen=True, slots=True)
class End:
    """The numbers that a loop counts by: the end alone, or the start, the end and the step."""

    numbers: tuple[cst.BaseExpression, ...]
    block: Block
    order: int

    @property
    def last(self) -> cst.BaseExpression:
        """The number that the loop counts up to."""
        return self.numbers[0] if len(self.numbers) == 1 else self.numbers[1]


def end_of(loop: Block) -> End | None:
    """What a counting loop counts by."""
    where = loop.parent or loop
    match loop.node:
        case cst.For(iter=iterated):
            numbers = _numbers(iterated)
            return End(tuple(numbers), where, loop.start) if numbers else None
        case cst.While(test=cst.Comparison(comparisons=[cst.ComparisonTarget() as target])):
            if isinstance(target.operator, _COMPARED):
                return End((target.comparator,), where, loop.start)
            return None
        case _:
            return None


def _numbers(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What `range(...)` counts by, also inside of a progress bar."""
    if not isinstance(node, cst.Call):
        return []
    numbers = [arg.value for arg in node.args if arg.keyword is None and not arg.star]
    match last_name(node.func):
        case "range" | "trange":
            return numbers
        case word if word in _WRAPPERS and numbers:
            return _numbers(numbers[-1])
        case _:
            return []


def _divides(facts: Facts, end: End) -> bool:
    """Whether the number of epochs follows from something else, such as a number of steps."""
    return any(
        isinstance(part, cst.BinaryOperation)
        and isinstance(part.operator, (cst.Divide, cst.FloorDivide))
        for source, _, _ in facts.flow.sources(end.last, end.block, end.order)
        for part in nodes_in(source)
    )


def _passes(facts: Facts, end: End) -> Known | None:
    values = [facts.constants.value(n, end.block, end.order) for n in end.numbers]
    last = values[0] if len(values) == 1 else values[1]
    if last is None or not isinstance(last.value, (int, float)):
        return None
    if len(values) == 1:
        return last
    start, step = values[0], values[2] if len(values) > 2 else Known(1)
    if step is None or not isinstance(step.value, (int, float)) or step.value == 0:
        return None
    if start is None or not isinstance(start.value, (int, float)):
        # `range(start_epoch, epochs)`: where it resumes, it has run before.
        return Known(last.value, assumed=True)
    assumed = start.assumed or last.assumed or step.assumed
    return Known((last.value - start.value) // step.value, assumed)


@fact("stops", Subject.LOOP)
def stops(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Whether something in a loop may leave it before its last pass.

    A break of an inner loop, one that only cuts a trial run short, and one in an `except` do not
    count. An exception around it that is called after stopping does.
    """
    if not isinstance(unit, Block):
        return None
    jumps = any(_leaves(facts, unit, jump) for jump in facts.tree.jumps)
    exits = any(
        facts.called(call) in _EXITS and _is_watched(unit, call.block)
        for call in facts.tree.calls_in(unit)
    )
    return yes_or_no(jumps or exits or _has_second_condition(unit) or _is_interrupted(unit))


def _is_interrupted(loop: Block) -> bool:
    """Whether an exception ends the loop that callbacks raise to stop a training."""
    for outer in loop.ancestors():
        if outer.kind is BlockKind.FUNCTION:
            break
        if isinstance(outer.node, cst.Try):
            caught = (part for h in outer.node.handlers if h.type for part in nodes_in(h.type))
            names = {part.value for part in caught if isinstance(part, cst.Name)}
            if any(
                _STOPPED.search(name) for name in names - {"KeyboardInterrupt", "StopIteration"}
            ):
                return True
    return False


def _has_second_condition(loop: Block) -> bool:
    match loop.node:
        case cst.While(test=cst.Comparison()):
            return False
        case cst.While():
            return True
        case _:
            return False


def _leaves(facts: Facts, loop: Block, jump: Statement) -> bool:
    if not loop.start < jump.order < loop.end:
        return False
    match jump.node:
        case cst.Break():
            nearest = next((b for b in jump.block.ancestors() if b.kind in LOOP_KINDS), None)
            leaves = nearest is loop
        case cst.Return():
            leaves = facts.function_around(jump.block) is facts.function_around(loop)
        case _:
            leaves = False
    return leaves and _is_watched(loop, jump.block)


def _is_watched(loop: Block, block: Block) -> bool:
    """Whether what stands in `block` depends on how the training goes."""
    for outer in block.ancestors():
        if outer is loop:
            break
        if outer.kind is BlockKind.EXCEPT or _is_trial(outer):
            return False
    return True


def _is_trial(block: Block) -> bool:
    if not isinstance(block.node, cst.If):
        return False
    names = (part.value for part in nodes_in(block.node.test) if isinstance(part, cst.Name))
    words = " ".join(names).lower()
    return any(trial in words for trial in _TRIALS)
