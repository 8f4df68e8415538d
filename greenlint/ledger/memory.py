"""A ledger of one process that ends with it: for budgets that the code alone declares."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from greenlint.ledger.entry import Account, Balance, DecisionEntry, Lease, Refusal, Usage
from greenlint.policy.amounts import Amounts, Limits, Metric

_NOTHING = Amounts()
KEPT = 1_000  # decisions
LONGEST = 86_400.0  # seconds that usage is kept


class MemoryLedger:
    """Keeps accounts, leases and decisions in memory; does what `Ledger` promises but last."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._settled: dict[Account, Amounts] = {}
        self._reserved: dict[Account, Amounts] = {}
        self._leases: dict[str, Lease] = {}
        self._token = 0
        self._claims: set[tuple[Account, float]] = set()
        self._usage: deque[tuple[float, str, Usage]] = deque()
        self.decisions: deque[DecisionEntry] = deque(maxlen=KEPT)

    def reserve(
        self,
        account: Account,
        *,
        limits: Limits,
        wanted: Amounts,
        needed: Amounts,
        lifetime: float,
    ) -> Lease | Refusal:
        """A lease of as much of `wanted` as there is room for, and of `needed` at least."""
        with self._lock:
            balance = self._balance(account)
            granted = {}
            for metric in Metric:
                amount, limit = max(wanted.of(metric), needed.of(metric)), limits.of(metric)
                if limit is not None:
                    room = limit - balance.settled.of(metric) - balance.reserved.of(metric)
                    if needed.of(metric) > room:
                        return Refusal(account, metric, balance, limit)
                    amount = max(0, min(amount, room))
                granted[metric] = amount
            self._token += 1
            expires = self._clock() + lifetime
            lease = Lease(str(self._token), account, Amounts(**granted), self._token, expires)
            self._leases[lease.id] = lease
            self._reserved[account] = balance.reserved + lease.granted
            return lease

    def renew(self, lease: Lease, *, lifetime: float) -> Lease | None:
        """The lease with a later expiry; None when it has ended."""
        with self._lock:
            if lease.id not in self._leases:
                return None
            expires = self._clock() + lifetime
            renewed = Lease(lease.id, lease.account, lease.granted, lease.token, expires)
            self._leases[lease.id] = renewed
            return renewed

    def settle(self, lease: Lease, spent: Amounts, *, provenance: str) -> bool:  # noqa: ARG002  # kept by ledgers that last
        """Charge what was spent, give back the rest, and end the lease."""
        with self._lock:
            if not self._end(lease):
                return False
            settled = self._settled.get(lease.account, _NOTHING)
            self._settled[lease.account] = settled + spent
            return True

    def void(self, lease: Lease) -> bool:
        """End a lease of which nothing was spent."""
        with self._lock:
            return self._end(lease)

    def balance(self, account: Account) -> Balance:
        """What stands in an account now."""
        with self._lock:
            return self._balance(account)

    def recover(self) -> int:
        """Charge expired leases in full; how many there were."""
        with self._lock:
            now = self._clock()
            expired = [lease for lease in self._leases.values() if lease.expires <= now]
            for lease in expired:
                self._end(lease)
                settled = self._settled.get(lease.account, _NOTHING)
                self._settled[lease.account] = settled + lease.granted
            return len(expired)

    def record(self, entry: DecisionEntry) -> None:
        """Keep a decision."""
        with self._lock:
            self.decisions.append(entry)

    def claim(self, account: Account, threshold: float) -> bool:
        """True for exactly one caller per account and threshold."""
        with self._lock:
            first = (account, threshold) not in self._claims
            self._claims.add((account, threshold))
            return first

    def add_usage(self, name: str, *parts: Usage) -> None:
        """Add to the usage of the current minute."""
        with self._lock:
            self._usage.extend((self._minute(), name, part) for part in parts)

    def usage_within(self, name: str, window: float) -> tuple[Usage, ...]:
        """The sums of the minutes that began within the last `window` seconds, by provenance."""
        since = self._clock() - window
        with self._lock:
            while self._usage and self._usage[0][0] < self._clock() - LONGEST:
                self._usage.popleft()
            parts = [use for at, of, use in self._usage if of == name and at >= since]
        return tuple(
            _sum([part for part in parts if part.provenance == provenance], provenance)
            for provenance in sorted({part.provenance for part in parts})
        )

    def _minute(self) -> float:
        return self._clock() // 60 * 60

    def close(self) -> None:
        """There is nothing to give back."""

    def _balance(self, account: Account) -> Balance:
        settled = self._settled.get(account, _NOTHING)
        return Balance(settled, self._reserved.get(account, _NOTHING))

    def _end(self, lease: Lease) -> bool:
        if self._leases.pop(lease.id, None) is None:
            return False
        self._reserved[lease.account] -= lease.granted
        return True


def _sum(parts: Sequence[Usage], provenance: str) -> Usage:
    return Usage(
        sum(part.energy for part in parts),
        sum(part.operational for part in parts),
        sum(part.embodied for part in parts),
        sum(part.units for part in parts),
        provenance,
    )
