"""What every ledger promises, on every backend."""

from dataclasses import replace

import pytest
from backends import Open
from clock import FakeClock

from greenlint.errors import LedgerError
from greenlint.ledger.entry import (
    Account,
    Balance,
    DecisionEntry,
    Lease,
    Refusal,
    Usage,
    total_usage,
)
from greenlint.ledger.reading import read_decisions
from greenlint.ledger.store import SqlLedger
from greenlint.policy.amounts import Amounts, Limits, Metric
from greenlint.policy.budget import Per
from greenlint.policy.decision import Outcome
from greenlint.policy.period import period_start

TODAY = Account("train", "fleet", 1_800_000_000)
TOMORROW = replace(TODAY, period=TODAY.period + 86_400)
LIMITS = Limits(energy=1_000)
MINUTE = 60.0


@pytest.fixture
def clock() -> FakeClock:
    """The ledger's clock."""
    return FakeClock()


@pytest.fixture
def ledger(opened: Open, clock: FakeClock) -> SqlLedger:
    """An empty ledger."""
    return opened(clock)


def reserve(
    ledger: SqlLedger, wanted: int, *, needed: int | None = None, account: Account = TODAY
) -> Lease | Refusal:
    """Reserve energy for a minute."""
    return ledger.reserve(
        account,
        limits=LIMITS,
        wanted=Amounts(energy=wanted),
        needed=Amounts(energy=wanted if needed is None else needed),
        lifetime=MINUTE,
    )


def lease(ledger: SqlLedger, wanted: int, *, account: Account = TODAY) -> Lease:
    """A lease that is sure to be granted."""
    granted = reserve(ledger, wanted, account=account)
    assert isinstance(granted, Lease)
    return granted


def energy(settled: int, reserved: int) -> Balance:
    """A balance of energy alone."""
    return Balance(Amounts(energy=settled), Amounts(energy=reserved))


class TestReserve:
    """Promise 1: settled and reserved never pass the limit together."""

    def test_a_lease_is_what_was_wanted(self, ledger: SqlLedger, clock: FakeClock) -> None:
        granted = lease(ledger, 400)
        assert (granted.account, granted.granted) == (TODAY, Amounts(energy=400))
        assert granted.expires == clock.now + MINUTE
        assert ledger.balance(TODAY) == energy(0, 400)

    def test_one_budget_is_not_given_twice(self, ledger: SqlLedger) -> None:
        lease(ledger, 600)
        refused = reserve(ledger, 600)
        assert refused == Refusal(TODAY, Metric.ENERGY, energy(0, 600), 1_000)

    def test_a_refusal_takes_nothing(self, ledger: SqlLedger) -> None:
        reserve(ledger, 1_001)
        assert ledger.balance(TODAY) == energy(0, 0)

    def test_less_than_wanted_if_it_is_enough(self, ledger: SqlLedger) -> None:
        lease(ledger, 700)
        granted = reserve(ledger, 500, needed=300)
        assert isinstance(granted, Lease)
        assert granted.granted == Amounts(energy=300)
        assert isinstance(reserve(ledger, 1), Refusal)

    def test_needed_counts_where_it_is_more_than_wanted(self, ledger: SqlLedger) -> None:
        granted = reserve(ledger, 10, needed=20)
        assert isinstance(granted, Lease)
        assert granted.granted == Amounts(energy=20)

    def test_each_metric_has_its_limit(self, ledger: SqlLedger) -> None:
        limits = Limits(energy=1_000, tokens=10, requests=0)
        wanted = Amounts(energy=5_000, carbon=77, tokens=8)
        granted = ledger.reserve(
            TODAY, limits=limits, wanted=wanted, needed=Amounts(), lifetime=MINUTE
        )
        assert isinstance(granted, Lease)
        assert granted.granted == Amounts(energy=1_000, carbon=77, tokens=8)
        refused = ledger.reserve(
            TODAY, limits=limits, wanted=wanted, needed=Amounts(tokens=3), lifetime=MINUTE
        )
        assert isinstance(refused, Refusal)
        assert (refused.metric, refused.limit) == (Metric.TOKENS, 10)
        assert refused.balance == Balance(Amounts(), granted.granted)

    def test_a_limit_of_nothing_admits_no_need(self, ledger: SqlLedger) -> None:
        limits = Limits(requests=0)
        one = Amounts(requests=1)
        refused = ledger.reserve(TODAY, limits=limits, wanted=one, needed=one, lifetime=MINUTE)
        assert isinstance(refused, Refusal)
        assert refused.limit == 0

    def test_accounts_are_apart(self, ledger: SqlLedger) -> None:
        """By budget, holder and period."""
        lease(ledger, 1_000)
        for other in (replace(TODAY, budget="eval"), replace(TODAY, holder="host:a"), TOMORROW):
            assert lease(ledger, 1_000, account=other).token == 1
            assert ledger.balance(other) == energy(0, 1_000)

    def test_a_raised_limit_counts_at_once(self, ledger: SqlLedger) -> None:
        lease(ledger, 1_000)
        more = Amounts(energy=500)
        limits = Limits(energy=1_500)
        granted = ledger.reserve(TODAY, limits=limits, wanted=more, needed=more, lifetime=MINUTE)
        assert isinstance(granted, Lease)

    @pytest.mark.parametrize("amount", [-1, 2**62])
    def test_amounts_that_no_column_holds(self, ledger: SqlLedger, amount: int) -> None:
        with pytest.raises(ValueError, match="amount must be from 0"):
            reserve(ledger, amount)

    def test_the_largest_limit_is_no_overflow(self, ledger: SqlLedger) -> None:
        most = Amounts(energy=2**62 - 1)
        limits = Limits(energy=2**80)
        granted = ledger.reserve(TODAY, limits=limits, wanted=most, needed=most, lifetime=MINUTE)
        assert isinstance(granted, Lease)
        refused = ledger.reserve(TODAY, limits=limits, wanted=most, needed=most, lifetime=MINUTE)
        assert isinstance(refused, Refusal)


class TestSettle:
    """Promises 2 and 4: charged once, whatever it was; debt is kept."""

    def test_the_rest_is_given_back(self, ledger: SqlLedger) -> None:
        assert ledger.settle(lease(ledger, 1_000), Amounts(energy=250), provenance="measured")
        assert ledger.balance(TODAY) == energy(250, 0)
        assert isinstance(reserve(ledger, 750), Lease)

    def test_only_the_first_call_counts(self, ledger: SqlLedger) -> None:
        granted = lease(ledger, 500)
        assert ledger.settle(granted, Amounts(energy=100), provenance="measured")
        assert ledger.settle(granted, Amounts(energy=400), provenance="measured")
        assert ledger.balance(TODAY) == energy(100, 0)

    def test_overrun_is_debt_and_lowers_the_next_admission(self, ledger: SqlLedger) -> None:
        small = lease(ledger, 100)
        other = lease(ledger, 100)
        ledger.settle(small, Amounts(energy=1_300), provenance="measured")
        assert ledger.balance(TODAY) == energy(1_300, 100)
        ledger.void(other)
        refused = reserve(ledger, 500, needed=0)
        assert refused == Refusal(TODAY, Metric.ENERGY, energy(1_300, 0), 1_000)

    def test_a_call_is_charged_to_the_period_of_its_reservation(
        self, ledger: SqlLedger, clock: FakeClock
    ) -> None:
        granted = lease(ledger, 500)
        clock.step(30.0)
        lease(ledger, 100, account=TOMORROW)
        ledger.settle(granted, Amounts(energy=500), provenance="measured")
        assert ledger.balance(TODAY) == energy(500, 0)
        assert ledger.balance(TOMORROW) == energy(0, 100)

    def test_a_clock_set_back_over_midnight(self, ledger: SqlLedger, clock: FakeClock) -> None:
        """Yesterday's row is found again as it was, and today's keeps what it has."""
        late = period_start(Per.DAY, clock.now) - 60.0
        spent = []
        for at in (late, late + 3_600, late):
            clock.now = at
            account = replace(TODAY, period=period_start(Per.DAY, clock.now))
            ledger.settle(lease(ledger, 300, account=account), Amounts(energy=300), provenance="")
            spent.append(ledger.balance(account).settled.energy)
        assert spent == [300, 300, 600]

    def test_void_charges_nothing(self, ledger: SqlLedger) -> None:
        granted = lease(ledger, 500)
        assert ledger.void(granted)
        assert ledger.void(granted)
        assert ledger.balance(TODAY) == energy(0, 0)

    def test_the_first_end_stands(self, ledger: SqlLedger) -> None:
        settled, voided = lease(ledger, 100), lease(ledger, 100)
        ledger.settle(settled, Amounts(energy=60), provenance="measured")
        ledger.void(voided)
        assert not ledger.void(settled)
        assert not ledger.settle(voided, Amounts(energy=60), provenance="measured")
        assert ledger.balance(TODAY) == energy(60, 0)

    def test_a_lease_of_another_ledger(self, ledger: SqlLedger) -> None:
        """What was spent of it is recorded nowhere, so this must not pass in silence."""
        strange = replace(lease(ledger, 100), id="strange")
        with pytest.raises(LedgerError, match="knows no lease strange"):
            ledger.settle(strange, Amounts(), provenance="measured")

    def test_a_wrong_token_ends_nothing(self, ledger: SqlLedger) -> None:
        granted = lease(ledger, 100)
        with pytest.raises(LedgerError, match="knows no lease"):
            ledger.settle(replace(granted, token=7), Amounts(), provenance="measured")
        assert ledger.balance(TODAY) == energy(0, 100)


class TestRecovery:
    """Promises 3 and 5: an expired lease is charged in full, and its owner comes too late."""

    def test_the_whole_lease_is_charged(self, ledger: SqlLedger, clock: FakeClock) -> None:
        lease(ledger, 300)
        clock.step(MINUTE - 0.001)
        assert ledger.recover() == 0
        clock.step(0.001)
        assert ledger.recover() == 1
        assert ledger.recover() == 0
        assert ledger.balance(TODAY) == energy(300, 0)

    def test_a_late_owner_cannot_end_it(self, ledger: SqlLedger, clock: FakeClock) -> None:
        granted = lease(ledger, 300)
        clock.step(2 * MINUTE)
        ledger.recover()
        assert not ledger.settle(granted, Amounts(energy=10), provenance="measured")
        assert not ledger.void(granted)
        assert ledger.renew(granted, lifetime=MINUTE) is None
        assert ledger.balance(TODAY) == energy(300, 0)

    def test_tokens_rise(self, ledger: SqlLedger, clock: FakeClock) -> None:
        """Across ends of every kind."""
        first = lease(ledger, 10)
        ledger.settle(first, Amounts(), provenance="measured")
        second = lease(ledger, 10)
        clock.step(2 * MINUTE)
        ledger.recover()
        third = lease(ledger, 10)
        assert [first.token, second.token, third.token] == [1, 2, 3]

    def test_opening_recovers(self, opened: Open, clock: FakeClock) -> None:
        lease(opened(clock), 300)
        clock.step(2 * MINUTE)
        assert opened(clock, recover=False).balance(TODAY) == energy(0, 300)
        assert opened(clock).balance(TODAY) == energy(300, 0)

    def test_many_are_recovered(self, ledger: SqlLedger, clock: FakeClock) -> None:
        """More than one transaction takes at once."""
        for _ in range(101):
            lease(ledger, 1)
        clock.step(2 * MINUTE)
        assert ledger.recover() == 101
        assert ledger.balance(TODAY) == energy(101, 0)

    def test_renewal_puts_it_off(self, ledger: SqlLedger, clock: FakeClock) -> None:
        granted = lease(ledger, 300)
        clock.step(MINUTE / 2)
        renewed = ledger.renew(granted, lifetime=MINUTE)
        assert renewed == replace(granted, expires=clock.now + MINUTE)
        clock.step(MINUTE * 0.75)
        assert ledger.recover() == 0
        assert ledger.settle(renewed, Amounts(energy=5), provenance="measured")

    def test_a_late_owner_before_recovery_is_in_time(
        self, ledger: SqlLedger, clock: FakeClock
    ) -> None:
        granted = lease(ledger, 300)
        clock.step(2 * MINUTE)
        assert ledger.settle(granted, Amounts(energy=10), provenance="measured")
        assert ledger.recover() == 0

    def test_a_clock_set_forward_charges_too_much_never_too_little(
        self, ledger: SqlLedger, clock: FakeClock
    ) -> None:
        granted = lease(ledger, 300)
        clock.step(3_600)
        assert ledger.recover() == 1
        clock.step(-3_600)
        assert not ledger.settle(granted, Amounts(energy=10), provenance="measured")
        assert ledger.balance(TODAY) == energy(300, 0)

    def test_a_clock_set_back_leaks_no_lease(self, ledger: SqlLedger, clock: FakeClock) -> None:
        """A lease lasts no longer than it was given for, counted from the next recovery."""
        lease(ledger, 300)
        clock.step(-3_600)
        assert ledger.recover() == 0
        clock.step(MINUTE)
        assert ledger.recover() == 1


class TestRecords:
    """What else the ledger keeps."""

    def test_an_alert_is_claimed_once(self, opened: Open, ledger: SqlLedger) -> None:
        assert ledger.claim(TODAY, 0.8)
        assert not ledger.claim(TODAY, 0.8)
        assert not opened().claim(TODAY, 0.8)
        assert ledger.claim(TODAY, 1.0)
        assert ledger.claim(TOMORROW, 0.8)

    def test_usage_adds_up_over_a_window(self, ledger: SqlLedger, clock: FakeClock) -> None:
        clock.now = 1_800_000_030.0
        ledger.add_usage("answer", Usage(100, 10, 1, 1))
        ledger.add_usage("answer", Usage(200, 20, 2, 1))
        ledger.add_usage("other", Usage(units=9))
        assert ledger.usage_within("answer", 3_600) == (Usage(300, 30, 3, 2),)
        clock.step(600)
        ledger.add_usage("answer", Usage(50, 5, 0, 4))
        assert ledger.usage_within("answer", 3_600) == (Usage(350, 35, 3, 6),)
        assert ledger.usage_within("answer", 300) == (Usage(50, 5, 0, 4),)
        assert ledger.usage_within("never", 300) == ()

    def test_usage_is_kept_apart_by_provenance(self, ledger: SqlLedger) -> None:
        """And what was unmeasured is no unit of the whole."""
        parts = (
            Usage(embodied=8),
            Usage(50, 5, 0, 2, "measured"),
            Usage(20, 2, 0, 1, "modelled"),
            Usage(units=3, provenance="unavailable"),
        )
        ledger.add_usage("answer", *reversed(parts))
        ledger.add_usage("answer", Usage(1, 1, 0, 1, "modelled"))
        found = ledger.usage_within("answer", 300)
        assert found == (*parts[:2], Usage(21, 3, 0, 2, "modelled"), parts[3])
        assert total_usage(found) == Usage(71, 8, 8, 4)

    def test_negative_usage(self, ledger: SqlLedger) -> None:
        with pytest.raises(ValueError, match="amount"):
            ledger.add_usage("answer", Usage(energy=-1))

    def test_a_decision_is_kept(self, ledger: SqlLedger) -> None:
        entry = DecisionEntry(
            TODAY,
            Outcome.DENY,
            "over the limit; 'quoted' and \N{SNOWMAN}",
            at=1_800_000_123.25,
            policy_hash="abc",
            provenance="modelled",
            place="zone:FR",
            labels={"team": "search"},
        )
        ledger.record(entry)
        assert read_decisions(ledger.database) == (entry,)
