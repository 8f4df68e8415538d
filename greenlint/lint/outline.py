"""The outline: which definitions of a file can matter, told from `ast` before libcst reads them.

libcst parses some ten times slower than `ast`, so it is handed a slice: everything at module
level, the definitions that mention a relevant word, and whatever calls those. Any other
definition keeps its name and loses its body.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Methods that set up what other methods use.
_ALWAYS_KEPT = frozenset({"__init__", "__post_init__", "__new__", "setup"})


@dataclass(frozen=True, slots=True)
class Relevance:
    """Which identifiers matter: some words, and whatever a pattern is found in."""

    words: frozenset[str]
    patterns: tuple[re.Pattern[str], ...] = ()

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
        return self.lines[line - 1] if self.lines else line


@dataclass(slots=True, eq=False)
class _Unit:
    """A function or method that may be left out."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    words: frozenset[str]
    is_method: bool
    kept: bool = False
    first: int = 0
    callers: list["_Unit"] = field(default_factory=list)

    @property
    def last(self) -> int:
        return self.node.end_lineno or self.node.lineno


def parse(text: str) -> ast.Module:
    """The syntax tree of `text`; SyntaxError, ValueError, RecursionError or MemoryError if none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes of the checked code are not our news
        return ast.parse(text)


def slice_of(text: str, tree: ast.Module, relevance: Relevance) -> Slice:
    """The part of `text` that can matter."""
    lines = text.split("\n")
    units = list(_units(tree, lines))
    for unit in units:
        unit.kept = relevance.covers(unit.words)
    _keep_callers(units)
    dropped = [unit for unit in units if not unit.kept]
    if not dropped:
        return Slice(text)
    return _without(lines, dropped)


def _units(tree: ast.Module, lines: list[str]) -> Iterator[_Unit]:
    for node in tree.body:
        if isinstance(node, _DEFINITIONS):
            yield _unit(node, lines, is_method=False)
        elif isinstance(node, ast.ClassDef):
            for child in node.body:
                if isinstance(child, _DEFINITIONS) and child.name not in _ALWAYS_KEPT:
                    yield _unit(child, lines, is_method=True)


def _unit(
    node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str], *, is_method: bool
) -> _Unit:
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    text = "\n".join(lines[first - 1 : node.end_lineno])
    return _Unit(node, frozenset(_IDENTIFIER.findall(text)), is_method, first=first)


def _keep_callers(units: list[_Unit]) -> None:
    """Keep whatever mentions a kept function, and what mentions that."""
    by_word: dict[str, list[_Unit]] = {}
    names = {unit.node.name for unit in units}
    for unit in units:
        for word in unit.words & names:
            by_word.setdefault(word, []).append(unit)
    stack = [unit for unit in units if unit.kept]
    while stack:
        unit = stack.pop()
        for caller in by_word.get(unit.node.name, ()):
            if not caller.kept:
                caller.kept = True
                stack.append(caller)


def _without(lines: list[str], dropped: Iterable[_Unit]) -> Slice:
    kept: list[str] = []
    numbers: list[int] = []
    position = 1
    for unit in dropped:
        header = lines[unit.node.lineno - 1]
        indent = header[: unit.node.col_offset]
        if indent.strip():
            continue  # it shares its line with something else
        kept.extend(lines[position - 1 : unit.first - 1])
        numbers.extend(range(position, unit.first))
        kept.append(f"{indent}def {unit.node.name}(*args, **kwargs): ...")
        numbers.append(unit.node.lineno)
        position = unit.last + 1
    kept.extend(lines[position - 1 :])
    numbers.extend(range(position, len(lines) + 1))
    return Slice("\n".join(kept), tuple(numbers))
