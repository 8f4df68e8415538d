"""The gate: which rules can fire at all in a file, told from its bytes alone."""

import re
from collections.abc import Iterable

from greenlint.lint.rule import Rule

# Comments and string literals. An open end is taken too, and nothing is given back: that keeps it
# linear whatever the input.
_TEXT = re.compile(
    rb"#[^\n]*+"
    rb'|"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?'
    rb"|'''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?"
    rb'|"(?:[^"\\\n]++|\\.)*+"?'
    rb"|'(?:[^'\\\n]++|\\.)*+'?",
    re.DOTALL,
)


class Gate:
    """Searches a file's bytes for the words without which a rule can't fire.

    Words are looked up lazily and at most once a file: most files fail at the first group of
    every rule, which names the libraries the rule is about. For the files that are left, words
    with an opening parenthesis are looked up again in the code alone, because docstrings and
    comments are full of calls.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple((rule.name, rule.gate) for rule in rules)

    def candidates(self, data: bytes) -> frozenset[str]:
        """The names of the rules that `data` can possibly concern."""
        names = _open(self._rules, data, {})
        if not names:
            return names
        code = _TEXT.sub(b'""', data)
        known = {word: word in data for word in self._words_outside_code(names)}
        return _open([rule for rule in self._rules if rule[0] in names], code, known)

    def _words_outside_code(self, names: frozenset[str]) -> set[bytes]:
        """The words that count in strings too, such as the name of a model or library."""
        return {
            word
            for name, groups in self._rules
            if name in names
            for group in groups
            for word in group
            if b"(" not in word
        }


def _open(
    rules: Iterable[tuple[str, tuple[tuple[bytes, ...], ...]]],
    data: bytes,
    known: dict[bytes, bool],
) -> frozenset[str]:
    """The rules all of whose groups have a hit in `data`; `known` answers some words already."""

    def holds(word: bytes) -> bool:
        found = known.get(word)
        if found is None:
            found = known[word] = word in data
        return found

    return frozenset(
        name for name, groups in rules if all(any(holds(word) for word in g) for g in groups)
    )
