"""What checking one file gives, whatever else is checked in the run: this is what the cache holds.

Places are final here; which of the matches become findings is decided with the whole run in view.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from greenlint.lint.checker import Checked, Match
from greenlint.lint.finding import Fix, Level, Span
from greenlint.lint.magics import ends_in_string
from greenlint.lint.source import Place, Source, SourceError, place_of
from greenlint.lint.suppression import Suppression, suppressions_in

if TYPE_CHECKING:
    from greenlint.lint.ruleset import Ruleset

Checker = Callable[[Source, "Ruleset"], Checked]

# Enough to show, to recognize the code by and to tell it from its like.
_MAX_SNIPPET_LINES = 12
_MAX_SNIPPET_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A match with its place, its code, and the suppressions (by number) that speak of it."""

    rule: str
    place: Place
    severity: Level
    confidence: Level
    message: str
    advice: str
    snippet: tuple[str, ...]
    unless_project: tuple[str, ...] = ()
    needs_project: tuple[str, ...] = ()
    suppressed_by: tuple[int, ...] = ()
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A suppression comment: the rules it names (none: it can't be understood) and why."""

    place: Place
    rules: tuple[str, ...]
    reason: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a file, or a cell of it, from being checked."""

    place: Place
    message: str
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class FileReport:
    """Everything that one file alone says."""

    drafts: tuple[Draft, ...] = ()
    comments: tuple[Comment, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    language: str = "python"


EMPTY = FileReport()


def unreadable(error: SourceError) -> FileReport:
    """The report on a file that can't be read at all."""
    span = Span(error.line, error.column, error.line, error.column + 1)
    return FileReport(troubles=(Trouble(Place(span), error.message),))


def report_on(source: Source, ruleset: "Ruleset", check: Checker) -> FileReport:
    """Check one source. Cells that are no Python are left out, and the others checked."""
    if source.language != "python":
        return FileReport(language=source.language)
    troubles: list[Trouble] = []
    checked = check(source, ruleset)
    if source.cells and (checked.unreadable is not None or _ends_in_string(source)):
        source = _without_broken_cells(source, troubles)
        checked = check(source, ruleset)
    if checked.unreadable is not None:
        troubles.append(_trouble(source, checked.unreadable))
    suppressions = _suppressions(source)
    if not checked.matches and not suppressions and not troubles:
        return EMPTY
    lines = source.text.split("\n")
    return FileReport(
        tuple(_draft(source, match, lines, suppressions) for match in checked.matches),
        tuple(
            Comment(
                place_of(source, found.span),
                found.rules,
                found.reason,
                lines[found.span.line - 1][:_MAX_SNIPPET_COLUMNS],
            )
            for found in suppressions
        ),
        tuple(troubles),
    )


def _suppressions(source: Source) -> tuple[Suppression, ...]:
    if source.form.is_code:
        return suppressions_in(source.text, source.data)
    from greenlint.lint.deployment_suppression import suppressions_in_deployment

    return suppressions_in_deployment(source)


def _draft(
    source: Source, match: Match, lines: Sequence[str], suppressions: Sequence[Suppression]
) -> Draft:
    first, last = match.span.line, match.span.end_line
    return Draft(
        match.rule,
        place_of(source, match.span),
        match.severity,
        match.confidence,
        match.message,
        match.advice,
        tuple(
            line[:_MAX_SNIPPET_COLUMNS]
            for line in lines[first - 1 : min(last, first + _MAX_SNIPPET_LINES - 1)]
        ),
        match.unless_project,
        match.needs_project,
        tuple(
            number
            for number, suppression in enumerate(suppressions)
            if suppression.covers(match.rule, first, match.statement.line)
        ),
        match.fix,
    )


def _trouble(source: Source, error: SourceError) -> Trouble:
    span = Span(error.line, error.column, error.line, error.column + 1)
    lines = source.text.split("\n")
    snippet = lines[error.line - 1] if error.line <= len(lines) else ""
    return Trouble(place_of(source, span), error.message, snippet[:_MAX_SNIPPET_COLUMNS])


def _without_broken_cells(source: Source, troubles: list[Trouble]) -> Source:
    """The notebook with every cell emptied that alone is no Python."""
    lines = source.text.split("\n")
    for cell in source.cells:
        start = cell.first_line - 1
        end = start + cell.line_count
        if error := _syntax_error("\n".join(lines[start:end])):
            error = SourceError(error.message, error.line + start, error.column)
            troubles.append(_trouble(source, error))
            lines[start:end] = [""] * cell.line_count
    text = "\n".join(lines)
    return replace(source, text=text, data=text.encode())


def _ends_in_string(source: Source) -> bool:
    """Whether a cell leaves a string open, so that the code of the next would pass for text."""
    lines = source.text.split("\n")
    return any(
        ends_in_string(lines[cell.first_line - 1 : cell.first_line - 1 + cell.line_count])
        for cell in source.cells
    )


def _syntax_error(code: str) -> SourceError | None:
    from greenlint.lint.parsing import parse

    try:
        parse(code)
    except SyntaxError as error:
        last = code.count("\n") + 1
        line = min(error.lineno or 1, last)
        return SourceError(f"this cell is left out: {error.msg}", line, error.offset or 1)
    except (RecursionError, MemoryError, ValueError):
        return SourceError("this cell is left out: it is nested too deeply")
    return None
