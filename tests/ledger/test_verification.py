"""`verify` finds what must never be: each test breaks one thing behind the ledger's back."""

from pathlib import Path

import pytest
from backends import Open
from sqlalchemy import text

from greenlint.ledger.entry import Account, Lease
from greenlint.ledger.store import SqlLedger
from greenlint.ledger.verification import Verification, verify
from greenlint.policy.amounts import Amounts, Limits

PAGE = 4096
ACCOUNT = Account("train", "fleet", 1_800_000_000)


@pytest.fixture
def ledger(opened: Open) -> SqlLedger:
    """A ledger with one ended and one open lease."""
    ledger = opened()
    first, _ = (
        ledger.reserve(
            ACCOUNT,
            limits=Limits(energy=100),
            wanted=Amounts(energy=10),
            needed=Amounts(energy=10),
            lifetime=60.0,
        )
        for _ in range(2)
    )
    assert isinstance(first, Lease)
    ledger.settle(first, Amounts(energy=7), provenance="measured")
    return ledger


def test_a_sound_ledger(ledger: SqlLedger) -> None:
    assert verify(ledger.database) == Verification((), accounts=1, leases=1, entries=1)


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (
            "UPDATE greenlint_accounts SET settled_energy = 6",
            "energy settled: 6, but its entries come to 7",
        ),
        (
            "UPDATE greenlint_accounts SET reserved_energy = 9",
            "energy reserved: 9, but its leases come to 10",
        ),
        ("UPDATE greenlint_accounts SET last_token = 9", "the last token is 9, but 2 were used"),
        ("DELETE FROM greenlint_entries", "energy settled: 7, but its entries come to 0"),
        (
            "UPDATE greenlint_leases SET id = (SELECT lease_id FROM greenlint_entries)",
            "is open all",
        ),
    ],
)
def test_what_does_not_add_up(ledger: SqlLedger, harm: str, problem: str) -> None:
    ledger.database.write(lambda connection: connection.execute(text(harm)))
    found = verify(ledger.database).problems
    assert any(problem in line for line in found), found


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_orphans(ledger: SqlLedger) -> None:
    """Foreign keys forbid them, unless a program does not ask SQLite to look."""
    ledger.close()
    import sqlite3
    from contextlib import closing

    file = str(ledger.database.engine.url.database)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM greenlint_accounts")
    first, second = verify(ledger.database).problems
    assert "lease" in first
    assert "entry" in second
    assert "belongs to account 1, which does not exist" in second


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("pages", [slice(2, 20), slice(8, 9), slice(1)])
def test_damaged_pages(ledger: SqlLedger, tmp_path: Path, pages: slice) -> None:
    ledger.close()
    path = tmp_path / "ledger.db"
    content = path.read_bytes()
    whole = [content[at : at + PAGE] for at in range(0, len(content), PAGE)]
    whole[pages] = [b"\xff" * PAGE for _ in whole[pages]]
    path.write_bytes(b"".join(whole))
    problems = verify(ledger.database).problems
    assert all("damaged" in problem or "no SQLite database" in problem for problem in problems)
    assert problems
