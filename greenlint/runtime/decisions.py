"""Decisions that wait to be recorded: equal ones are counted and written together."""

import threading
from collections.abc import Callable
from dataclasses import replace

from greenlint.errors import LedgerError
from greenlint.ledger.entry import Account, DecisionEntry

WAITING = 1_000  # decisions of different kinds, until the ledger takes them


class WaitingDecisions:
    """What guards decided, until `write` has taken it; any thread may add to it."""

    def __init__(self, write: Callable[[DecisionEntry], None]) -> None:
        self._write_one = write
        self._lock = threading.Lock()
        self._waiting: dict[tuple[Account, str], tuple[DecisionEntry, int]] = {}

    def add(self, entry: DecisionEntry) -> None:
        """Have a decision written at the next turn; beyond a thousand kinds it is dropped."""
        with self._lock:
            key = (entry.account, f"{entry.outcome} {entry.place}")
            if key in self._waiting or len(self._waiting) < WAITING:
                count = self._waiting[key][1] if key in self._waiting else 0
                self._waiting[key] = (entry, count + 1)

    def write(self) -> None:
        """Write what waits; what the ledger does not take goes on waiting."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        while waiting:
            key = next(iter(waiting))
            entry, count = waiting[key]
            if count > 1:
                entry = replace(entry, reason=f"{entry.reason} (and {count - 1} times more)")
            try:
                self._write_one(entry)
            except LedgerError:
                with self._lock:
                    self._waiting = {**waiting, **self._waiting}
                return
            del waiting[key]
