"""How each budget stands: the policy beside what the ledger has of it, and which of it to show."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from greenlint.ledger.entry import Balance
from greenlint.ledger.reading import AccountRecord
from greenlint.policy.amounts import Amounts, Limits, Metric
from greenlint.policy.budget import Budget, Per
from greenlint.policy.period import period_start

_PERIODS = {Per.HOUR, Per.DAY, Per.MONTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStatus:
    """A budget in one period; `declared` is what the policy says of it, None for one in code.

    `holder` is None when nobody has used it in that period, and `period`, the start in seconds
    since the epoch, when no run has. `current` is False for a period that is over and for a call
    or run that holds no lease any more.
    """

    name: str
    holder: str | None
    period: int | None
    balance: Balance
    limits: Limits
    open_leases: int
    current: bool
    declared: Budget | None

    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that are limited or were used."""
        balance = self.balance
        return tuple(
            metric
            for metric in Metric
            if self.limits.of(metric) is not None
            or balance.settled.of(metric)
            or balance.reserved.of(metric)
        )

    def left(self, metric: Metric) -> int | None:
        """What may still be reserved, below zero for debt; None where there is no limit."""
        limit = self.limits.of(metric)
        if limit is None:
            return None
        return limit - self.balance.settled.of(metric) - self.balance.reserved.of(metric)


def budget_statuses(
    budgets: Mapping[str, Budget], records: Iterable[AccountRecord], now: float
) -> list[BudgetStatus]:
    """Every account and every budget that has none now, by name, the latest period first."""
    found = [_of_account(record, budgets.get(record.account.budget), now) for record in records]
    current = {status.name for status in found if status.current}
    found += (_unused(budget, now) for name, budget in budgets.items() if name not in current)
    return sorted(found, key=lambda status: (status.name, -(status.period or 0)))


def worth_showing(statuses: Iterable[BudgetStatus]) -> Iterator[BudgetStatus]:
    """Of each budget what is current, or else the latest; `statuses` are in their order."""
    ordered = list(statuses)
    current = {status.name for status in ordered if status.current}
    shown: set[str] = set()
    for status in ordered:
        if status.current or status.name not in current | shown:
            shown.add(status.name)
            yield status


def _of_account(record: AccountRecord, budget: Budget | None, now: float) -> BudgetStatus:
    account = record.account
    if budget and budget.per in _PERIODS:
        current = account.period == period_start(budget.per, now, budget.timezone)
    else:
        current = record.open > 0
    return BudgetStatus(
        name=account.budget,
        holder=account.holder,
        period=account.period,
        balance=record.balance,
        limits=budget.limits if budget else record.limits,
        open_leases=record.open,
        current=current,
        declared=budget,
    )


def _unused(budget: Budget, now: float) -> BudgetStatus:
    periodic = budget.per in _PERIODS
    return BudgetStatus(
        name=budget.name,
        holder=None,
        period=period_start(budget.per, now, budget.timezone) if periodic else None,
        balance=Balance(Amounts(), Amounts()),
        limits=budget.limits,
        open_leases=0,
        current=periodic,
        declared=budget,
    )
