"""Practices that save energy, and what shows that a project follows them: plain frozen values."""

from dataclasses import dataclass
from enum import StrEnum

from greenlint.lint.rule import Case


class Follows(StrEnum):
    """Whether a project shows a practice; `not-seen` is no proof that it is not followed."""

    SEEN = "seen"
    NOT_SEEN = "not-seen"
    DOES_NOT_APPLY = "does-not-apply"


@dataclass(frozen=True, slots=True)
class FileSign:
    """A file whose path matches a gitignore-style pattern, with a line that matches a glob."""

    path: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Signs:
    """What shows something in a project: any of these is enough.

    `cases` are those of rules; `imports` are dotted names of modules, each with all below it;
    `dependencies` are normalized names of requirements.
    """

    cases: tuple[Case, ...] = ()
    imports: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    files: tuple[FileSign, ...] = ()


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that projects do, such as training a model; practices apply to activities."""

    name: str
    signs: Signs


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice; with no `activities` it applies to every project."""

    name: str
    summary: str
    activities: tuple[str, ...]
    advice: str
    signs: Signs


@dataclass(frozen=True, slots=True)
class Sighting:
    """A place that shows a practice, and what was seen there; line 0 is the whole file."""

    path: str
    line: int
    seen: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """What an audit says of one practice; `required` by the policy."""

    practice: Practice
    follows: Follows
    sightings: tuple[Sighting, ...] = ()
    required: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether the policy asks for what was not seen, though it applies."""
        return self.required and self.follows is Follows.NOT_SEEN
