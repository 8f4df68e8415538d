"""The gate: which rules can fire at all in a file, told from its bytes alone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from greenlint.lint.catalog import Catalog, is_kind
from greenlint.lint.reach import ANYWHERE, imported_roots, last_name, roots_of
from greenlint.lint.rule import Case, Rule, Subject

_ANY_CALL = b"("

Groups = tuple[tuple[bytes, ...], ...]


class Gate:
    """Searches a file's bytes for what a rule can't fire without.

    That is: the words of the rule's own gate, and for one of its cases the words of the case and,
    where the case looks at calls, the import of a library of the catalog together with the name
    of one of its calls. Calls are looked for in code only: docstrings and comments are full of
    them.
    """

    def __init__(self, rules: Iterable[Rule], catalog: Catalog | None = None) -> None:
        catalog = catalog or Catalog()
        self._rules = tuple(
            (rule.name, rule.gate, tuple(_Trigger.of(case, catalog) for case in rule.cases))
            for rule in rules
        )

    def candidates(self, data: bytes) -> frozenset[str]:
        """The names of the rules that `data` can possibly concern."""
        roots = imported_roots(data)
        words = _Words(data)
        likely = [
            (name, groups, near)
            for name, groups, cases in self._rules
            if (near := tuple(case for case in cases if case.is_near(roots, words))) or not cases
            if words.hold(groups)
        ]
        if not likely:
            return frozenset()
        code = _Words(_text().sub(rb'\1""', data), outside=words)
        return frozenset(
            name
            for name, groups, cases in likely
            if code.hold(groups) and (not cases or any(case.is_open(roots, code) for case in cases))
        )


class _Words:
    """Looks words up in bytes, lazily and at most once each."""

    def __init__(self, data: bytes, outside: "_Words | None" = None) -> None:
        self._data = data
        self._outside = outside
        self._known: dict[bytes, bool] = {}

    def hold(self, groups: Groups) -> bool:
        """Whether every group has a hit."""
        return all(any(self.holds(word) for word in group) for group in groups)

    def holds(self, word: bytes) -> bool:
        """Whether `word` is there; one that is no call counts in strings and comments as well."""
        found = self._known.get(word)
        if found is None:
            if self._outside is not None and b"(" not in word:
                found = self._outside.holds(word)
            else:
                found = word in self._data
            self._known[word] = found
        return found


@dataclass(frozen=True, slots=True)
class _Trigger:
    """What one case needs: its own words, and a library with one of the calls it is known for.

    `calls` maps the root of a library's name to the words of its calls; a root that ends in `*`
    is a prefix. None where the case does not look at calls.
    """

    groups: Groups
    calls: Mapping[str, tuple[bytes, ...]] | None = None
    prefixes: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, catalog: Catalog) -> "_Trigger":
        """The trigger of a case."""
        if case.subject is not Subject.CALL:
            return cls(case.gate)
        found: dict[str, set[bytes]] = {}
        for name in _names(case, catalog):
            for root in set(roots_of(name, catalog)):
                found.setdefault(root, set()).add(_call_word(name))
        calls = {root: tuple(sorted(words)) for root, words in found.items()}
        prefixes = {root.partition("*")[0]: words for root, words in calls.items() if "*" in root}
        return cls(case.gate, calls, prefixes)

    def is_near(self, roots: frozenset[str], words: _Words) -> bool:
        """Whether a library is imported that the case is about, or its words are there."""
        if self.calls is None:
            return words.hold(self.groups)
        return any(True for _ in self._words(roots))

    def is_open(self, roots: frozenset[str], code: _Words) -> bool:
        """Whether one of its calls may be there."""
        if not code.hold(self.groups):
            return False
        return self.calls is None or any(code.holds(word) for word in self._words(roots))

    def _words(self, roots: frozenset[str]) -> Iterator[bytes]:
        for root in (*roots, ANYWHERE):
            yield from (self.calls or {}).get(root, ())
        for prefix, words in self.prefixes.items():
            if any(root.startswith(prefix) for root in roots):
                yield from words


@cache
def _text() -> re.Pattern[bytes]:
    """Strings and comments, f-strings in group 1. Compiled late: it costs more than a small file.

    An open end is taken too, and nothing is given back: that keeps it linear on any input.
    """
    string = (
        rb'"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?'
        rb"|'''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?"
        rb'|"(?:[^"\\\n]++|\\.)*+"?'
        rb"|'(?:[^'\\\n]++|\\.)*+'?"
    )
    return re.compile(
        rb"(\b(?:[fF][rR]?|[rR][fF])(?:" + string + rb"))|#[^\n]*+|" + string, re.DOTALL
    )


def _names(case: Case, catalog: Catalog) -> Iterator[str]:
    """The names of the calls that a case looks at."""
    for wanted in case.names:
        if not catalog.has_kind(wanted):
            yield wanted
            continue
        for call in catalog.calls:
            if is_kind(call.kind, wanted):
                yield from call.names


def _call_word(name: str) -> bytes:
    """The bytes that a call of `name` has in it, or at least the file that calls it."""
    last = last_name(name)
    if last == "__call__":
        return _ANY_CALL
    if "*" not in last:
        return f"{last}(".encode()
    # Of `keras.applications.*` the fixed part nearest to the end, which the import may spell.
    parts = re.split(r"[.:]", name)[1:]
    fixed = [max(part.split("*"), key=len) for part in reversed(parts)]
    return next((word.encode() for word in fixed if len(word) >= 3), _ANY_CALL)
