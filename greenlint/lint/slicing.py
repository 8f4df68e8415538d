"""Slices: what of a file is parsed.

Parsing is far slower than a look at the text, so what is parsed is everything at module level, the
functions that a rule may fire in, whatever calls those, the functions that mention a relevant
identifier, and what all of them call. Any other function keeps its name and loses its body. Of a
function that a rule looks at by itself, nothing around it is parsed at all. A slice that does not
parse is no slice: the whole is taken.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from greenlint.lint.outline import Outline
from greenlint.lint.part import Part


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


def slice_of(
    outline: Outline,
    relevance: Relevance,
    starts: Iterable[Part],
    *,
    alone: Iterable[Part] = (),
) -> Slice:
    """The part of a text that can matter to what starts in the functions `starts`.

    With them goes what matters to nothing but itself, the functions `alone`.
    """
    functions = outline.functions
    given = outline.names_from(relevance.makers) - relevance.makers
    kept = set(starts)
    _spread(kept, outline.mentions.by)
    kept.update(
        function
        for function in functions
        if relevance.covers(function.words) or not given.isdisjoint(function.words)
    )
    kept.update(_makers_for(kept, functions, outline.imported))
    _spread(kept, outline.mentions.run_in)
    kept.update(alone)
    dropped = [function for function in functions if function not in kept and not function.is_setup]
    return _without(outline.lines, dropped) if dropped else Slice(outline.text)


def functions_alone(outline: Outline, parts: Collection[Part]) -> Slice:
    """These functions with nothing around them; methods each in a class of no name."""
    if outline.rest in parts:
        return _without(outline.lines, [f for f in outline.functions if f not in parts])
    kept: list[str] = []
    numbers: list[int] = []
    for part in sorted(parts, key=lambda part: part.first):
        if part.indent:
            kept.append("class _:")
            numbers.append(part.first + 1)
        kept.extend(outline.lines[part.first : part.end])
        numbers.extend(range(part.first + 1, part.end + 1))
    return Slice("\n".join(kept), tuple(numbers))


def _makers_for(
    kept: set[Part], functions: Iterable[Part], imported: frozenset[str]
) -> Iterator[Part]:
    """The methods that put what an imported name makes where a kept method takes it from."""
    used: frozenset[str] = frozenset().union(*(part.own_words for part in kept))
    for function in functions:
        made = function.stored_calls if function not in kept else ()
        if any(name in used and maker in imported for name, maker in made):
            yield function


def _spread(kept: set[Part], related: Callable[[Part], Iterable[Part]]) -> None:
    """Keep what is related to a kept part, and what is related to that."""
    stack = list(kept)
    while stack:
        for part in related(stack.pop()):
            if part not in kept:
                kept.add(part)
                stack.append(part)


def _without(lines: list[str], dropped: list[Part]) -> Slice:
    kept: list[str] = []
    numbers: list[int] = []
    position = 0
    for function in dropped:
        kept.extend(lines[position : function.first])
        numbers.extend(range(position + 1, function.first + 1))
        kept.append(f"{function.indent}def {function.name}(*args, **kwargs): ...")
        numbers.append(function.line + 1)
        position = function.end
    kept.extend(lines[position:])
    numbers.extend(range(position + 1, len(lines) + 1))
    return Slice("\n".join(kept), tuple(numbers))
