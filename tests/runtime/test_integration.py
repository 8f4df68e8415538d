"""The runtime with the real meter, ledger and alerts, as the program of a user has it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from waiting import wait_until

POLICY = """\
version: 1
budgets:
  train: {energy: 40 J, per: run, warn_at: [50%], on_exceed: stop}
  daily: {energy: 1 kWh, requests: 1000, per: day, scope: host, on_exceed: deny}
meter: {sources: [rapl], interval: 100ms, declared: {cpu: 50 W}}
ledger: {url: "sqlite:///ledger.db"}
"""
BUSY = """
import sys, time
from greenlint import BudgetExceeded, budget, current_scope, energy_budget

@energy_budget("daily")
def work(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))
"""
EXAMPLE = Path(__file__).parents[2] / "examples" / "budgeted"


@pytest.fixture
def program(tmp_path: Path):
    """Runs a program under the policy above; its process."""
    (tmp_path / "greenlint.yaml").write_text(POLICY, encoding="utf-8")

    def start(code: str) -> "subprocess.Popen[str]":
        environment = {name: os.environ[name] for name in os.environ if "GREENLINT" not in name}
        return subprocess.Popen(
            [sys.executable, "-c", BUSY + textwrap.dedent(code)],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def ended(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What a program printed; the test fails if the program did."""
    out, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    return out, error


def rows(folder: Path, query: str) -> list[tuple]:
    """What stands in the ledger."""
    connection = sqlite3.connect(folder / "ledger.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_loop_is_stopped_by_its_budget_and_the_ledger_knows(program, tmp_path: Path) -> None:
    out, log = ended(
        program("""
        steps, began = 0, time.monotonic()
        try:
            with budget("train") as scope:
                while True:
                    steps += 1
                    time.sleep(0.01)
                    sum(range(100_000))
                    scope.checkpoint()
        except BudgetExceeded as error:
            print(steps > 3, error.budget, error.spent >= error.limit, time.monotonic() - began)
        """)
    )
    *told, seconds = out.split()
    assert told == ["True", "train", "True"]
    assert "Budget train has reached 50%" in log
    assert "Budget train is used up" in log
    ((settled, reserved),) = rows(
        tmp_path,
        "select settled_energy, reserved_energy from greenlint_accounts where budget = 'train'",
    )
    assert 40e6 <= settled < 50e6 * (float(seconds) + 1)  # at 50 W
    assert reserved == 0
    decisions = rows(tmp_path, "select outcome, policy_hash, place from greenlint_decisions")
    assert {outcome for outcome, _, _ in decisions} == {"stop"}
    assert all(policy_hash for _, policy_hash, _ in decisions)


def test_what_ran_is_settled_at_exit(program, tmp_path: Path) -> None:
    code = """
    from greenlint.runtime.session import current_session
    current_session().meter().ready(60)
    work(0.3); work(0.2); print(work.budget.spent().energy)
    """
    out, _ = ended(program(code))
    ((settled, reserved, requests),) = rows(
        tmp_path,
        "select settled_energy, reserved_energy, settled_requests from greenlint_accounts",
    )
    assert int(out) > 20e6  # half a second at 50 W
    assert (settled, reserved, requests) == (int(out), 0, 2)


def test_what_a_killed_process_held_is_still_reserved(program, tmp_path: Path) -> None:
    process = program("work(0.3); print('ran', flush=True); work(60)")
    assert process.stdout.readline() == "ran\n"
    held = "select sum(granted_energy) from greenlint_leases"
    wait_until(lambda: rows(tmp_path, held) != [(None,)])
    process.send_signal(signal.SIGKILL)
    process.communicate()
    ((granted,),) = rows(tmp_path, held)
    assert granted > 0  # charged in full when the lease expires: over, never under


def test_the_example_is_stopped_in_the_middle_by_its_budget(tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    for name in ("train_spirals.py", "greenlint.yaml"):
        (tmp_path / name).write_text((EXAMPLE / name).read_text(encoding="utf-8"), encoding="utf-8")
    environment = {name: os.environ[name] for name in os.environ if "GREENLINT" not in name}
    ended_run = subprocess.run(
        [sys.executable, "train_spirals.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended_run.returncode == 0, ended_run.stderr
    assert ended_run.stdout.startswith("Stopped after ")
    assert "allows 60 J per run" in ended_run.stdout
    assert (tmp_path / "spirals.npz").is_file()


def test_programs_that_share_a_budget_alert_once(program) -> None:
    code = """
    try:
        with budget("train") as scope:
            for _ in range(200):
                time.sleep(0.01)
                scope.checkpoint()
    except BudgetExceeded:
        pass
    """
    logs = [ended(program(code))[1] for _ in range(2)]
    # Each run has a budget of its own, and so alerts of its own.
    assert [log.count("is used up") for log in logs] == [1, 1]
    assert json.dumps(logs)
