"""Finds what the cases of a rule speak of and nobody knows: kinds, facts, options."""

import builtins
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

from greenlint.errors import Problem
from greenlint.lint.rule import Subject
from greenlint.lint.rule_text import CaseText, RuleText
from greenlint.yaml_document import Document, Location, nearest

# What stands behind the dot of these facts is a kind of the catalog.
_KIND_FACTS = frozenset({"class", "contains", "decorated", "file", "function", "project", "under"})

# These go by names that anyone may choose: of variables and of programs.
_FREE_NAMES = frozenset({Subject.VARIABLE, Subject.START})


class HasCases(Protocol):
    """The text of a rule, or of anything else that is found by cases."""

    @property
    def match(self) -> tuple[CaseText, ...] | None:
        """The cases."""
        ...


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that cases may use: facts and kinds by subject, the kinds of calls among them."""

    facts: Mapping[Subject, frozenset[str]]
    kinds: Mapping[Subject, frozenset[str]]


def case_problems(document: Document, text: HasCases, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Every word in the cases of a rule or practice that nothing defines."""
    cases = text.match or ()
    options = set(text.options) if isinstance(text, RuleText) else set()
    repeated = Counter(case.case for case in cases)
    for number, case in enumerate(cases):
        at: Location = ("match", number)
        if repeated[case.case] > 1:
            message = f"the rule has more than one case `{case.case}`"
            yield document.place((*at, "case")).problem(message)
        yield from _subject_problems(document, at, case, vocabulary)
        yield from _condition_problems(document, at, case, vocabulary)
        yield from _option_problems(document, at, case, options)


def _subject(case: CaseText) -> tuple[Subject, tuple[str, ...]]:
    return next(iter(case.subjects.items()))


def _subject_problems(
    document: Document, at: Location, case: CaseText, vocabulary: Vocabulary
) -> Iterator[Problem]:
    subject, names = _subject(case)
    kinds = vocabulary.kinds[subject]
    for position, name in enumerate(names):
        place = document.place((*at, subject.value, position))
        if subject in _FREE_NAMES:
            continue
        if subject is not Subject.CALL:
            if name not in kinds:
                yield place.problem(f"no {subject} has the kind `{name}`", nearest(name, kinds))
        elif hint := _no_kind(name, kinds):
            yield place.problem(f"no catalog file has the kind `{name}`", hint)


def _no_kind(name: str, kinds: frozenset[str]) -> str | None:
    """A hint when `name` was meant as a kind and is none, rather than as a qualified name."""
    if name in kinds or name.startswith(".") or not set(name).isdisjoint("*:("):
        return None
    if hasattr(builtins, name):
        return f"the function of Python itself is builtins.{name}"
    if "." not in name:
        return nearest(name, kinds) or "a qualified name has a dot"
    ours = name.partition(".")[0] in {kind.partition(".")[0] for kind in kinds}
    if close := get_close_matches(name, kinds, n=1, cutoff=0.6 if ours else 0.85):
        return f"did you mean `{close[0]}`?"
    return "the catalog's kinds begin like this one" if ours else None


def _condition_problems(
    document: Document, at: Location, case: CaseText, vocabulary: Vocabulary
) -> Iterator[Problem]:
    """Facts that the subject does not have, and kinds that no catalog file has."""
    known = vocabulary.facts[_subject(case)[0]]
    kinds = vocabulary.kinds[Subject.CALL]
    for location, name, _ in _conditions(case):
        fact, _, detail = name.partition(".")
        place = document.place((*at, *location, name), key=True)
        if fact not in known:
            yield place.problem(f"a {_subject(case)[0]} has no fact `{fact}`", nearest(fact, known))
        elif fact in _KIND_FACTS and ":" not in detail and detail not in kinds:
            message = f"no catalog file has the kind `{detail}`"
            yield place.problem(message, nearest(detail, kinds))


def _option_problems(
    document: Document, at: Location, case: CaseText, options: set[str]
) -> Iterator[Problem]:
    """Options that a condition names and the rule does not have."""
    for location, name, comparisons in _conditions(case):
        operands = (operand for operands in comparisons.values() for operand in operands)
        for operand in operands:
            if not isinstance(operand, str) or not operand.startswith("$"):
                continue
            if (option := operand[1:]) not in options:
                place = document.place((*at, *location, name))
                hint = nearest(option, options)
                yield place.problem(f"the rule has no option `{option}`", hint)


def _conditions(case: CaseText) -> Iterator[tuple[Location, str, Mapping[str, list[object]]]]:
    """Where each condition of a case stands in it, its fact and its comparisons."""
    groups: list[tuple[Location, Mapping[str, Any]]] = []
    if isinstance(case.where, dict):
        groups.append((("where",), case.where))
    elif case.where:
        groups.extend((("where", i), group) for i, group in enumerate(case.where))
    groups.extend((("unless", i), group) for i, group in enumerate(case.unless))
    for location, group in groups:
        for fact, comparisons in group.items():
            yield location, fact, comparisons
