"""`greenlint ledger`, as a process, on a ledger with a known past."""

import csv
import io
import json
import os
import re
import socket
from pathlib import Path

import pytest
from clock import FakeClock
from inline_snapshot import snapshot
from process import Cli

from greenlint.ledger.connect import open_ledger
from greenlint.ledger.entry import Account, DecisionEntry, Lease, Usage
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.decision import Outcome
from greenlint.policy.limits import Ledger as LedgerSection

KWH = 3_600_000_000_000
ACCOUNT = Account("train-classifier", "fleet", 1_795_219_200)  # 2026-11-21 00:00 UTC


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger beside an empty policy: one lease settled, one left open, one decision."""
    (tmp_path / "greenlint.yaml").write_text("version: 1\n", encoding="utf-8")
    clock = FakeClock(1_795_262_400.0)
    ledger = open_ledger(LedgerSection(), tmp_path, clock=clock)
    leases = [
        ledger.reserve(
            ACCOUNT,
            limits=Limits(energy=4 * KWH, tokens=20_000_000),
            wanted=Amounts(energy=KWH, tokens=2_000),
            needed=Amounts(),
            lifetime=30.0,
        )
        for _ in range(2)
    ]
    assert isinstance(leases[0], Lease)
    clock.step(12.5)
    ledger.settle(leases[0], Amounts(energy=KWH // 3, tokens=1_500), provenance="measured")
    ledger.record(
        DecisionEntry(
            ACCOUNT,
            Outcome.WARN,
            "80% is spent,\n\x1b[31mor more",
            clock.now,
            policy_hash="abc",
            provenance="modelled",
            place="zone:FR",
            labels={"team": "search"},
        )
    )
    ledger.close()
    return tmp_path / ".greenlint" / "ledger.db"


def steady(text: str, directory: Path) -> str:
    """The text without what differs between runs: directory, owner, and how wide that makes it."""
    text = text.replace(str(directory), "DIRECTORY")
    text = text.replace(f"{socket.gethostname()}:{os.getpid()}", "HOST:PID")
    return re.sub("  +", "  ", text)


def test_show(cli: Cli, ledger: Path, tmp_path: Path) -> None:
    ended = cli("ledger", "show")
    assert (ended.code, ended.err) == (0, "")
    assert steady(ended.out, tmp_path) == snapshot("""\
ledger DIRECTORY/.greenlint/ledger.db

budget  since (UTC)  metric  settled  reserved  limit
train-classifier  2026-11-21 00:00  energy  333 Wh  1 kWh  4 kWh
train-classifier  2026-11-21 00:00  tokens  1,500  2,000  20,000,000

budget  owner  token  granted  expires
train-classifier  HOST:PID  2  1 kWh, 2,000 tokens  expired
""")


def test_show_as_json(cli: Cli, ledger: Path) -> None:
    shown = json.loads(cli("ledger", "show", "--format", "json").out)
    assert (shown["version"], shown["ledger"]) == (1, str(ledger))
    assert shown["units"]["energy"] == "microjoules"
    assert shown["accounts"] == snapshot(
        [
            {
                "budget": "train-classifier",
                "holder": "fleet",
                "period": "2026-11-21T00:00:00Z",
                "settled_energy": 1200000000000,
                "settled_carbon": 0,
                "settled_tokens": 1500,
                "settled_requests": 0,
                "reserved_energy": 3600000000000,
                "reserved_carbon": 0,
                "reserved_tokens": 2000,
                "reserved_requests": 0,
                "limit_energy": 14400000000000,
                "limit_carbon": None,
                "limit_tokens": 20000000,
                "limit_requests": None,
                "open_leases": 1,
            }
        ]
    )
    assert [lease["token"] for lease in shown["leases"]] == [2]


def test_verify_a_sound_ledger(cli: Cli, ledger: Path, tmp_path: Path) -> None:
    ended = cli("ledger", "verify")
    assert (ended.code, ended.err) == (0, "")
    assert steady(ended.out, tmp_path) == snapshot(
        """\
sound: 1 account, 1 open lease, 1 ended lease
ledger DIRECTORY/.greenlint/ledger.db
"""
    )


def test_verify_one_that_is_not(cli: Cli, ledger: Path, tmp_path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(ledger)
    connection.execute("UPDATE greenlint_accounts SET settled_tokens = 1")
    connection.commit()
    connection.close()
    ended = cli("ledger", "verify")
    assert ended.code == 1
    assert steady(ended.out, tmp_path) == snapshot("""\
wrong  account train-classifier of fleet since 2026-11-21 00:00 UTC: tokens
  settled: 1, but its entries come to 1500
not sound: 1 account, 1 open lease, 1 ended lease
ledger DIRECTORY/.greenlint/ledger.db
""")
    (problem,) = json.loads(cli("ledger", "verify", "--format", "json").out)["problems"]
    assert "come to 1500" in problem["problem"]


def test_verify_no_database(cli: Cli, ledger: Path) -> None:
    for left in ledger.parent.glob("ledger.db*"):
        left.unlink()
    ledger.write_bytes(b"scribble" * 1_000)
    ended = cli("ledger", "verify")
    assert ended.code == 1
    assert "no SQLite database" in ended.out
    assert cli("ledger", "show").code == 2


def test_recover(cli: Cli, ledger: Path) -> None:
    """What is left open is charged in full, once, and marked."""
    assert cli("ledger", "recover").out == "1 expired lease was charged in full.\n"
    assert cli("ledger", "recover").out == "0 expired leases were charged in full.\n"
    exported = cli("ledger", "export", "--format", "csv").out
    last = list(csv.DictReader(io.StringIO(exported)))[-1]
    assert (last["ending"], last["provenance"]) == ("recovered", "estimated")
    assert last["spent_energy"] == last["granted_energy"] == str(KWH)


def test_export_entries(cli: Cli, ledger: Path, tmp_path: Path) -> None:
    assert steady(cli("ledger", "export").out, tmp_path) == snapshot("""\
ended (UTC)  budget  ending  granted  spent  provenance
2026-11-21 12:00  train-class…  settled  1 kWh, 2,00…  333 Wh, 1,50…  measured
""")
    found = json.loads(cli("ledger", "export", "--format", "json").out)["entries"]
    rows = list(csv.DictReader(io.StringIO(cli("ledger", "export", "--format", "csv").out)))
    assert [{key: str(value) for key, value in entry.items()} for entry in found] == rows
    assert rows[0]["ended_at"] == "2026-11-21T12:00:12.500000Z"


def test_export_decisions(cli: Cli, ledger: Path) -> None:
    """Nothing in them steers a terminal; the other formats hold it as it is."""
    assert cli("ledger", "export", "decisions").out == snapshot("""\
at (UTC)          budget            outcome  reason                      place
2026-11-21 12:00  train-classifier  warn     80% is spent,\\n\\x1b[31mor…  zone:FR
""")
    rows = list(
        csv.DictReader(io.StringIO(cli("ledger", "export", "decisions", "--format", "csv").out))
    )
    assert rows[0]["reason"] == "80% is spent,\n\x1b[31mor more"
    assert json.loads(rows[0]["labels"]) == {"team": "search"}
    (found,) = json.loads(cli("ledger", "export", "decisions", "--format", "json").out)["decisions"]
    assert found == snapshot(
        {
            "budget": "train-classifier",
            "holder": "fleet",
            "period": "2026-11-21T00:00:00Z",
            "at": "2026-11-21T12:00:12.500000Z",
            "outcome": "warn",
            "reason": """\
80% is spent,
\x1b[31mor more\
""",
            "policy_hash": "abc",
            "provenance": "modelled",
            "place": "zone:FR",
            "labels": {"team": "search"},
        }
    )


def test_export_one_budget(cli: Cli, ledger: Path) -> None:
    for what in ("entries", "decisions", "accounts"):
        export = ("ledger", "export", what, "--format", "csv", "--budget")
        assert len(cli(*export, "train-classifier").out.splitlines()) > 1
        assert len(cli(*export, "other").out.splitlines()) == 1  # the header


def test_prune(cli: Cli, ledger: Path, tmp_path: Path) -> None:
    """What was spent stays, and the ledger is as sound as before."""
    shown = cli("ledger", "show").out
    ended = cli("ledger", "prune", "--older-than", "1d")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "Took out 1 ended lease, 1 decision and 0 minutes of usage.\n"
    assert cli("ledger", "show").out == shown
    assert cli("ledger", "verify").out.startswith("sound: 1 account, 1 open lease, 0 ended leases")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--older-than", "2h"), "--older-than must be at least 1d, not 2h."),
        (("--older-than", "soon"), "--older-than must be a duration such as"),
        ((), "required: --older-than"),
    ],
)
def test_pruning_too_much(cli: Cli, ledger: Path, arguments, message: str) -> None:
    ended = cli("ledger", "prune", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_pruning_keeps_usage_that_an_sci_is_made_of(cli: Cli, ledger: Path, tmp_path: Path) -> None:
    target = "{{limit: 1 gCO2e, per: request, window: {}, embodied: {{profile: aws-m5}}}}"
    opened = open_ledger(LedgerSection(), tmp_path, clock=FakeClock(1_795_262_400.0))
    opened.add_usage("answer", Usage(units=1))
    opened.close()
    for window, minutes in (("1000000d", 0), ("1h", 1)):
        policy = f"version: 1\nsci:\n  answer: {target.format(window)}\n"
        (tmp_path / "greenlint.yaml").write_text(policy, encoding="utf-8")
        pruned = cli("ledger", "prune", "--older-than", "1d").out
        assert f" {minutes} minute" in pruned


def test_no_ledger_yet(cli: Cli, tmp_path: Path) -> None:
    """Looking at it creates none."""
    ended = cli("ledger", "show")
    assert (ended.code, ended.out) == (2, "")
    assert steady(ended.err, tmp_path) == snapshot("""\
greenlint: There is no ledger at DIRECTORY/.greenlint/ledger.db yet.
It begins with the first call that a budget guards.
""")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_down(cli: Cli, tmp_path: Path) -> None:
    """Where, why, how to mend it, and never the password."""
    policy = "version: 1\nledger: {url_env: LEDGER_URL}\n"
    (tmp_path / "greenlint.yaml").write_text(policy, encoding="utf-8")
    address = "postgresql://me:s3cret@127.0.0.1:9/budgets"
    ended = cli("ledger", "show", variables={"LEDGER_URL": address})
    assert ended.code == 2
    assert "Cannot use the ledger postgresql://127.0.0.1:9/budgets" in ended.err
    assert "s3cret" not in ended.err + ended.out
    ended = cli("ledger", "show", variables={"LEDGER_URL": ""})
    assert "LEDGER_URL, which is not set" in ended.err
