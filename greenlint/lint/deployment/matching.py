"""Holds rules against a deployment file; the cases work as they do for code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from greenlint.lint.deployment.units import DeploymentFile, Unit
from greenlint.lint.deployment.vocabulary import FACTS
from greenlint.lint.facts.vocabulary import Answer
from greenlint.lint.finding import Level
from greenlint.lint.matcher import PLACEHOLDER, compared, option, project_fact
from greenlint.lint.rule import Case, Condition, Rule


@dataclass(frozen=True, slots=True)
class Hit:
    """A unit that a rule fires on; any of the project facts makes it void."""

    unit: Unit
    severity: Level
    confidence: Level
    message: str
    advice: str
    unless_project: tuple[str, ...] = ()


def hits(file: DeploymentFile, rule: Rule) -> Iterator[Hit]:
    """Every unit that `rule` fires on, one to an instruction; the first case that fits counts."""
    reported: set[tuple[int, int]] = set()
    for case in rule.cases:
        for unit in file.units:
            at = (unit.line, unit.column)
            if at in reported or not _selects(case, unit):
                continue
            project: list[str] = []
            if _holds(file, rule, case, unit, project):
                reported.add(at)
                yield _hit(file, rule, case, unit, tuple(project))


def _selects(case: Case, unit: Unit) -> bool:
    return unit.subject is case.subject and ("**" in case.names or unit.name in case.names)


def _holds(file: DeploymentFile, rule: Rule, case: Case, unit: Unit, project: list[str]) -> bool:
    for condition in case.where:
        answer = _answer(file, unit, condition)
        if answer is None or compared(answer, condition, rule) is not True:
            return False
    for group in case.unless:
        answer = _answer(file, unit, group[0])
        if len(group) == 1 and answer is not None and answer.open_to_project:
            project.append(answer.question or project_fact(group[0].detail))
        elif not _is_ruled_out(file, rule, unit, group):
            return False
    return True


def _is_ruled_out(
    file: DeploymentFile, rule: Rule, unit: Unit, group: tuple[Condition, ...]
) -> bool:
    """Whether one of the conditions is definitely false."""
    for condition in group:
        answer = _answer(file, unit, condition)
        if answer is not None and compared(answer, condition, rule) is False:
            return True
    return False


def _answer(file: DeploymentFile, unit: Unit, condition: Condition) -> Answer | None:
    function = FACTS[unit.subject].get(condition.fact)
    return function(file, unit, condition.detail) if function else None


def _hit(file: DeploymentFile, rule: Rule, case: Case, unit: Unit, project: tuple[str, ...]) -> Hit:
    severity = case.severity or rule.severity
    return Hit(
        unit,
        Level.LOW if file.is_test else severity,
        case.confidence or rule.confidence,
        _filled(case.message or rule.message, file, rule, unit),
        _filled(case.advice or rule.advice, file, rule, unit),
        project,
    )


def _filled(template: str, file: DeploymentFile, rule: Rule, unit: Unit) -> str:
    """`template` with its `{placeholders}`: `name`, options, and facts of the unit."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name == "name":
            return unit.name
        if name in rule.options:
            return str(option(rule, name))
        fact, _, detail = name.partition(".")
        answer = _answer(file, unit, Condition(fact, detail, ()))
        if answer is None:
            return "?"
        return str(answer.value) if answer.value is not None else ", ".join(sorted(answer.words))

    return PLACEHOLDER.sub(value, template)
