"""Patterns as in a .gitignore file, which no star makes slow: each part is looked for once.

What git does is the reference: gitignore(5), and `wildmatch.c` for the odd cases.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\\(?P<escaped>.)"
    r"|(?P<stars>\*+)"
    r"|(?P<any>\?)"
    r"|\[(?P<not>[!^]?)(?P<set>\]?(?:\[:\w+:\]|\\.|[^\]\\])*+)\]"
    r"|(?P<plain>[^\\*?\[])",
    re.DOTALL,
)
_MEMBER = re.compile(
    r"\[:(?P<named>\w+):\]|(?P<first>\\.|[^\\])(?:-(?P<last>\\.|[^\\\]]))?", re.DOTALL
)
_NAMED = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~",
    "punct": "!-/:-@\\[-`{-~", "space": r"\s", "upper": "A-Z", "xdigit": "0-9a-fA-F",
}  # fmt: skip
_ANY_DIRECTORIES = "(?:[^/]+/)*?"
_STAR, _TREE = "*", "**"


@dataclass(frozen=True, slots=True)
class PathPattern:
    """One pattern: `regex` matches whole paths, relative and with slashes."""

    regex: re.Pattern[str]
    negated: bool
    only_directories: bool

    @classmethod
    def parse(cls, line: str) -> "PathPattern | None":
        """The pattern on a line; None where there is none, ValueError where it can't match."""
        line = _without_spaces(line)
        if not line or line.startswith("#"):
            return None
        negated = line.startswith("!")
        text = line[negated:]
        path = text.removesuffix("/")
        if not path:
            raise ValueError(f"no path can match {line!r}")
        regex = re.compile(_regex(path), re.DOTALL)
        return cls(regex, negated, path != text)

    def matches(self, path: str, *, is_directory: bool) -> bool:
        """Whether the pattern names this very path."""
        return (is_directory or not self.only_directories) and bool(self.regex.fullmatch(path))


def verdict(patterns: Sequence[PathPattern], path: str, *, is_directory: bool) -> bool | None:
    """Whether the patterns take `path` in; None where none speaks of it. The last one decides."""
    for pattern in reversed(patterns):
        if pattern.matches(path, is_directory=is_directory):
            return not pattern.negated
    return None


def parse_patterns(lines: Iterable[str]) -> tuple[PathPattern, ...]:
    """The patterns on these lines; one that can't match is passed over, as git does."""
    return tuple(_parsed(lines))


def _parsed(lines: Iterable[str]) -> Iterator[PathPattern]:
    for line in lines:
        try:
            pattern = PathPattern.parse(line)
        except ValueError:
            continue
        if pattern is not None:
            yield pattern


def _without_spaces(line: str) -> str:
    """The line without the spaces at its end; an escaped one stays."""
    bare = line.rstrip(" ")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return f"{bare} " if backslashes % 2 and bare != line else bare


def _regex(path: str) -> str:
    r"""A regular expression that never goes back to where it has been.

    Between two `**/` stand whole names, between two stars single characters: the first place
    where such a part fits is as good as any other, so that each part may be atomic.
    """
    anchored = "/" in path
    tokens = list(_tokens(path.removeprefix("/"), in_tree=anchored))
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == _TREE:
            parts.append([])
        else:
            parts[-1].append(token)
    parts[-1].append(r"\Z")
    first = _names(parts[0]) if anchored else _anywhere(parts[0])
    return first + "".join(map(_anywhere, parts[1:]))


def _anywhere(part: Sequence[str]) -> str:
    return f"(?>{_ANY_DIRECTORIES}{_names(part)})"


def _names(part: Sequence[str]) -> str:
    """The part of a pattern between two `**/`."""
    chunks: list[str] = [""]
    for token in part:
        if token == _STAR:
            chunks.append("")
        else:
            chunks[-1] += token
    return chunks[0] + "".join(f"(?>[^/]*?{chunk})" for chunk in chunks[1:])


def _tokens(path: str, *, in_tree: bool) -> Iterator[str]:
    """Regular expressions for one character each; `*` for a star and `**` for any directories."""
    position = 0
    while position < len(path):
        token = _TOKEN.match(path, position)
        if token is None:
            raise ValueError(f"what begins at {path[position]!r} has no end")
        start, position = token.span()
        match token.lastgroup:
            case "stars":
                bounded = start == 0 or path[start - 1] == "/"
                if not (in_tree and bounded and len(token[0]) > 1):
                    yield _STAR
                elif position == len(path):
                    yield ".+"
                elif path[position] == "/":
                    position += 1
                    yield _TREE
                else:
                    yield _STAR
            case "any":
                yield "[^/]"
            case "set":
                yield _set(token["set"], negated=bool(token["not"]))
            case _:
                yield re.escape(token["escaped"] or token["plain"])


def _set(members: str, *, negated: bool) -> str:
    """A set of characters, none of which is a slash."""
    inside = "".join(map(_member, _MEMBER.finditer(members)))
    if negated:
        return f"[^/{inside}]"
    if not inside:
        raise ValueError(f"no character is in [{members}]")
    return f"(?!/)[{inside}]"


def _member(found: re.Match[str]) -> str:
    if found["named"]:
        if found["named"] not in _NAMED:
            raise ValueError(f"there is no class {found[0]}")
        return _NAMED[found["named"]]
    first, last = (part and part[-1] for part in (found["first"], found["last"]))
    if last is None:
        return re.escape(first)
    return f"{re.escape(first)}-{re.escape(last)}" if first <= last else ""
