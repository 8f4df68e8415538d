"""What a process owes the ledger for leases that it gave up, until the ledger has taken it."""

from collections.abc import Callable, Sequence

from greenlint.ledger.entry import Account, Lease, Ledger
from greenlint.policy.amounts import Amounts, Limits
from greenlint.runtime.use import METRICS


class Settlements:
    """Leases to settle or to void, the oldest first.

    After a failure the same amounts are settled again, so that they count once. New leases, for
    what is over an old one, live for `lifetime` seconds.
    """

    def __init__(self, account: Account, ledger: Callable[[], Ledger], *, lifetime: float) -> None:
        self._account = account
        self._ledger = ledger
        self._lifetime = lifetime
        self._owed: list[tuple[Lease, Amounts, str]] = []

    def __bool__(self) -> bool:
        """Whether anything is owed."""
        return bool(self._owed)

    def total(self) -> Amounts:
        """All that is owed."""
        return sum((amount for _, amount, _ in self._owed), Amounts())

    def owe(self, leases: Sequence[Lease], spent: Amounts, *, provenance: str) -> None:
        """Give up leases of which `spent` was used; the last one carries what is over all."""
        for lease in leases[:-1]:
            part = Amounts(*(min(lease.granted.of(m), spent.of(m)) for m in METRICS))
            self._owed.append((lease, part, provenance))
            spent -= part
        self._owed += [(lease, spent, provenance) for lease in leases[-1:]]

    def pay(self) -> None:
        """Settle what is owed; LedgerError if the ledger is out of reach."""
        while self._owed:
            lease, spent, provenance = self._owed[0]
            if not spent:
                self._ledger().void(lease)
            elif not self._ledger().settle(lease, spent, provenance=provenance):
                self._charge_excess(lease, spent, provenance)
            del self._owed[0]

    def reserve_free(self, amount: Amounts) -> Lease | None:
        """A lease, free of limits, for what was spent already."""
        granted = self._ledger().reserve(
            self._account, limits=Limits(), wanted=amount, needed=amount, lifetime=self._lifetime
        )
        return granted if isinstance(granted, Lease) else None

    def _charge_excess(self, lease: Lease, spent: Amounts, provenance: str) -> None:
        """The lease had expired and was charged in full: charge what is over it."""
        over = Amounts(*(max(0, spent.of(m) - lease.granted.of(m)) for m in METRICS))
        if over and (more := self.reserve_free(over)) is not None:
            self._ledger().settle(more, over, provenance=provenance)
