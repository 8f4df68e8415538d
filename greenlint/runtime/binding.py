"""A budget as it binds now: its account, its lease, and what follows at its limit."""

import threading
from typing import TYPE_CHECKING

from greenlint.errors import LedgerError
from greenlint.ledger.entry import Account, Refusal
from greenlint.policy.amount_text import amount_text
from greenlint.policy.amounts import Metric
from greenlint.policy.budget import Budget, Mode, OnExceed, Per
from greenlint.policy.decision import Decision, Outcome, outcome_beyond_limit
from greenlint.runtime.accounts import FOREVER
from greenlint.runtime.errors import Breach, BudgetExceeded, BudgetUnmeasured
from greenlint.runtime.leases import LeaseHolder
from greenlint.runtime.use import METRICS, Use, beyond, limited

if TYPE_CHECKING:
    from greenlint.metering.llm import LlmEstimator
    from greenlint.metering.sampler import ProcessMeter
    from greenlint.runtime.guard import Guard
    from greenlint.runtime.scope import WorkScope
    from greenlint.runtime.session import Session

READY = 10.0  # seconds that the first call waits for the meter, where the policy denies without


class Binding:
    """What a guard holds its calls to from `since` until `until`, or until the policy is reloaded.

    `holder` is None for a budget per call. `meter` is None where the budget limits nothing that
    needs one. `lock` protects what scopes have charged.
    """

    def __init__(
        self,
        guard: "Guard",
        session: "Session",
        budget: Budget,
        *,
        account: Account,
        holder: LeaseHolder | None,
        until: float,
    ) -> None:
        self.guard = guard
        self.session = session
        self.epoch = session.epoch
        self.budget = budget
        self.account = account
        self.holder = holder
        # The clock may be set back; a run has no other period, whatever the clock says.
        self.since = account.period if until < FOREVER else -FOREVER
        self.until = until
        self.lock = threading.Lock() if holder is None else holder.lock
        self.limited = limited(budget.limits)
        limits = budget.limits
        self.limits_tokens = limits.tokens is not None
        self.limits_carbon = limits.carbon is not None
        self.llm: LlmEstimator | None = session.llm_estimator()
        self.reads_usage = self.limits_tokens or self.llm is not None
        outside = holder is not None and session.process.is_counted_outside(budget)
        self.limits_energy = limits.energy is not None or limits.carbon is not None
        metered = guard.metered or (self.limits_energy and not outside)
        self.meter: ProcessMeter | None = session.meter() if metered else None
        if self.limits_carbon and session.grid.factor is None:
            session.grid.look()
        # Whether anything can be measured is asked before the first call, where that decides.
        self.unchecked = metered and not budget.allow_unmeasured and budget.mode is Mode.ENFORCE
        self.enforced = budget.mode is Mode.ENFORCE
        self.stops = self.enforced and budget.on_exceed is OnExceed.STOP

    def require_meter(self) -> None:
        """Wait until it is known what can be measured; BudgetUnmeasured if that is nothing."""
        if self.unchecked and self.meter is not None:
            if not self.meter.ready(READY) or not (self.llm is None or self.llm.ready(READY)):
                breach = self.unmeasured(Metric.ENERGY)
                self.guard.note(self, breach)
                raise BudgetUnmeasured(breach)
            self.unchecked = False

    def admit(self, need: Use, place: str) -> Use:
        """What is held for a call that begins, after asking the ledger; raises if there is no room.

        A budget that only warns never waits for the ledger.
        """
        holder = self.holder
        if holder is None:
            return need
        if not holder.binding:
            holder.hold(need)
            return need
        try:
            refusal = holder.acquire(need)
        except LedgerError as error:
            breach = self._out_of_reach(error, place)
            self.guard.note(self, breach)
            raise BudgetUnmeasured(breach) from error
        self.session.keeper.poke()
        if refusal is None:
            return need
        breach = self._refused(refusal, "there is no room for another call", place)
        self.guard.note(self, breach)
        raise BudgetExceeded(breach)

    def breach(self, use: Use) -> Breach | None:
        """The limit that work which used `use` so far has passed, if any."""
        if self.holder is None:
            metric = beyond(self.budget.limits, use)
            return None if metric is None else self.breach_of_call(metric, use)
        if not self.holder.binding:
            spent = self.holder.latest_spent()
            passed = beyond(
                self.budget.limits, (spent.energy, spent.carbon, spent.tokens, spent.requests)
            )
            return (
                None if passed is None else self._breach(passed, spent.of(passed), "it is used up")
            )
        try:
            refusal = self.holder.cover()
        except LedgerError as error:
            return self._out_of_reach(error, self.guard.place)
        return None if refusal is None else self._refused(refusal, "it is used up", "")

    def breach_of_call(self, metric: Metric, use: Use) -> Breach:
        """That one call used more than a call may."""
        spent = int(use[METRICS.index(metric)])
        return self._breach(metric, spent, "the call used more than one call may")

    def unmeasured(self, what: str) -> Breach:
        """That nobody could measure what the budget limits."""
        metric = Metric(what)
        return self._breach(metric, 0, f"its {what} cannot be measured", denied=True)

    def act_on(self, scope: "WorkScope", breach: Breach) -> Breach | None:
        """Note a breach by running work, once; the breach if the work must not go on."""
        if not scope.warned:
            scope.warned = True
            self.guard.note(self, breach)
        return breach if breach.outcome in {Outcome.DENY, Outcome.STOP} else None

    def _out_of_reach(self, error: LedgerError, place: str) -> Breach:
        metric = METRICS[self.limited[0]]
        holder = self.holder
        spent = 0 if holder is None else holder.latest_spent().of(metric)
        reason = f"no lease is left and the ledger is out of reach ({error})"
        return self._breach(metric, spent, reason, place=place, denied=True)

    def _refused(self, refusal: Refusal, reason: str, place: str) -> Breach:
        metric = refusal.metric
        spent = refusal.balance.settled.of(metric)
        if self.holder is not None:
            spent = self.holder.latest_spent().of(metric)
        reserved = refusal.balance.settled.of(metric) + refusal.balance.reserved.of(metric) - spent
        if reserved > 0:
            reason = f"{reason}, as {amount_text(reserved, metric)} more is reserved"
        return self._breach(metric, spent, reason, place=place)

    def _breach(
        self,
        metric: Metric,
        spent: int,
        reason: str,
        *,
        place: str = "",
        denied: bool = False,
    ) -> Breach:
        """`denied` says that nobody could tell whether the limit leaves room."""
        budget = self.budget
        return Breach(
            budget=budget.name,
            outcome=Outcome.DENY if denied else outcome_beyond_limit(budget),
            reason=reason,
            metric=metric,
            spent=spent,
            limit=budget.limits.of(metric) or 0,
            per=Per(budget.per),
            period=self.account.period,
            holder=self.account.holder,
            place=place or self.guard.place,
            source=budget.source,
            used_up=not denied,
        )


def decision_of(breach: Breach) -> Decision:
    """A breach as the ledger and the reports name it."""
    return Decision(breach.outcome, str(breach), breach.metric, breach.spent, breach.limit)
