"""Agents written by hand: loops that go on for as long as the model asks for tools."""

import libcst as cst

from greenlint.lint.facts.general import is_endless
from greenlint.lint.facts.limits import Limits
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import nodes_in
from greenlint.lint.facts.repeats import Repeats
from greenlint.lint.facts.tree import Block, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject
from greenlint.lint.site import Site

# What a loop asks the last answer for before it goes on.
_TOOL_WORDS = frozenset({"tool_calls", "tool_use", "function_call", "function_calls", "toolUse"})
# What waits for somebody: a person, a message, an event.
_WAITS = ("input", "recv", "receive", "listen", "ask", "queue", "prompt_toolkit")

relevant(__name__, kinds=("ask.person",))


def has_while(site: Site) -> bool:
    """Whether a part of a file has a `while` loop."""
    return "while" in site.part.words


@fact("agent-loop", Subject.CALL, possible=has_while)
def agent_loop(facts: Facts, unit: Unit, _: str) -> Answer:
    """`endless` when only an answer of the model ends the loop around a request."""
    endless = isinstance(unit, Call) and _is_endless(facts, unit)
    return Answer(frozenset({"endless"} if endless else ()))


def _is_endless(facts: Facts, request: Call) -> bool:
    loop = next(iter(facts.loops_around(request.block)), None)
    if loop is None or not (is_endless(loop) or _goes_on_for_tools(loop)):
        return False
    if facts.calls_of("llm.chat", within=loop)[0] is not request:
        return False  # one finding for a loop
    if facts.extension(Limits).has_limit(loop):
        return False
    repeats = facts.extension(Repeats)
    around = facts.loops_around(loop)
    return not any(repeats.is_chat(outer) for outer in around) and not _waits(facts, loop)


def _goes_on_for_tools(loop: Block) -> bool:
    """Whether a loop is `while response.stop_reason == "tool_use"` or the like."""
    if not isinstance(loop.node, cst.While):
        return False
    for node in nodes_in(loop.node.test):
        if isinstance(node, cst.Name) and node.value in _TOOL_WORDS:
            return True
        if isinstance(node, cst.SimpleString) and node.raw_value in _TOOL_WORDS:
            return True
    return False


def _waits(facts: Facts, loop: Block) -> bool:
    """Whether a pass waits for somebody: a person, a message, an event."""
    return any(
        word in facts.callee_text(call).lower()
        for call in facts.tree.calls_in(loop)
        for word in _WAITS
    )
