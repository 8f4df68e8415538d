"""Findings for people: the place, the code, why it wastes, what to do."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from greenlint.level import Level
from greenlint.lint.finding import Finding, Span
from greenlint.report.excerpt import Row, excerpt
from greenlint.report.outcome import FIXABLE, Outcome, place, sentence
from greenlint.report.palette import BOLD, CODE_FRAME, DIM, GREEN, LEVELS, Style
from greenlint.report.screen import visible, wrapped
from greenlint.report.summary import summary

LABEL = 8


def render(outcome: Outcome, style: Style) -> Iterator[str]:
    """The lines of the report; findings at the same place share its excerpt."""
    for _, findings in groupby(outcome.new, key=_spot):
        yield from _block(tuple(findings), outcome, style)
        yield ""
    yield from _notes(outcome.known, style)
    if not style.quiet:
        yield from summary(outcome, style)


def _spot(finding: Finding) -> tuple[str, int | None, Span]:
    return finding.path, finding.cell, finding.span


def _block(findings: tuple[Finding, ...], outcome: Outcome, style: Style) -> Iterator[str]:
    first = findings[0]
    yield style.paint(BOLD, place(first))
    if any(line.strip() for line in first.snippet):
        yield from _code(first, max(finding.severity for finding in findings), style)
    for finding in findings:
        yield from _sentences(finding, outcome, style)


def _code(finding: Finding, severity: Level, style: Style) -> Iterator[str]:
    gutter = max(len(str(finding.span.end_line)), 2)
    rows = excerpt(finding.snippet, finding.span, width=max(style.width - gutter - 3, 20))
    bar = style.paint(CODE_FRAME, f"{'':>{gutter}} |")
    yield bar
    for row in rows:
        yield _numbered(row, gutter, style)
        if row.marks:
            yield f"{bar} {style.paint(LEVELS[severity], row.marks)}"
    yield bar


def _numbered(row: Row, gutter: int, style: Style) -> str:
    number = "." * gutter if row.number is None else row.number
    return f"{style.paint(CODE_FRAME, f'{number:>{gutter}} |')} {row.code}".rstrip()


def _sentences(finding: Finding, outcome: Outcome, style: Style) -> Iterator[str]:
    severity = style.paint(LEVELS[finding.severity], f"{finding.severity.word:>{LABEL}}")
    sure = "" if finding.confidence is Level.HIGH else f" ({finding.confidence.word} confidence)"
    mark = f" {style.paint(GREEN, FIXABLE)}" if outcome.is_fixable(finding) else ""
    yield f"{severity}  {style.paint(BOLD, visible(finding.rule))}{mark}{style.paint(DIM, sure)}"
    yield from _sentence("why", sentence(finding.message), style)
    if finding.advice:
        yield from _sentence("help", finding.advice, style)


def _sentence(label: str, text: str, style: Style) -> Iterator[str]:
    for line in wrapped(text, style.width - LABEL - 2):
        yield f"{style.paint(DIM, f'{label:>{LABEL}}')}  {line}"
        label = ""


def _notes(known: Iterable[Finding], style: Style) -> Iterator[str]:
    """One line for each finding of the baseline, so that it is neither hidden nor in the way."""
    lines = [f"{place(finding)}: note: {visible(finding.rule)}" for finding in known]
    if not lines:
        return
    yield style.paint(BOLD, "In the baseline:")
    for line in lines:
        yield style.paint(DIM, f"  {line}")
    yield ""
