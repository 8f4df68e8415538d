"""Patterns in the manner of .gitignore: a policy's, and .gitignore files where git is not."""

import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from greenlint.path_pattern import PathPattern, parse_patterns, verdict
from greenlint.regular_file import read_regular

_MAX_BYTES = 1_000_000
# Each costs time for every path; the largest collections have some hundreds.
_MAX_LINES = 5_000
_BOM = b"\xef\xbb\xbf"


class PathPatterns:
    """Patterns relative to a directory; what lies elsewhere never matches."""

    def __init__(self, root: str, patterns: Iterable[str]) -> None:
        self._prefix = os.path.join(os.path.abspath(root), "")
        self._lines = tuple(patterns)
        self._directories: dict[str, bool] = {"": False}

    def match(self, path: str) -> bool:
        """Whether a pattern names the file with this absolute path, or a directory above it."""
        if not self._lines or not path.startswith(self._prefix):
            return False
        below = _posix(path[len(self._prefix) :])
        if self._covers_directory(below.rpartition("/")[0]):
            return True
        return verdict(self._patterns, below, is_directory=False) is True

    def _covers_directory(self, directory: str) -> bool:
        known = self._directories.get(directory)
        if known is None:
            known = self._covers_directory(directory.rpartition("/")[0]) or (
                verdict(self._patterns, directory, is_directory=True) is True
            )
            self._directories[directory] = known
        return known

    @cached_property
    def _patterns(self) -> tuple[PathPattern, ...]:
        return parse_patterns(self._lines)


class GitIgnores:
    """The .gitignore files of the directories that a walk goes through."""

    def __init__(self, top: str) -> None:
        """Start at `top`: no .gitignore above it counts."""
        self._top = top
        self._patterns: dict[str, tuple[tuple[str, tuple[PathPattern, ...]], ...]] = {}

    def ignored(self, directory: str, name: str, *, is_directory: bool) -> bool:
        """Whether the entry `name` of `directory` is ignored; the nearest .gitignore decides."""
        path = os.path.join(directory, name)
        for base, patterns in self._above(directory):
            below = _posix(path[len(os.path.join(base, "")) :])
            found = verdict(patterns, below, is_directory=is_directory)
            if found is not None:
                return found
        return False

    def _above(self, directory: str) -> tuple[tuple[str, tuple[PathPattern, ...]], ...]:
        """The directories from `directory` up to the top that have patterns, and these."""
        known = self._patterns.get(directory)
        if known is None:
            parent = os.path.dirname(directory)
            known = () if directory in {self._top, parent} else self._above(parent)
            if patterns := parse_patterns(_lines(os.path.join(directory, ".gitignore"))):
                known = ((directory, patterns), *known)
            self._patterns[directory] = known
        return known


def _posix(path: str) -> str:
    return path.replace(os.sep, "/")


def _lines(path: str) -> Iterator[str]:
    try:
        data = read_regular(Path(path), limit=_MAX_BYTES)
    except OSError:
        return
    for line in data.removeprefix(_BOM).split(b"\n")[:_MAX_LINES]:
        yield os.fsdecode(line.removesuffix(b"\r"))
