"""The prompts of requests: what flows into them whole, and how much of them is fixed text."""

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import children
from greenlint.lint.facts.origins import Origins
from greenlint.lint.facts.texts import Text
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, yes_or_no
from greenlint.lint.rule import Subject

_ROLES = ("prompt", "system")
_CACHES_PREFIXES = frozenset({"openai", "google", "deepseek", "xai"})
_CACHE_MARKS = frozenset({"cache_control", "cachePoint", "cached_content"})


def prompt_text(facts: Facts, call: Call) -> Text:
    """The text of all prompt arguments of a request."""
    whole = Text()
    for role in _ROLES:
        argument = facts.role(call, role)
        if argument.state is State.PRESENT:
            whole.add(facts.text_of(argument))
    return whole


def _marks_cache(facts: Facts, call: Call) -> bool:
    """Whether a message of a request asks for its prefix to be kept."""
    for arg in call.node.args:
        for node, _, _ in facts.flow.sources(arg.value, call.block, call.order):
            stack: list[cst.CSTNode] = [node]
            while stack:
                current = stack.pop()
                if isinstance(current, cst.SimpleString) and current.raw_value in _CACHE_MARKS:
                    return True
                stack.extend(children(current))
    return False


@fact("prompt-holds", Subject.CALL)
def prompt_holds(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """What flows whole into the prompt.

    `table`, `file`, `page`, `documents`, `base64`; `fixed-file`, `fixed-page` and
    `fixed-documents` are always the same.
    """
    return (
        Answer(facts.extension(Origins).of(prompt_text(facts, unit)))
        if isinstance(unit, Call)
        else None
    )


@fact("prompt-tokens", Subject.CALL)
def prompt_tokens(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """About how many tokens the literal parts of the prompt have, system text included."""
    if not isinstance(unit, Call):
        return None
    return Answer(value=prompt_text(facts, unit).tokens)


@fact("prefix-cached", Subject.CALL)
def prefix_cached(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """`yes` when the provider keeps the work on a prompt's unchanged beginning."""
    if not isinstance(unit, Call):
        return None
    if any(m.provider in _CACHES_PREFIXES for m in facts.meanings(unit)):
        return Answer(frozenset({"yes"}))
    asked = facts.role(unit, "cache-control").state is not State.ABSENT
    return yes_or_no(asked or _marks_cache(facts, unit))
