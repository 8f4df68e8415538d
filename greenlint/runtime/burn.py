"""How fast a process spends of an account, and how much of it a lease should cover."""

from greenlint.runtime.use import METRICS

SHARE = 100  # a lease is at most this part of what remains


class Burn:
    """The spending of late for each metric, per second; `now` is of one monotonic clock."""

    def __init__(self, now: float) -> None:
        self._rates: list[float] | None = None
        self._seen = [0.0] * len(METRICS)
        self._seen_at = now

    def see(self, total: list[float], now: float) -> None:
        """Take in what was spent in all by now; older spending counts half at each look."""
        elapsed = now - self._seen_at
        if elapsed <= 0:
            return
        rates = [(new - old) / elapsed for new, old in zip(total, self._seen, strict=True)]
        self._rates = (
            [(old + new) / 2 for old, new in zip(self._rates, rates, strict=True)]
            if self._rates
            else rates
        )
        self._seen, self._seen_at = total, now

    def chunk(self, at: int, remaining: int, *, seconds: float) -> float:
        """The smaller of one percent of what remains and `seconds` of burn, for one metric."""
        part = remaining // SHARE
        return min(part, seconds * self._rates[at]) if self._rates else part
