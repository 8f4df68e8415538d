"""A ledger that is out of reach: told once, and left alone for a moment."""

import logging

from greenlint.errors import LedgerError
from greenlint.policy.budget import Budget

logger = logging.getLogger("greenlint")

RETRY_AFTER = 1.0  # seconds until a ledger that was down is asked again


class Outage:
    """Whether the ledger of a budget failed a moment ago; times are of one monotonic clock.

    `reason` is what it said then.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._until = 0.0
        self.reason = ""

    def lasts(self, now: float) -> bool:
        """Whether it is too early to ask the ledger again."""
        return now < self._until

    def end(self) -> None:
        """The ledger answered."""
        self._until = 0.0

    def note(self, error: LedgerError, now: float) -> None:
        """The ledger failed; the first failure since it answered is logged."""
        if self.lasts(now):
            # Who comes too early must not put off the next try, or a busy process never makes it.
            return
        if not self._until:
            then = "allowed" if self._budget.allow_without_ledger else "denied"
            logger.warning(
                "The ledger is out of reach; once its leases are used up, work on budget `%s` is"
                " %s: %s",
                self._budget.name,
                then,
                error,
            )
        self._until = now + RETRY_AFTER
        self.reason = str(error)
