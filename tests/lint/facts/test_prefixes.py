"""How much fixed text of a prompt stands behind what is new in every request."""

import pytest
from answers_of import facts_of, last_request

from greenlint.lint.facts.examples import examples
from greenlint.lint.facts.prefixes import fixed_behind

IMPORTS = "from datetime import datetime\nimport time\nimport uuid\nRULES = 'Be brief. ' * 460\n"


def tokens_behind(source: str) -> float:
    """The estimate for the last request in `source`; `RULES` has about 1,000 tokens."""
    facts = facts_of(IMPORTS + source)
    answer = fixed_behind(facts, last_request(facts), "")
    assert answer is not None
    assert isinstance(answer.value, (int, float))
    return answer.value


@pytest.mark.parametrize(
    "source",
    [
        "ASK(f'{datetime.now()} {RULES}')",
        "ASK(str(uuid.uuid4()) + RULES)",
        "t = time.time()\nASK(f'{t} {RULES} {question}')",
        "ASK(f'{datetime.now().strftime(\"%H:%M\")} {RULES}')",
        "ASK([{'role': 'system', 'content': f'{time.time()}'}, {'content': RULES}])",
        "client.responses.create(instructions=f'{time.time()}', input=RULES)",
    ],
)
def test_what_is_new_stands_before_the_rules(source: str) -> None:
    assert 990 <= tokens_behind(source) <= 1010


@pytest.mark.parametrize(
    "source",
    [
        "ASK(f'{question} {RULES}')",
        "ASK(RULES + str(uuid.uuid4()))",
        "client.responses.create(input=f'{time.time()}', instructions=RULES)",
        "ASK(f'{datetime.now().date()} {RULES}')",
        "ASK(f'{datetime.now().strftime(\"%Y-%m-%d\")} {RULES}')",
        "RUN = uuid.uuid4()\ndef f():\n    return ASK(f'{RUN} {RULES}')",
    ],
)
def test_nothing_new_does(source: str) -> None:
    assert tokens_behind(source) == 0


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("'Q: two?\\nA: 2\\n\\nQ: three?\\nA: 3\\n'", 2),
        ("'Input: x\\nOutput: y\\n' + text", 1),
        ("[{'role': 'user', 'content': 'x'}, {'role': 'assistant', 'content': 'y'}]", 1),
        ("[{'role': 'assistant', 'content': answer}]", 0),
        ("'Answer:'", 0),
        ("text", 0),
    ],
)
def test_examples_have_literal_answers(prompt: str, expected: int) -> None:
    facts = facts_of(f"ASK({prompt})")
    answer = examples(facts, last_request(facts), "")
    assert answer is not None
    assert answer.value == expected
