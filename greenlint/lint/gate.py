"""The gate: which rules can fire at all in a file, told from its bytes alone."""

import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property

from greenlint.lint.code_text import code_in
from greenlint.lint.reach import ANYWHERE, Reach, is_imported
from greenlint.lint.rule import Case, Rule, Subject
from greenlint.lint.spelling import Spellings

_BETWEEN = re.compile(rb"\W+")
_IMPORT = re.compile(rb"(?:import|from) (\w+)")
_PART = re.compile(rb" ?\w+ ?")

Groups = tuple[tuple[bytes, ...], ...]


class Gate:
    """Searches a file's bytes for what a rule can't fire without.

    That is: the words of the rule's own gate (or imports, for a group that has nothing else), and
    for one of its cases the words of the case and, where the case looks at calls, the import of a
    library of the catalog, the spelling of one of its names, and a call that ends in that name.
    Calls are looked for in code only: docstrings and comments are full of them.
    """

    def __init__(self, rules: Iterable[Rule], spellings: Spellings) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._spellings = spellings
        self._imported = _RulesByImport(self._rules.values(), spellings.reach)

    def candidates(self, data: bytes, *, is_test: bool = False) -> frozenset[str]:
        """The names of the rules that `data` can possibly concern."""
        text = _Text(data, self._spellings)
        near = self._imported.near(text.roots)
        elsewhere = self._imported.elsewhere
        likely = [
            rule
            for rule in map(self._rules.__getitem__, near.keys() | elsewhere.keys())
            if (rule.tests or not is_test)
            and (
                text.spells(near.get(rule.name, ()), rule)
                or text.has_any(elsewhere.get(rule.name, ()))
            )
        ]
        return frozenset(rule.name for rule in likely if text.calls(rule))


class _RulesByImport:
    """The rules, and what kinds of calls they look at, by the libraries that lead to these calls.

    `elsewhere` has those with a case that no import leads to, with the words that each such case
    needs.
    """

    def __init__(self, rules: Iterable[Rule], reach: Reach) -> None:
        self.elsewhere: dict[str, tuple[Groups, ...]] = {}
        self._kinds: dict[str, dict[str, set[str]]] = {}
        self._near: dict[frozenset[str], Mapping[str, frozenset[str]]] = {}
        for rule in rules:
            gates = [] if rule.cases else [rule.gate]
            for case in rule.cases:
                is_call = case.subject is Subject.CALL
                kinds = {kind: reach.roots(kind) for kind in case.names} if is_call else {}
                for kind, roots in kinds.items():
                    for root in roots:
                        self._kinds.setdefault(root, {}).setdefault(rule.name, set()).add(kind)
                if not is_call or any(ANYWHERE in roots for roots in kinds.values()):
                    gates.append((*case.gate, *rule.gate))
            if gates:
                self.elsewhere[rule.name] = tuple(dict.fromkeys(gates))
        self._prefixes = [root for root in self._kinds if "*" in root]

    def near(self, roots: frozenset[str]) -> Mapping[str, frozenset[str]]:
        """The rules that imports of `roots` lead to, with the kinds that they look at there."""
        known = {root for root in self._prefixes if is_imported(root, roots)}
        known.update(roots & self._kinds.keys())
        key = frozenset(known)
        found = self._near.get(key)
        if found is None:
            found = self._near[key] = self._near_to(key)
        return found

    def _near_to(self, roots: frozenset[str]) -> Mapping[str, frozenset[str]]:
        near: dict[str, set[str]] = {}
        for root in roots:
            for rule, kinds in self._kinds[root].items():
                near.setdefault(rule, set()).update(kinds)
        anywhere = self._kinds.get(ANYWHERE, {})
        return {
            rule: frozenset(kinds.union(anywhere.get(rule, ()))) for rule, kinds in near.items()
        }


class _Text:
    """One file's bytes, which answer ever dearer questions, each at most once.

    Rules share the kinds of calls that they ask for, so that one more rule costs next to nothing.
    """

    def __init__(self, data: bytes, spellings: Spellings) -> None:
        self._data = data
        self._spelled = spellings.in_text(data)
        self._bytes = _Words(data)

    @property
    def roots(self) -> frozenset[str]:
        """The libraries that are imported."""
        return self._spelled.roots

    def has_any(self, gates: Iterable[Groups]) -> bool:
        """Whether the imports and words of one of some gates are there."""
        return any(self._holds(self._bytes, gate) for gate in gates)

    def spells(self, kinds: Iterable[str], rule: Rule) -> bool:
        """Whether a name of these kinds of calls is there, and the words of the rule's gate."""
        return any(map(self._spelled.names, kinds)) and self._holds(self._words, rule.gate)

    def calls(self, rule: Rule) -> bool:
        """Whether code, not a comment or string, holds all that it has to."""
        # What is nowhere in the text need not be told apart from what is in strings.
        return self._calls_in(self._words, rule) and self._calls_in(self._code, rule)

    def _holds(self, words: "_Words", groups: Groups) -> bool:
        """Whether every group has a hit: among the imports, or among the words."""
        imports, others = _parted(groups)
        imported = all(any(root.startswith(start) for root in self.roots) for start in imports)
        return imported and words.hold(others)

    def _calls_in(self, words: "_Words", rule: Rule) -> bool:
        if not self._holds(words, rule.gate):
            return False
        return not rule.cases or any(self._is_called(words, case) for case in rule.cases)

    def _is_called(self, words: "_Words", case: Case) -> bool:
        if not self._holds(words, case.gate):
            return False
        if case.subject is not Subject.CALL:
            return True
        called = (word for name in case.names for word in self._spelled.call_words(name))
        return any(words.holds(word.encode()) for word in called)

    @cached_property
    def _words(self) -> "_Words":
        return _Words(self._data, b" %b " % b" ".join(self._spelled.words))

    @cached_property
    def _code(self) -> "_Words":
        return _Words(code_in(self._data.decode()).encode(), outside=self._words)


class _Words:
    """Looks words up in bytes, lazily and at most once each.

    `vocabulary` has the identifiers of the bytes, each once and between blanks: a fraction of the
    bytes. `outside` is what these are the code of.
    """

    def __init__(
        self, data: bytes, vocabulary: bytes | None = None, outside: "_Words | None" = None
    ) -> None:
        self._data = data
        self._vocabulary = vocabulary
        self._outside = outside
        self._known: dict[bytes, bool] = {}

    def hold(self, groups: Groups) -> bool:
        """Whether every group has a hit."""
        return all(any(self.holds(word) for word in group) for group in groups)

    def holds(self, word: bytes) -> bool:
        """Whether `word` is there; one that is no call counts in strings and comments as well."""
        found = self._known.get(word)
        if found is None:
            if self._outside is not None and (b"(" not in word or not self._outside.holds(word)):
                found = self._outside.holds(word)
            else:
                found = self._may_hold(word) and word in self._data
            self._known[word] = found
        return found

    def _may_hold(self, word: bytes) -> bool:
        """Whether the identifiers in a word are there, which most are not."""
        if self._vocabulary is None:
            return True
        return all(part in self._vocabulary for part in _parts_of(word))


@cache
def _parted(groups: Groups) -> tuple[tuple[tuple[str, ...], ...], Groups]:
    """What libraries start with, for each group that is about imports alone; the other groups."""
    imports, others = [], []
    for group in groups:
        found = [match for word in group if (match := _IMPORT.fullmatch(word))]
        if len(found) == len(group):
            imports.append(tuple(match[1].decode() for match in found))
        else:
            others.append(group)
    return tuple(imports), tuple(others)


@cache
def _parts_of(word: bytes) -> tuple[bytes, ...]:
    """The identifiers in a word, with a blank at each end that nothing can go on at."""
    return tuple(_PART.findall(_BETWEEN.sub(b"  ", word)))
