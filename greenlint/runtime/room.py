"""What a process may yet spend of its leases: a lock and a few additions for each call."""

import threading
from collections.abc import Callable

from greenlint.runtime.use import Use


class Room:
    """What is left of the leases of one account, held by calls that run, and spent.

    Each is a list with an item for each metric; those at `limited` have a limit. `poke` wakes the
    keeper when little is left. `lock` is held for a few additions only.
    """

    def __init__(self, limited: tuple[int, ...], *, poke: Callable[[], None]) -> None:
        self._limited = limited
        self._poke = poke
        self.clear()

    def clear(self) -> None:
        """Nothing is left, held or spent."""
        self.lock = threading.Lock()
        self._left: list[float] = [0.0] * 4
        self._held: list[float] = [0.0] * 4
        self._spent: list[float] = [0.0] * 4  # and not settled yet
        self._total: list[float] = [0.0] * 4  # spent at any time
        self._low: list[float] = [0.0] * 4  # what is too little to be left
        self._thirsty = False

    def take(self, need: Use) -> bool:
        """Hold `need` for a call that begins, if a lease has room for it."""
        thirsty = False
        with self.lock:
            left = self._left
            for at in self._limited:
                if left[at] < need[at]:
                    return False
            for at in self._limited:
                left[at] -= need[at]
                self._held[at] += need[at]
                if left[at] < self._low[at]:
                    thirsty = True
        if thirsty and not self._thirsty:
            self._thirsty = True
            self._poke()
        return True

    def charge(self, held: Use, spent: Use) -> None:
        """Give back what was held and count what was spent; the caller holds `lock`."""
        for at in self._limited:
            self._held[at] -= held[at]
            self._left[at] += held[at] - spent[at]
        unsettled, total = self._spent, self._total
        energy, carbon, tokens, requests = spent
        if energy:
            unsettled[0] += energy
            total[0] += energy
        if carbon:
            unsettled[1] += carbon
            total[1] += carbon
        if tokens:
            unsettled[2] += tokens
            total[2] += tokens
        if requests:
            unsettled[3] += requests
            total[3] += requests

    def hold(self, need: Use) -> None:
        """Hold `need` whether there is room or not: the limit does not bind."""
        self._take_anyhow(need)
        self._thirsty = True
        self._poke()

    def is_overdrawn(self) -> bool:
        """Whether more was spent than the leases cover."""
        return any(self._left[at] < 0 for at in self._limited)

    def _take_anyhow(self, need: Use) -> None:
        with self.lock:
            for at in self._limited:
                self._left[at] -= need[at]
                self._held[at] += need[at]
