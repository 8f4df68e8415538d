"""The outline: the functions of a file and what stands in them, told from its text.

It is made with regular expressions on text without strings and comments, in a fraction of the time
that `ast` takes for whole files.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from operator import eq
from typing import Any

from greenlint.lint.code_text import code_in
from greenlint.lint.mentions import Mentions
from greenlint.lint.part import IMPORT, WORD, Part

_DEFINITION = re.compile(r"^([ \t]*)(?:async[ \t]+)?(def|class)[ \t]+(\w+)", re.MULTILINE)
# What ends a block: a line that is not indented further, goes on no other, and closes no bracket.
_NEXT_AT_MARGIN = re.compile(r"(?<!\\)\n(?=[^\s)\]}])")
_MAX_DECORATOR_LINES = 40
# What another name can stand for: an attribute, or what is assigned or returned, and not called.
_NOT_USED = r"(?!\(|[ \t]*(?:[.\[:]|=(?!=)))"
_HANDED_ON = re.compile(
    rf"(\.\w++){_NOT_USED}|(?:=|\b(?:or|and|else|return)\b)[ \t]*\(?[ \t]*(\w++){_NOT_USED}"
)
_GIVEN = re.compile(r"\b(\w++)[ \t]*+[:=](?!=)")
_IMPORTED = re.compile(r"[ \t]*(?:from[ \t]+([\w.]+)[ \t]+)?import\b([^;\\]*)\Z")
_LONGEST_VALUE = 8  # lines
_RENAMED = re.compile(r"\b(\w++)[ \t]++as[ \t]++(\w++)")


class Outline:
    """The functions at module level, the methods of classes at module level, and the rest.

    `code` is what `code_in` says of the text, where that is known already.
    """

    def __init__(self, text: str, *, code: str | None = None) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.code = code_in(text) if code is None else code
        self._code_lines = self.code.split("\n")
        self._decorators = [n for n, text in enumerate(self._code_lines) if "@" in text]
        self.functions = tuple(self._functions())
        self._found: dict[re.Pattern[str], frozenset[Any]] = {}
        self._names_from: dict[frozenset[str], frozenset[str]] = {}

    @cached_property
    def rest(self) -> Part:
        """What stands outside of all functions."""
        return Part(_outside(self._code_lines, self.functions))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All functions, and the rest."""
        return (*self.functions, self.rest)

    def has_uncalled(self, word: str) -> bool:
        """Whether an identifier stands anywhere without a parenthesis right behind it."""
        return any(word in part.spelled_words for part in self.parts)

    @cached_property
    def renamed(self) -> frozenset[tuple[str, str]]:
        """What imports give another name, and that name."""
        return frozenset(pair for text in self.found(IMPORT) for pair in _RENAMED.findall(text))

    @cached_property
    def handed_on(self) -> frozenset[str]:
        """What code gives another name: `.ask` of `f = client.ask`, `ask` of `f = ask`."""
        return frozenset(attribute or name for attribute, name in self.found(_HANDED_ON))

    def owners(self, attribute: str) -> frozenset[str]:
        """What `attribute` is handed on of: `client` in `f = client.ask`, empty if no name is."""
        return self.found(_handed_on_of(attribute))

    def found(self, pattern: re.Pattern[str]) -> frozenset[Any]:
        """What `pattern` finds in the code; as with `findall`, its groups if it has any."""
        if pattern not in self._found:
            self._found[pattern] = frozenset(pattern.findall(self.code))
        return self._found[pattern]

    @cached_property
    def imported(self) -> frozenset[str]:
        """The identifiers in imports."""
        return frozenset().union(*map(WORD.findall, self.found(IMPORT)))

    def words_with(self, fragment: str) -> frozenset[str]:
        """The identifiers with `fragment` in them."""
        return frozenset(word for part in self.parts for word in part.words if fragment in word)

    def bound_with(self, fragment: str, path: Sequence[str]) -> frozenset[str]:
        """The names from imports that have `fragment` in them and can lead along a dotted path."""
        imports = (text for text in self.found(IMPORT) if fragment in text)
        return frozenset(name for text in imports for name in _bound_by(text, path))

    def imported_with(self, fragment: str) -> frozenset[str]:
        """The identifiers in imports that have `fragment` in them."""
        imports = (match for match in self.found(IMPORT) if fragment in match)
        return frozenset().union(*map(WORD.findall, imports))

    def names_from(self, words: frozenset[str]) -> frozenset[str]:
        """`words`, and what is given a value that one of them, or one so given, stands in."""
        known = self._names_from.get(words)
        if known is None:
            known = self._names_from[words] = self._spread(words)
        return known

    @cached_property
    def given(self) -> frozenset[str]:
        """All names and attributes that are given a value."""
        return frozenset(name for names, _ in self._given for name in names)

    def _spread(self, words: frozenset[str]) -> frozenset[str]:
        names = set(words)
        size = 0
        while size < len(names):
            size = len(names)
            for given, value in self._given:
                if not names.isdisjoint(value):
                    names.update(given)
            names.update(f.name for f in self.functions if not names.isdisjoint(f.words))
        return frozenset(names)

    @cached_property
    def _given(self) -> list[tuple[list[str], frozenset[str]]]:
        """Line by line the names that are given a value, and what stands in it."""
        found = []
        for number, line in enumerate(self._code_lines):
            names = _GIVEN.findall(line) if "=" in line or ":" in line else ()
            if names:
                found.append((names, frozenset(WORD.findall(" ".join(self._value_at(number))))))
        return found

    def _value_at(self, number: int) -> Iterator[str]:
        """A line, and those that brackets and operators make it go on in."""
        ends_open = True
        for line in self._code_lines[number : number + _LONGEST_VALUE]:
            text = line.strip()
            if not ends_open and text[:1] not in {"|", ".", ")"}:
                return
            yield text
            ends_open = text[-1:] in {"(", "[", "{", ",", "|", "\\", ""}

    @cached_property
    def mentions(self) -> Mentions:
        """Which of the functions each part mentions."""
        return Mentions(self.parts)

    def _functions(self) -> Iterator[Part]:
        code = self.code
        class_end = -1
        method_indent: str | None = None
        line, position, last_end = 0, 0, 0
        for match in _DEFINITION.finditer(code):
            line += code.count("\n", position, match.start())
            position = match.start()
            indent, keyword, name = match.groups()
            if keyword == "class":
                if not indent:
                    class_end, method_indent = _end_at_margin(code, match.end()), None
                continue
            if indent:
                if position >= class_end:
                    continue
                method_indent = method_indent or indent
                if indent != method_indent:
                    continue
            if line < last_end:
                continue
            last_end = _end_of(code, match, line)
            yield self._function(name, indent, line, last_end)

    def _function(self, name: str, indent: str, line: int, end: int) -> Part:
        nearest = bisect_left(self._decorators, line) - 1
        first = line
        if nearest >= 0 and self._decorators[nearest] >= line - _MAX_DECORATOR_LINES:
            first = _first_line(self._code_lines, line, indent)
        part = Part("\n".join(self._code_lines[first:end]))
        part.name, part.indent = name, indent
        part.first, part.line, part.end = first, line, end
        return part


def _outside(lines: list[str], functions: tuple[Part, ...]) -> str:
    kept: list[str] = []
    position = 0
    for function in functions:
        kept.extend(lines[position : function.first])
        position = function.end
    return "\n".join([*kept, *lines[position:]])


def _end_at_margin(code: str, start: int) -> int:
    found = _NEXT_AT_MARGIN.search(code, start)
    return found.start() if found is not None else len(code)


@lru_cache(maxsize=1024)
def _handed_on_of(attribute: str) -> re.Pattern[str]:
    return re.compile(rf"(\b\w++|)\s*+\.{attribute}\b{_NOT_USED}")


@lru_cache(maxsize=64)
def _next_within(width: int) -> re.Pattern[str]:
    return re.compile(rf"(?<!\\)\n(?=[ \t]{{0,{width}}}[^\s)\]}}])")


def _bound_by(text: str, path: Sequence[str]) -> Iterator[str]:
    """What an import binds of what can lead along a path; all of its words if it is an odd one."""
    found = _IMPORTED.match(text)
    if found is None:
        yield from WORD.findall(text)
        return
    module, names = found.groups()
    for item in names.split(",") if module is None else [names]:
        leading = (module or item.split(" as ")[0].strip()).split(".")
        if all(map(eq, leading, path)):
            yield from WORD.findall(item)


def _end_of(code: str, match: re.Match[str], line: int) -> int:
    """The line behind a function: the next one that is indented no further."""
    found = _next_within(len(match[1])).search(code, match.end())
    end = found.start() if found is not None else len(code)
    return line + code.count("\n", match.start(), end) + 1


def _first_line(code_lines: list[str], line: int, indent: str) -> int:
    """The line of the first decorator of the function at `line`, or `line`."""
    first = line
    for number in range(line - 1, max(line - _MAX_DECORATOR_LINES, -1), -1):
        text = code_lines[number]
        if text.startswith(f"{indent}@"):
            first = number
            continue
        rest = text[len(indent) :]
        inside = text.startswith(indent) and rest[:1] in {" ", "\t", ")", "]", "}"}
        if text.strip() and not inside:
            break
    return first
