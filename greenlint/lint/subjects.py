"""Which rules have a subject in a file at all, told from its outline before it is parsed.

A case needs, in one function (or outside of all of them), the call that it looks at, and whatever
the facts of its conditions say that they cannot do without: no call repeats where there is neither
a loop nor anyone to call the function. What facts cannot do without is declared with them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from greenlint.lint.detectors import detector_named
from greenlint.lint.facts.vocabulary import (
    fact_named,
    kind_functions,
    possible_with,
    possible_with_any,
)
from greenlint.lint.part import Part
from greenlint.lint.rule import Case, Comparison, Condition, Rule, Subject
from greenlint.lint.site import FileWords, Possible, Site


class RuleSubjects:
    """The possible subjects of some rules."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._needs = {rule.name: [_Needs.of(case) for case in rule.cases] for rule in rules}

    def of(self, names: frozenset[str], file: FileWords) -> Mapping[str, tuple[Part, ...]]:
        """In which parts of a file those of the rules `names` may fire that can at all."""
        found = {name: tuple(self._where(name, file)) for name in names}
        return {name: parts for name, parts in found.items() if parts}

    def _where(self, name: str, file: FileWords) -> Iterable[Part]:
        """Those of the parts that a rule may fire in."""
        rule = self._rules[name]
        if rule.detector is None:
            return dict.fromkeys(part for needs in self._needs[name] for part in needs.met(file))
        possible = getattr(detector_named(rule.detector), "possible", None)
        parts = file.outline.parts
        return parts if possible is None else (p for p in parts if possible(Site(p, file)))


@dataclass(frozen=True, slots=True)
class _Needs:
    """What a case cannot do without in one part of a file."""

    calls: tuple[str, ...]
    kinds: tuple[Possible, ...]
    facts: tuple[Possible, ...]
    no_test: bool

    @classmethod
    def of(cls, case: Case) -> "_Needs":
        """What the names and conditions of a case need."""
        facts = tuple(dict.fromkeys(need for c in case.where for need in _needs(case, c)))
        no_test = any(map(_is_in_test, case.unless))
        if case.subject is Subject.CALL:
            return cls(case.names, (), facts, no_test)
        found = [possible_with(f) for f in kind_functions(case.subject, case.names)]
        kinds = [need for need in found if need is not None]
        return cls((), tuple(kinds) if len(kinds) == len(found) else (), facts, no_test)

    def met(self, file: FileWords) -> Iterator[Part]:
        """The parts in which all of it can be there."""
        if self.no_test and file.is_test:
            return
        words = file.of(self.calls) if self.calls else None
        for part in file.outline.parts:
            if words is not None and not words.are_in(part):
                continue
            site = Site(part, file, words)
            if self.kinds and not any(need(site) for need in self.kinds):
                continue
            if all(need(site) for need in self.facts):
                yield part


def _is_in_test(conditions: Sequence[Condition]) -> bool:
    """Whether conditions say no more than that the file is a test."""
    match conditions:
        case [Condition(fact="in", comparisons=[Comparison(operator="equals", operands=["test"])])]:
            return True
        case _:
            return False


def _needs(case: Case, condition: Condition) -> Iterator[Possible]:
    """What a condition cannot be true without."""
    function = fact_named(case.subject, condition.fact)
    if function is None:
        return
    said = [c.operands for c in condition.comparisons if c.operator in {"equals", "one-of"}]
    needs = [need for words in said if (need := possible_with_any(function, words)) is not None]
    need = possible_with(function)
    # What some of its words need is more than what any of them does.
    yield from needs or ([need] if need is not None else ())
