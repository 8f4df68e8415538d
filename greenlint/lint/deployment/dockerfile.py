"""Reads a Dockerfile into instructions: continuation lines, comments in them, here-documents.

The grammar is that of BuildKit's reference (docs.docker.com/reference/dockerfile).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DIRECTIVE = re.compile(r"#\s*([a-z]+)\s*=\s*(\S+)\s*$", re.IGNORECASE)
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)(?:\s+(.*))?$", re.DOTALL)
_FLAG = re.compile(r"\s*--([a-z][a-z-]*)(?:=(\"[^\"]*\"|'[^']*'|\S*))?(?=\s|$)")
_HEREDOC = re.compile(r"<<(-?)\s*([\"']?)([A-Za-z_][A-Za-z0-9_]*)\2")
_WITH_HEREDOC = frozenset({"RUN", "COPY", "ADD"})


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `line` and `end_line` count from 1.

    `value` is what follows the keyword and its `flags`, its continued lines joined and without
    comments. `documents` are the contents of its here-documents.
    """

    keyword: str
    value: str
    flags: tuple[str, ...]
    documents: tuple[str, ...]
    line: int
    end_line: int


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile, in their order; what is none is left out."""
    lines = text.split("\n")
    escape = _escape(lines)
    at = 0
    while at < len(lines):
        first = at
        joined: list[str] = []
        while at < len(lines):
            line = lines[at]
            at += 1
            if line.lstrip().startswith("#") or (joined and not line.strip()):
                if not joined:
                    break
                continue
            stripped = line.rstrip()
            if not stripped.endswith(escape):
                joined.append(line)
                break
            joined.append(stripped[:-1])
        if not (found := _INSTRUCTION.match(" ".join(joined))):
            continue
        keyword, rest = found[1].upper(), (found[2] or "").strip()
        documents, at = _documents(keyword, rest, lines, at)
        flags, value = _flags(rest)
        yield Instruction(keyword, value, flags, documents, first + 1, at)


def _escape(lines: list[str]) -> str:
    """The character that continues a line: a directive at the very top may change it."""
    for line in lines:
        directive = _DIRECTIVE.match(line)
        if directive is None:
            break
        if directive[1].lower() == "escape":
            return directive[2]
    return "\\"


def _documents(keyword: str, value: str, lines: list[str], at: int) -> tuple[tuple[str, ...], int]:
    """The here-documents that an instruction opens, and the line after the last of them."""
    documents: list[str] = []
    if keyword not in _WITH_HEREDOC:
        return (), at
    for dash, _, word in _HEREDOC.findall(value):
        start = at
        while at < len(lines) and (lines[at].lstrip("\t") if dash else lines[at]) != word:
            at += 1
        documents.append("\n".join(lines[start:at]))
        at = min(at + 1, len(lines))
    return tuple(documents), at


def _flags(value: str) -> tuple[tuple[str, ...], str]:
    """`--mount=type=cache,... --network=none` before the value proper, as `name=value`."""
    flags: list[str] = []
    while found := _FLAG.match(value):
        flags.append(f"{found[1]}={(found[2] or '').strip(chr(34) + chr(39))}")
        value = value[found.end() :]
    return tuple(flags), value.strip()
