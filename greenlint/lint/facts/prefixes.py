"""The beginnings of prompts: how much of a fixed text stands behind what changes each time."""

import re
from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import nodes_in
from greenlint.lint.facts.texts import Text
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

# What a provider reads first.
_ROLES = ("system", "prompt")
# A time that only tells the day changes the prompt once a day.
_TIME_OF_DAY = re.compile(r"%[HIMSfXcTs]")
_DAYS = frozenset({"date", "year", "month", "day", "weekday"})

relevant(__name__, kinds=("volatile",))


@fact("fixed-behind", Subject.CALL)
def fixed_behind(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """About how many tokens of fixed text stand behind a part of the prompt that is new each time.

    0 when no part is a time, an identifier or a random number that is made where the request is.
    """
    if not isinstance(unit, Call):
        return None
    text = Text()
    for role in _ROLES:
        argument = facts.role(unit, role)
        if argument.state is State.PRESENT:
            text.add(facts.text_of(argument))
    behind = (text.tokens_behind(number) for number in _volatile(facts, unit, text))
    return Answer(value=max(behind, default=0))


def _volatile(facts: Facts, request: Call, text: Text) -> Iterator[int]:
    """Which of the computed parts of a prompt are new in every request."""
    function = facts.function_around(request.block)
    for number, (node, block, order) in enumerate(text.dynamic):
        for call in facts.flow.calls_feeding(node, block, order):
            here = facts.function_around(call.block) is function
            if here and facts.is_a(call, "volatile") and not _is_of_day(facts, call):
                yield number
                break


def _is_of_day(facts: Facts, call: Call) -> bool:
    """Whether a time is cut down to its day."""
    node: cst.CSTNode = call.node
    parent = facts.parent(node)
    texts = list(_strings(call.node))
    while isinstance(parent, (cst.Attribute, cst.Call)):
        if isinstance(parent, cst.Attribute) and parent.attr.value in _DAYS:
            return True
        if isinstance(parent, cst.Call):
            texts.extend(_strings(parent))
        parent = facts.parent(parent)
    formats = [text for text in texts if "%" in text]
    return bool(formats) and not any(_TIME_OF_DAY.search(text) for text in formats)


def _strings(call: cst.Call) -> Iterator[str]:
    for arg in call.args:
        for node in nodes_in(arg.value):
            if isinstance(node, cst.SimpleString):
                yield str(node.raw_value)
