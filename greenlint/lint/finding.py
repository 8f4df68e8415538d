"""A finding: what a rule saw, where, how much it wastes and how sure that is."""

from dataclasses import dataclass
from enum import StrEnum

from greenlint.level import Level

__all__ = ["Edit", "Finding", "Fix", "Level", "Safety", "Span"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of source text: lines and columns from 1 in characters, `end_column` exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Safety(StrEnum):
    """Whether a fix keeps all results (`safe`) or may change numbers or behavior (`unsafe`)."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Text to put in the place of a span of the logical text; an empty span inserts."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together and end a finding."""

    safety: Safety
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule saw waste.

    `span` counts in the file, or within `cell` (from 1) for a notebook; `physical` is the place
    in the file as it lies on disk and differs from `span` only in notebooks. `snippet` holds the
    source lines of the span. `fingerprint` stays the same when the lines around it move. The
    edits of a `fix` count in the whole text of a file, for a notebook that of all its cells.
    """

    rule: str
    path: str
    span: Span
    severity: Level
    confidence: Level
    message: str
    advice: str
    fingerprint: str
    snippet: tuple[str, ...]
    family: str = ""
    cell: int | None = None
    physical: Span | None = None
    baselined: bool = False
    fix: Fix | None = None
