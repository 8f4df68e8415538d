"""What pydantic refuses is told with place, key and the nearest valid one."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from greenlint.yaml_document import load_document, nearest, problems_of


class Strict(BaseModel):
    """Refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid")


class Entry(Strict):
    """One value of each kind."""

    severity: Literal["low", "medium", "high"] = "low"
    amount: int = Field(default=1, gt=0, alias="how-many")
    words: str | list[str] | None = None
    flag: bool = False
    ratio: float = 1.0

    @field_validator("words")
    @classmethod
    def _no_bad_words(cls, value: object) -> object:
        if value == "bad":
            raise ValueError("is a bad word")
        return value


class Log(Strict):
    """A branch without more keys."""

    to: Literal["log"]


class Hook(Strict):
    """A branch with a key of its own."""

    to: Literal["webhook"]
    url: str


class Root(Strict):
    """Every way in which a model can hold another."""

    name: str = ""
    entries: dict[Annotated[str, Field(max_length=5)], Entry] = {}
    listed: tuple[Entry, ...] = ()
    either: Literal["auto", "off"] | list[Literal["x", "y"]] = "auto"
    nested: Entry | list[Entry] = []
    alerts: list[Annotated[Log | Hook, Field(discriminator="to")]] = []
    fixed: Literal["one"] = "one"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("nam: x", ["f:1:1: unknown key `nam` (did you mean `name`?)"]),
        (
            "zzz: x",
            [
                (
                    "f:1:1: unknown key `zzz` (valid: alerts, either, entries, fixed, listed, name,"
                    " nested)"
                )
            ],
        ),
        (
            "entries:\n  a: {severty: low}",
            ["f:2:7: unknown key `entries.a.severty` (did you mean `severity`?)"],
        ),
        (
            "listed: [{how-mny: 1}]",
            ["f:1:11: unknown key `listed[0].how-mny` (did you mean `how-many`?)"],
        ),
        (
            "entries: {a: {severity: hgih}}",
            [
                (
                    "f:1:25: `entries.a.severity` must be low, medium or high, not 'hgih'"
                    " (did you mean `high`?)"
                )
            ],
        ),
        ("fixed: two", ["f:1:8: `fixed` must be one, not 'two'"]),
        (
            "entries: {a: {how-many: 0}}",
            ["f:1:25: `entries.a.how-many` must be greater than 0, not 0"],
        ),
        (
            "entries: {a: {how-many: 1.5}}",
            ["f:1:25: `entries.a.how-many` must be a whole number, not 1.5"],
        ),
        (
            "entries: {a: {words: {b: 1}}}",
            ["f:1:22: `entries.a.words` must be text or a list, not a mapping"],
        ),
        (
            "entries: {a: {words: [1]}}",
            ["f:1:23: `entries.a.words[0]` must be text, not 1"],
        ),
        ("entries: {a: {words: bad}}", ["f:1:22: `entries.a.words` is a bad word"]),
        (
            "entries: {a: {flag: [], ratio: x}}",
            [
                "f:1:21: `entries.a.flag` must be true or false, not a list",
                "f:1:32: `entries.a.ratio` must be a number, not 'x'",
            ],
        ),
        (
            "entries: {toolong: {}}",
            ["f:1:11: `entries.toolong` string should have at most 5 characters, not 'toolong'"],
        ),
        ("entries: {a: }", ["f:1:14: `entries.a` must be a mapping, not empty"]),
        ("either: 5", ["f:1:9: `either` must be auto, off or a list, not 5"]),
        ("either: [x, z]", ["f:1:13: `either[1]` must be x or y, not 'z'"]),
        (
            "nested: [{flag: 7}]",
            ["f:1:17: `nested[0].flag` must be true or false, not 7"],
        ),
        (
            "alerts: [{to: wehbook}, {to: webhook}, {}]",
            [
                (
                    "f:1:15: `alerts[0].to` must be log or webhook, not 'wehbook'"
                    " (did you mean `webhook`?)"
                ),
                "f:1:25: key `alerts[1].url` is missing",
                "f:1:40: key `alerts[2].to` is missing",
            ],
        ),
        ("[1]", ["f:1:1: the file must be a mapping, not a list"]),
        ("", ["f:1:1: the file must be a mapping, not empty"]),
        ("name: true", ["f:1:7: `name` must be text, not true"]),
        (
            f"fixed: {'x' * 60}",
            [f"f:1:8: `fixed` must be one, not '{'x' * 37}...'"],
        ),
    ],
)
def test_a_mistake_is_told_in_words(text: str, problems: list[str]) -> None:
    document = load_document(text, "f")
    with pytest.raises(ValidationError) as refusal:
        Root.model_validate(document.data)
    found = problems_of(refusal.value, document, Root)
    assert [str(problem) for problem in found] == problems


def test_the_nearest_word_ignores_case() -> None:
    assert nearest("europe/pariss", {"Europe/Paris", "UTC"}) == "did you mean `Europe/Paris`?"


def test_far_from_many_words_there_is_no_hint() -> None:
    assert nearest("zzz", {f"word-{number}" for number in range(30)}) is None
