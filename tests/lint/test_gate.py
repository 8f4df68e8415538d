"""The gate leaves a rule out only when the bytes can't concern it."""

from pathlib import Path

import pytest

from greenlint.level import Level
from greenlint.lint.gate import Gate
from greenlint.lint.rule import Rule


def rule(name: str, *groups: tuple[bytes, ...]) -> Rule:
    return Rule(
        name=name,
        family="llm-calls",
        summary="",
        severity=Level.LOW,
        confidence=Level.HIGH,
        since="0.1",
        gate=groups,
        message="",
        advice="",
        path=Path(f"{name}.yaml"),
    )


GATE = Gate([rule("both", (b"openai", b"litellm"), (b".create(",)), rule("one", (b".create(",))])


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"import openai\nc.create()", {"both", "one"}),
        (b"import litellm\nc.create()", {"both", "one"}),
        (b"c.create()", {"one"}),
        (b"import openai", set()),
        (b"", set()),
    ],
)
def test_every_group_needs_a_hit(data, names):
    """Words of a group are alternatives, groups are all needed."""
    assert GATE.candidates(data) == names
