"""What an alert says, and at which points of a budget there is one."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from greenlint.ledger.entry import Account
from greenlint.policy.amount_text import amount_text
from greenlint.policy.amounts import MICRO, Amounts, Metric
from greenlint.policy.budget import Budget

VERSION = 1
EXCEEDED = 1.0  # the share of the limit at which nothing is left
_UNITS = {Metric.ENERGY: "J", Metric.CARBON: "gCO2e"}  # of MICRO each; the rest is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A budget has come to a threshold, or to its limit.

    `threshold` is a share of the limit, EXCEEDED for all of it. `spent` and `limit` are in the
    units of `Amounts`, `at` is in seconds since the epoch.
    """

    account: Account
    per: str
    metric: Metric
    threshold: float
    spent: int
    limit: int
    at: float
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """One line for people."""
        over = self.threshold == EXCEEDED
        state = "is used up" if over else f"has reached {100 * self.threshold:g}%"
        spent, limit = amount_text(self.spent, self.metric), amount_text(self.limit, self.metric)
        return f"Budget {self.account.budget} {state}: {spent} of {limit} per {self.per}."

    def json(self) -> str:
        """One line for programs; energy is in joules, carbon in grams."""
        unit = _UNITS.get(self.metric)
        size = MICRO if unit else 1
        return json.dumps(
            {
                "version": VERSION,
                "text": self.text,
                "budget": self.account.budget,
                "threshold": self.threshold,
                "exceeded": self.threshold == EXCEEDED,
                "metric": self.metric,
                "spent": self.spent / size,
                "limit": self.limit / size,
                "unit": unit or self.metric,
                "per": self.per,
                "period_start": _time(self.account.period),
                "holder": self.account.holder,
                "labels": dict(self.labels),
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "at": _time(self.at),
            }
        )


def alerts_due(budget: Budget, account: Account, spent: Amounts, *, at: float) -> Iterator[Alert]:
    """An alert for each threshold that `spent` has come to, the limit itself last."""
    for threshold in sorted({*budget.warn_at, EXCEEDED}):
        if metric := _first(budget, spent, threshold):
            yield alert_on(budget, account, metric, spent=spent, threshold=threshold, at=at)


def alert_on(
    budget: Budget, account: Account, metric: Metric, *, spent: Amounts, threshold: float, at: float
) -> Alert:
    """The alert that one metric of a budget has come to `threshold`."""
    return Alert(
        account=account,
        per=budget.per,
        metric=metric,
        threshold=threshold,
        spent=spent.of(metric),
        limit=budget.limits.of(metric) or 0,
        at=at,
        labels=budget.labels,
    )


def _first(budget: Budget, spent: Amounts, share: float) -> Metric | None:
    """The first metric of which that share of the limit is spent."""
    for metric in budget.limits.set_metrics():
        limit, used = budget.limits.of(metric) or 0, spent.of(metric)
        if used > 0 and used >= share * limit:
            return metric
    return None


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
