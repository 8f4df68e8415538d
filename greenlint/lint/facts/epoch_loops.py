"""Epoch loops written by hand: how many passes they make, and what ends them before that."""

import libcst as cst

from greenlint.lint.facts.constants import Known
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import LOOP_KINDS, Block, BlockKind, Statement
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Subject

_WRAPPERS = frozenset({"tqdm", "trange", "range", "master_bar", "progress_bar", "notebook"})
# A break under one of these cuts a trial run short; it does not watch the training.
_TRIALS = ("dry", "debug", "smoke", "fast_dev", "sanity", "profil", "overfit", "demo")
_EXITS = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "os._exit"})
_COMPARED = (cst.LessThan, cst.LessThanEqual)

relevant("exit", "quit")


@fact("passes", Subject.LOOP)
def passes(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """How often a counting loop runs at most."""
    known = _passes(facts, unit) if isinstance(unit, Block) else None
    return None if known is None else Answer(value=known.value, assumed=known.assumed)


def _passes(facts: Facts, loop: Block) -> Known | None:
    where = loop.parent or loop
    match loop.node:
        case cst.For(iter=iterated):
            return _length(facts, iterated, where, loop.start)
        case cst.While(test=cst.Comparison(comparisons=[cst.ComparisonTarget() as target])):
            if isinstance(target.operator, _COMPARED):
                return facts.constants.value(target.comparator, where, loop.start)
        case _:
            pass
    return None


def _length(facts: Facts, node: cst.BaseExpression, where: Block, order: int) -> Known | None:
    """How many numbers `range(...)` counts, also inside of a progress bar."""
    if not isinstance(node, cst.Call):
        return None
    numbers = [arg.value for arg in node.args if arg.keyword is None and not arg.star]
    match _last_name(node.func):
        case "range" | "trange" if numbers:
            return _span(facts, numbers, where, order)
        case word if word in _WRAPPERS and numbers:
            return _length(facts, numbers[-1], where, order)
    return None


def _span(
    facts: Facts, numbers: list[cst.BaseExpression], where: Block, order: int
) -> Known | None:
    values = [facts.constants.value(number, where, order) for number in numbers]
    end = values[0] if len(values) == 1 else values[1]
    if end is None or not isinstance(end.value, (int, float)):
        return None
    if len(values) == 1:
        return end
    start, step = values[0], values[2] if len(values) > 2 else Known(1)
    if step is None or not isinstance(step.value, (int, float)) or step.value == 0:
        return None
    if start is None or not isinstance(start.value, (int, float)):
        # `range(start_epoch, epochs)`: where it resumes, it has run before.
        return Known(end.value, assumed=True)
    assumed = start.assumed or end.assumed or step.assumed
    return Known((end.value - start.value) // step.value, assumed)


def _last_name(node: cst.BaseExpression) -> str:
    match node:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name
        case _:
            return ""


@fact("stops", Subject.LOOP)
def stops(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Whether something in a loop may leave it before its last pass.

    A break of an inner loop, one that only cuts a trial run short, and one in an `except` do not
    count.
    """
    if not isinstance(unit, Block):
        return None
    jumps = any(_leaves(facts, unit, jump) for jump in facts.tree.jumps)
    exits = any(
        facts.called(call) in _EXITS and _is_watched(unit, call.block)
        for call in facts.tree.calls_in(unit)
    )
    return yes_or_no(jumps or exits or _has_second_condition(unit))


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
    words = " ".join(_identifiers(block.node.test)).lower()
    return any(trial in words for trial in _TRIALS)


def _identifiers(node: cst.CSTNode) -> list[str]:
    found = []
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, cst.Name):
            found.append(current.value)
        stack.extend(current.children)
    return found
