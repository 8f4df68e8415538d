"""`greenlint budgets`, as a process."""

import json
import time
from pathlib import Path

import pytest
from process import Cli

from greenlint.ledger.connect import open_ledger
from greenlint.ledger.entry import Account, Lease
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.budget import Per
from greenlint.policy.limits import Ledger as LedgerSection
from greenlint.policy.period import period_start

POLICY = """\
version: 1
budgets:
  monthly: {requests: 10, per: month, scope: fleet}
  train: {energy: 2 kWh, per: run}
"""
MONTH = period_start(Per.MONTH, time.time())


@pytest.fixture(autouse=True)
def policy(tmp_path: Path) -> None:
    (tmp_path / "greenlint.yaml").write_text(POLICY, encoding="utf-8")


def spend(directory: Path, account: Account, requests: int) -> None:
    """Charge some requests to an account."""
    ledger = open_ledger(LedgerSection(), directory)
    amounts = Amounts(requests=requests)
    lease = ledger.reserve(
        account, limits=Limits(requests=20), wanted=amounts, needed=amounts, lifetime=60.0
    )
    assert isinstance(lease, Lease)
    ledger.settle(lease, amounts, provenance="measured")
    ledger.close()


def test_before_anything_was_spent(cli: Cli, tmp_path: Path) -> None:
    ended = cli("budgets")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.count("not used yet") == 2
    assert max(map(len, ended.out.splitlines())) <= 80
    assert not (tmp_path / ".greenlint").exists()


def test_what_was_spent(cli: Cli, tmp_path: Path) -> None:
    spend(tmp_path, Account("monthly", "fleet", MONTH), 12)
    spend(tmp_path, Account("monthly", "fleet", MONTH - 1), 3)
    out = cli("budgets", "monthly").out
    assert "█" * 19 in out
    assert [line.split()[2:] for line in out.splitlines() if "requests" in line] == [
        ["12", "0", "-2", "10"]
    ]
    assert out.endswith("1 more that is over: greenlint budgets --all\n")
    found = json.loads(cli("budgets", "--all", "--format", "json").out)
    assert found["ledger"] == str(tmp_path / ".greenlint" / "ledger.db")
    current, past, train = found["budgets"]
    assert (current["metrics"]["requests"]["left"], current["current"]) == (-2, True)
    assert (past["metrics"]["requests"]["settled"], past["current"]) == (3, False)
    assert (train["budget"], train["holder"], train["period"]) == ("train", None, None)


def test_the_latest_run_is_shown_and_nothing_else_is_over(cli: Cli, tmp_path: Path) -> None:
    spend(tmp_path, Account("train", "process:a", MONTH), 1)
    out = cli("budgets", "train").out
    assert "process:a" in out
    assert "more that" not in out


def test_a_bar_that_the_output_can_hold(cli: Cli, tmp_path: Path) -> None:
    spend(tmp_path, Account("monthly", "fleet", MONTH), 5)
    out = cli("budgets", variables={"PYTHONIOENCODING": "ascii"}).out
    assert "#" * 9 in out
    assert "." * 9 in out


def test_an_unknown_budget(cli: Cli) -> None:
    ended = cli("budgets", "monthyl")
    assert ended.code == 2
    assert "There is no budget `monthyl`; did you mean `monthly`?" in ended.err


def test_no_budget_at_all(cli: Cli) -> None:
    ended = cli("budgets", "--isolated")
    assert ended.out == "No budget is declared in the policy, and none was used.\n"


def test_color_when_asked_for(cli: Cli) -> None:
    assert "\x1b[2m" in cli("budgets", variables={"FORCE_COLOR": "1"}).out
    assert "\x1b[" not in cli("budgets").out
