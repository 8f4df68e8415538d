"""Reads the practices that ship with greenlint, with exact places of mistakes."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from greenlint import bundled
from greenlint.errors import Problem, RuleError
from greenlint.lint.practice import Activity, FileSign, Practice, Signs
from greenlint.lint.practice_text import ActivitiesText, PracticeText, SignsText
from greenlint.lint.rule_match_check import Vocabulary, case_problems
from greenlint.lint.rule_plain import case_of
from greenlint.yaml_document import Document, load_document, nearest, problems_of

ACTIVITIES = "activities.yaml"
TextT = TypeVar("TextT", PracticeText, ActivitiesText)


def load_practices(
    vocabulary: Vocabulary, directory: Path | None = None
) -> tuple[tuple[Practice, ...], tuple[Activity, ...]]:
    """All practices by name, and the activities that they apply to; RuleError if one is broken."""
    directory = directory or bundled.rules_directory() / "practices"
    _, found = _read(directory / ACTIVITIES, ActivitiesText)
    activities = tuple(
        Activity(name, _signs(signs)) for name, signs in sorted(found.activities.items())
    )
    practices: list[Practice] = []
    problems: list[Problem] = []
    for path in sorted(directory.glob("*.yaml")):
        if path.name == ACTIVITIES:
            continue
        document, text = _read(path, PracticeText)
        problems += _problems(path, document, text, {a.name for a in activities}, vocabulary)
        practices.append(
            Practice(text.name, text.summary, text.applies_to, text.advice, _signs(text))
        )
    if problems:
        raise RuleError(problems)
    return tuple(practices), activities


def _read(path: Path, model: type[TextT]) -> tuple[Document, TextT]:
    document = load_document(path.read_text("utf-8"), str(path), error=RuleError)
    try:
        return document, model.model_validate(document.data)
    except ValidationError as error:
        raise RuleError(problems_of(error, document, model)) from error


def _problems(
    path: Path,
    document: Document,
    text: PracticeText,
    activities: set[str],
    vocabulary: Vocabulary,
) -> Iterator[Problem]:
    if text.name != path.stem:
        place = document.place(("name",))
        yield place.problem(f"the practice is called `{text.name}` and its file is not")
    for number, name in enumerate(text.applies_to):
        if name not in activities:
            place = document.place(("applies-to", number))
            yield place.problem(f"no activity is called `{name}`", nearest(name, activities))
    yield from case_problems(document, text, vocabulary)


def _signs(text: SignsText) -> Signs:
    plain = text.model_dump(mode="json", exclude_defaults=True)
    return Signs(
        tuple(case_of(case) for case in plain.get("match", ())),
        text.imports,
        text.dependencies,
        tuple(FileSign(sign.path, sign.line or "") for sign in text.files),
    )
