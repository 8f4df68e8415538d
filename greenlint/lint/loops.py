"""Loops as text tells them: which statements stand in how many, by indents and brackets.

It says rather too much than too little: a header counts among what it repeats, and where brackets
do not match, all that is left may stand in all loops that are left.
"""

import re
from collections.abc import Iterator

LOOP = re.compile(r"\b(?:for|while)\b")
_HEADER = re.compile(r"(?:async[ \t]+)?(for|while)\b")
_ELSE = re.compile(r"else\b")
_BLANKS = " \t"


def with_loops(code: str) -> Iterator[tuple[str, str]]:
    """The statements of code without strings, with a letter for each loop: `f` for, `w` while."""
    indents: list[int] = []
    around = ""
    for statement, is_whole in _statements(code):
        text = statement.lstrip(_BLANKS)
        indent = len(statement) - len(text)
        if _ELSE.match(text):
            indent += 1  # the end of a loop belongs to it
        while indents and indents[-1] >= indent:
            indents.pop()
        header = _HEADER.match(text)
        around = around[: len(indents)]
        if not is_whole:
            around += "".join(word[0] for word in LOOP.findall(text))
        elif header is not None:
            indents.append(indent)
            around += header[1][0]
        yield text, around


def _statements(code: str) -> Iterator[tuple[str, bool]]:
    """Logical lines, and whether each is whole; the last is not where brackets do not match."""
    lines: list[str] = []
    depth = 0
    for line in code.split("\n"):
        if not lines and not line.strip():
            continue
        lines.append(line)
        depth += line.count("(") + line.count("[") + line.count("{")
        depth -= line.count(")") + line.count("]") + line.count("}")
        if depth == 0 and not line.endswith("\\"):
            yield "\n".join(lines), True
            lines = []
    if lines:
        yield "\n".join(lines), False
