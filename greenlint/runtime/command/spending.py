"""Holds a tree of processes to a budget: what it uses is charged, and at the limit it is told."""

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from greenlint.errors import LedgerError
from greenlint.ledger.entry import DecisionEntry, Ledger, Refusal
from greenlint.metering.measurement import Measurement
from greenlint.policy.amount_text import amount_text
from greenlint.policy.amounts import Amounts, Metric
from greenlint.policy.budget import Budget
from greenlint.policy.decision import Outcome, exceeded_metric, outcome_beyond_limit
from greenlint.provenance import Provenance
from greenlint.runtime.accounts import Process, account_of
from greenlint.runtime.command.process_tree import TreeUse
from greenlint.runtime.leases import LeaseHolder
from greenlint.runtime.protocols import Alerts
from greenlint.runtime.use import CARBON, ENERGY, METRICS, NOTHING, Use, amounts, less, limited

logger = logging.getLogger("greenlint")


_NONE = Amounts()


class Energy(Protocol):
    """What a tree has used; see `TreeEnergy`."""

    def look(self, use: TreeUse) -> Measurement:
        """What it has used so far."""
        ...


@dataclass(frozen=True, slots=True)
class Backing:
    """What lies behind a budget: its ledger, who is told, and what stands beside each decision."""

    ledger: Callable[[], Ledger]
    alerts: Alerts
    policy_hash: str = ""
    place: str = ""
    clock: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class State:
    """How things stand: `used` by the command, `spent` of the account by everyone.

    `provenance` and `sources` say how the energy is known, `seconds` how long the command runs,
    `processes` how many of its tree are alive.
    """

    used: Amounts = _NONE
    spent: Amounts = _NONE
    provenance: Provenance = Provenance.UNAVAILABLE
    sources: tuple[str, ...] = ()
    seconds: float = 0.0
    processes: int = 0


class Spending:
    """Charges a budget for what a tree of processes uses.

    `carbon_factor` gives the micrograms of CO2e per microjoule now, None where nobody knows; then
    no carbon is counted. A lease of the ledger covers what is used, and is settled every few
    seconds. A period that ends is settled, and the next one has an account of its own.
    """

    def __init__(
        self,
        budget: Budget,
        process: Process,
        *,
        energy: Energy,
        carbon_factor: Callable[[], float | None],
        backing: Backing,
    ) -> None:
        self.budget = budget
        self.state = State()
        self._process = process
        self._energy = energy
        self._factor = carbon_factor
        self._backing = backing
        self._charged = NOTHING
        self._retired: list[LeaseHolder] = []
        self._limited = limited(budget.limits)
        self._told = False
        self._open(backing.clock())

    def admit(self) -> str | None:
        """Why the command must not start; None when it may."""
        # A budget without even that much, in millionths of a joule or gram, is used up.
        least: Use = (int(ENERGY in self._limited), int(CARBON in self._limited), 0, 0)
        if not self._holder.binding:
            return None
        try:
            refusal = self._holder.acquire(least)
        except LedgerError as error:
            reason = f"the ledger is out of reach ({error})"
        else:
            if refusal is None:
                with self._holder.lock:
                    self._holder.charge(least, NOTHING)
                self._record(Outcome.ALLOW, "there is room for a command")
                return None
            spent = refusal.balance.settled
            self._backing.alerts.exceeded(self.budget, self.account, refusal.metric, spent)
            reason = self._balance_text(refusal)
        self._record(Outcome.DENY, reason)
        return reason

    def deny(self, reason: str) -> None:
        """Record that the command was denied for another reason."""
        self._record(Outcome.DENY, reason)

    def look(self, use: TreeUse) -> bool:
        """Charge what was used since the last look; whether the tree must be stopped."""
        now = self._backing.clock()
        if account_of(self.budget, self._process, now)[0] != self.account:
            self._retired.append(self._holder)
            self._open(now)
        measurement = self._charge(use)
        refused = self._cover()
        spent = self._holder.tend() or self._holder.latest_spent()
        self._retired = [holder for holder in self._retired if not self._done(holder)]
        self._note(measurement, use, spent)
        self._backing.alerts.look(self.budget, self.account, spent)
        metric = exceeded_metric(self.budget, spent) or refused
        if metric is None:
            return False
        outcome = outcome_beyond_limit(self.budget)
        if not self._told:
            self._told = True
            self._backing.alerts.exceeded(self.budget, self.account, metric, spent)
            self._record(outcome, self._limit_text(metric, spent.of(metric)))
        return outcome is Outcome.STOP

    def close(self) -> bool:
        """Settle all; False when the ledger did not take it."""
        settled = [holder.settle() for holder in (*self._retired, self._holder)]
        with contextlib.suppress(LedgerError):
            self.state = replace(self.state, spent=self._holder.spent())
        return all(settled)

    def _open(self, now: float) -> None:
        self.account, _ = account_of(self.budget, self._process, now)
        self._holder = LeaseHolder(
            self.budget, self.account, self._backing.ledger, poke=lambda: None
        )
        self._told = False

    def _charge(self, use: TreeUse) -> Measurement:
        measurement = self._energy.look(use)
        before = self._charged
        carbon = (measurement.energy - before[ENERGY]) * (self._factor() or 0.0)
        total: Use = (measurement.energy, before[CARBON] + carbon, 0, 0)
        with self._holder.lock:
            self._holder.charge(NOTHING, less(total, before))
            self._holder.learn(measurement.provenance)
        self._charged = total
        return measurement

    def _cover(self) -> Metric | None:
        """The metric whose limit leaves no room for what was used; None when all is covered."""
        try:
            refusal = self._holder.cover()
        except LedgerError:
            # No lease is left, and the policy does not let work go on without.
            return METRICS[self._limited[0]]
        return refusal.metric if refusal else None

    @staticmethod
    def _done(holder: LeaseHolder) -> bool:
        """Whether a period that ended is settled."""
        return holder.settle()

    def _note(self, measurement: Measurement, use: TreeUse, spent: Amounts) -> None:
        self.state = State(
            used=amounts(self._charged),
            spent=spent,
            provenance=measurement.provenance,
            sources=tuple(dict.fromkeys(part.source for part in measurement.components)),
            seconds=measurement.seconds,
            processes=len(use.processes),
        )

    def _record(self, outcome: Outcome, reason: str) -> None:
        entry = DecisionEntry(
            self.account,
            outcome,
            reason,
            self._backing.clock(),
            policy_hash=self._backing.policy_hash,
            provenance=self.state.provenance,
            place=self._backing.place,
            labels=self.budget.labels,
        )
        try:
            self._backing.ledger().record(entry)
        except LedgerError as error:
            logger.warning("A decision on budget %s was not recorded: %s", self.budget.name, error)

    def _balance_text(self, refusal: Refusal) -> str:
        metric, balance = refusal.metric, refusal.balance
        text = self._limit_text(metric, balance.settled.of(metric))
        reserved = balance.reserved.of(metric)
        return f"{text}, {amount_text(reserved, metric)} reserved" if reserved else text

    def _limit_text(self, metric: Metric, spent: int) -> str:
        limit = amount_text(self.budget.limits.of(metric) or 0, metric)
        return f"{amount_text(spent, metric)} of {limit} per {self.budget.per} spent"
