"""What guarded code may raise: each error says which limit, what was spent, where, and the cure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from greenlint.errors import BudgetError
from greenlint.policy.amount_text import amount_text
from greenlint.policy.amounts import Metric
from greenlint.policy.budget import Per
from greenlint.policy.decision import Outcome

_CURE = "Make the work emit less, or raise the limit"
_CURES: dict[str, str] = {
    Per.CALL: "Make the call do less, or raise the limit of one call",
    Per.RUN: "Make the run do less, or raise its limit",
    Per.HOUR: "Wait for the next hour, or raise the limit",
    Per.DAY: "Wait for the next day, or raise the limit",
    Per.MONTH: "Wait for the next month, or raise the limit",
}

_COUNTED = frozenset({Per.RUN, Per.HOUR, Per.DAY, Per.MONTH})


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that work ran into.

    `spent` and `limit` are in the units of `greenlint.policy.amounts.Amounts`: microjoules,
    micrograms of CO2 equivalent, tokens, requests. `period` is when the period began, in seconds
    since the epoch. `source` is where the budget was written, `place` the code that ran into it.
    `used_up` is false where nobody could tell whether the limit leaves room.
    """

    budget: str
    outcome: Outcome
    reason: str
    metric: Metric
    spent: int
    limit: int
    per: str
    period: int
    holder: str
    place: str
    source: str
    used_up: bool = True

    def __str__(self) -> str:
        limit = amount_text(self.limit, self.metric)
        spent = amount_text(self.spent, self.metric)
        when = "" if self.per not in _COUNTED else f" since {_moment(self.period)}"
        return (
            f"budget `{self.budget}` ({self.source}) allows {limit} per {self.per}, and {spent}"
            f" is spent{when}: {self.reason}, at {self.place}"
        )


class BudgetRefusal(BudgetError):  # noqa: N818  # reads as what it states
    """What the errors about budgets share."""

    def __init__(self, breach: Breach, *, result: object = None, finished: bool = False) -> None:
        super().__init__(str(breach), hint=self._cure(breach))
        self.breach = breach
        self.result = result
        self.finished = finished

    @staticmethod
    def _cure(breach: Breach) -> str:
        cure = _CURES.get(breach.per, _CURE)
        return f"{cure} ({breach.source}); `greenlint budgets` shows what was spent."

    def __str__(self) -> str:
        return f"{super().__str__()}. {self.hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Process pools hand errors on pickled.
        return _rebuilt, (type(self), self.breach, self.result, self.finished)

    @property
    def budget(self) -> str:
        """The name of the budget."""
        return self.breach.budget

    @property
    def metric(self) -> Metric:
        """What the limit is on: energy, carbon, tokens or requests."""
        return self.breach.metric

    @property
    def limit(self) -> int:
        """The limit, in microjoules, micrograms of CO2e, tokens or requests."""
        return self.breach.limit

    @property
    def spent(self) -> int:
        """What was spent, in the unit of `limit`."""
        return self.breach.spent

    @property
    def per(self) -> str:
        """What the limit is counted over: call, run, hour, day or month."""
        return self.breach.per

    @property
    def period(self) -> datetime:
        """When the period began, in UTC."""
        return datetime.fromtimestamp(self.breach.period, UTC)

    @property
    def place(self) -> str:
        """The code that ran into the limit: `train.py:12` or a function's name with it."""
        return self.breach.place


class BudgetExceeded(BudgetRefusal):  # reads as the fact that it states
    """A budget has no room for this work, or work was stopped because it used the budget up.

    A call that finished before it turned out over its budget is not lost: `finished` is true and
    `result` is what it returned. `budget`, `metric`, `limit`, `spent`, `per`, `period` and `place`
    say which limit, what was spent of it, since when and where.
    """


class BudgetUnmeasured(BudgetRefusal):  # the same
    """Work was denied because nobody could have said what it uses.

    The meter cannot read what the budget limits, a response told no tokens, or the ledger is out
    of reach, and the policy says `on_unmeasured: deny` or `on_ledger_down: deny`. Carries what
    BudgetExceeded does.
    """

    @staticmethod
    def _cure(breach: Breach) -> str:
        return (
            f"Make its use countable (`meter.declared` for energy, `scope.tokens(n)` for tokens, a"
            f" ledger that answers), or let such work pass with `on_unmeasured: allow` or"
            f" `on_ledger_down: allow` ({breach.source})."
        )


class RegionDenied(BudgetError):  # noqa: N818  # the same
    """Work may not run in the region where it is.

    `region` is where it is believed to run, None when that is unknown; `intensity` is the carbon
    intensity there and `limit` the highest allowed, in gCO2e/kWh, where the policy sets one.
    """

    hint = "`greenlint region` shows what was detected, and from what evidence."

    def __init__(
        self,
        reason: str,
        *,
        region: str | None,
        place: str,
        intensity: float | None = None,
        limit: float | None = None,
    ) -> None:
        super().__init__(f"{reason}, at {place}")
        self.reason = reason
        self.region = region
        self.place = place
        self.intensity = intensity
        self.limit = limit

    def __str__(self) -> str:
        return f"{super().__str__()}. {self.hint}"

    def again(self) -> "RegionDenied":
        """The same as a new error, with a traceback of its own."""
        return _rebuilt_region(self.reason, self.region, self.place, self.intensity, self.limit)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt_region, (
            self.reason,
            self.region,
            self.place,
            self.intensity,
            self.limit,
        )


def _rebuilt(
    kind: type[BudgetRefusal],
    breach: Breach,
    result: object,
    finished: bool,  # noqa: FBT001  # pickle calls with positions
) -> BudgetRefusal:
    return kind(breach, result=result, finished=finished)


def _rebuilt_region(
    reason: str, region: str | None, place: str, intensity: float | None, limit: float | None
) -> RegionDenied:
    return RegionDenied(reason, region=region, place=place, intensity=intensity, limit=limit)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
