"""The promises of the runtime that are kept here; each test fails when its promise is broken."""

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from fake_meter import FakeMeter
from fake_surroundings import FakeSurroundings
from waiting import wait_until

from greenlint import (
    BudgetExceeded,
    BudgetUnmeasured,
    budget,
    energy_budget,
    request_budget,
)
from greenlint.ledger.memory import MemoryLedger
from greenlint.metering.measurement import Provenance
from greenlint.policy.amounts import Amounts
from greenlint.policy.decision import Outcome
from greenlint.runtime.session import Session

J = 1_000_000

HAMMER = """
import sys, threading
from greenlint import BudgetExceeded, request_budget

@request_budget("shared")
def ask(): pass

admitted = []
def work():
    for _ in range(60):
        try:
            ask()
            admitted.append(1)
        except BudgetExceeded:
            pass
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(admitted))
"""
SHARED = """\
version: 1
budgets:
  shared: {requests: 500, per: day, scope: fleet, on_exceed: deny, on_ledger_down: deny}
ledger: {url: "sqlite:///ledger.db"}
"""


def run(code: str, cwd: Path, *arguments: str) -> "subprocess.Popen[str]":
    """A fresh Python that runs `code` in a directory."""
    environment = {name: value for name, value in os.environ.items() if "GREENLINT" not in name}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]") -> str:
    """What a process printed; the test fails if the process did."""
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out


def test_promise_1_admission_is_exact_across_threads_and_processes(tmp_path: Path) -> None:
    (tmp_path / "greenlint.yaml").write_text(SHARED, encoding="utf-8")
    processes = [run(HAMMER, tmp_path) for _ in range(3)]
    admitted = sum(int(ended(process)) for process in processes)
    # 720 calls want to be made. Never more than the limit; and less only by what the leases of
    # others held back at the end, which each of them gave back when it ended.
    assert admitted <= 500
    assert admitted + int(ended(run(HAMMER, tmp_path))) == 500


def test_promise_2_the_overrun_of_many_calls_is_what_their_estimates_missed(
    meter: FakeMeter,
) -> None:
    @energy_budget(joules=100, per="run", on_exceed="deny")
    def work(joules: float) -> None:
        meter.use(joules)

    admitted = 0
    with pytest.raises(BudgetExceeded):
        while True:
            work(3)
            admitted += 1
    assert admitted == 33  # the 34th needs 3 J of which 1 J is left
    assert work.budget.spent().energy == 99 * J


def test_promise_2_the_overrun_of_a_long_job_is_one_interval(
    meter: FakeMeter, session: Session, surroundings: FakeSurroundings
) -> None:
    @energy_budget("train", joules=100, per="run", warn_at=("50%",))
    async def train() -> None:
        share = meter.shares[-1]
        while True:
            meter.use(1, share=share)
            await asyncio.sleep(0.001)

    with pytest.raises(BudgetExceeded):
        asyncio.run(train())
    spent = train.budget.spent().energy
    assert 100 * J < spent < 160 * J  # a turn of the keeper, on a busy machine
    wait_until(lambda: ("train", "energy") in surroundings.told.exceeded_budgets)
    # It is recorded as debt: nothing more is admitted, and nothing is left.
    with pytest.raises(BudgetExceeded):
        asyncio.run(train())
    assert train.budget.remaining().energy == 0
    assert train.budget.decisions()[0].outcome is Outcome.STOP


def test_promise_7_no_silent_zero(meter: FakeMeter, caplog: pytest.LogCaptureFixture) -> None:
    meter.provenance = Provenance.UNAVAILABLE
    calls = []

    @energy_budget(joules=5, per="run", on_unmeasured="deny")
    def denied() -> str:
        calls.append(1)
        return "done"

    @energy_budget(joules=5, per="run", on_unmeasured="allow")
    def allowed() -> str:
        return "done"

    with pytest.raises(BudgetUnmeasured, match="cannot be measured"):
        denied()
    assert calls == []
    assert allowed() == "done"
    assert allowed.budget.unmeasured == 1
    assert denied.budget.decisions()[0].outcome is Outcome.DENY
    assert allowed.budget.decisions()[0].outcome is Outcome.ALLOW
    assert "could not be measured" in caplog.text
    meter.provenance = Provenance.MEASURED
    assert denied() == "done"
    meter.provenance = Provenance.UNAVAILABLE  # a sensor that fails meanwhile
    with pytest.raises(BudgetUnmeasured) as error:
        denied()
    assert error.value.result == "done"
    assert denied.budget.unmeasured == 1


def test_promise_7_the_meter_raises_nothing_into_user_code(
    meter: FakeMeter, surroundings: FakeSurroundings, policy
) -> None:
    policy("budgets: {a: {energy: 5 J, per: run, on_exceed: deny, on_ledger_down: allow}}")
    surroundings.ledger_is_down = True

    @energy_budget("a")
    def work() -> str:
        meter.use(1)
        return "done"

    assert [work() for _ in range(10)] == ["done"] * 10
    surroundings.ledger_is_down = False


def test_promise_7_a_ledger_out_of_reach_is_told_of_as_that_and_not_as_a_limit_reached(
    session: Session, surroundings: FakeSurroundings, policy
) -> None:
    policy("budgets: {a: {requests: 5, per: day, on_exceed: deny, on_ledger_down: deny}}")

    @request_budget("a")
    def work() -> None: ...

    surroundings.ledger_is_down = True
    for _ in range(2):  # the second is not even tried, and says why all the same
        with pytest.raises(BudgetUnmeasured, match=r"the ledger is out of reach.*test cut it off"):
            work()
    surroundings.ledger_is_down = False
    assert surroundings.told.exceeded_budgets == []


def test_what_the_ledger_did_not_take_at_the_end_is_told(
    session: Session,
    surroundings: FakeSurroundings,
    policy,
    caplog: pytest.LogCaptureFixture,
) -> None:
    policy("budgets: {a: {requests: 5, per: day, on_exceed: deny}}")

    @request_budget("a")
    def work() -> None: ...

    surroundings.ledger_is_down = True
    work()
    session.close()
    surroundings.ledger_is_down = False
    assert caplog.text.count("did not take the last of what was spent of budget `a`") == 1


def test_what_others_reserved_is_said_when_there_is_no_room(
    session: Session, surroundings: FakeSurroundings, policy
) -> None:
    policy("budgets: {a: {requests: 5, per: day, scope: host, on_exceed: deny}}")

    @request_budget("a")
    def work() -> None: ...

    account = session.account(work.budget.budget())[0]
    four = Amounts(requests=4)
    limits = work.budget.budget().limits
    surroundings.ledger.reserve(account, limits=limits, wanted=four, needed=four, lifetime=60)
    work()
    with pytest.raises(BudgetExceeded, match="as 4 requests more is reserved"):
        work()


def test_promise_8_a_parent_includes_its_children_once(meter: FakeMeter) -> None:
    @energy_budget("all", joules=100, per="run")
    def inner() -> None:
        meter.use(2)

    @energy_budget("all", joules=100, per="run")
    def outer() -> None:
        meter.use(1)
        inner()
        inner()
        with budget(joules=50) as block:
            inner()
        assert block.spent().energy == 2 * J

    outer()
    assert outer.budget.spent().energy == 7 * J  # not 13: the children are part of it
    inner()
    assert outer.budget.spent().energy == 9 * J


def test_promise_8_tasks_and_threads_of_a_scope_are_weighed_as_what_they_are(
    meter: FakeMeter,
) -> None:
    seen = []

    @energy_budget(joules=100, per="run")
    async def child() -> None:
        seen.append(("child", meter.shares[-1].awaiting, meter.shares[-1].parent is not None))

    @energy_budget(joules=100, per="run")
    def plain() -> None:
        seen.append(("plain", meter.shares[-1].awaiting, meter.shares[-1].parent is not None))

    @energy_budget(joules=100, per="run")
    async def parent() -> None:
        await asyncio.create_task(child())
        await asyncio.to_thread(plain)

    asyncio.run(parent())
    assert seen == [("child", True, True), ("plain", False, True)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_promise_9_a_forked_child_begins_without_its_parents_leases(
    meter: FakeMeter, session: Session
) -> None:
    @request_budget(100)
    def ask() -> None: ...

    for _ in range(10):
        ask()
    receiver, sender = multiprocessing.Pipe(duplex=False)

    @energy_budget("around", joules=100, per="run")
    def around() -> None:
        meter.use(3)
        pid = os.fork()
        if pid == 0:
            try:
                ask()
                meter.use(2)
                sender.send((ask.budget.spent().requests, session.keeper._thread is not None))
            finally:
                os._exit(0)
        os.waitpid(pid, 0)

    around()
    assert receiver.poll(10)
    spent_in_child, keeper_runs = receiver.recv()
    # A process budget is the child's own, and it has a keeper again.
    assert (spent_in_child, keeper_runs) == (1, True)
    assert ask.budget.spent().requests == 10
    assert around.budget.spent().energy == 3 * J


CHILD = """
import multiprocessing, sys
from greenlint import request_budget

@request_budget("shared")
def ask(): pass

def work(count):
    for _ in range(count):
        ask()

if __name__ == "__main__":
    work(5)
    context = multiprocessing.get_context(sys.argv[1])
    children = [context.Process(target=work, args=(7,)) for _ in range(2)]
    for child in children: child.start()
    for child in children: child.join()
    assert [child.exitcode for child in children] == [0, 0]
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_promise_9_what_children_spend_is_charged_once(tmp_path: Path, method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {method} here")
    (tmp_path / "greenlint.yaml").write_text(SHARED, encoding="utf-8")
    (tmp_path / "program.py").write_text(CHILD, encoding="utf-8")
    program = "import runpy, sys; runpy.run_path('program.py', run_name='__main__')"
    if method == "spawn":
        program = (
            "import subprocess, sys;"
            " sys.exit(subprocess.run([sys.executable, 'program.py', 'spawn']).returncode)"
        )
    ended(run(program, tmp_path, method))
    count = "from greenlint import request_budget; print(request_budget('shared').spent().requests)"
    assert ended(run(count, tmp_path)).strip() == "19"


def test_promise_10_nothing_heavy_on_the_callers_thread(tmp_path: Path) -> None:
    """An inline budget loads neither pydantic nor yaml nor sqlalchemy, ever."""
    code = """
    import json, sys
    from greenlint import budget, request_budget

    @request_budget(5)
    def ask(): pass

    ask()
    with budget(requests=3, per="hour") as scope:
        scope.requests(2)
    heavy = {"pydantic", "yaml", "sqlalchemy", "codecarbon", "libcst", "rich", "pandas"}
    print(json.dumps(sorted(heavy & set(sys.modules))))
    """
    assert json.loads(ended(run(code, tmp_path))) == []


def test_promise_10_the_first_use_in_a_coroutine_does_not_hold_up_the_event_loop(
    meter: FakeMeter, surroundings: FakeSurroundings, policy
) -> None:
    policy("budgets: {a: {energy: 5 J, per: run, on_exceed: deny}}")
    opened = surroundings.open_ledger
    threads, loops = [], []
    turned = threading.Event()

    def slow(*args):
        threads.append(threading.current_thread())
        loops[0].call_soon_threadsafe(turned.set)
        assert turned.wait(30), "the event loop stood still while the ledger was opened"
        return opened(*args)

    surroundings.open_ledger = slow

    @energy_budget("a")
    async def work() -> None: ...

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        await work()

    asyncio.run(main())
    assert threading.main_thread() not in threads


class WatchedLedger(MemoryLedger):
    """Remembers which threads asked it for a lease."""

    def __init__(self) -> None:
        super().__init__()
        self.askers: list[threading.Thread] = []

    def reserve(self, *args, **kwargs):
        self.askers.append(threading.current_thread())
        return super().reserve(*args, **kwargs)


def test_promise_10_a_guarded_call_that_holds_a_lease_asks_nobody(
    session: Session, surroundings: FakeSurroundings
) -> None:
    """What such a call takes is measured by benchmarks/runtime_overhead.py."""
    surroundings.ledger = ledger = WatchedLedger()

    @request_budget("1G", on_exceed="deny")
    def guarded() -> None: ...

    @request_budget("1G", on_exceed="deny")
    async def guarded_coroutine() -> None: ...

    async def awaits() -> None:
        for _ in range(2000):
            await guarded_coroutine()

    guarded()
    asyncio.run(guarded_coroutine())
    asked = ledger.askers.count(threading.main_thread())
    for _ in range(2000):
        guarded()
    asyncio.run(awaits())
    assert ledger.askers.count(threading.main_thread()) == asked
    assert guarded.budget.spent().requests == 2001
    assert guarded_coroutine.budget.spent().requests == 2001
