"""`# greenlint: ignore[rule, rule] reason`, and which findings such a comment speaks of.

A comment at the end of a line, or between the brackets of a statement, covers that statement; one
on a line of its own covers the statement below it. A statement is what Python calls a logical
line: of a loop or function, the header. `ignore-file` anywhere covers the whole file or notebook.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from greenlint.lint.finding import Span

MARK = b"greenlint:"
_COMMENT = re.compile(r"#\s*greenlint:\s*(?P<directive>[^#]*)")
_DIRECTIVE = re.compile(r"(?P<verb>ignore-file|ignore)\s*\[(?P<rules>[^\]]*)\](?P<reason>.*)")
_EVERYWHERE = 1 << 60


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: the rules it names, and the lines (from 1) whose findings it covers.

    `rules` is empty where the comment can't be understood. `first` is 1 and `last` past any line
    for a comment about the whole file.
    """

    span: Span
    rules: tuple[str, ...]
    reason: str
    first: int
    last: int

    @property
    def whole_file(self) -> bool:
        """Whether the comment speaks of the whole file."""
        return self.last == _EVERYWHERE

    def covers(self, rule: str, *lines: int) -> bool:
        """Whether it names `rule` and one of these lines, where a finding or statement begins."""
        return rule in self.rules and any(self.first <= line <= self.last for line in lines)


@dataclass(frozen=True, slots=True)
class _Comment:
    line: int
    column: int
    text: str
    alone: bool


def suppressions_in(text: str, data: bytes) -> tuple[Suppression, ...]:
    """The suppressions in Python text (`data` is the same in UTF-8), in the order of the text.

    What follows a place that Python can't tokenize is left out.
    """
    if MARK not in data:
        return ()
    statements: list[tuple[int, int]] = []
    comments = list(_comments(text, statements))
    ends = [last for _, last in statements]
    return tuple(
        _suppression(comment, match, statements, ends)
        for comment in comments
        if (match := _COMMENT.search(comment.text))
    )


def logical_lines(text: str) -> tuple[tuple[int, int], ...]:
    """First and last line, from 1, of each statement or header, as far as Python can tokenize."""
    statements: list[tuple[int, int]] = []
    for _ in _comments(text, statements):
        pass
    return tuple(statements)


def _comments(text: str, statements: list[tuple[int, int]]) -> Iterator[_Comment]:
    """Every comment; `statements` is filled with first and last line of each logical line."""
    import io
    import tokenize

    layout = {tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    first = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                alone = not first and not token.line[: token.start[1]].strip()
                yield _Comment(token.start[0], token.start[1] + 1, token.string, alone)
            elif token.type == tokenize.NEWLINE:
                statements.append((first or token.start[0], token.start[0]))
                first = 0
            elif token.type == tokenize.ERRORTOKEN and token.string in {"'", '"'}:
                return  # up to 3.11, every further quote would be followed to the end of the line
            elif token.type not in layout and not first:
                first = token.start[0]
    except (tokenize.TokenError, SyntaxError):
        return


def _suppression(
    comment: _Comment,
    match: re.Match[str],
    statements: list[tuple[int, int]],
    ends: list[int],
) -> Suppression:
    at = bisect_left(ends, comment.line + 1 if comment.alone else comment.line)
    first, last = statements[at] if at < len(ends) else (comment.line, comment.line)
    return _read(match, comment.line, comment.column, first=first, last=last)


def read_comment(text: str, line: int, column: int, *, first: int, last: int) -> Suppression | None:
    """The suppression in a comment that starts at a place and covers lines; None if it has none."""
    match = _COMMENT.search(text)
    return _read(match, line, column, first=first, last=last) if match else None


def _read(match: re.Match[str], line: int, column: int, *, first: int, last: int) -> Suppression:
    start = column + match.start()
    span = Span(line, start, line, start + len(match[0].rstrip()))
    directive = _DIRECTIVE.match(match["directive"])
    if directive is None:
        return Suppression(span, (), "", line, line)
    names = [name.strip() for name in directive["rules"].split(",")]
    rules = tuple(dict.fromkeys(name for name in names if name))
    reason = directive["reason"].strip().lstrip(":-\N{EN DASH}\N{EM DASH} ").strip()
    if directive["verb"] == "ignore-file":
        return Suppression(span, rules, reason, 1, _EVERYWHERE)
    return Suppression(span, rules, reason, first, last)
