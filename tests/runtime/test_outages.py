"""What follows when something that a guard leans on is out of reach, slow or broken."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from fake_meter import FakeMeter
from fake_surroundings import FakeSurroundings
from waiting import wait_until

from greenlint import BudgetExceeded, BudgetUnmeasured, energy_budget, request_budget
from greenlint.ledger.entry import Ledger
from greenlint.ledger.memory import MemoryLedger
from greenlint.policy.decision import Outcome
from greenlint.policy.runtime_policy import RuntimePolicy
from greenlint.runtime import session as sessions
from greenlint.runtime.keeper import Keeper
from greenlint.runtime.session import Session

DENIES = "budgets: {a: {energy: 5 J, per: run, on_exceed: deny, on_ledger_down: deny}}"


def test_a_ledger_out_of_reach_denies_work_where_the_policy_says_so(
    meter: FakeMeter, surroundings: FakeSurroundings, policy, caplog: pytest.LogCaptureFixture
) -> None:
    policy(DENIES)
    surroundings.ledger_is_down = True
    work = energy_budget("a")(lambda: "done")
    for _ in range(2):
        with pytest.raises(BudgetUnmeasured, match="the ledger is out of reach"):
            work()
    assert work.budget.decisions()[-1].outcome is Outcome.DENY
    # Told once, however many calls were denied.
    told = [record for record in caplog.records if "out of reach; once" in record.message]
    assert len(told) == 1
    assert "`a` is denied" in told[0].message
    ledger = surroundings.ledger
    assert isinstance(ledger, MemoryLedger)
    assert not ledger.decisions
    surroundings.ledger_is_down = False
    # Calls that are denied meanwhile do not put off the next try.
    wait_until(lambda: works(work))
    # What was decided meanwhile is recorded once the ledger is back.
    wait_until(lambda: bool(ledger.decisions))
    assert "out of reach" in ledger.decisions[0].reason


def works(call: Callable[[], object]) -> bool:
    try:
        call()
    except BudgetUnmeasured:
        return False
    return True


def test_a_coroutine_runs_under_another_event_loop_than_that_of_asyncio(meter: FakeMeter) -> None:
    @energy_budget("train", joules=100, per="run")
    async def work() -> str:
        meter.use(2)
        return "done"

    assert [by_hand(work()), by_hand(work())] == ["done", "done"]
    assert work.budget.spent().energy == 4_000_000


def by_hand(coroutine: Coroutine[Any, Any, str]) -> str:
    """What a coroutine returns that never waits; no event loop knows of it."""
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    return str(ended.value.value)


class SlowLedgers(FakeSurroundings):
    """Opens the ledger once it may."""

    def __init__(self, policy: Path) -> None:
        super().__init__(policy)
        self.asked = threading.Event()
        self.may = threading.Event()

    def open_ledger(self, policy: RuntimePolicy) -> Ledger:
        self.asked.set()
        self.may.wait(60)
        return super().open_ledger(policy)


def test_a_task_cancelled_while_it_is_admitted_holds_nothing(
    session: Session, policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowLedgers(policy("budgets: {a: {requests: 1, per: run, on_exceed: deny}}"))
    own = Session(slow, interval=0.01)
    monkeypatch.setattr(sessions, "active", own)

    @request_budget("a")
    async def work() -> str:
        return "done"

    async def main() -> str:
        task = asyncio.create_task(work())
        await asyncio.to_thread(slow.asked.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        slow.may.set()
        # What was held for the task is given back: there is room for one request, and no more.
        for _ in range(20_000):
            with contextlib.suppress(BudgetExceeded):
                return await work()
            await asyncio.sleep(0.002)
        return "denied"

    assert asyncio.run(main()) == "done"
    own.close()


def test_a_turn_of_the_keeper_that_fails_is_not_the_last(caplog: pytest.LogCaptureFixture) -> None:
    turns: list[int] = []

    def turn() -> bool:
        turns.append(len(turns))
        if len(turns) == 1:
            raise ZeroDivisionError
        return len(turns) < 3

    keeper = Keeper(turn, interval=0.001)
    with caplog.at_level(logging.ERROR, logger="greenlint"):
        keeper.poke()
        wait_until(lambda: keeper.asleep and len(turns) == 3)
    keeper.close()
    assert "the next one goes on" in caplog.text
    keeper.poke()  # a keeper that was closed starts no thread again
    assert len(turns) == 3
