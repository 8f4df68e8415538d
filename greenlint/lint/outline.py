"""The outline: which definitions of a file can matter, told from its text before it is parsed.

libcst is far slower than a look at the text, so it is handed a slice: everything at module level,
the functions that mention a relevant identifier, whatever calls those, and what all of them call.
Any other function keeps its name and loses its body. A slice that does not parse is no slice: the
whole is taken.
"""

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_IDENTIFIER = re.compile(r"[^\W\d]\w*\(?")
# Strings and comments. An open end is taken too, and nothing is given back: linear on any input.
_TEXT = re.compile(
    r"#[^\n]*+"
    r'|"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?'
    r"|'''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?"
    r'|"(?:[^"\\\n]++|\\.)*+"?'
    r"|'(?:[^'\\\n]++|\\.)*+'?",
    re.DOTALL,
)
# Bounded and possessive: a generated line of a megabyte must not take the square of its length.
_ASSIGNMENT = re.compile(r"\b(\w++)[ \t]*+(?::[^=\n]{0,200}+)?=(?!=)([^\n]*)")
_DEFINITION = re.compile(r"^([ \t]*)(?:async[ \t]+)?(def|class)[ \t]+(\w+)", re.MULTILINE)
# What ends a block: a line that is not indented further and does not close a bracket.
_NEXT_AT_MARGIN = re.compile(r"\n(?=[^\s)\]}])")
_MAX_DECORATOR_LINES = 40
# The time that libcst takes grows with the cube of the depth. Nobody writes half of this by hand.
_MAX_DEPTH = 500
# Methods that set up what other methods use.
_ALWAYS_KEPT = frozenset({"__init__", "__post_init__", "__new__", "setup"})


@dataclass(frozen=True, slots=True)
class Relevance:
    """Which identifiers matter: some words, and whatever a pattern is found in.

    A word that ends in a parenthesis matters only where it is called. `makers` make objects that
    are called themselves, so that the names these are given matter too.
    """

    words: frozenset[str]
    patterns: tuple[re.Pattern[str], ...] = ()
    makers: frozenset[str] = frozenset()

    def covers(self, identifiers: frozenset[str]) -> bool:
        """Whether any of `identifiers` matters."""
        if not self.words.isdisjoint(identifiers):
            return True
        return any(_is_found(pattern, word) for pattern in self.patterns for word in identifiers)


@lru_cache(maxsize=100_000)
def _is_found(pattern: re.Pattern[str], word: str) -> bool:
    return pattern.search(word) is not None


@dataclass(frozen=True, slots=True)
class Slice:
    """Python text and, line by line, where it stood in the whole; no lines means all of it."""

    text: str
    lines: tuple[int, ...] = ()

    def original_line(self, line: int) -> int:
        """The line of the whole text that `line` of the slice is (both from 1)."""
        if not self.lines:
            return line
        return self.lines[min(line, len(self.lines)) - 1]


@dataclass(slots=True, eq=False)
class _Unit:
    """A function or method that may be left out; lines from 0, `end` exclusive."""

    name: str
    indent: str
    line: int
    first: int
    end: int
    words: frozenset[str] = frozenset()
    kept: bool = False


def parse(text: str) -> ast.Module:
    """The syntax tree of `text`; SyntaxError, ValueError, RecursionError or MemoryError if none.

    RecursionError also stands for expressions that only `ast` could take in reasonable time.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes of the checked code are not our news
        tree = ast.parse(text)
    if any(map(_is_deep, _large_expressions(tree))):
        raise RecursionError
    return tree


def _large_expressions(tree: ast.Module) -> Iterator[ast.expr]:
    """The outermost expressions with room for a nesting that matters."""
    pending: list[ast.AST] = [tree]
    while pending:
        for child in ast.iter_child_nodes(pending.pop()):
            if not isinstance(child, ast.expr):
                pending.append(child)
            elif child.end_lineno != child.lineno or (
                (child.end_col_offset or 0) - child.col_offset > _MAX_DEPTH
            ):
                yield child


def _is_deep(expression: ast.expr) -> bool:
    level: list[ast.AST] = [expression]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def slice_of(text: str, relevance: Relevance) -> Slice:
    """The part of `text` that can matter."""
    lines = text.split("\n")
    code = _TEXT.sub(_blank, text)
    units = list(_units(code))
    given = _names_given(code, relevance.makers) if relevance.makers else frozenset()
    for unit in units:
        unit.words = _words(lines[unit.first : unit.end])
        unit.kept = relevance.covers(unit.words) or not given.isdisjoint(unit.words)
    _keep_related(units)
    dropped = [unit for unit in units if not unit.kept]
    return _without(lines, dropped) if dropped else Slice(text)


def _names_given(code: str, makers: frozenset[str]) -> frozenset[str]:
    """The names that are assigned something made by `makers`."""
    return frozenset(
        match[1]
        for match in _ASSIGNMENT.finditer(code)
        if not makers.isdisjoint(word.rstrip("(") for word in _IDENTIFIER.findall(match[2]))
    )


def _words(lines: list[str]) -> frozenset[str]:
    """The identifiers in some lines; one that is called is there with its parenthesis too."""
    words = set(_IDENTIFIER.findall("\n".join(lines)))
    words.update([word[:-1] for word in words if word[-1] == "("])
    return frozenset(words)


def _blank(match: re.Match[str]) -> str:
    """A string or comment without its text, but with its lines."""
    text = match[0]
    return "" if text[0] == "#" else '""' + "\n" * text.count("\n")


def _units(code: str) -> Iterator[_Unit]:
    """The functions at module level and the methods of classes at module level."""
    code_lines = code.split("\n")
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
        end = _end_of(code, match, line)
        last_end = end
        if not indent or name not in _ALWAYS_KEPT:
            first = _first_line(code_lines, line, indent)
            yield _Unit(name, indent, line, first, end)


def _end_at_margin(code: str, start: int) -> int:
    found = _NEXT_AT_MARGIN.search(code, start)
    return found.start() if found is not None else len(code)


@lru_cache(maxsize=64)
def _next_within(width: int) -> re.Pattern[str]:
    return re.compile(rf"\n(?=[ \t]{{0,{width}}}[^\s)\]}}])")


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


def _keep_related(units: list[_Unit]) -> None:
    """Keep whatever mentions a kept function, and then whatever the kept ones call."""
    mentions: dict[str, list[_Unit]] = {}
    named: dict[str, list[_Unit]] = {}
    for unit in units:
        named.setdefault(unit.name, []).append(unit)
    for unit in units:
        for word in unit.words & named.keys():
            mentions.setdefault(word, []).append(unit)
    _spread(units, lambda unit: mentions.get(unit.name, ()))
    calls = {f"{name}(": called for name, called in named.items()}
    _spread(units, lambda unit: [u for word in unit.words & calls.keys() for u in calls[word]])


def _spread(units: list[_Unit], related: Callable[[_Unit], Iterable[_Unit]]) -> None:
    """Keep what is related to a kept unit, and what is related to that."""
    stack = [unit for unit in units if unit.kept]
    while stack:
        for unit in related(stack.pop()):
            if not unit.kept:
                unit.kept = True
                stack.append(unit)


def _without(lines: list[str], dropped: list[_Unit]) -> Slice:
    kept: list[str] = []
    numbers: list[int] = []
    position = 0
    for unit in dropped:
        kept.extend(lines[position : unit.first])
        numbers.extend(range(position + 1, unit.first + 1))
        kept.append(f"{unit.indent}def {unit.name}(*args, **kwargs): ...")
        numbers.append(unit.line + 1)
        position = unit.end
    kept.extend(lines[position:])
    numbers.extend(range(position + 1, len(lines) + 1))
    return Slice("\n".join(kept), tuple(numbers))
