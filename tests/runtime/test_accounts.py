"""Which account of the ledger a budget is charged to."""

import os
from datetime import UTC, datetime

import pytest

from greenlint.policy.amounts import Limits
from greenlint.policy.budget import Budget, Per, Scope
from greenlint.policy.outer_run import OuterRun
from greenlint.runtime.accounts import FOREVER, Process, account_of, this_process

PROCESS = Process(run="job", machine="host-1", process="host-1:7:a", began=1_000)
NOW = datetime(2026, 3, 29, 12, 30, tzinfo=UTC).timestamp()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def budget(per: Per, scope: Scope, timezone: str = "UTC") -> Budget:
    limits = Limits(energy=1)
    return Budget(name="train", limits=limits, per=per, scope=scope, timezone=timezone)


@pytest.mark.parametrize(
    ("scope", "per", "holder"),
    [
        (Scope.PROCESS, Per.DAY, "process:host-1:7:a"),
        (Scope.PROCESS, Per.RUN, "process:host-1:7:a"),
        (Scope.HOST, Per.DAY, "host:host-1"),
        (Scope.HOST, Per.RUN, "run:job"),
        (Scope.FLEET, Per.DAY, "fleet"),
        (Scope.FLEET, Per.RUN, "run:job"),
    ],
)
def test_the_scope_says_who_shares_an_account(scope: Scope, per: Per, holder: str) -> None:
    assert account_of(budget(per, scope), PROCESS, NOW)[0].holder == holder


@pytest.mark.parametrize(
    ("per", "timezone", "start", "end"),
    [
        (Per.HOUR, "UTC", "2026-03-29T12:00+00:00", "2026-03-29T13:00+00:00"),
        (Per.DAY, "UTC", "2026-03-29T00:00+00:00", "2026-03-30T00:00+00:00"),
        # The day on which the clocks of Berlin go forward has 23 hours.
        (Per.DAY, "Europe/Berlin", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),
        (Per.MONTH, "UTC", "2026-03-01T00:00+00:00", "2026-04-01T00:00+00:00"),
    ],
)
def test_a_period_of_the_calendar_has_an_account_of_its_own(per, timezone, start, end) -> None:
    account, until = account_of(budget(per, Scope.HOST, timezone), PROCESS, NOW)
    assert (account.period, until) == (at(start), at(end))
    following, _ = account_of(budget(per, Scope.HOST, timezone), PROCESS, until)
    assert following.period == until


@pytest.mark.parametrize("per", [Per.CALL, Per.RUN])
def test_a_run_has_one_account_from_its_start_on(per: Per) -> None:
    account, until = account_of(budget(per, Scope.PROCESS), PROCESS, NOW)
    assert (account.period, until) == (1_000, FOREVER)


def test_within_greenlint_run_the_account_is_that_of_the_run_around() -> None:
    outer = OuterRun(budget="train", holder="run:outer", period=500)
    inside = Process("outer", "host-1", "host-1:8:b", 1_000, outer)
    per_run, _ = account_of(budget(Per.RUN, Scope.PROCESS), inside, NOW)
    assert (per_run.holder, per_run.period) == ("run:outer", 500)
    per_hour, _ = account_of(budget(Per.HOUR, Scope.PROCESS), inside, NOW)
    assert (per_hour.holder, per_hour.period) == ("run:outer", at("2026-03-29T12:00+00:00"))
    # A call is the process's own, and so is a budget that the run does not charge.
    assert account_of(budget(Per.CALL, Scope.PROCESS), inside, NOW)[0].holder != "run:outer"
    assert not PROCESS.is_counted_outside(budget(Per.RUN, Scope.PROCESS))


def test_a_process_says_which_run_it_is_part_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GREENLINT_RUN_ID", raising=False)
    alone = this_process(12.5)
    assert alone.run == alone.process
    assert f":{os.getpid()}:" in alone.process
    assert alone.began == 12
    monkeypatch.setenv("GREENLINT_RUN_ID", "job-7")
    assert this_process(12.5).run == "job-7"
