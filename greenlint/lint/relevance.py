"""Which identifiers matter to a rule: no slice of a file may leave out what mentions one.

They are the names of the catalog for the kinds that the rule's cases look for in the whole file,
what builds the objects that the cases start from, and what the modules of the rule's facts, and the
modules these build on, declare. What matters only near the start of a case (in its function, in
callers, in what they call, at module level, in the constructor of its class) need not be declared:
the slice has it anyway.
"""

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from greenlint.lint.facts.vocabulary import fact_named, kind_functions, relevant_in
from greenlint.lint.reach import last_name
from greenlint.lint.rule import Case, Rule
from greenlint.lint.slicing import Relevance
from greenlint.lint.spelling import SpelledNames

if TYPE_CHECKING:
    import re

_FACTS = "greenlint.lint.facts."
_FILE_FACTS = frozenset({"file", "project", "class", "hands-over"})
# What every rule is written in; their kinds stand in the rule.
_CORE = frozenset(f"{_FACTS}{name}" for name in ("module", "general", "vocabulary", "names"))


@dataclass(frozen=True, slots=True)
class _Needs:
    """The kinds that a rule looks for in the whole file, those it starts from, and other words."""

    kinds: frozenset[str]
    starts: frozenset[str]
    words: frozenset[str]
    patterns: frozenset["re.Pattern[str]"]

    @classmethod
    def of(cls, rule: Rule) -> "_Needs":
        """What the cases of a rule and the modules of its facts name."""
        declared = [relevant_in(module) for module in _closure(_modules_of(rule))]
        return cls(
            frozenset(word for case in rule.cases for word in _words_of(case)).union(
                *(found.kinds for found in declared)
            ),
            frozenset(name for case in rule.cases for name in case.names),
            frozenset().union(*(found.words for found in declared)),
            frozenset(pattern for found in declared for pattern in found.patterns),
        )


class RuleRelevance:
    """What matters to each of some rules."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._known: dict[str, _Needs] = {}

    def of(self, names: frozenset[str], spelled: SpelledNames) -> Relevance:
        """What matters to the rules `names` in a file that spells the names `spelled`."""
        needs = [self._needs(name) for name in names]
        kinds = frozenset().union(*(need.kinds for need in needs))
        # An object may be built anywhere, and reach the start of a case in many ways.
        starts = kinds.union(*(need.starts for need in needs))
        mentioned = chain(
            (name for kind in kinds for name in spelled.names(kind)),
            (name for kind in starts for name in spelled.makers(kind)),
        )
        known = frozenset(filter(None, map(_word_of, mentioned)))
        makers = (last_name(m) for kind in starts for m in spelled.makers_of_callables(kind))
        return Relevance(
            known.union(*(need.words for need in needs)),
            tuple(frozenset().union(*(need.patterns for need in needs))),
            frozenset(makers),
        )

    def _needs(self, name: str) -> _Needs:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = _Needs.of(self._rules[name])
        return found


def _word_of(name: str) -> str:
    """The last identifier of a name; empty where a glob leaves it open."""
    word = last_name(name)
    if not word.isidentifier():
        return ""
    # A variable may well be called `input`; only its call is the builtin's.
    return word + "(" * name.startswith("builtins.")


def _words_of(case: Case) -> Iterator[str]:
    for condition in (*case.where, *(c for group in case.unless for c in group)):
        if condition.fact in _FILE_FACTS:
            yield condition.detail


def _modules_of(rule: Rule) -> Iterator[str]:
    """The modules whose facts the rule is written in, its detector included."""
    if rule.detector is not None:
        yield f"greenlint.lint.detectors.{rule.detector.replace('-', '_')}"
    for case in rule.cases:
        yield from (f.__module__ for f in kind_functions(case.subject, case.names))
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
