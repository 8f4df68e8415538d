"""Which rules the settings select, and what they set for each: pure functions over names."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from greenlint.errors import PolicyError, Problem
from greenlint.level import Level
from greenlint.lint.rule import Rule
from greenlint.lint.rule_options import option_problem
from greenlint.policy.settings import LintSettings, RuleSettings

ALL = "ALL"
_NO_OPTION = "is not an option of the rule"
BUILT_IN = frozenset(
    {"unreadable-file", "unused-suppression", "unknown-suppression", "unexplained-suppression"}
)
"""Findings of greenlint itself: they have no rule file, are on, and may be ignored by name."""

Names = Mapping[str, str]
"""The family of every rule, by the rule's name."""


def names_of(rules: Iterable[Rule]) -> Names:
    """The names that settings may speak of; greenlint's own findings have no family."""
    return {rule.name: rule.family for rule in rules} | dict.fromkeys(BUILT_IN, "")


def selected(rules: Collection[Rule], settings: LintSettings) -> frozenset[str]:
    """The names that are on where no per-path setting says otherwise.

    With nothing selected, the rules are on that earned it, or all when low confidence is asked
    for; greenlint's own findings are on until they are ignored.
    """
    base = BUILT_IN
    if settings.select is None:
        everything = settings.min_confidence is Level.LOW
        base |= {rule.name for rule in rules if everything or rule.on_by_default}
    select = (*(settings.select or ()), *settings.extend_select)
    names = names_of(rules)
    return changed(base, names, select=select, ignore=settings.ignore) | matched(
        settings.mandatory, names
    )


def changed(
    names_on: frozenset[str], names: Names, *, select: Collection[str], ignore: Collection[str]
) -> frozenset[str]:
    """`names_on` with `select` added and `ignore` taken out; the more specific word wins.

    A name is more specific than a family, that than ALL; of equals, to ignore wins.
    """
    found = set()
    for name, family in names.items():
        wanted, unwanted = _strength(name, family, select), _strength(name, family, ignore)
        if wanted > unwanted or (wanted == unwanted == 0 and name in names_on):
            found.add(name)
    return frozenset(found)


def matched(words: Collection[str], names: Names) -> frozenset[str]:
    """The names that `words` stand for: each is a rule, a family or ALL."""
    return frozenset(name for name, family in names.items() if _strength(name, family, words))


def _strength(name: str, family: str, words: Collection[str]) -> int:
    if name in words:
        return 3
    if family in words:
        return 2
    # What greenlint finds on its own account is neither selected nor ignored in bulk.
    return 1 if family and ALL in words else 0


def configured(rules: Iterable[Rule], settings: LintSettings) -> tuple[Rule, ...]:
    """The rules with the severities and option values that `settings` give them.

    PolicyError when an option is not there or a value is not one it can have.
    """
    rules = tuple(rules)
    if problems := option_problems(rules, settings):
        raise PolicyError(problems, hint="`greenlint explain RULE` lists the options of a rule.")
    return tuple(
        _changed_rule(rule, settings.rules.get(rule.name, RuleSettings())) for rule in rules
    )


def option_problems(rules: Iterable[Rule], settings: LintSettings) -> tuple[Problem, ...]:
    """What is wrong with the options that `settings` set, each with its place in the policy."""
    return tuple(
        problem
        for rule in rules
        if rule.name in settings.rules
        for problem in _option_problems(rule, settings)
    )


def _changed_rule(rule: Rule, change: RuleSettings) -> Rule:
    """A severity that the policy sets holds for all cases."""
    if change.options:
        rule = replace(rule, values={**rule.values, **change.options})
    if change.severity is None:
        return rule
    cases = tuple(replace(case, severity=None) for case in rule.cases)
    return replace(rule, severity=change.severity, cases=cases)


def _option_problems(rule: Rule, settings: LintSettings) -> Iterator[Problem]:
    for name, value in settings.rules[rule.name].options.items():
        option = rule.options.get(name)
        if option is None:
            from greenlint.yaml_document import nearest

            hint = nearest(name, {"severity", *rule.options})
            yield _at_option(settings, rule, name, _NO_OPTION, hint)
            continue
        wrong = option_problem(option.type, value, minimum=option.minimum, maximum=option.maximum)
        if wrong:
            yield _at_option(settings, rule, name, wrong)


def _at_option(
    settings: LintSettings, rule: Rule, name: str, wrong: str, hint: str | None = None
) -> Problem:
    from greenlint.policy.names import place_in_policy

    message = f"`lint.rules.{rule.name}.{name}` {wrong}"
    place = place_in_policy(settings, "rules", rule.name, name, key=wrong == _NO_OPTION)
    return place.problem(message, hint) if place else Problem(message, settings.policy, hint=hint)


def refuse_unknown_words(settings: LintSettings, names: Names) -> None:
    """PolicyError when a setting names a rule or family that is not there."""
    from greenlint.policy.names import check_rule_names

    if problems := check_rule_names(settings, names):
        raise PolicyError(problems, hint="`greenlint rules` lists every rule and its family.")
