"""The matcher: applies the cases of a rule to the calls, loops and functions of a module."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from greenlint.lint.catalog import compiled_glob, is_kind
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, block_kinds, fact_named
from greenlint.lint.finding import Level
from greenlint.lint.rule import Case, Comparison, Condition, FixPlan, Rule, Scalar, Subject

_LOOPS = (BlockKind.FOR, BlockKind.WHILE, BlockKind.COMPREHENSION)
_STATES = frozenset({"absent", "present", "constant", "computed", "none"})
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.-]*)\}")


@dataclass(frozen=True, slots=True)
class Hit:
    """A subject that a rule fires on, before it has a place in the text."""

    unit: Unit
    severity: Level
    confidence: Level
    message: str
    advice: str
    unless_project: tuple[str, ...] = ()
    needs_project: tuple[str, ...] = ()
    fix: FixPlan | None = None


@dataclass(slots=True)
class _Evaluation:
    """What came to light while a case was held against a subject."""

    assumed: bool = False
    project: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)


def hits(facts: Facts, rule: Rule) -> Iterator[Hit]:
    """Every subject that `rule` fires on; of several cases the first one counts.

    Before the case that counts there may be some that hang on what the project says.
    """
    reported: set[Unit] = set()
    for case in rule.cases:
        for unit in _subjects(facts, case):
            if unit in reported:
                continue
            evaluation = _Evaluation()
            if _holds(facts, rule, case, unit, evaluation):
                if not evaluation.needed:
                    reported.add(unit)
                yield _hit(facts, rule, case, unit, evaluation)


def level_in_place(facts: Facts, severity: Level) -> Level:
    """The severity, lowered in tests and in files that exist to show the slow way."""
    return Level.LOW if facts.is_test else severity


def _hit(facts: Facts, rule: Rule, case: Case, unit: Unit, evaluation: _Evaluation) -> Hit:
    confidence = case.confidence or rule.confidence
    if evaluation.assumed:
        confidence = min(confidence, Level.MEDIUM)
    return Hit(
        unit,
        level_in_place(facts, case.severity or rule.severity),
        confidence,
        _filled(case.message or rule.message, facts, rule, case, unit),
        _filled(case.advice or rule.advice, facts, rule, case, unit),
        tuple(evaluation.project),
        tuple(evaluation.needed),
        case.fix or rule.fix,
    )


def _subjects(facts: Facts, case: Case) -> Iterable[Unit]:
    if case.subject is Subject.CALL:
        return _calls(facts, case)
    kinds = _LOOPS if case.subject is Subject.LOOP else (BlockKind.FUNCTION,)
    return (
        block
        for block in facts.tree.blocks_of(*kinds)
        if any(
            is_kind(kind, name)
            for kind in block_kinds(facts, case.subject, block)
            for name in case.names
        )
    )


def _calls(facts: Facts, case: Case) -> Iterator[Unit]:
    kinds = tuple(name for name in case.names if facts.catalog.has_kind(name))
    globs = [compiled_glob(name) for name in case.names if name not in kinds]
    by_kind = set(facts.calls_of(*kinds)) if kinds else set()
    for call in facts.tree.calls:
        if call in by_kind:
            yield call
        elif globs:
            name = facts.called(call)
            if name is not None and any(glob.fullmatch(name) for glob in globs):
                yield call


# -- conditions: True, False, or None where a fact is unknown ------------------------------------


def _holds(facts: Facts, rule: Rule, case: Case, unit: Unit, evaluation: _Evaluation) -> bool:
    for condition in case.where:
        answer = _answer(facts, case.subject, unit, condition)
        if answer is None:
            return False
        holds = compared(answer, condition, rule)
        if holds is None and (question := _question(answer, condition)):
            evaluation.needed.append(question)
        elif not holds:
            return False
        evaluation.assumed = evaluation.assumed or answer.assumed
    return all(
        _quiet_reason(facts, rule, case, unit, g) for g in _closed(facts, case, unit, evaluation)
    )


def _closed(
    facts: Facts, case: Case, unit: Unit, evaluation: _Evaluation
) -> Iterator[tuple[Condition, ...]]:
    """The `unless` groups that this file decides; the others are left to the project."""
    for group in case.unless:
        if len(group) == 1:
            answer = _answer(facts, case.subject, unit, group[0])
            if answer is not None and answer.open_to_project:
                evaluation.project.append(answer.question or project_fact(group[0].detail))
                continue
        yield group


def _question(answer: Answer, condition: Condition) -> str | None:
    """What the project has to say for a condition to hold."""
    operands = {operand for comparison in condition.comparisons for operand in comparison.operands}
    return next((answer.words_if[word] for word in answer.words_if if word in operands), None)


def project_fact(detail: str) -> str:
    """How the engine is asked for `project.DETAIL`."""
    return detail if ":" in detail else f"kind:{detail}"


def _quiet_reason(
    facts: Facts, rule: Rule, case: Case, unit: Unit, group: tuple[Condition, ...]
) -> bool:
    """Whether `group` gives no reason to be quiet: one of its conditions is definitely false."""
    for condition in group:
        answer = _answer(facts, case.subject, unit, condition)
        if answer is not None and compared(answer, condition, rule) is False:
            return True
    return False


def _answer(facts: Facts, subject: Subject, unit: Unit, condition: Condition) -> Answer | None:
    function = fact_named(subject, condition.fact)
    return function(facts, unit, condition.detail) if function is not None else None


def compared(answer: Answer, condition: Condition, rule: Rule) -> bool | None:
    """Whether an answer is what a condition wants; None where that is not known."""
    results = [_compare(answer, comparison, rule) for comparison in condition.comparisons]
    if False in results:
        return False
    return None if None in results else True


def _compare(answer: Answer, comparison: Comparison, rule: Rule) -> bool | None:
    operands = [_operand(operand, rule) for operand in comparison.operands]
    match comparison.operator:
        case "equals" | "one-of":
            return _equals_any(answer, operands)
        case "matches":
            if not isinstance(answer.value, str):
                return None if answer.value is None and "computed" in answer.words else False
            text = answer.value
            return any(compiled_glob(str(operand)).fullmatch(text) for operand in operands)
        case operator:
            return _ordered(answer, operator, operands[0])


def _equals_any(answer: Answer, operands: list[Scalar]) -> bool | None:
    if any(_equals(answer, operand) for operand in operands):
        return True
    if any(operand in answer.words_if for operand in operands):
        return None
    asks_for_value = any(operand not in _STATES for operand in operands)
    return None if asks_for_value and "computed" in answer.words else False


def _equals(answer: Answer, operand: Scalar) -> bool:
    if isinstance(operand, str) and any(is_kind(word, operand) for word in answer.words):
        return True
    # True == 1 in Python, but `bf16=1` and `patience=True` are different things to say.
    same_type = isinstance(answer.value, bool) is isinstance(operand, bool)
    return answer.value is not None and same_type and answer.value == operand


def _ordered(answer: Answer, operator: str, operand: Scalar) -> bool | None:
    value = answer.value
    if value is None and "computed" in answer.words:
        return None
    if not isinstance(value, (int, float)) or not isinstance(operand, (int, float)):
        return False
    match operator:
        case "at-least":
            return value >= operand
        case "at-most":
            return value <= operand
        case "more-than":
            return value > operand
        case _:
            return value < operand


def _operand(operand: Scalar, rule: Rule) -> Scalar:
    if isinstance(operand, str) and operand.startswith("$"):
        return option(rule, operand[1:])
    return operand


def option(rule: Rule, name: str) -> Scalar:
    """The value of an option: the policy's, else the rule's own default."""
    return rule.values[name] if name in rule.values else rule.options[name].default


# -- messages ------------------------------------------------------------------------------------


def _filled(template: str, facts: Facts, rule: Rule, case: Case, unit: Unit) -> str:
    """`template` with its `{placeholders}`: `call`, options, and facts of the subject."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name == "call" and isinstance(unit, Call):
            return facts.callee_text(unit)
        if name in rule.options:
            return str(option(rule, name))
        fact, _, detail = name.partition(".")
        answer = _answer(facts, case.subject, unit, Condition(fact, detail, ()))
        if answer is None:
            return "?"
        return str(answer.value) if answer.value is not None else ", ".join(sorted(answer.words))

    return PLACEHOLDER.sub(value, template)
