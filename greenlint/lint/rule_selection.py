"""Which rules the settings select, and what they set for each: pure functions over names."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from greenlint.errors import PolicyError, Problem
from greenlint.level import Level
from greenlint.lint.rule import Rule
from greenlint.lint.rule_options import option_problem
from greenlint.policy.settings import LintSettings, RuleSettings

ALL = "ALL"
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
    problems: list[Problem] = []
    used: list[Rule] = []
    for rule in rules:
        change = settings.rules.get(rule.name, RuleSettings())
        problems.extend(_option_problems(rule, change, settings.policy))
        used.append(_changed_rule(rule, change))
    if problems:
        raise PolicyError(problems, hint="`greenlint explain RULE` lists the options of a rule.")
    return tuple(used)


def _changed_rule(rule: Rule, change: RuleSettings) -> Rule:
    """A severity that the policy sets holds for all cases."""
    if change.options:
        rule = replace(rule, values={**rule.values, **change.options})
    if change.severity is None:
        return rule
    cases = tuple(replace(case, severity=None) for case in rule.cases)
    return replace(rule, severity=change.severity, cases=cases)


def _option_problems(rule: Rule, change: RuleSettings, policy: str | None) -> Iterator[Problem]:
    if not change.options:
        return
    from greenlint.yaml_document import nearest

    for name, value in change.options.items():
        place = f"`lint.rules.{rule.name}.{name}`"
        option = rule.options.get(name)
        if option is None:
            hint = nearest(name, {"severity", *rule.options})
            yield Problem(f"{place}: the rule has no such option", policy, hint=hint)
            continue
        wrong = option_problem(option.type, value, minimum=option.minimum, maximum=option.maximum)
        if wrong:
            yield Problem(f"{place} {wrong}", policy)


def refuse_unknown_words(settings: LintSettings, names: Names) -> None:
    """PolicyError when a setting names a rule or family that is not there."""
    words = frozenset({ALL, *names, *names.values()} - {""})
    problems = [
        _unknown(f"lint.{key}", "rule or family", word, words, settings.policy)
        for key, given in _words(settings)
        for word in given
        if word not in words
    ]
    rules = frozenset(names) - BUILT_IN
    problems += [
        _unknown("lint.rules", "rule", word, rules, settings.policy)
        for word in settings.rules
        if word not in rules
    ]
    if problems:
        raise PolicyError(problems, hint="`greenlint rules` lists every rule and its family.")


def _words(settings: LintSettings) -> Iterator[tuple[str, Collection[str]]]:
    """Every list of rules and families, and how a policy calls it."""
    yield "select", settings.select or ()
    yield "extend_select", settings.extend_select
    yield "ignore", settings.ignore
    yield "mandatory", settings.mandatory
    for path in settings.per_path:
        yield f"per_path[{path.pattern}].select", path.select
        yield f"per_path[{path.pattern}].ignore", path.ignore


def _unknown(key: str, what: str, word: str, valid: Collection[str], policy: str | None) -> Problem:
    from greenlint.yaml_document import nearest

    return Problem(f"`{key}`: there is no {what} `{word}`", policy, hint=nearest(word, valid))
