"""The gate: which rules can fire at all in a file, told from its bytes alone."""

import re
from collections.abc import Iterable
from functools import cache, cached_property

from greenlint.lint.catalog import Catalog
from greenlint.lint.reach import Reach, imported_roots, last_name
from greenlint.lint.rule import Case, Rule, Subject
from greenlint.lint.spelling import SpelledNames, Spellings

_ANY_CALL = b"("

Groups = tuple[tuple[bytes, ...], ...]


class Gate:
    """Searches a file's bytes for what a rule can't fire without.

    That is: the words of the rule's own gate, and for one of its cases the words of the case and,
    where the case looks at calls, the import of a library of the catalog, the spelling of one of
    its names, and a call that ends in that name. Calls are looked for in code only: docstrings
    and comments are full of them.
    """

    def __init__(self, rules: Iterable[Rule], catalog: Catalog | None = None) -> None:
        catalog = catalog or Catalog()
        self._rules = tuple(rules)
        self._reach = Reach(catalog)
        self._spellings = Spellings(catalog)

    def candidates(self, data: bytes) -> frozenset[str]:
        """The names of the rules that `data` can possibly concern."""
        text = _Text(data, self._reach, self._spellings)
        near = [rule for rule in self._rules if text.is_near(rule)]
        likely = [rule for rule in near if text.spells(rule)]
        return frozenset(rule.name for rule in likely if text.calls(rule))


class _Text:
    """One file's bytes, which answer ever dearer questions, each at most once.

    Rules share the kinds of calls that they ask for, so that one more rule costs next to nothing.
    """

    def __init__(self, data: bytes, reach: Reach, spellings: Spellings) -> None:
        self._data = data
        self._reach = reach
        self._spellings = spellings
        self._roots = imported_roots(data)
        self._words = _Words(data)
        self._spelled_words: dict[str, frozenset[bytes]] = {}

    def is_near(self, rule: Rule) -> bool:
        """Whether the words of the gate are there, and a library that a case is about."""
        near = not rule.cases or any(map(self._is_near, rule.cases))
        return near and self._words.hold(rule.gate)

    def spells(self, rule: Rule) -> bool:
        """Whether a name that a case is about is spelled out."""
        return not rule.cases or any(map(self._spells, rule.cases))

    def calls(self, rule: Rule) -> bool:
        """Whether code, not a comment or string, holds all that it has to."""
        if not self._code.hold(rule.gate):
            return False
        return not rule.cases or any(map(self._calls, rule.cases))

    def _is_near(self, case: Case) -> bool:
        if case.subject is not Subject.CALL:
            return self._words.hold(case.gate)
        return any(self._reach.reaches(wanted, self._roots) for wanted in case.names)

    def _spells(self, case: Case) -> bool:
        return case.subject is not Subject.CALL or any(map(self._call_words, case.names))

    def _calls(self, case: Case) -> bool:
        if not self._code.hold(case.gate):
            return False
        if case.subject is not Subject.CALL:
            return True
        return any(self._code.holds(w) for name in case.names for w in self._call_words(name))

    def _call_words(self, wanted: str) -> frozenset[bytes]:
        """What calls of a kind, or of the names that a glob covers, look like in this file."""
        found = self._spelled_words.get(wanted)
        if found is None:
            names = self._reach.names(wanted, self._roots)
            found = frozenset(call_word(name) for name in names if name in self._spelled)
            self._spelled_words[wanted] = found
        return found

    @cached_property
    def _spelled(self) -> SpelledNames:
        return self._spellings.in_text(self._data, self._roots)

    @cached_property
    def _code(self) -> "_Words":
        return _Words(_text().sub(rb'\1""', self._data), outside=self._words)


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


@cache
def call_word(name: str) -> bytes:
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
