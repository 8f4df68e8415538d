"""Whether work may go on: pure functions of a budget and of what was spent of it."""

from dataclasses import dataclass
from enum import StrEnum

from greenlint.policy.amounts import Amounts, Metric
from greenlint.policy.budget import Budget, Mode, OnExceed


class Outcome(StrEnum):
    """What a decision says, from mild to hard."""

    ALLOW = "allow"
    WARN = "warn"
    DENY = "deny"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome and why; `metric`, `spent` and `limit` name the limit that decided, if one did.

    Amounts are in the units of `Amounts`.
    """

    outcome: Outcome
    reason: str
    metric: Metric | None = None
    spent: int = 0
    limit: int | None = None


_OUTCOMES = {
    OnExceed.WARN: Outcome.WARN,
    OnExceed.DENY: Outcome.DENY,
    OnExceed.STOP: Outcome.STOP,
}


def exceeded_metric(budget: Budget, spent: Amounts) -> Metric | None:
    """The metric of which more was spent than the budget allows; the first if several."""
    for metric in budget.limits.set_metrics():
        limit = budget.limits.of(metric)
        if limit is not None and spent.of(metric) > limit:
            return metric
    return None


def outcome_beyond_limit(budget: Budget) -> Outcome:
    """What follows at the limit, given how far the budget binds."""
    match budget.mode:
        case Mode.OBSERVE:
            return Outcome.ALLOW
        case Mode.WARN:
            return Outcome.WARN
        case Mode.ENFORCE:
            return _OUTCOMES[budget.on_exceed]
