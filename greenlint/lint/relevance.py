"""Which identifiers matter to a rule: no slice of a file may leave out what mentions one.

They are the names of the catalog for the kinds that the rule's cases start from or look for in the
whole file, and what the modules of its facts, and the modules these build on, declare. What
matters only near the start of a case (in its function, in callers, at module level, in the
constructor of its class) need not be declared: the slice has it anyway.
"""

import importlib
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from greenlint.lint.catalog import Catalog
from greenlint.lint.facts.vocabulary import fact_named, kind_modules, relevant_in
from greenlint.lint.outline import Relevance
from greenlint.lint.reach import Reach
from greenlint.lint.rule import Case, Rule

if TYPE_CHECKING:
    import re

_FACTS = "greenlint.lint.facts."
_FILE_FACTS = frozenset({"file", "project", "class"})
# What every rule is written in; their kinds stand in the rule.
_CORE = frozenset(f"{_FACTS}{name}" for name in ("module", "general", "vocabulary", "names"))


class RuleRelevance:
    """What matters to each of some rules."""

    def __init__(self, rules: Iterable[Rule], catalog: Catalog) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._reach = Reach(catalog)
        self._known: dict[frozenset[str], tuple[frozenset[str], Relevance]] = {}

    def of(self, names: frozenset[str], roots: frozenset[str]) -> Relevance:
        """What matters to the rules `names` in a file that imports `roots`."""
        known = self._known.get(names)
        if known is None:
            known = self._known[names] = self._gathered(names)
        kinds, others = known
        words = self._reach.words(kinds, roots)
        return Relevance(others.words | words, others.patterns, others.makers & words)

    def _gathered(self, names: frozenset[str]) -> tuple[frozenset[str], Relevance]:
        """The kinds that the rules speak of, and what else they look for."""
        kinds: set[str] = set()
        words: set[str] = set()
        patterns: set[re.Pattern[str]] = set()
        for name in names:
            rule = self._rules[name]
            kinds.update(word for case in rule.cases for word in _words_of(case))
            for module in _closure(_modules_of(rule)):
                declared = relevant_in(module)
                kinds.update(declared.kinds)
                words.update(declared.words)
                patterns.update(declared.patterns)
        makers = self._reach.makers(frozenset(kinds))
        return frozenset(kinds), Relevance(frozenset(words), tuple(patterns), makers)


def _words_of(case: Case) -> Iterator[str]:
    yield from case.names
    for condition in (*case.where, *(c for group in case.unless for c in group)):
        if condition.fact in _FILE_FACTS:
            yield condition.detail


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
            stack.extend(_origins(module))
    return found


@cache
def _origins(name: str) -> frozenset[str]:
    """The modules of facts whose classes and functions a module uses."""
    used = vars(importlib.import_module(name)).values()
    origins = (getattr(value, "__module__", None) or "" for value in used)
    return frozenset(o for o in origins if o.startswith(_FACTS) and o not in _CORE)
