"""Raises each alert of a budget once, whichever process comes to the threshold first."""

import atexit
import logging
import os
import time
import weakref
from collections.abc import Callable, Sequence

from greenlint.errors import LedgerError
from greenlint.ledger.entry import Account
from greenlint.policy.amounts import Amounts, Metric
from greenlint.policy.budget import Budget, Mode
from greenlint.runtime.alerts.alert import EXCEEDED, Alert, alert_on, alerts_due
from greenlint.runtime.alerts.outbox import Outbox
from greenlint.runtime.alerts.targets import Target
from greenlint.runtime.protocols import Claims

logger = logging.getLogger("greenlint")

CAPACITY = 256  # alerts that may wait for one target
REMEMBERED = 10_000  # accounts and thresholds that a process knows to be said
DRAIN = 5.0  # seconds that the end of the program may wait for alerts


class Alerts:
    """The alerts of one process: nothing here blocks its caller or raises into it.

    Whether another process has raised an alert is asked in the background, and so is every
    target served. At the end of the program what waits is delivered within `drain` seconds.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        *,
        claims: Claims | None = None,
        clock: Callable[[], float] = time.time,
        capacity: int = CAPACITY,
        drain: float = DRAIN,
    ) -> None:
        self._targets = tuple(targets)
        self._claims = claims
        self._clock = clock
        self._drain = drain
        self._outboxes = tuple(
            Outbox(target.name, target.deliver, capacity=capacity) for target in targets
        )
        self._claimed = Outbox("targets", self._claim, capacity=capacity)
        self._seen: dict[tuple[Account, float], None] = {}
        self._closed = False
        _live.add(self)

    def look(self, budget: Budget, account: Account, spent: Amounts) -> None:
        """Raise the alerts that are due now that `spent` is used of an account."""
        if budget.mode is not Mode.OBSERVE:
            for alert in alerts_due(budget, account, spent, at=self._clock()):
                self._raise(alert)

    def exceeded(self, budget: Budget, account: Account, metric: Metric, spent: Amounts) -> None:
        """Raise the alert that a limit left no room for more work."""
        if budget.mode is not Mode.OBSERVE:
            at = self._clock()
            self._raise(alert_on(budget, account, metric, spent=spent, threshold=EXCEEDED, at=at))

    def close(self) -> None:
        """Deliver what waits, within the bound; alerts raised from now on are dropped."""
        self._closed = True
        deadline = time.monotonic() + self._drain
        self._claimed.close(deadline)
        for target in self._targets:
            target.hurry()
        for outbox in self._outboxes:
            outbox.close(deadline)
        _live.discard(self)

    def begin_in_child(self) -> None:
        """After a fork: what waits is the parent's, what was said stays said."""
        for outbox in (self._claimed, *self._outboxes):
            outbox.reset()

    def _raise(self, alert: Alert) -> None:
        key = (alert.account, alert.threshold)
        if self._closed or key in self._seen:
            return
        if len(self._seen) >= REMEMBERED:
            self._seen.pop(next(iter(self._seen)), None)
        self._seen[key] = None
        self._claimed.put(alert)

    def _claim(self, alert: Alert) -> None:
        if not self._is_first(alert):
            return
        for outbox in self._outboxes:
            outbox.put(alert)

    def _is_first(self, alert: Alert) -> bool:
        if self._claims is None:
            return True
        try:
            return self._claims.claim(alert.account, alert.threshold)
        except LedgerError:
            # Said twice is better than not at all.
            return True


_live: weakref.WeakSet[Alerts] = weakref.WeakSet()


def _close_all() -> None:
    for alerts in tuple(_live):
        alerts.close()


def _begin_in_child() -> None:
    for alerts in tuple(_live):
        alerts.begin_in_child()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
