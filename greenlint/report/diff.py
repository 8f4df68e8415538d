"""What fixes change, as a unified diff; in notebooks cell by cell."""

from collections.abc import Iterable, Iterator
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.report.palette import ADDED, BOLD, CODE_FRAME, REMOVED, Style
from greenlint.report.screen import visible

if TYPE_CHECKING:
    from greenlint.lint.fixing import FixedFile

_COLORS = {"+": ADDED, "-": REMOVED, "@": CODE_FRAME}


def render(files: "Iterable[FixedFile]", style: Style) -> Iterator[str]:
    """The lines of a diff that `patch` can apply, as far as the files are no notebooks."""
    for file in files:
        for name, before, after in _texts(file):
            for line in unified_diff(before, after, name, name, lineterm=""):
                if line.startswith(("---", "+++")):
                    yield style.paint(BOLD, visible(line))
                else:
                    yield style.paint(_COLORS.get(line[:1], ""), _shown(line))


def _shown(line: str) -> str:
    """A line of code, with its tabs; what could steer a terminal is spelled out."""
    return "\t".join(map(visible, line.split("\t")))


def _texts(file: "FixedFile") -> Iterator[tuple[str, list[str], list[str]]]:
    from greenlint.lint.source import file_form, parse_source

    form = file_form(Path(file.path))
    before = parse_source(file.before, shown=file.shown, form=form)
    after = parse_source(file.after, shown=file.shown, form=form)
    old, new = before.text.split("\n"), after.text.split("\n")
    if not before.cells:
        yield file.shown, _lines(old), _lines(new)
        return
    for was, now in zip(before.cells, after.cells, strict=True):
        first = old[was.first_line - 1 : was.first_line - 1 + was.line_count]
        second = new[now.first_line - 1 : now.first_line - 1 + now.line_count]
        if first != second:
            yield f"{file.shown}:cell {was.number}", first, second


def _lines(lines: list[str]) -> list[str]:
    return lines[:-1] if lines[-1:] == [""] else lines
