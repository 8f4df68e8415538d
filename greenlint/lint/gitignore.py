"""Patterns in the manner of .gitignore: a policy's, and .gitignore files where git is not."""

import os
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_MAX_BYTES = 1_000_000


class PathPatterns:
    """Patterns relative to a directory; what lies elsewhere never matches."""

    def __init__(self, root: str, patterns: Iterable[str]) -> None:
        self._prefix = os.path.join(os.path.abspath(root), "")
        self._patterns = tuple(patterns)

    def match(self, path: str) -> bool:
        """Whether a pattern names the file with this absolute path, or a directory above it."""
        if not self._patterns or not path.startswith(self._prefix):
            return False
        return self._spec.match_file(_posix(path[len(self._prefix) :]))

    @cached_property
    def _spec(self) -> "GitIgnoreSpec":
        return _spec_of(self._patterns)


class GitIgnores:
    """The .gitignore files of the directories that a walk goes through."""

    def __init__(self, top: str) -> None:
        """Start at `top`: no .gitignore above it counts."""
        self._top = top
        self._specs: dict[str, GitIgnoreSpec | None] = {}

    def ignored(self, directory: str, name: str, *, is_directory: bool) -> bool:
        """Whether the entry `name` of `directory` is ignored; the nearest .gitignore decides."""
        path = os.path.join(directory, name)
        for base in self._bases(directory):
            spec = self._spec(base)
            if spec is None:
                continue
            below = _posix(path[len(os.path.join(base, "")) :])
            verdict = spec.check_file(f"{below}/" if is_directory else below).include
            if verdict is not None:
                return verdict
        return False

    def _bases(self, directory: str) -> Iterator[str]:
        base = directory
        while True:
            yield base
            parent = os.path.dirname(base)
            if base in {self._top, parent}:
                return
            base = parent

    def _spec(self, base: str) -> "GitIgnoreSpec | None":
        if base not in self._specs:
            lines = _lines(os.path.join(base, ".gitignore"))
            self._specs[base] = _spec_of(lines) if lines else None
        return self._specs[base]


def _posix(path: str) -> str:
    return path.replace(os.sep, "/")


def _lines(path: str) -> list[str]:
    if not os.path.isfile(path):
        return []
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read(_MAX_BYTES)).splitlines()
    except OSError:
        return []


def _spec_of(patterns: Iterable[str]) -> "GitIgnoreSpec":
    """The patterns compiled; a line that is no pattern matches nothing, as git has it."""
    from pathspec import GitIgnoreSpec

    patterns = tuple(patterns)
    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in patterns if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
