"""The ledger against a few lines of Python that do the same without a database."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from backends import BACKENDS
from clock import FakeClock
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import URL, Connection, delete

from greenlint.ledger.connect import open_ledger
from greenlint.ledger.database import postgresql_database
from greenlint.ledger.entry import Account, Balance, Lease, Refusal
from greenlint.ledger.store import SqlLedger
from greenlint.ledger.tables import metadata, version
from greenlint.ledger.verification import verify
from greenlint.policy.amounts import Amounts, Limits, Metric
from greenlint.policy.budget import Per
from greenlint.policy.limits import Ledger as LedgerSection
from greenlint.policy.period import period_start

LIFETIME = 60.0
DAY = 86_400
HOLDERS = ("fleet", "host:a")
METRICS = (Metric.ENERGY, Metric.TOKENS)

amounts = st.builds(Amounts, energy=st.integers(0, 60), tokens=st.integers(0, 6))
limits = st.builds(
    Limits,
    energy=st.none() | st.integers(0, 200),
    tokens=st.none() | st.integers(0, 20),
)


@dataclass
class Model:
    """What a ledger must come to: open leases, ended ones, and what was charged."""

    settled: dict[Account, Amounts] = field(default_factory=dict)
    open: dict[str, Lease] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    tokens: dict[Account, int] = field(default_factory=dict)

    def reserved(self, account: Account) -> Amounts:
        """What is out on leases."""
        of_account = (lease.granted for lease in self.open.values() if lease.account == account)
        return sum(of_account, Amounts())

    def balance(self, account: Account) -> Balance:
        """What stands in an account."""
        return Balance(self.settled.get(account, Amounts()), self.reserved(account))

    def end(self, lease: Lease, how: str, spent: Amounts) -> bool:
        """End a lease once; whether it ended so, now or before."""
        if self.open.pop(lease.id, None) is not None:
            self.ended[lease.id] = how
            self.settled[lease.account] = self.settled.get(lease.account, Amounts()) + spent
        return self.ended[lease.id] == how

    def recover(self, now: float) -> int:
        """Charge what has expired in full; leases from a future that was none are shortened."""
        expired = [lease for lease in self.open.values() if lease.expires <= now]
        for lease in expired:
            self.end(lease, "recovered", lease.granted)
        return len(expired)


class LedgerMachine(RuleBasedStateMachine):
    """Reserve, settle, void, renew, recover, crash and roll the period, in any order."""

    leases = Bundle("leases")
    new_ledger: Callable[[FakeClock], SqlLedger]

    @initialize()
    def start(self) -> None:
        self.clock = FakeClock()
        self.ledger = self.new_ledger(self.clock)
        self.model = Model()

    def account(self, holder: str) -> Account:
        return Account("train", holder, period_start(Per.DAY, self.clock.now))

    @rule(
        target=leases,
        holder=st.sampled_from(HOLDERS),
        limits=limits,
        wanted=amounts,
        needed=amounts,
    )
    def reserve(
        self, holder: str, limits: Limits, wanted: Amounts, needed: Amounts
    ) -> "Lease | object":
        account = self.account(holder)
        before = self.model.balance(account)
        answer = self.ledger.reserve(
            account, limits=limits, wanted=wanted, needed=needed, lifetime=LIFETIME
        )
        room = {
            metric: limit - before.settled.of(metric) - before.reserved.of(metric)
            for metric in METRICS
            if (limit := limits.of(metric)) is not None
        }
        fits = all(room[metric] >= needed.of(metric) for metric in room)
        if not fits:
            assert isinstance(answer, Refusal)
            assert answer.balance == before
            assert room[answer.metric] < needed.of(answer.metric)
            return multiple()
        assert isinstance(answer, Lease)
        for metric in METRICS:
            most = max(wanted.of(metric), needed.of(metric))
            assert answer.granted.of(metric) == min(most, room.get(metric, most))
        assert answer.token == self.model.tokens.get(account, 0) + 1
        self.model.tokens[account] = answer.token
        self.model.open[answer.id] = answer
        return answer

    @rule(lease=leases, spent=amounts)
    def settle(self, lease: Lease, spent: Amounts) -> None:
        told = self.ledger.settle(lease, spent, provenance="measured")
        assert told == self.model.end(lease, "settled", spent)

    @rule(lease=leases)
    def void(self, lease: Lease) -> None:
        assert self.ledger.void(lease) == self.model.end(lease, "voided", Amounts())

    @rule(target=leases, lease=consumes(leases))
    def renew(self, lease: Lease) -> Lease:
        renewed = self.ledger.renew(lease, lifetime=LIFETIME)
        if lease.id not in self.model.open:
            assert renewed is None
            return lease
        assert renewed is not None
        assert renewed.expires == self.clock.now + LIFETIME
        self.model.open[lease.id] = renewed
        return renewed

    @rule(seconds=st.sampled_from([1.0, LIFETIME / 2, LIFETIME, 3_600.0, DAY]))
    def time_passes(self, seconds: float) -> None:
        """Leases expire, and days go by."""
        self.clock.step(seconds)

    @rule()
    def recover(self) -> None:
        assert self.ledger.recover() == self.model.recover(self.clock.now)

    @rule()
    def crash(self) -> None:
        """Its leases stay; whoever opens the ledger next recovers what has expired."""
        self.ledger.close()
        self.ledger.recover()
        self.model.recover(self.clock.now)

    @invariant()
    def balances_agree(self) -> None:
        for account in self.model.tokens:
            assert self.ledger.balance(account) == self.model.balance(account)

    @invariant()
    def nothing_is_lost(self) -> None:
        """All that was ever granted is open or ended, and sums and tokens add up."""
        found = verify(self.ledger.database)
        assert found.problems == ()
        assert found.leases == len(self.model.open)
        assert found.entries == len(self.model.ended)
        assert found.leases + found.entries == sum(self.model.tokens.values())

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()


def _empty(connection: Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        if table is not version:
            connection.execute(delete(table))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_ledger_does_what_the_model_does(backend: str, request: pytest.FixtureRequest) -> None:
    """Promises 1 to 6, over many histories."""

    def sqlite(clock: FakeClock) -> SqlLedger:
        folder = Path(tempfile.mkdtemp(dir=directory))
        return open_ledger(LedgerSection(), folder, clock=clock)

    def postgresql(clock: FakeClock) -> SqlLedger:
        database = postgresql_database(url, durability="normal", timeout=10.0)
        ledger = SqlLedger(database, clock=clock)
        database.write(_empty)
        return ledger

    class Machine(LedgerMachine):
        new_ledger = staticmethod(sqlite if backend == "sqlite" else postgresql)

    directory: Path = request.getfixturevalue("tmp_path")
    if backend == "postgresql":
        url: URL = request.getfixturevalue("new_database")()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=25 if backend == "sqlite" else 8,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
