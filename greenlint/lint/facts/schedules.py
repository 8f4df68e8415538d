"""Learning rates that are planned to the last epoch, so that stopping earlier breaks the plan."""

import re

import libcst as cst

from greenlint.lint.facts.epoch_loops import end_of
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name
from greenlint.lint.facts.runs import BUDGET, Runs
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

# How settings name schedules that have an end, and what schedulers of one's own are called.
_NAMED = ("cosine", "polynomial", "warmup_stable_decay")
_SCHEDULER = re.compile(r"(?i:sched|decay|anneal|cosine|poly|cycl|warm_?up)|(^|_)lr|LR")

relevant(__name__, "param_groups", kinds=("schedule.fixed",))


@fact("schedule", Subject.CALL, Subject.LOOP)
def schedule(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """`fixed` when a scheduler, or the code itself, plans the rate to the last epoch."""
    planned = facts.has("schedule.fixed") or _says_so(facts, unit)
    planned = planned or _is_planned_by_hand(facts, _epochs(facts, unit))
    return Answer(frozenset({"fixed" if planned else "open"}))


def _says_so(facts: Facts, unit: Unit) -> bool:
    """Whether a call fits under a schedule by itself, or its settings name one."""
    if not isinstance(unit, Call):
        return False
    if any("fixed-schedule" in meaning.traits for meaning in facts.meanings(unit)):
        return True
    known = facts.known(facts.extension(Runs).role(unit, "schedule"))
    return known is not None and isinstance(known.value, str) and known.value.startswith(_NAMED)


def _epochs(facts: Facts, unit: Unit) -> str:
    """The name of the variable, attribute or option that holds the number of epochs."""
    if isinstance(unit, Call):
        return last_name(facts.extension(Runs).role(unit, *BUDGET).value)
    end = end_of(unit)
    match end.last if end is not None else None:
        case cst.BinaryOperation(left=left):  # `epochs + 1`
            return last_name(left)
        case node:
            return last_name(node)


def _is_planned_by_hand(facts: Facts, epochs: str) -> bool:
    """Whether something is a share of all epochs, or a scheduler is told how many there are."""
    if not epochs:
        return False
    told = any(
        _SCHEDULER.search(last_name(call.node.func))
        and any(last_name(arg.value) == epochs for arg in call.node.args)
        for call in facts.tree.calls
    )
    return told or any(_is_share(node, epochs) for node in facts.tree.parents)


def _is_share(node: cst.CSTNode, epochs: str) -> bool:
    match node:
        case cst.BinaryOperation(operator=cst.Divide(), right=right):
            return last_name(right) == epochs
        case _:
            return False
