"""Calls whose results end up in the prompt of a request."""

from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Subject
from greenlint.lint.site import Site

_REQUESTS = ("llm.chat", "llm.completion")
_ROLES = ("prompt", "system")

relevant(__name__, kinds=_REQUESTS)


class HandedIn:
    """Tells what one module's prompts are made of."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @cached_property
    def calls(self) -> frozenset[Call]:
        """The calls whose results are a part of the text of some prompt."""
        return frozenset(self._calls())

    def _calls(self) -> Iterator[Call]:
        known = self._facts.tree.call_of
        for request in self._facts.calls_of(*_REQUESTS):
            for role in _ROLES:
                argument = self._facts.role(request, role)
                if argument.state is not State.PRESENT:
                    continue
                for node, _, _ in self._facts.text_of(argument).dynamic:
                    if isinstance(node, cst.Call) and node in known:
                        yield known[node]


def _may_ask(site: Site) -> bool:
    """Whether a part of a file may send a request, or make a text for all its functions."""
    return not site.part.name or site.calls(*_REQUESTS)


@fact("in-prompt", Subject.CALL, possible=_may_ask)
def in_prompt(facts: Facts, unit: Unit, _: str) -> Answer:
    """`yes` when the result of a call is, as it is, a part of a prompt."""
    return yes_or_no(isinstance(unit, Call) and unit in facts.extension(HandedIn).calls)
