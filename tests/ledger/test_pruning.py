"""Old records go, what they came to stays: balances, debt, alerts, and that an end counts once."""

import threading

import pytest
from backends import Open
from clock import FakeClock
from sqlalchemy import insert

from greenlint.errors import LedgerError
from greenlint.ledger.entry import Account, DecisionEntry, Lease, Usage
from greenlint.ledger.pruning import BATCH, Pruned
from greenlint.ledger.reading import read_decisions, read_entries
from greenlint.ledger.store import SqlLedger
from greenlint.ledger.tables import usage
from greenlint.ledger.verification import verify
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.decision import Outcome

ACCOUNT = Account("train", "fleet", 1_800_000_000)
DAY = 86_400.0
MONTH = 30 * DAY


@pytest.fixture
def clock() -> FakeClock:
    """The ledger's clock, at the beginning of a minute."""
    return FakeClock(1_800_000_000.0)


@pytest.fixture
def ledger(opened: Open, clock: FakeClock) -> SqlLedger:
    """An empty ledger."""
    return opened(clock)


def lease(ledger: SqlLedger, *, lifetime: float = 60.0, account: Account = ACCOUNT) -> Lease:
    ten = Amounts(energy=10)
    granted = ledger.reserve(
        account, limits=Limits(energy=1_000), wanted=ten, needed=ten, lifetime=lifetime
    )
    assert isinstance(granted, Lease)
    return granted


def settle(ledger: SqlLedger, spent: int) -> Lease:
    taken = lease(ledger)
    assert ledger.settle(taken, Amounts(energy=spent), provenance="measured")
    return taken


def decide(ledger: SqlLedger, at: float) -> None:
    ledger.record(DecisionEntry(ACCOUNT, Outcome.DENY, f"at {at}", at=at))


def test_what_is_old_goes_and_the_rest_stays(ledger: SqlLedger, clock: FakeClock) -> None:
    open_lease = lease(ledger, lifetime=100 * DAY)
    settle(ledger, 7)
    ledger.void(lease(ledger))
    decide(ledger, clock.now)
    ledger.add_usage("answer", Usage(1, 1, 1, 1, "measured"))
    assert ledger.claim(ACCOUNT, 0.8)
    clock.step(MONTH)
    kept = settle(ledger, 30)  # over its lease, and so a debt
    decide(ledger, clock.now)
    ledger.add_usage("answer", Usage(2, 2, 2, 2, "measured"))
    before = ledger.balance(ACCOUNT)

    assert ledger.prune(DAY) == Pruned(entries=2, decisions=1, minutes=1)
    assert ledger.prune(DAY) == Pruned(0, 0, 0)
    assert ledger.balance(ACCOUNT) == before
    assert [entry.lease_id for entry in read_entries(ledger.database)] == [kept.id]
    assert [entry.at for entry in read_decisions(ledger.database)] == [clock.now]
    assert ledger.usage_within("answer", 2 * MONTH) == (Usage(2, 2, 2, 2, "measured"),)
    assert not ledger.claim(ACCOUNT, 0.8)
    assert verify(ledger.database).problems == ()
    assert ledger.settle(open_lease, Amounts(energy=3), provenance="measured")
    assert ledger.balance(ACCOUNT).settled == Amounts(energy=40)
    assert verify(ledger.database).problems == ()


def test_when_all_has_ended_and_gone_the_account_still_adds_up(
    ledger: SqlLedger, clock: FakeClock
) -> None:
    for spent in (4, 5):
        settle(ledger, spent)
    clock.step(MONTH)
    assert ledger.prune(MONTH / 2).entries == 2
    assert verify(ledger.database).problems == ()
    assert lease(ledger).token == 3


def test_a_lease_that_was_pruned_is_not_charged_again(ledger: SqlLedger, clock: FakeClock) -> None:
    """Its owner learns that it ended, and need not try for ever; a lease of nowhere is an error."""
    settled, abandoned = settle(ledger, 7), lease(ledger)
    clock.step(MONTH)
    assert ledger.recover() == 1
    assert ledger.prune(DAY).entries == 1
    assert not ledger.settle(settled, Amounts(energy=7), provenance="measured")
    assert not ledger.settle(abandoned, Amounts(energy=2), provenance="measured")
    clock.step(MONTH)
    assert ledger.prune(DAY).entries == 1
    assert not ledger.settle(abandoned, Amounts(energy=2), provenance="measured")
    assert ledger.balance(ACCOUNT).settled == Amounts(energy=17)
    later = Lease("never", ACCOUNT, Amounts(energy=10), 3, clock.now)
    elsewhere = Lease("never", Account("eval", "fleet", 0), Amounts(), 1, clock.now)
    for unknown in (later, elsewhere):
        with pytest.raises(LedgerError, match="knows no lease"):
            ledger.settle(unknown, Amounts(), provenance="measured")


def test_a_day_is_kept_whatever_is_asked(ledger: SqlLedger, clock: FakeClock) -> None:
    """So that a settlement that is repeated after an outage finds that it counted."""
    settled = settle(ledger, 7)
    clock.step(DAY - 1)
    assert ledger.prune(0) == Pruned(0, 0, 0)
    assert ledger.settle(settled, Amounts(energy=7), provenance="measured")
    assert ledger.balance(ACCOUNT).settled == Amounts(energy=7)


def test_usage_stays_within_the_window_of_an_sci(ledger: SqlLedger, clock: FakeClock) -> None:
    ledger.add_usage("answer", Usage(1, 1, 1, 1))
    clock.step(2 * DAY)
    assert ledger.prune(DAY, usage_older_than=3 * DAY).minutes == 0
    assert ledger.usage_within("answer", 3 * DAY) == (Usage(1, 1, 1, 1),)
    clock.step(2 * DAY)
    assert ledger.prune(DAY, usage_older_than=3 * DAY).minutes == 1


def test_more_than_one_transaction_takes(ledger: SqlLedger, clock: FakeClock) -> None:
    rows = [
        {"name": "answer", "minute": minute, "provenance": "measured"}
        | dict.fromkeys(("energy", "operational", "embodied", "units"), 1)
        for minute in range(2 * BATCH + 1)
    ]
    ledger.database.write(lambda connection: connection.execute(insert(usage), rows))
    assert ledger.prune(DAY).minutes == 2 * BATCH + 1


def test_pruning_beside_settlements(opened: Open, clock: FakeClock) -> None:
    """No sum is lost: neither one that is being pruned nor one that is being settled."""
    accounts = [Account(name, "fleet", 0) for name in ("train", "eval", "serve")]
    first = opened(clock)
    for account in accounts * 20:
        old = lease(first, account=account)
        first.settle(old, Amounts(energy=1), provenance="measured")
    clock.step(MONTH)

    def settle_more(ledger: SqlLedger) -> None:
        for account in accounts * 10:
            taken = lease(ledger, account=account)
            ledger.settle(taken, Amounts(energy=1), provenance="measured")

    pruned: list[Pruned] = []
    workers = [
        *(threading.Thread(target=settle_more, args=(opened(clock),)) for _ in range(2)),
        *(
            threading.Thread(target=lambda ledger: pruned.append(ledger.prune(DAY)), args=(own,))
            for own in (opened(clock), opened(clock))
        ),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(pruned) == 2
    assert sum(one.entries for one in pruned) == 60
    assert [first.balance(account).settled.energy for account in accounts] == [40, 40, 40]
    assert verify(first.database).problems == ()
