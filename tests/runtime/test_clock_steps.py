"""The machine's clock is set while a session runs: nothing is lost, and each day has its own."""

import pytest
from clock import FakeClock
from fake_meter import FakeMeter
from fake_surroundings import FakeSurroundings

from greenlint import RegionDenied, carbon_budget, energy_budget, region_guard
from greenlint.ledger.entry import Account
from greenlint.runtime.session import Session

J = 1_000_000
DAY = 86_400
MIDNIGHT = 1_767_225_600  # the beginning of 2026, UTC
BACK = [-20.0, -3600.0, -3.0 * DAY]


@pytest.fixture
def clock(session: Session) -> FakeClock:
    """The clock of the session, ten seconds after midnight."""
    session.clock = FakeClock(MIDNIGHT + 10.0)
    session.grid._clock = session.clock
    return session.clock


@pytest.mark.parametrize("on_exceed", ["warn", "deny", "stop"])
@pytest.mark.parametrize("step", BACK)
def test_a_clock_that_is_set_back_over_midnight_loses_nothing(
    meter: FakeMeter,
    session: Session,
    surroundings: FakeSurroundings,
    clock: FakeClock,
    policy,
    on_exceed: str,
    step: float,
) -> None:
    """Work counts in the day that the clock says, as it does for a process that starts now."""
    policy(f"budgets: {{train: {{energy: 10 J, per: day, scope: fleet, on_exceed: {on_exceed}}}}}")

    @energy_budget("train")
    def work(joules: float) -> None:
        meter.use(joules)

    def settled(period: int) -> int:
        return surroundings.ledger.balance(Account("train", "fleet", period)).settled.energy

    work(4)
    clock.step(step)
    then = int(clock.now // DAY) * DAY
    for _ in range(3):
        work(2)
        session._turn()
    clock.step(-step)
    work(1)
    session.close()
    assert (settled(MIDNIGHT), settled(then)) == (5 * J, 6 * J)


@pytest.mark.parametrize("step", [*BACK, DAY])
def test_a_run_is_one_whatever_the_clock_says(
    meter: FakeMeter, session: Session, clock: FakeClock, step: float
) -> None:
    @energy_budget(joules=10, per="run")
    def work(joules: float) -> None:
        meter.use(joules)

    work(4)
    clock.step(step)
    work(4)
    assert work.budget.spent().energy == 8 * J


@pytest.mark.parametrize("step", BACK)
def test_where_it_runs_is_looked_up_again_when_the_clock_was_set_back(
    meter: FakeMeter,
    session: Session,
    surroundings: FakeSurroundings,
    clock: FakeClock,
    policy,
    step: float,
) -> None:
    """Not only when the clock has come back to where it was."""
    policy("regions: {allow: ['zone:FR']}")

    @region_guard()
    @carbon_budget(grams=1_000, per="run")
    def work() -> None:
        meter.use(1)

    work()
    france = session.grid.factor
    surroundings.declared_region = "zone:PL"
    clock.step(step)
    session._turn()
    assert session.grid.factor > 5 * france
    with pytest.raises(RegionDenied, match="zone:PL"):
        work()
