"""Whether a module learns from rewards: its networks are small policies, and its steps the cost."""

import re

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Subject

_WORDS = (
    re.compile(r"(^|_)rewards?(_|$)"),
    re.compile(r"(^|_)advantages?(_|$)"),
    re.compile(r"(^|_)episodes?(_|$)"),
    re.compile(r"(^|_)(env|envs|environment)(_|$)"),
    re.compile(r"replay_?buffer", re.IGNORECASE),
    re.compile(r"(^|_)(ppo|dqn|a2c|sac|ddpg|td3)(_|$)", re.IGNORECASE),
    re.compile(r"(^|_)(actor|critic|policy|policies)(_|$)"),
)
_ENOUGH = 3  # different words; one or two of them mean other things elsewhere

relevant(__name__, *_WORDS)


@fact("reinforces", *Subject)
def reinforces(facts: Facts, _: Unit, __: str) -> Answer:
    """Whether the file speaks of rewards, episodes, policies and the like."""
    words = facts.tree.identifiers
    found = sum(any(pattern.search(word) for word in words) for pattern in _WORDS)
    return yes_or_no(found >= _ENOUGH)
