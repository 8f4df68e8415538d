"""Models that code asks for, held against the models that the policy allows."""

import re
from collections.abc import Iterator
from functools import cache

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact
from greenlint.lint.rule import Subject
from greenlint.policy.settings import PolicyFacts

# What frameworks and gateways put before a model's own name: `openai/gpt-5`, `openai:gpt-5`,
# `bedrock/us.anthropic.claude-...`, `models/gemini-...`, an ARN. A glob may name any of these.
_PREFIX = re.compile(r"[/:]")
# The geography and the maker in Bedrock's names.
# https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html, 2026-11-26
_GEOGRAPHY = re.compile(r"(?:us-gov|us|eu|apac|jp|au|global)\.(?=[a-z0-9-]+\.)")
_MAKER = re.compile(
    r"(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|nvidia|openai"
    r"|qwen|stability|twelvelabs|writer|zai)\.(?=[a-z])"
)


@fact("model", Subject.CALL)
def model(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """What the policy says of the model that a call asks for: `inside`, `denied`, `unlisted`.

    Its value is the reason. No answer where the policy says nothing, or no literal names a model.
    """
    said = facts.policy
    if not isinstance(unit, Call) or not (said.models_allow or said.models_deny):
        return None
    known = facts.known(facts.argument(unit, "model"))
    if known is None or not isinstance(known.value, str) or not known.value:
        return None
    word, reason = judged(said, known.value)
    if word == "unlisted" and _names_deployment(facts, unit):
        return None
    return Answer(frozenset({word}), reason, known.assumed)


def _names_deployment(facts: Facts, call: Call) -> bool:
    """Whether what is asked for is a deployment at Azure, which may go by any name."""
    builders = (call, facts.construction(call))
    names = (facts.called(builder) or "" for builder in builders if builder is not None)
    return any("azure" in name.lower() for name in names)


def judged(said: PolicyFacts, name: str) -> tuple[str, str]:
    """What the policy says of a model: a word and the reason. The deny list is asked first."""
    for glob in said.models_deny:
        if covers(glob, name):
            return "denied", f"the policy denies {name}" + f" by `{glob}`" * (glob != name)
    if said.models_allow and not any(covers(glob, name) for glob in said.models_allow):
        return "unlisted", f"{name} is not among the models that the policy allows"
    return "inside", ""


def covers(glob: str, name: str) -> bool:
    """Whether a glob is about a model, with or without what stands before its own name."""
    return any(_pattern(glob).fullmatch(spelling) for spelling in _spellings(name.lower()))


def _spellings(name: str) -> Iterator[str]:
    """A model's name as it is written, and without each of its prefixes."""
    rest = name
    while True:
        yield rest
        place = _GEOGRAPHY.match(rest)
        by_maker = rest[place.end() :] if place is not None else rest
        yield by_maker
        yield _MAKER.sub("", by_maker, count=1)
        found = _PREFIX.search(rest)
        if found is None:
            return
        rest = rest[found.end() :]


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """The regular expression of a glob: `*` is any text, `?` any character."""
    first, *others = (re.escape(piece).replace(r"\?", ".") for piece in glob.lower().split("*"))
    if not others:
        return re.compile(first)
    *middle, last = others
    # No piece is tried again once it fits, so that no glob takes long (see `compiled_glob`).
    return re.compile(f"(?s){first}" + "".join(f"(?>.*?{piece})" for piece in middle) + f".*{last}")
