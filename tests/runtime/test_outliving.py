"""Work that goes on when what surrounds it has ended: forks, background tasks, period ends."""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from fake_surroundings import FakeSurroundings
from waiting import wait_until

from greenlint import current_scope, load_policy, request_budget, token_budget
from greenlint.forking import ForkGate
from greenlint.runtime.session import Session

HOST = """\
version: 1
budgets:
  host: {tokens: 1000, requests: 100, per: day, scope: host, on_exceed: deny}
ledger: {url: "sqlite:///ledger.db"}
"""


def run(code: str, cwd: Path) -> str:
    """What a fresh Python prints that runs `code` from a file in a directory."""
    (cwd / "greenlint.yaml").write_text(HOST, encoding="utf-8")
    (cwd / "program.py").write_text(textwrap.dedent(code), encoding="utf-8")
    done = subprocess.run(
        # From 3.12 on, Python says of every fork beside threads that it may lead to deadlocks.
        [sys.executable, "-W", "ignore:This process:DeprecationWarning", "program.py"],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if "GREENLINT" not in name},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


def test_what_a_background_task_uses_after_its_creator_ended_is_charged(
    session: Session, surroundings: FakeSurroundings, policy
) -> None:
    policy("budgets: {a: {tokens: 1000, per: run, on_exceed: deny}}")

    @token_budget("a")
    async def ask(tokens: int, gate: asyncio.Event) -> None:
        current_scope().tokens(tokens)
        await gate.wait()
        current_scope().tokens(tokens)

    async def later(gate: asyncio.Event) -> None:
        await gate.wait()
        await ask(100, gate)

    @token_budget("a")
    async def handle(gate: asyncio.Event) -> list["asyncio.Task[None]"]:
        tasks = [asyncio.create_task(ask(7, gate)), asyncio.create_task(later(gate))]
        await asyncio.sleep(0.01)
        return tasks

    async def main() -> None:
        gate = asyncio.Event()
        tasks = await handle(gate)
        gate.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())
    assert ask.budget.spent().tokens == 2 * 7 + 2 * 100
    assert ask.budget.spent().requests == 3


def test_a_coroutine_within_the_same_budget_needs_no_room_of_its_own(
    session: Session, policy
) -> None:
    policy("budgets: {one: {requests: 1, per: day, on_exceed: deny}}")

    @request_budget("one")
    async def inner() -> str:
        return "done"

    @request_budget("one")
    async def outer() -> str:
        return await inner()

    assert asyncio.run(outer()) == "done"


def test_work_that_holds_nothing_any_more_is_charged_after_a_reload(
    session: Session, surroundings: FakeSurroundings, policy
) -> None:
    policy("budgets: {a: {tokens: 1000, per: run, scope: host, on_exceed: deny}}")

    @token_budget("a")
    def work() -> None:
        current_scope().tokens(10)  # more than was held for a first call
        current_scope().checkpoint()
        load_policy()
        turns = threading.Event()
        session.looks[Turns(turns)] = None
        assert turns.wait(60)
        current_scope().tokens(100)

    work()
    wait_until(lambda: work.budget.spent().tokens == 110)


class Turns:
    """Tells when the keeper has had some turns."""

    def __init__(self, done: threading.Event) -> None:
        self._left = 5
        self._done = done
        done.looker = self  # type: ignore[attr-defined]  # kept as long as it is waited for

    def look(self) -> bool:
        self._left -= 1
        if self._left == 0:
            self._done.set()
        return self._left > 0

    def begin_in_child(self) -> None:
        """Nothing is kept."""


def test_a_response_whose_usage_cannot_be_read_is_unmeasured_and_returned(
    session: Session,
) -> None:
    class Detached:
        @property
        def usage(self) -> object:
            raise RuntimeError("the session is closed")

    class Odd:
        usage = {"total_tokens": -1}  # noqa: RUF012  # as a response has it

    @token_budget(tokens=10, per="run")
    def ask(response: object) -> object:
        return response

    for response in (Detached(), Odd()):
        assert ask(response) is response
    assert ask.budget.unmeasured == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_waits_for_a_ledger_that_is_being_opened(tmp_path: Path) -> None:
    code = """
        import os, sys
        from greenlint import current_scope, token_budget

        @token_budget("host")
        def ask(tokens):
            current_scope().tokens(tokens)

        @token_budget("slow", "1000", scope="host", per="day", on_exceed="warn")
        def first():
            current_scope().tokens(1)

        first()  # only warns: its ledger is opened in the background
        child = os.fork()
        if child == 0:
            ask(2)
            sys.exit(0)
        os.waitpid(child, 0)
        print(ask.budget.spent().tokens)
    """
    assert run(code, tmp_path) == "2"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_parent_and_child_use_after_a_fork_within_a_call_is_charged(tmp_path: Path) -> None:
    code = """
        import os
        from greenlint import current_scope, token_budget

        @token_budget("host")
        def work():
            current_scope().tokens(100)
            child = os.fork()
            current_scope().tokens(10 if child else 1)
            return child

        if child := work():
            os.waitpid(child, 0)
            print(work.budget.spent().tokens)
    """
    assert run(code, tmp_path) == "111"


@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_a_process_of_multiprocessing_settles_when_it_ends(method: str, tmp_path: Path) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    code = f"""
        import multiprocessing
        from greenlint import current_scope, token_budget

        @token_budget("host")
        def ask():
            current_scope().tokens(10)

        if __name__ == "__main__":
            worker = multiprocessing.get_context("{method}").Process(target=ask)
            worker.start()
            worker.join()
            print(ask.budget.spent().tokens)
    """
    assert run(code, tmp_path) == "10"


def test_the_gate_waits_for_others_only_and_not_for_ever() -> None:
    gate = ForkGate(patience=0.01)
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with gate.no_fork():
            inside.set()
            leave.wait(60)

    with gate.no_fork(), gate.no_fork():
        gate.before_fork()  # its own work keeps nobody waiting
        gate.after_fork_in_parent()
    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(60)
    gate.before_fork()  # gives up waiting
    gate.after_fork_in_parent()
    leave.set()
    thread.join()


def test_a_block_that_threads_share_is_left_by_each_as_its_own(session: Session) -> None:
    guard = request_budget("shared", requests=1_000_000, per="run")

    def work() -> None:
        for _ in range(300):
            with guard as scope:
                scope.requests()
                assert current_scope() is scope
            assert current_scope() is not scope

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert guard.spent().requests == 8 * 300
