"""Which identifiers matter to a rule: no slice of a file may leave out what mentions one.

They are the names of the catalog for the kinds that the rule, or the facts it is written in, speak
of, and what those facts look for besides. A module of facts is asked by reading its text: the
kinds it names stand there as strings, and so do the modules it builds on.
"""

import importlib
import re
from collections.abc import Iterable, Iterator
from functools import cache

from greenlint.lint.catalog import Catalog
from greenlint.lint.facts.vocabulary import fact_named, kind_modules, relevant_in
from greenlint.lint.outline import Relevance
from greenlint.lint.reach import Reach
from greenlint.lint.rule import Case, Rule

_FACTS = "greenlint.lint.facts."
_IMPORTED = re.compile(r"^from (greenlint\.lint\.facts\.\w+) import", re.MULTILINE)
_QUOTED = re.compile(r'"([a-z][a-z0-9]*(?:[.-][a-z0-9]+)*)"')
# What every rule is written in; their kinds stand in the rule.
_CORE = frozenset(f"{_FACTS}{name}" for name in ("module", "general", "vocabulary", "names"))


class RuleRelevance:
    """What matters to each of some rules."""

    def __init__(self, rules: Iterable[Rule], catalog: Catalog) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._catalog = catalog
        self._reach = Reach(catalog)
        self._known: dict[frozenset[str], tuple[frozenset[str], Relevance]] = {}

    def of(self, names: frozenset[str], roots: frozenset[str]) -> Relevance:
        """What matters to the rules `names` in a file that imports `roots`."""
        known = self._known.get(names)
        if known is None:
            known = self._known[names] = self._gathered(names)
        kinds, others = known
        return Relevance(others.words | self._reach.words(kinds, roots), others.patterns)

    def _gathered(self, names: frozenset[str]) -> tuple[frozenset[str], Relevance]:
        """The kinds that the rules speak of, and what else they look for."""
        kinds: set[str] = set()
        words: set[str] = set()
        patterns: set[re.Pattern[str]] = set()
        for name in names:
            rule = self._rules[name]
            kinds.update(self._kinds_in(word for case in rule.cases for word in _words_of(case)))
            for module in _closure(_modules_of(rule)):
                kinds.update(self._kinds_in(_QUOTED.findall(_text_of(module))))
                more = relevant_in(module)
                words.update(word for word in more if isinstance(word, str))
                patterns.update(word for word in more if isinstance(word, re.Pattern))
        return frozenset(kinds), Relevance(frozenset(words), tuple(patterns))

    def _kinds_in(self, words: Iterable[str]) -> Iterator[str]:
        return (word for word in words if self._catalog.has_kind(word))


def _words_of(case: Case) -> Iterator[str]:
    yield from case.names
    for condition in (*case.where, *(c for group in case.unless for c in group)):
        yield condition.detail
        for comparison in condition.comparisons:
            yield from (word for word in comparison.operands if isinstance(word, str))


def _modules_of(rule: Rule) -> Iterator[str]:
    """The modules whose facts the rule is written in, its detector included."""
    if rule.detector is not None:
        yield f"greenlint.lint.detectors.{rule.detector.replace('-', '_')}"
    for case in rule.cases:
        yield from kind_modules(case.subject, case.names)
        for condition in (*case.where, *(c for group in case.unless for c in group)):
            function = fact_named(case.subject, condition.fact)
            if function is not None:
                yield function.__module__


def _closure(modules: Iterable[str]) -> set[str]:
    """These modules of facts and what they are built on."""
    found: set[str] = set()
    stack = [module for module in modules if module not in _CORE]
    while stack:
        module = stack.pop()
        if module not in found:
            found.add(module)
            stack.extend(m for m in _IMPORTED.findall(_text_of(module)) if m not in _CORE)
    return found


@cache
def _text_of(name: str) -> str:
    loader = importlib.import_module(name).__spec__.loader  # type: ignore[union-attr]
    text: str | None = loader.get_source(name)  # type: ignore[union-attr]
    return text or ""
