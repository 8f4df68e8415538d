"""Which cases of a rule a policy leaves open: what it settles needs no look at a file."""

from dataclasses import replace

from greenlint.lint.rule import Case, Condition, Rule
from greenlint.policy.settings import PolicyFacts

_SETTLED = frozenset({"equals", "one-of"})


def open_under(rule: Rule, policy: PolicyFacts) -> Rule | None:
    """The rule with the cases that can fire under `policy`; None where none of them can."""
    cases = tuple(case for case in rule.cases if _is_open(case, policy))
    if len(cases) == len(rule.cases):
        return rule
    return replace(rule, cases=cases) if cases else None


def _is_open(case: Case, policy: PolicyFacts) -> bool:
    return not any(_is_refuted(condition, policy) for condition in case.where)


def _is_refuted(condition: Condition, policy: PolicyFacts) -> bool:
    """Whether a condition asks the policy for what it does not say."""
    holds = policy.says(condition.detail) if condition.fact == "policy" else None
    if holds is None:
        return False
    opposite = "no" if holds else "yes"
    return any(
        comparison.operator in _SETTLED and comparison.operands == (opposite,)
        for comparison in condition.comparisons
    )
