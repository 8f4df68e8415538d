"""Which of the versions of an answer are read."""

import pytest
from answers_of import words

ASK = "client.chat.completions.create(model=M, messages=m, n=3)"


@pytest.mark.parametrize(
    "source",
    [
        f"x = {ASK}.choices[0].message.content",
        f"r = {ASK}\nprint(r.choices[0].message.content)\nprint(r.usage)",
        f"r = {ASK}\nx = r['choices'][0]['text']",
        f"choices = {ASK}.choices\nx = choices[0]",
        f"async def f():\n    r = await {ASK}\n    return r.choices[0]",
    ],
)
def test_only_the_first_one_is_read(source: str) -> None:
    assert words("choices", source) == {"first"}


@pytest.mark.parametrize(
    "source",
    [
        f"x = {ASK}.choices[1]",
        f"x = {ASK}.choices[i]",
        f"x = {ASK}.choices[:2]",
        f"r = {ASK}\nx = r.choices[0]\nreturn_all(r)",
        f"r = {ASK}\nx = r.choices[0]\nall_of = [c for c in r.choices]",
        f"r = {ASK}\nprint(r.usage)",
        f"r = {ASK}\nx = r.choices[0]\ny = r.more",
        f"def f():\n    return {ASK}",
        ASK,
    ],
)
def test_others_may_be_read(source: str) -> None:
    assert words("choices", source) == set()
