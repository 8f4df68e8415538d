"""Paths matched by patterns as in a .gitignore file: the last pattern that matches decides."""

from collections.abc import Iterable
from pathlib import PurePath


class PatternError(ValueError):
    """A pattern cannot be read; the text completes a sentence."""


class Globs:
    """A compiled list of patterns; paths are relative to where the patterns are written."""

    __slots__ = ("_spec",)

    def __init__(self, patterns: Iterable[str]) -> None:
        from pathspec import GitIgnoreSpec

        patterns = tuple(patterns)
        try:
            self._spec = GitIgnoreSpec.from_lines(patterns) if patterns else None
        except ValueError as reason:
            raise PatternError(f"is not a pattern: {reason}") from None

    def matches(self, path: str | PurePath, *, directory: bool = False) -> bool:
        """Whether `path` or a directory above it matches; never for a path outside (`..`)."""
        if self._spec is None:
            return False
        text = path.as_posix() if isinstance(path, PurePath) else path.replace("\\", "/")
        text = text.removeprefix("./").strip("/")
        if text in {"", "."} or text.startswith("../"):
            return False
        return self._spec.match_file(f"{text}/" if directory else text)
