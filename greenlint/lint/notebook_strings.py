"""Where the lines of a notebook's cells stand in its JSON, escapes and all.

`json` tells what a text holds, but not where. What lies outside of the cells' sources (outputs are
most of a notebook) is only skipped, by `json`'s own scanner.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_A_STRING = re.compile(_STRING, re.DOTALL)
_KEY = re.compile(rf"[\s,]*({_STRING})\s*:\s*", re.DOTALL)
_ELEMENT = re.compile(r"[\s,]*(?=[^\s,\]])")
_END = re.compile(r"\s*[\]}]")
_NEWLINE = r"\\(?:r\\n|[nr]|u000[aAdD])"
_LINE = re.compile(rf"(?:[^\\]++|(?!{_NEWLINE})\\.)*+(?P<newline>{_NEWLINE})?", re.DOTALL)
_DECODER = json.JSONDecoder()

# Of two members of one name JSON takes the last; where both have text, that would be misplaced.
_KEYS_READ = frozenset({"cells", "worksheets", "source", "input"})

TOO_DEEP = "this is no notebook: its JSON is nested too deeply"

DocumentPath = tuple[str | int, ...]


class NotebookError(Exception):
    """The file is not a notebook; `line` and `column` count from 1 in the JSON."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message, line, column)
        self.message, self.line, self.column = message, line, column


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one logical line as it is written in the JSON, escapes and all."""

    line: int
    column: int
    raw: str


Lines = tuple[tuple[Piece, ...], ...]


class SourceStrings:
    """The strings that the sources of a notebook's cells are made of, in its JSON, which is valid.

    NotebookError if a member that counts is there twice, or if it is nested too deeply. Lines are
    asked for from first to last.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._sources = dict(_Reader(text).document())
        self._lines = text.replace("\r\n", " \n").replace("\r", "\n") if "\r" in text else text
        self._at = 0
        self._line = 1
        self._line_start = 0

    def lines(self, path: DocumentPath) -> Lines:
        """The logical lines of the cell at `path`, each in its pieces; none when it is empty."""
        lines: list[list[Piece]] = [[]]
        for start, end in self._strings(path):
            for found in _LINE.finditer(self._text, start, end):
                if found[0]:
                    lines[-1].append(self._piece(found.start(), found[0]))
                if found["newline"]:
                    lines.append([])
        return tuple(tuple(line) for line in lines if line)

    def _strings(self, path: DocumentPath) -> Iterator[tuple[int, int]]:
        """Start and end of what each string of a source has between its quotes."""
        for start in self._sources.get(path, ()):
            yield from _Reader(self._text, start).strings()

    def _piece(self, offset: int, raw: str) -> Piece:
        if passed := self._lines.count("\n", self._at, offset):
            self._line += passed
            self._line_start = self._lines.rindex("\n", self._at, offset) + 1
        self._at = offset
        return Piece(self._line, offset - self._line_start + 1, raw)


class _Reader:
    """Goes through the JSON of a notebook, from its document to the sources of its cells."""

    def __init__(self, text: str, at: int = 0) -> None:
        self._text = text
        self._at = at

    def document(self) -> Iterator[tuple[DocumentPath, list[int]]]:
        """The path of every cell, and where its sources begin."""
        self._at = self._text.index("{")
        for key in self._members():
            if key == "cells":
                yield from self._cells(("cells",))
            elif key == "worksheets":
                for index in self._elements():
                    yield from self._sheet(("worksheets", index))
            else:
                self._skip()

    def strings(self) -> Iterator[tuple[int, int]]:
        """Start and end of what a text, or each text in an array, has between its quotes."""
        for _ in self._elements() if self._text[self._at] == "[" else (0,):
            if found := _A_STRING.match(self._text, self._at):
                self._at = found.end()
                yield found.start() + 1, found.end() - 1
            else:
                self._skip()

    def _sheet(self, path: DocumentPath) -> Iterator[tuple[DocumentPath, list[int]]]:
        for key in self._members():
            if key == "cells":
                yield from self._cells((*path, "cells"))
            else:
                self._skip()

    def _cells(self, path: DocumentPath) -> Iterator[tuple[DocumentPath, list[int]]]:
        for index in self._elements():
            starts: list[int] = []
            for key in self._members():
                if key in {"source", "input"}:
                    starts.append(self._at)
                self._skip()
            yield (*path, index), starts

    def _members(self) -> Iterator[str]:
        """The keys of an object, each when the reader is at its value; nothing of other values."""
        if self._text[self._at] != "{":
            self._skip()
            return
        self._at += 1
        seen: set[str] = set()
        while found := _KEY.match(self._text, self._at):
            key: str = json.loads(found[1]) if "\\" in found[1] else found[1][1:-1]
            if key in seen:
                self._refuse(key, found.start(1))
            if key in _KEYS_READ:
                seen.add(key)
            self._at = found.end()
            yield key
        self._leave()

    def _elements(self) -> Iterator[int]:
        """The places in an array, each when the reader is at its value; none in other values."""
        if self._text[self._at] != "[":
            self._skip()
            return
        self._at += 1
        index = 0
        while found := _ELEMENT.match(self._text, self._at):
            self._at = found.end()
            yield index
            index += 1
        self._leave()

    def _skip(self) -> None:
        """Go past a value."""
        try:
            _, self._at = _DECODER.raw_decode(self._text, self._at)
        except RecursionError:  # here the stack is a little deeper than when all was decoded
            raise NotebookError(TOO_DEEP) from None

    def _leave(self) -> None:
        """Go past the end of an object or array."""
        end = _END.match(self._text, self._at)
        assert end is not None  # noqa: S101 - the text is valid
        self._at = end.end()

    def _refuse(self, key: str, start: int) -> None:
        column = start - self._text.rfind("\n", 0, start)
        message = f"this is no notebook: it has `{key}` twice in one object"
        raise NotebookError(message, self._text.count("\n", 0, start) + 1, column)
