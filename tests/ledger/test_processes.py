"""Admission is exact however many processes share a ledger, and a kill loses nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from backends import BACKENDS, Open
from hammer import ACCOUNT

from greenlint.ledger.reading import read_leases
from greenlint.ledger.verification import verify
from greenlint.policy.amounts import Amounts
from greenlint.policy.limits import Ledger as LedgerSection

ROOT = Path(__file__).parents[2]
PROCESSES, LIMIT = 16, 600


def python(*arguments: str | Path) -> str:
    """What a Python program prints; it must end well and in time."""
    ended = subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_sixteen_processes_are_admitted_exactly(settings: LedgerSection, opened: Open) -> None:
    """Promise 1, on a ledger that all of them find missing and create."""
    hammer = Path(__file__).with_name("hammer.py")
    told = json.loads(python(hammer, settings.model_dump_json(), str(PROCESSES), str(LIMIT)))
    ledger = opened()
    balance = ledger.balance(ACCOUNT)
    assert len(told) == PROCESSES
    assert sum(granted - returned for granted, returned in told) == LIMIT
    assert balance.settled + balance.reserved == Amounts(requests=LIMIT)
    assert verify(ledger.database).problems == ()
    assert read_leases(ledger.database)


@pytest.mark.parametrize("backend", BACKENDS)
def test_killed_processes_lose_nothing(backend: str, request: pytest.FixtureRequest) -> None:
    """Promise 3, by a short run of the benchmark; it prints how many problems it found."""
    options = []
    if backend == "postgresql":
        url = request.getfixturevalue("new_database")()
        options = ["--url", url.render_as_string(hide_password=False)]
    printed = python(ROOT / "benchmarks" / "ledger_kill.py", "--rounds", "30", *options)
    rows = dict(line.rsplit(maxsplit=1) for line in printed.splitlines() if line[-1].isdigit())
    assert rows["problems"] == "0"
    assert int(rows["leases granted"]) > 10
