"""Excerpts: one definition of a module and whatever of the module that leads to, as text."""

import re
from collections.abc import Iterator
from functools import cached_property

from greenlint.lint.outline import Outline
from greenlint.lint.part import IMPORT, WORD
from greenlint.lint.questions import CALLERS, Handover

# Where a statement at module level begins, and what only carries one on.
_BEGINS = re.compile(r"[^\s)\]}#]")
_CARRIES_ON = re.compile(r"(?:else|elif|except|finally)\b")
_DEFINITION = re.compile(
    r"(?:@[^\n]*\n|[ \t)][^\n]*\n)*(?:async[ \t]+)?(?:def|class)[ \t]+(?P<names>\w+)"
)
_ASSIGNED = re.compile(r"(?P<names>(?:\w+[ \t]*,[ \t]*)*\w+)[ \t]*(?::[^=\n]+)?=(?!=)")
_ALL_DEFINED = re.compile(
    r"^[ \t]+(?:(?:async[ \t]+)?(?:def|class)[ \t]+)?(?P<names>\w+)[ \t]*(?:[=:(]|$)", re.MULTILINE
)


Span = tuple[int, int]  # first line and end, from 0


class Excerpts:
    """The excerpts of one module."""

    def __init__(self, text: str) -> None:
        self._text = text

    def of(self, reference: str) -> str:
        """The text with what defines a name, what that mentions, and so on, and all imports.

        For a handover (`questions`) it starts with what may call its function instead. What is
        left out leaves empty lines; the whole is empty if nothing of it can be there.
        """
        starts = self._starts(reference)
        if not starts and "import *" not in self._text:
            return ""
        kept = {span for span, body in self._bodies.items() if _imports(body)}
        stack, seen = starts, set[str]()
        while stack:
            span = stack.pop()
            kept.add(span)
            new = (self._homes.keys() & set(WORD.findall(self._bodies[span]))) - seen
            seen |= new
            stack.extend(home for name in new for home in self._homes[name])
        lines = self._outline.lines
        return "\n".join(
            "\n".join(lines[slice(*span)]) if span in kept else "\n" * (span[1] - span[0] - 1)
            for span in self._bodies
        )

    def _starts(self, reference: str) -> list[Span]:
        if not reference.startswith(CALLERS):
            known = reference and reference in self._text
            return list(self._homes.get(reference, ())) if known else []
        handover = Handover.read(reference)
        called = f"{handover.function}("
        if called not in self._text or handover.module not in self._text:
            return []
        return [span for span, body in self._bodies.items() if called in body]

    @cached_property
    def _outline(self) -> Outline:
        return Outline(self._text)

    @cached_property
    def _bodies(self) -> dict[Span, str]:
        """What begins at the margin, without strings and comments."""
        code = self._outline.code.split("\n")
        return {span: "\n".join(code[slice(*span)]).strip("\n") for span in _statements(code)}

    @cached_property
    def _homes(self) -> dict[str, list[Span]]:
        """Where each name is defined."""
        homes: dict[str, list[Span]] = {}
        for span, body in self._bodies.items():
            for name in {*_defined(body), *_imported(body)}:
                homes.setdefault(name, []).append(span)
        return homes


def _statements(code: list[str]) -> Iterator[Span]:
    """First line and end of what begins at the margin; decorators go with what they decorate."""
    starts = [
        number
        for number, line in enumerate(code)
        if _BEGINS.match(line) and not _CARRIES_ON.match(line)
    ]
    merged = [
        start
        for index, start in enumerate(starts)
        if index == 0 or not code[starts[index - 1]].startswith("@")
    ]
    for start, end in zip([0, *merged], [*merged, len(code)], strict=True):
        if start < end:
            yield start, end


def _imports(body: str) -> bool:
    """Whether a statement only imports, be it on a condition."""
    return _DEFINITION.match(body) is None and IMPORT.search(body) is not None


def _imported(body: str) -> Iterator[str]:
    """The words of imports, each of which may be a name that they bring."""
    if _imports(body):
        yield from (word for found in IMPORT.findall(body) for word in WORD.findall(found))


def _defined(body: str) -> Iterator[str]:
    """The names that a statement defines: its own, or all within an `if` or `try`."""
    own = _DEFINITION.match(body) or _ASSIGNED.match(body)
    found = _ALL_DEFINED.finditer(body) if own is None else [own]
    for match in found:
        yield from WORD.findall(match["names"])
