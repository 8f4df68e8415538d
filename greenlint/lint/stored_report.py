"""File reports as text and back, for the cache: JSON, because what is read may be damaged."""

import json
from typing import Any

from greenlint.lint.file_report import EMPTY, Comment, Draft, FileReport, Trouble
from greenlint.lint.finding import Edit, Fix, Level, Safety, Span
from greenlint.lint.source import Place


def encoded(report: FileReport) -> str:
    """The report as compact JSON; a file with nothing to say gives the empty text."""
    if report == EMPTY:
        return ""
    document = [
        report.language,
        [_plain_draft(draft) for draft in report.drafts],
        [
            [_plain_place(comment.place), comment.rules, comment.reason, comment.snippet]
            for comment in report.comments
        ],
        [
            [_plain_place(trouble.place), trouble.message, trouble.snippet]
            for trouble in report.troubles
        ],
    ]
    return json.dumps(document, separators=(",", ":"))


def decoded(text: str) -> FileReport | None:
    """The report that `encoded` made into this text; None when it did not."""
    if not text:
        return EMPTY
    try:
        language, drafts, comments, troubles = json.loads(text)
        report = FileReport(
            tuple(_draft(draft) for draft in drafts),
            tuple(
                Comment(_place(place), _texts(rules), str(reason), str(snippet))
                for place, rules, reason, snippet in comments
            ),
            tuple(
                Trouble(_place(place), str(message), str(snippet))
                for place, message, snippet in troubles
            ),
            str(language),
        )
    except (ValueError, TypeError, RecursionError):
        return None
    numbers = {number for draft in report.drafts for number in draft.suppressed_by}
    return report if numbers <= set(range(len(report.comments))) else None


def _plain_draft(draft: Draft) -> list[object]:
    return [
        draft.rule,
        _plain_place(draft.place),
        [draft.severity, draft.confidence],
        [draft.message, draft.advice],
        draft.snippet,
        draft.unless_project,
        draft.needs_project,
        draft.suppressed_by,
        _plain_fix(draft.fix),
    ]


def _draft(plain: Any) -> Draft:  # noqa: ANN401 - JSON of any shape
    rule, place, levels, words, snippet, unless_project, needs_project, suppressed_by, fix = plain
    severity, confidence = map(Level, levels)
    message, advice = map(str, words)
    return Draft(
        str(rule),
        _place(place),
        severity,
        confidence,
        message,
        advice,
        _texts(snippet),
        _texts(unless_project),
        _texts(needs_project),
        tuple(map(int, suppressed_by)),
        _fix(fix),
    )


def _plain_fix(fix: Fix | None) -> list[object] | None:
    if fix is None:
        return None
    return [fix.safety, [[_plain_span(edit.span), edit.text] for edit in fix.edits]]


def _fix(plain: Any) -> Fix | None:  # noqa: ANN401 - JSON of any shape
    if plain is None:
        return None
    safety, edits = plain
    return Fix(Safety(safety), tuple(Edit(_span(span), str(text)) for span, text in edits))


def _plain_place(place: Place) -> list[object]:
    physical = _plain_span(place.physical) if place.physical else None
    return [_plain_span(place.span), place.cell, physical]


def _place(plain: Any) -> Place:  # noqa: ANN401 - JSON of any shape
    span, cell, physical = plain
    return Place(
        _span(span),
        None if cell is None else int(cell),
        None if physical is None else _span(physical),
    )


def _plain_span(span: Span) -> list[int]:
    return [span.line, span.column, span.end_line, span.end_column]


def _span(plain: Any) -> Span:  # noqa: ANN401 - JSON of any shape
    line, column, end_line, end_column = map(int, plain)
    return Span(line, column, end_line, end_column)


def _texts(plain: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON of any shape
    return tuple(map(str, plain))
