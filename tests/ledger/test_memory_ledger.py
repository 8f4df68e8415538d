"""The ledger of budgets that only one process's code declares."""

from clock import FakeClock

from greenlint.ledger.entry import Account, Lease
from greenlint.ledger.memory import MemoryLedger
from greenlint.policy.amounts import Amounts, Limits

ACCOUNT = Account("train", "process:1", 0)


def lease_of(ledger: MemoryLedger) -> Lease:
    five = Amounts(energy=5)
    lease = ledger.reserve(ACCOUNT, limits=Limits(energy=10), wanted=five, needed=five, lifetime=60)
    assert isinstance(lease, Lease)
    return lease


def test_a_lease_is_renewed_until_it_has_ended() -> None:
    clock = FakeClock(1000.0)
    ledger = MemoryLedger(clock=clock)
    lease = lease_of(ledger)
    clock.step(30)
    renewed = ledger.renew(lease, lifetime=60)
    assert renewed is not None
    assert renewed.expires == lease.expires + 30
    assert ledger.settle(renewed, Amounts(energy=2), provenance="measured")
    assert ledger.renew(renewed, lifetime=60) is None
    assert ledger.balance(ACCOUNT).settled == Amounts(energy=2)


def test_one_caller_has_a_threshold() -> None:
    ledger = MemoryLedger()
    assert [ledger.claim(ACCOUNT, share) for share in (0.5, 0.5, 0.8)] == [True, False, True]
