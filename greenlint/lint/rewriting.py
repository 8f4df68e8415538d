"""From edits of the logical text to the bytes of the file; what no edit touches stays as it is."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from greenlint.lint.finding import Edit
from greenlint.lint.notebook import Cell
from greenlint.lint.notebook_strings import Piece
from greenlint.lint.source import Source, declared_encoding

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_RAW_NEWLINE = re.compile(r"(?:\\r\\n|\\n|\\r)\Z")
_DEFAULT_NEWLINE = r"\n"


class RewriteError(Exception):
    """An edit can't be carried over into the file as it lies on disk."""


@dataclass(frozen=True, slots=True)
class _NewLines:
    """Logical lines `first` to `last`, from 1, and the lines that take their place."""

    first: int
    last: int
    lines: tuple[str, ...]


def overlap(first: Edit, second: Edit) -> bool:
    """Whether two different edits touch the same text, or insert at the same place."""
    (a, b), (c, d) = _ends(first), _ends(second)
    return first != second and ((a < d and c < b) or a == c or (a == b and c <= a < d))


def rewritten(data: bytes, source: Source, edits: Iterable[Edit]) -> bytes:
    """The file's bytes after `edits`, none of which may overlap; RewriteError if impossible."""
    changes = list(_changes(source.text.split("\n"), sorted(set(edits))))
    if source.cells:
        return _notebook(data, source, changes)
    return _python(data, changes)


def _ends(edit: Edit) -> tuple[tuple[int, int], tuple[int, int]]:
    span = edit.span
    return (span.line, span.column), (span.end_line, span.end_column)


def _changes(lines: Sequence[str], edits: Sequence[Edit]) -> Iterator[_NewLines]:
    """The edits line by line; those that share a line go together."""
    group: list[Edit] = []
    for edit in edits:
        if group and edit.span.line > max(member.span.end_line for member in group):
            yield _changed(lines, group)
            group = []
        group.append(edit)
    if group:
        yield _changed(lines, group)


def _changed(lines: Sequence[str], edits: Sequence[Edit]) -> _NewLines:
    first = edits[0].span.line
    last = max(edit.span.end_line for edit in edits)
    text = ""
    line, column = first, 1
    for edit in edits:
        span = edit.span
        text += _between(lines, (line, column), (span.line, span.column)) + edit.text
        line, column = span.end_line, span.end_column
    text += _between(lines, (line, column), (last, len(lines[last - 1]) + 1))
    return _NewLines(first, last, tuple(text.split("\n")))


def _between(lines: Sequence[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] - 1 : end[1] - 1]
    whole = lines[start[0] : end[0] - 1]
    first, last = lines[start[0] - 1][start[1] - 1 :], lines[end[0] - 1][: end[1] - 1]
    return "\n".join((first, *whole, last))


def _python(data: bytes, changes: Sequence[_NewLines]) -> bytes:
    """Python text; each new line ends like the line in whose place it stands."""
    encoding = declared_encoding(data)
    lines = _LINE.findall(data.decode(encoding))
    common = next((end for line in lines if (end := _ending(line))), "\n")
    for change in reversed(changes):
        ending = _ending(lines[change.last - 1])
        *before, last = change.lines
        new = [f"{line}{ending or common}" for line in before]
        lines[change.first - 1 : change.last] = [*new, f"{last}{ending}"]
    try:
        text = "".join(lines).encode(encoding)
    except UnicodeEncodeError:
        raise RewriteError(f"the new text can't be written in {encoding}") from None
    return text


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


# -- notebooks -----------------------------------------------------------------------------------


def _notebook(data: bytes, source: Source, changes: Sequence[_NewLines]) -> bytes:
    """The JSON with new strings for the changed lines; its layout is kept."""
    text = data.decode("utf-8-sig")
    starts = [0, *(found.end() for found in _NEWLINE.finditer(text))]
    plain = text.isascii()
    for change in reversed(changes):
        cell = _cell_of(source, change)
        within = slice(change.first - cell.first_line, change.last - cell.first_line + 1)
        pieces = [piece for line in cell.pieces[within] for piece in line]
        start = starts[pieces[0].line - 1] + pieces[0].column - 1
        end = starts[pieces[-1].line - 1] + pieces[-1].column - 1 + len(pieces[-1].raw)
        indent = _indent(source, cell, within)
        lines = [f"{indent}{line}" if line else line for line in change.lines]
        text = text[:start] + _strings(text, start, lines, pieces[-1], plain=plain) + text[end:]
    bom = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    return bom + text.encode()


def _cell_of(source: Source, change: _NewLines) -> Cell:
    for cell in source.cells:
        if cell.first_line <= change.first and change.last < cell.first_line + cell.line_count:
            return cell
    raise RewriteError("the edit goes over the end of a cell")


def _indent(source: Source, cell: Cell, within: slice) -> str:
    """What was taken off the cell's lines; RewriteError where one is no plain Python."""
    logical = source.text.split("\n")[cell.first_line - 1 :]
    indent = ""
    for number in range(within.start, within.stop):
        written = "".join(_decoded(piece) for piece in cell.pieces[number])
        if written.strip() and written[cell.indent :] != logical[number]:
            raise RewriteError("the line holds more than Python")
        indent = indent or written[: cell.indent]
    return indent


def _decoded(piece: Piece) -> str:
    text: str = json.loads(f'"{piece.raw}"')
    return text.rstrip("\r\n")


def _strings(text: str, start: int, lines: Sequence[str], last: Piece, *, plain: bool) -> str:
    r"""The lines as they stand in the JSON, from the inside of a first string to that of a last.

    Where each line has a string of its own, so has each new one; else they are joined by \n.
    """
    ending = found[0] if (found := _RAW_NEWLINE.search(last.raw)) else ""
    *before, final = (json.dumps(line, ensure_ascii=plain)[1:-1] for line in lines)
    encoded = [*(f"{line}{ending or _DEFAULT_NEWLINE}" for line in before), f"{final}{ending}"]
    return _separator(text, start).join(encoded)


def _separator(text: str, start: int) -> str:
    """What stands between two lines of the string list that the text at `start` belongs to.

    Nothing where the whole source is one string.
    """
    opening = text.rfind('"', 0, start)
    before = text[:opening].rstrip()
    if not before.endswith((",", "[")):
        return ""
    space = text[len(before) : opening]
    return f'",{space if space.strip() == "" and space else " "}"'
