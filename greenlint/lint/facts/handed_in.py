"""Calls whose results end up in the prompt of a request, or in a text that is called a prompt."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.handovers import Handovers, Place
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import defined_name, last_name
from greenlint.lint.facts.texts import Text
from greenlint.lint.facts.tree import Binding, BindingKind, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Subject
from greenlint.lint.site import Site

_REQUESTS = ("llm.chat", "llm.completion")
_ROLES = ("prompt", "system")
# What holds or makes a prompt, which another module may send.
_PROMPT = re.compile(r"(^|_)prompts?$")
_CONTROL = "<|"  # of a model's own chat template, which says how JSON is to be written

_GIVES = frozenset({BindingKind.ASSIGN, BindingKind.AUGMENT})

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
        named = (text for text in self._named() if not _follows_template(text))
        for text in (self._text(self._sent()), self._text(self._formatted()), *named):
            for node, _, _ in text.dynamic:
                if isinstance(node, cst.Call) and node in known:
                    yield known[node]

    def _sent(self) -> Iterator[Place]:
        for request in self._facts.calls_of(*_REQUESTS):
            for role in _ROLES:
                argument = self._facts.role(request, role)
                if argument.state is State.PRESENT and argument.block and argument.value:
                    yield argument.value, argument.block, argument.order

    def _named(self) -> Iterator[Text]:
        """What a name or an attribute that is called a prompt holds, or a function so called."""
        handovers = Handovers(self._facts.tree)
        for block in self._facts.tree.blocks:
            if block.kind is BlockKind.FUNCTION and _PROMPT.search(defined_name(block.node)):
                yield self._text(handovers.returned(block))
            for name, bound in (*block.bindings.items(), *block.attributes.items()):
                if _PROMPT.search(name):
                    yield self._text(_values(bound))

    def _formatted(self) -> Iterator[Place]:
        """What fills the template of a prompt: `prompt.format(tools=...)`."""
        for call in self._facts.tree.calls:
            match call.node.func:
                case cst.Attribute(value=template, attr=cst.Name(value="format")):
                    if _PROMPT.search(last_name(template).lower()):
                        yield from ((arg.value, call.block, call.order) for arg in call.node.args)
                case _:
                    continue

    def _text(self, places: Iterable[Place]) -> Text:
        whole = Text()
        for value, block, order in places:
            whole.add(self._facts.texts.text(value, block, order))
        return whole


def _follows_template(text: Text) -> bool:
    return any(_CONTROL in part for part in text.literal)


def _values(bound: Iterable[Binding]) -> Iterator[Place]:
    for binding in bound:
        if binding.kind in _GIVES and isinstance(binding.value, cst.BaseExpression):
            yield binding.value, binding.block, binding.order


def _may_ask(site: Site) -> bool:
    """Whether a part of a file may send a request, or make a text for all its functions."""
    named = any("prompt" in word for word in site.part.words)
    return named or not site.part.name or site.calls(*_REQUESTS)


@fact("in-prompt", Subject.CALL, possible=_may_ask)
def in_prompt(facts: Facts, unit: Unit, _: str) -> Answer:
    """`yes` when a call's result is, as it is, a part of what is sent as, or called, a prompt."""
    return yes_or_no(isinstance(unit, Call) and unit in facts.extension(HandedIn).calls)
