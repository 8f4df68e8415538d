"""What stands in the ledger: accounts, leases on them, and what decisions were taken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from greenlint.policy.amounts import Amounts, Limits, Metric
from greenlint.policy.decision import Outcome
from greenlint.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Account:
    """One budget in one period: a row of its own, never reset.

    `holder` is who shares it (`fleet`, `host:ID`, `process:ID`). `period` is the start of the
    period in seconds since the epoch, in UTC; `run:ID` budgets have their run's id in `holder`
    and the start of the run here.
    """

    budget: str
    holder: str
    period: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What was spent of an account, and what is out on leases; over the limit it is debt."""

    settled: Amounts
    reserved: Amounts


@dataclass(frozen=True, slots=True)
class Lease:
    """A part of an account that one owner may spend in memory until `expires`.

    `token` is the fencing token: a later lease of the same account has a higher one. `expires` is
    in seconds since the epoch by the ledger's own clock.
    """

    id: str
    account: Account
    granted: Amounts
    token: int
    expires: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reservation that the limit had no room for, and the limit that decided."""

    account: Account
    metric: Metric
    balance: Balance
    limit: int


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """A decision as the ledger keeps it; `at` is in seconds since the epoch."""

    account: Account
    outcome: Outcome
    reason: str
    at: float
    policy_hash: str = ""
    provenance: str = ""
    place: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """What an SCI is worked out from: energy in microjoules, carbon in micrograms of CO2e, units.

    `operational` is O, `embodied` the share of M, `units` the functional units R. `provenance` is
    how the energy is known, "" where nobody wrote that down or there is none. The units of
    UNAVAILABLE are those of work that could not be measured.
    """

    energy: int = 0
    operational: int = 0
    embodied: int = 0
    units: int = 0
    provenance: str = ""


def total_usage(parts: Iterable[Usage]) -> Usage:
    """What counts of parts of any provenance: all but the units that could not be measured."""
    energy = operational = embodied = units = 0
    for part in parts:
        energy += part.energy
        operational += part.operational
        embodied += part.embodied
        units += 0 if part.provenance == Provenance.UNAVAILABLE else part.units
    return Usage(energy, operational, embodied, units)


class Ledger(Protocol):
    """What the runtime asks of a ledger; every call is one short transaction.

    Every method raises `greenlint.errors.LedgerError` when the ledger cannot be reached, and
    ValueError for negative amounts. None may be called from a finalizer or a signal handler.
    """

    def reserve(
        self,
        account: Account,
        *,
        limits: Limits,
        wanted: Amounts,
        needed: Amounts,
        lifetime: float,
    ) -> Lease | Refusal:
        """A lease of as much of `wanted` as there is room for, and of `needed` at least.

        `lifetime` is in seconds. Metrics without a limit are granted as wanted.
        """
        ...

    def renew(self, lease: Lease, *, lifetime: float) -> Lease | None:
        """The lease with a later expiry; None when it has expired and was recovered."""
        ...

    def settle(self, lease: Lease, spent: Amounts, *, provenance: str) -> bool:
        """Charge what was spent, give back the rest, and end the lease.

        May be called again with the same lease: only the first call counts. False when the lease
        was recovered before (its whole grant was charged then) or voided. `spent` may be over the
        grant. It is charged to the lease's account, whatever period it is by now.
        """
        ...

    def void(self, lease: Lease) -> bool:
        """End a lease of which nothing was spent; only the first call counts.

        False when the lease was settled or recovered before.
        """
        ...

    def balance(self, account: Account) -> Balance:
        """What stands in an account now."""
        ...

    def recover(self) -> int:
        """Charge expired leases in full, marked `estimated`; how many there were."""
        ...

    def record(self, entry: DecisionEntry) -> None:
        """Keep a decision."""
        ...

    def claim(self, account: Account, threshold: float) -> bool:
        """True for exactly one caller per account and threshold, in whichever process it is.

        `threshold` is a fraction of the limit: who gets True gives the alert.
        """
        ...

    def add_usage(self, name: str, *parts: Usage) -> None:
        """Add to the usage of the current minute, by the ledger's clock, under a name."""
        ...

    def usage_within(self, name: str, window: float) -> tuple[Usage, ...]:
        """The sums of the minutes that began within the last `window` seconds, by provenance."""
        ...

    def close(self) -> None:
        """Give back the connection; the next call opens one again."""
        ...
