"""How long a loop waits between two questions."""

import pytest
from answers_of import facts_of

from greenlint.lint.facts.polling import pause

ASK = "client.batches.retrieve(b)"


def seconds(source: str) -> object:
    """The longest pause of the loop around the last question; `unknown` when it can't be told."""
    facts = facts_of("import asyncio\nimport time\n" + source)
    answer = pause(facts, facts.calls_of("job.status")[-1], "")
    return "unknown" if answer is None else answer.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"while x:\n    {ASK}", 0),
        (f"while x:\n    {ASK}\n    print(1)", 0),
        (f"while x:\n    {ASK}\n    time.sleep(0.1)", 0.1),
        (f"while x:\n    {ASK}\n    time.sleep(0.1)\n    time.sleep(2)", 2),
        (f"WAIT = 5\nwhile x:\n    {ASK}\n    time.sleep(WAIT)", 5),
        (f"while x:\n    {ASK}\n    time.sleep(n)", "unknown"),
        (f"while x:\n    {ASK}\n    self.wait_a_little()", "unknown"),
        (f"while x:\n    {ASK}\n    ask(timeout_interval=3)", "unknown"),
        (f"def f():\n    while x:\n        yield {ASK}", "unknown"),
        (f"for x in y:\n    {ASK}", "unknown"),
        (ASK, "unknown"),
    ],
)
def test_the_longest_pause_counts(source: str, expected: object) -> None:
    assert seconds(source) == expected
