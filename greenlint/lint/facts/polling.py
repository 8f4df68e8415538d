"""Loops that ask again and again how far something is, and how long they wait in between."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.agent_loops import has_while
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name, nodes_in
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

# A function or method with one of these in its name may wait, or be given the time to wait for.
_WAITS = (
    *("sleep", "wait", "delay", "pause", "backoff", "throttle", "poll", "input", "join", "select"),
    *("result", "yield", "tick", "rate", "interval", "gather", "acquire", "notify", "refresh"),
)

relevant(__name__, kinds=("pause",))


@fact("pause", Subject.CALL, possible=has_while)
def pause(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """The longest pause, in seconds, of a `while` around a call; `none` when it never waits.

    No answer where there is no `while` around it, or where it waits for an unknown time.
    """
    loop = _while_around(facts, unit)
    if loop is None:
        return None
    calls = facts.tree.calls_in(loop)
    pauses = [call for call in calls if facts.is_a(call, "pause")]
    if any(call not in pauses and _may_wait(call) for call in calls) or _yields(loop):
        return None
    if not pauses:
        return Answer(frozenset({"none"}), 0)
    known = [facts.known(facts.role(call, "seconds")) for call in pauses]
    seconds = [k.value for k in known if k is not None and isinstance(k.value, (int, float))]
    return Answer(value=max(seconds)) if len(seconds) == len(pauses) else None


def _while_around(facts: Facts, unit: Unit) -> Block | None:
    if not isinstance(unit, Call):
        return None
    loop = next(iter(facts.loops_around(unit.block)), None)
    if loop is None or loop.kind is not BlockKind.WHILE:
        return None
    return loop


def _may_wait(call: Call) -> bool:
    words = (last_name(call.node.func), *_keywords(call))
    return any(word in name.lower() for name in words for word in _WAITS)


def _keywords(call: Call) -> Iterator[str]:
    return (arg.keyword.value for arg in call.node.args if arg.keyword is not None)


def _yields(loop: Block) -> bool:
    """Whether a pass hands control to somebody else, who may wait."""
    return any(isinstance(node, cst.Yield) for node in nodes_in(loop.node))
