"""What an audit found, as a table for people, as Markdown, or as JSON version 1."""

import json
from collections import Counter
from collections.abc import Iterator

from greenlint.lint.audit import Audit
from greenlint.lint.practice import Follows, PracticeResult, Sighting
from greenlint.report.palette import BOLD, DIM, GREEN, REMOVED, Style
from greenlint.report.screen import visible, wrapped

VERSION = 1
FORMATS = ("table", "markdown", "json")
_WORDS = {
    Follows.SEEN: "seen",
    Follows.NOT_SEEN: "not seen",
    Follows.DOES_NOT_APPLY: "does not apply",
}
_PLACES = 3
_INDENT = " " * 4


def rendered(form: str, audit: Audit, style: Style) -> Iterator[str]:
    """The audit in one of FORMATS, line by line."""
    match form:
        case "markdown":
            return _markdown(audit)
        case "json":
            return iter(json.dumps(_document(audit), indent=2).splitlines())
        case _:
            return _table(audit, style)


def score(audit: Audit) -> tuple[int, int]:
    """How many practices were seen, and how many apply."""
    counts = Counter(result.follows for result in audit.results)
    return counts[Follows.SEEN], counts[Follows.SEEN] + counts[Follows.NOT_SEEN]


# -- the table -----------------------------------------------------------------------------------


def _table(audit: Audit, style: Style) -> Iterator[str]:
    for follows in Follows:
        results = [result for result in audit.results if result.follows is follows]
        if not results:
            continue
        yield style.paint(BOLD, f"{_WORDS[follows].capitalize()} ({len(results)})")
        if follows is Follows.DOES_NOT_APPLY:
            names = ", ".join(result.practice.name for result in results)
            yield from (f"  {style.paint(DIM, line)}" for line in wrapped(names, style.width - 2))
        else:
            for result in results:
                yield from _row(result, style)
        yield ""
    seen, applicable = score(audit)
    yield f"{seen} of {applicable} practices that apply were seen in {audit.files:,} Python files."
    if missing := audit.missing:
        names = ", ".join(result.practice.name for result in missing)
        yield style.paint(REMOVED, f"The policy requires, and nothing shows: {names}.")


def _row(result: PracticeResult, style: Style) -> Iterator[str]:
    practice = result.practice
    mark = style.paint(GREEN, "+") if result.follows is Follows.SEEN else " "
    required = style.paint(DIM, " (required)") if result.required else ""
    yield f"{mark} {style.paint(BOLD, practice.name)}{required}"
    if result.follows is not Follows.SEEN:
        for line in wrapped(practice.advice, style.width - len(_INDENT)):
            yield f"{_INDENT}{style.paint(DIM, line)}"
        return
    for sighting in result.sightings[:_PLACES]:
        yield f"{_INDENT}{_cut(f'{place(sighting)}  {visible(sighting.seen)}', style.width - 4)}"
    if (more := len(result.sightings) - _PLACES) and more > 0:
        yield f"{_INDENT}{style.paint(DIM, f'and {more:,} more')}"


def place(sighting: Sighting) -> str:
    """Where a sign was seen, as an editor or a reader finds it."""
    if not sighting.path:
        return "requirements"
    cell = "" if sighting.cell is None else f":cell {sighting.cell}"
    line = f":{sighting.line}" if sighting.line else ""
    return f"{visible(sighting.path)}{cell}{line}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


# -- Markdown and JSON ---------------------------------------------------------------------------


def _markdown(audit: Audit) -> Iterator[str]:
    seen, applicable = score(audit)
    yield "# Green-AI practices"
    yield ""
    yield f"{seen} of {applicable} practices that apply were seen."
    yield ""
    yield "| practice | | where |"
    yield "|---|---|---|"
    for result in audit.results:
        places = ", ".join(f"`{place(s)}`" for s in result.sightings[:_PLACES])
        more = len(result.sightings) - _PLACES
        places += f" and {more:,} more" if more > 0 else ""
        word = _WORDS[result.follows] + (" (required)" if result.required else "")
        yield f"| {result.practice.name} | {word} | {places or result.practice.advice} |"


def _document(audit: Audit) -> dict[str, object]:
    seen, applicable = score(audit)
    return {
        "version": VERSION,
        "practices": [_result(result) for result in audit.results],
        "activities": list(audit.activities),
        "summary": {
            "seen": seen,
            "applicable": applicable,
            "files": audit.files,
            "missing": [result.practice.name for result in audit.missing],
        },
    }


def _result(result: PracticeResult) -> dict[str, object]:
    return {
        "name": result.practice.name,
        "summary": result.practice.summary,
        "follows": result.follows,
        "required": result.required,
        "missing": result.is_missing,
        "advice": result.practice.advice,
        "sightings": [
            {"path": s.path or None, "line": s.line or None, "cell": s.cell, "seen": s.seen}
            for s in result.sightings
        ],
    }
