"""The YAML of practices as text enters."""

from typing import Annotated

from pydantic import Field, StrictStr

from greenlint.lint.rule_text import CaseText, Text
from greenlint.lint.rule_words import Date, Line, Shaped, Sized, Word

Module = Annotated[StrictStr, Shaped(r"[A-Za-z_]\w*(\.\w+)*", "a dotted name"), Sized(1, 200)]
Requirement = Annotated[
    StrictStr, Shaped(r"[a-z0-9]+(-[a-z0-9]+)*", "a normalized name of a package"), Sized(1, 100)
]
PathPattern = Annotated[StrictStr, Sized(1, 200)]
LineGlob = Annotated[StrictStr, Sized(1, 200)]


class FileSignText(Text):
    """A file, or a line in one."""

    path: PathPattern
    line: LineGlob | None = None


class SignsText(Text):
    """What shows something in a project: any of these is enough."""

    match: Annotated[tuple[CaseText, ...], Sized(0, 100)] = ()
    imports: Annotated[tuple[Module, ...], Sized(0, 200)] = ()
    dependencies: Annotated[tuple[Requirement, ...], Sized(0, 200)] = ()
    files: Annotated[tuple[FileSignText, ...], Sized(0, 50)] = ()


class PracticeText(SignsText):
    """A practice that saves energy, and what shows it."""

    name: Word
    summary: Line
    applies_to: Annotated[tuple[Word, ...], Sized(0, 20)] = Field((), alias="applies-to")
    advice: Line
    source: Line
    date: Date


class ActivitiesText(Text):
    """What projects do, and what shows that they do it."""

    source: Line
    date: Date
    activities: Annotated[dict[Word, SignsText], Sized(1, 50)]
