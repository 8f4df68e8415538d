"""`interrupt=True`: an exception in the thread of a plain function or block.

In a process of its own that nothing traces: an exception that arrives in a tracer leaves the
locks of the tracer taken.
"""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

PREAMBLE = """
import sys, time
from fake_surroundings import FakeSurroundings
from greenlint import BudgetExceeded, budget, energy_budget
from greenlint.runtime import session as sessions

surroundings = FakeSurroundings()
sessions.install(sessions.Session(surroundings, interval=0.01))
meter = surroundings.meter

def spin(seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.001)
"""
FAKES = Path(__file__).parents[1] / "fakes"


def printed(code: str, cwd: Path) -> list[str]:
    """What a program prints that uses the fakes, line by line."""
    left_out = ("COV", "GREENLINT_")
    environment = {name: os.environ[name] for name in os.environ if not name.startswith(left_out)}
    ended = subprocess.run(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(code)],
        cwd=cwd,
        env=environment | {"PYTHONPATH": str(FAKES)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def test_it_ends_a_plain_function_in_its_thread(tmp_path: Path) -> None:
    out = printed(
        """
        @energy_budget(joules=10, per="run", interrupt=True)
        def train():
            try:
                meter.use(11)
                spin()
                print("ran out")
            except Exception:
                print("swallowed")
            finally:
                print("cleaned up")

        try:
            train()
        except BudgetExceeded as error:
            print(error.metric, error.spent)
        """,
        tmp_path,
    )
    assert out == ["cleaned up", "energy 11000000"]


def test_it_ends_a_block_in_its_thread(tmp_path: Path) -> None:
    out = printed(
        """
        try:
            with budget("b", joules=1, per="run", interrupt=True):
                meter.use(2)
                spin()
        except BudgetExceeded as error:
            print(error.budget)
        """,
        tmp_path,
    )
    assert out == ["b"]


def test_it_hits_no_other_code_however_late_it_comes(tmp_path: Path) -> None:
    out = printed(
        """
        ended = 0
        for _ in range(60):
            @energy_budget(joules=1, per="run", interrupt=True)
            def train():
                meter.use(2)
                time.sleep(0.009)  # about when the keeper looks
                return 1
            try:
                ended += train()
            except BudgetExceeded:
                ended += 1
            sum(range(100))  # where a late one would arrive
        print(ended)
        """,
        tmp_path,
    )
    assert out == ["60"]


def test_errors_and_results_of_interruptible_work_are_its_own(tmp_path: Path) -> None:
    out = printed(
        """
        @energy_budget(joules=1, interrupt=True)
        def work(fails):
            meter.use(0.5)
            if fails:
                raise KeyError("mine")
            return "done"

        print(work(False))
        try:
            work(True)
        except KeyError as error:
            print(error)
        with budget("b", joules=1, interrupt=True):
            print("block")
        """,
        tmp_path,
    )
    assert out == ["done", "'mine'", "block"]
