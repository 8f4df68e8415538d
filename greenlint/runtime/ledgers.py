"""The ledgers of a process: that of its policy, and those of the policies before."""

import threading
from collections.abc import Callable

from greenlint.forking import no_fork
from greenlint.ledger.entry import Ledger
from greenlint.policy.runtime_policy import RuntimePolicy
from greenlint.runtime.protocols import Surroundings


class PolicyLedgers:
    """One for each policy that was loaded; the last is that of the policy in force.

    Those before serve calls that began under another policy.
    """

    def __init__(self, surroundings: Surroundings, policy: Callable[[], RuntimePolicy]) -> None:
        self._surroundings = surroundings
        self._policy = policy
        self._ledgers: list[OpenOnce] = []

    def __bool__(self) -> bool:
        """Whether any was asked for."""
        return bool(self._ledgers)

    def latest(self) -> "OpenOnce":
        """That of the policy in force."""
        if not self._ledgers:
            self.add(self._policy())
        return self._ledgers[-1]

    def add(self, policy: RuntimePolicy) -> None:
        """From now on that of this policy is in force."""
        self._ledgers.append(OpenOnce(self._surroundings, policy))

    def close(self) -> None:
        """Give back all connections."""
        for ledger in self._ledgers:
            ledger.close()


class OpenOnce:
    """The ledger of one policy, opened at the first call; tried again after that failed."""

    def __init__(self, surroundings: Surroundings, policy: RuntimePolicy) -> None:
        self._surroundings = surroundings
        self._policy = policy
        self._lock = threading.Lock()
        self.opened: Ledger | None = None

    def __call__(self) -> Ledger:
        """The ledger; LedgerError if it cannot be reached."""
        ledger = self.opened
        if ledger is None:
            with no_fork(), self._lock:
                ledger = self.opened or self._surroundings.open_ledger(self._policy)
                self.opened = ledger
        return ledger

    def close(self) -> None:
        """Give back its connection."""
        if self.opened is not None:
            self.opened.close()
