"""The lease holder, against a ledger that counts what it is asked."""

import logging
import threading

import pytest
from clock import FakeClock

from greenlint.errors import LedgerError
from greenlint.ledger.entry import Account, Lease, Refusal
from greenlint.ledger.memory import MemoryLedger
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.budget import Budget, OnExceed, Per
from greenlint.runtime.leases import LIFETIME, SETTLE_AFTER, LeaseHolder
from greenlint.runtime.use import NOTHING, Use

ACCOUNT = Account("b", "fleet", 0)
J = 1_000_000


def energy(amount: float) -> Use:
    """That much energy, and nothing else."""
    return (amount, 0, 0, 0)


class CutLedger(MemoryLedger):
    """A ledger that can be cut off, and that counts its transactions."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.loses_answers = False
        self.asked = 0

    def reserve(self, account, **wanted):
        self.asked += 1
        if self.down:
            raise LedgerError("It is down.")
        return super().reserve(account, **wanted)

    def settle(self, lease, spent, *, provenance):
        self.asked += 1
        if self.down:
            raise LedgerError("It is down.")
        done = super().settle(lease, spent, provenance=provenance)
        if self.loses_answers:
            self.loses_answers = False
            raise LedgerError("The connection was lost during the commit.")
        return done

    def balance(self, account):
        if self.down:
            raise LedgerError("It is down.")
        return super().balance(account)


class Bench:
    """A holder with its ledger and its clock."""

    def __init__(self, limit: int = 1000 * J, **changes) -> None:
        values = {"on_exceed": OnExceed.DENY, **changes}
        self.budget = Budget(name="b", limits=Limits(energy=limit), per=Per.RUN, **values)
        self.ledger = CutLedger()
        self.clock = FakeClock()
        self.pokes = 0
        self.holder = LeaseHolder(
            self.budget, ACCOUNT, lambda: self.ledger, poke=self._poke, clock=self.clock
        )

    def _poke(self) -> None:
        self.pokes += 1

    def spend(self, amount: float, *, need: float = 1) -> Refusal | None:
        """A call that needed `need`, as far as anyone knew, and used `amount`."""
        held = energy(need)
        if not self.holder.take(held) and (refusal := self.holder.acquire(held)):
            return refusal
        with self.holder.lock:
            self.holder.charge(held, energy(amount))
        return None

    @property
    def settled(self) -> int:
        return MemoryLedger.balance(self.ledger, ACCOUNT).settled.energy

    @property
    def reserved(self) -> int:
        return MemoryLedger.balance(self.ledger, ACCOUNT).reserved.energy


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_lease_is_one_percent_of_what_remains_and_serves_many_calls(bench: Bench) -> None:
    for _ in range(90):
        assert bench.spend(0.1 * J, need=0.1 * J) is None
    assert bench.reserved == 10 * J
    assert bench.ledger.asked == 1


def test_a_lease_is_five_seconds_of_burn_where_that_is_less(bench: Bench) -> None:
    for _ in range(30):
        bench.spend(0.01 * J, need=0.01 * J)
        bench.clock.step(1)
        bench.holder.tend()
    assert 0 < bench.reserved < 0.2 * J


def test_a_lease_is_never_less_than_the_call_needs(bench: Bench) -> None:
    assert bench.spend(300 * J, need=300 * J) is None
    assert bench.spend(0, need=700 * J) is None
    assert isinstance(bench.spend(0, need=701 * J), Refusal)


def test_settling_keeps_reserved_what_running_calls_hold(bench: Bench) -> None:
    assert bench.holder.acquire(energy(3 * J)) is None
    bench.spend(2 * J)
    assert bench.holder.settle()
    assert bench.settled == 2 * J
    assert bench.reserved >= 3 * J
    with bench.holder.lock:
        bench.holder.charge(energy(3 * J), energy(4 * J))
    assert bench.holder.settle()
    assert (bench.settled, bench.holder.spent().energy) == (6 * J, 6 * J)


def test_it_settles_by_itself_and_gives_back_what_nobody_uses(bench: Bench) -> None:
    bench.spend(2 * J)
    bench.clock.step(SETTLE_AFTER)
    bench.holder.tend()
    assert bench.settled == 2 * J
    assert not bench.holder.idle or bench.reserved == 0
    for _ in range(3):
        bench.clock.step(SETTLE_AFTER)
        bench.holder.tend()
    assert bench.reserved == 0
    assert bench.holder.idle


def test_what_goes_over_the_lease_is_debt_and_lowers_the_next_admission() -> None:
    bench = Bench(10 * J)
    assert bench.spend(14 * J, need=8 * J) is None  # nobody knew that it would be so much
    refusal = bench.holder.cover()
    assert isinstance(refusal, Refusal)
    bench.holder.settle()
    assert bench.settled == 14 * J
    assert isinstance(bench.spend(0), Refusal)


def test_a_limit_that_does_not_bind_refuses_nothing_and_records_everything() -> None:
    bench = Bench(10 * J, on_exceed=OnExceed.WARN)
    for _ in range(30):
        if not bench.holder.take(energy(1)):
            bench.holder.hold(energy(1))
        with bench.holder.lock:
            bench.holder.charge(energy(1), energy(J))
    bench.holder.settle()
    assert bench.settled == 30 * J


def test_a_lease_goes_on_until_spent_and_then_the_fail_mode_decides(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for allowed in (True, False):
        bench = Bench(allow_without_ledger=allowed)
        bench.spend(J, need=J)
        bench.ledger.down = True
        for _ in range(9):  # the lease is of 10 J
            assert bench.spend(J, need=J) is None
        if allowed:
            with caplog.at_level(logging.WARNING, logger="greenlint"):
                for _ in range(5):
                    assert bench.spend(J, need=J) is None
            assert len(caplog.records) == 1
        else:
            with pytest.raises(LedgerError):
                bench.spend(J, need=J)
        bench.ledger.down = False
        bench.clock.step(SETTLE_AFTER)
        bench.holder.tend()
        bench.holder.settle()
        assert bench.settled == (15 if allowed else 10) * J


def test_a_ledger_that_is_down_is_not_asked_at_every_call() -> None:
    bench = Bench(allow_without_ledger=True)
    bench.ledger.down = True
    for _ in range(100):
        bench.spend(J, need=J)
    assert bench.ledger.asked <= 1


def test_a_settlement_whose_answer_was_lost_counts_once(bench: Bench) -> None:
    bench.spend(3 * J)
    bench.ledger.loses_answers = True
    assert not bench.holder.settle()
    bench.spend(2 * J)
    bench.clock.step(SETTLE_AFTER)
    bench.holder.tend()
    bench.holder.settle()
    assert bench.settled == 5 * J


def test_a_lease_that_expired_is_charged_in_full_and_only_the_excess_comes_on_top() -> None:
    bench = Bench()
    bench.ledger = ledger = CutLedger()
    ledger._clock = bench.clock
    bench.spend(4 * J, need=J)
    bench.clock.step(LIFETIME + 1)
    assert ledger.recover() == 1  # the machine slept, and somebody else recovered
    assert bench.settled == 10 * J
    bench.spend(9 * J, need=J)
    bench.holder.settle()
    assert bench.settled >= 13 * J


def test_leases_are_renewed_while_a_call_runs(bench: Bench) -> None:
    bench.ledger._clock = bench.clock
    bench.holder.acquire(energy(J))
    for _ in range(10):
        bench.clock.step(LIFETIME / 3)
        bench.holder.tend()
        assert bench.ledger.recover() == 0


def test_a_child_begins_without_its_parents_leases(bench: Bench) -> None:
    bench.spend(3 * J)
    bench.holder.begin_in_child()
    assert bench.holder.idle
    assert bench.holder.settle()
    assert bench.settled == 0  # it is the parent's to settle


def test_the_keeper_is_woken_before_the_lease_is_used_up(bench: Bench) -> None:
    for _ in range(80):
        bench.spend(0.1 * J, need=0.1 * J)
    assert bench.pokes == 1
    bench.holder.tend()
    assert bench.reserved > 10 * J
    asked = bench.ledger.asked
    for _ in range(60):
        bench.spend(0.1 * J, need=0.1 * J)
    assert bench.ledger.asked == asked


@pytest.mark.parametrize("threads", [1, 8])
def test_many_threads_are_admitted_exactly(threads: int) -> None:
    bench = Bench(400)
    admitted = []

    def work() -> None:
        for _ in range(800 // threads):
            refused = bench.spend(1)
            admitted.append(refused is None)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    bench.holder.settle()
    assert (sum(admitted), bench.settled) == (400, 400)


def test_holding_nothing_and_spending_nothing_is_no_lease() -> None:
    bench = Bench()
    assert bench.holder.cover() is None
    bench.holder.tend()
    assert bench.holder.idle
    lease = MemoryLedger.reserve(
        bench.ledger, ACCOUNT, limits=Limits(), wanted=Amounts(), needed=Amounts(), lifetime=1
    )
    assert isinstance(lease, Lease)
    assert bench.holder.take(NOTHING)
