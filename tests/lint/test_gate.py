"""The gate leaves a rule out only when the bytes can't concern it."""

from pathlib import Path

import pytest

from greenlint.level import Level
from greenlint.lint.catalog import Catalog
from greenlint.lint.gate import Gate
from greenlint.lint.rule import Rule
from greenlint.lint.spelling import Spellings


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


GATE = Gate(
    [rule("both", (b"openai", b"litellm"), (b".create(",)), rule("one", (b".create(",))],
    Spellings(Catalog()),
)


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


@pytest.mark.parametrize(
    "text",
    [
        b"import openai\n# c.create()\n",
        b'"""Use it so:\n\n    openai.c.create()\n"""\n',
        b"import openai\nx = 'c.create()'\n",
        b'import openai\nx = "say \\" c.create()"\n',
        b"'''openai \\''' .create()'''\n",
    ],
)
def test_calls_in_comments_and_strings_do_not_count(text):
    """Docstrings show calls that nothing runs."""
    assert GATE.candidates(text) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        b"import openai\nx = '#'\nc.create()\n",
        b"import openai\nx = '''\n'''; c.create('''\n''')\n",
        b"import openai  # it's a quote\nc.create()\n",
        b"import openai\nf(f\"{x['a']}\", c.create())\n",
        b'import openai\nf"{a["b"]}"\nc.create()\n',
    ],
)
def test_calls_in_code_count(text):
    """Quotes in comments and comments in quotes confuse nobody."""
    assert "both" in GATE.candidates(text)


def test_words_that_are_no_calls_count_in_strings():
    """A library may be named in a string only."""
    assert GATE.candidates(b"x = 'openai'\nc.create()") == {"both", "one"}


def test_unfinished_strings_end():
    """Nothing makes the gate slow: half a megabyte of open quotes takes no time."""
    assert GATE.candidates(b'import openai\n.create(""" ' + b'"\\' * 250_000) == {"both", "one"}
