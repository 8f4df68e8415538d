"""Versions of the tables: created once, brought up to date once, never used when too new."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from textwrap import fill

import pytest
from backends import Open
from clock import FakeClock
from inline_snapshot import snapshot
from sqlalchemy import Connection, insert, inspect, select, text, update
from version_1 import create_version_1

from greenlint.errors import LedgerError
from greenlint.ledger.connect import open_ledger
from greenlint.ledger.entry import Account, Usage
from greenlint.ledger.schema import UPGRADES, bring_up_to_date, is_current
from greenlint.ledger.tables import metadata, version
from greenlint.ledger.verification import Verification, verify
from greenlint.policy.amounts import Amounts
from greenlint.policy.limits import Ledger as LedgerSection

ACCOUNT = Account("train", "fleet", 1_800_000_000)


def test_a_new_ledger_is_current(opened: Open) -> None:
    database = opened().database
    assert database.read(is_current)
    assert database.read(lambda c: c.execute(select(version.c.version)).all()) == [
        (len(UPGRADES) + 1,)
    ]


def test_a_newer_ledger_is_refused(opened: Open) -> None:
    """As it may hold what this version would break."""
    opened().database.write(lambda c: c.execute(update(version).values(version=99)))
    with pytest.raises(LedgerError, match=r"has version 99; .* up to 2") as raised:
        opened()
    assert "upgrade this one" in raised.value.hint


def test_an_older_ledger_is_brought_up_to_date_once(opened: Open) -> None:
    """In one transaction: a failing upgrade leaves the ledger as it was."""
    database = opened().database

    def add_column(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE greenlint_leases ADD COLUMN rank INTEGER"))

    def fail(connection: Connection) -> None:
        connection.execute(text("SELECT nothing FROM nowhere"))

    def columns() -> set[str]:
        return database.read(
            lambda c: {column["name"] for column in inspect(c).get_columns("greenlint_leases")}
        )

    with pytest.raises(LedgerError):
        database.write(lambda c: bring_up_to_date(c, (*UPGRADES, add_column, fail)))
    assert "rank" not in columns()
    for _ in range(2):
        database.write(lambda c: bring_up_to_date(c, (*UPGRADES, add_column)))
        assert database.read(lambda c: is_current(c, (*UPGRADES, add_column)))
    assert "rank" in columns()


def test_a_ledger_of_version_1_is_kept_as_it_was(opened: Open, settings: LedgerSection) -> None:
    """What it held counts on; how the energy of its usage is known, it never said."""
    clock = FakeClock(1_800_000_030.0)
    database = opened().database
    kept = database.read(shape)
    database.write(metadata.drop_all)
    database.write(create_version_1)
    ledger = opened(clock)
    assert ledger.database.read(shape) == kept
    assert ledger.balance(ACCOUNT).settled == Amounts(energy=7)
    assert verify(ledger.database) == Verification((), accounts=1, leases=0, entries=1)
    old = Usage(100, 10, 1, 2)
    assert ledger.usage_within("answer", 60) == (old,)
    ledger.add_usage("answer", replace(old, provenance="measured"))
    ledger.add_usage("answer", old)
    assert ledger.usage_within("answer", 60) == (
        Usage(200, 20, 2, 4),
        replace(old, provenance="measured"),
    )


def shape(connection: Connection) -> dict[str, object]:
    """Columns, keys and indexes of each table, by name."""
    inspector = inspect(connection)
    return {
        name: (
            [(column["name"], column["nullable"]) for column in inspector.get_columns(name)],
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted(str(index["column_names"]) for index in inspector.get_indexes(name)),
        )
        for name in metadata.tables
    }


def test_two_rows_of_versions_are_no_version(opened: Open) -> None:
    """Should never be; it is refused rather than guessed."""
    database = opened().database
    database.write(lambda c: c.execute(insert(version).values(version=1)))
    with pytest.raises(LedgerError):
        opened()


def test_the_tables_of_version_2(tmp_path: Path) -> None:
    """When this changes, `UPGRADES` needs another entry."""
    ledger = open_ledger(LedgerSection(url="sqlite:///ledger.db"), tmp_path)
    ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection, connection:
        found = connection.execute(
            "SELECT m.name, group_concat(c.name, ' ') FROM sqlite_master m, "
            "pragma_table_info(m.name) c WHERE m.type = 'table' GROUP BY m.name"
        ).fetchall()
    lines = (fill(f"{name}: {columns}", 90, subsequent_indent="  ") for name, columns in found)
    assert "\n".join(lines) == snapshot("""\
greenlint_accounts: id budget holder period settled_energy settled_carbon settled_tokens
  settled_requests reserved_energy reserved_carbon reserved_tokens reserved_requests
  last_granted_energy last_granted_carbon last_granted_tokens last_granted_requests
  limit_energy limit_carbon limit_tokens limit_requests last_token pruned_energy
  pruned_carbon pruned_tokens pruned_requests pruned_entries
greenlint_alerts: budget holder period threshold claim claimed_at
greenlint_decisions: id budget holder period outcome reason decided_at policy_hash
  provenance place labels
greenlint_entries: lease_id account_id token owner kind granted_energy granted_carbon
  granted_tokens granted_requests spent_energy spent_carbon spent_tokens spent_requests
  provenance granted_at ended_at
greenlint_leases: id account_id token owner granted_energy granted_carbon granted_tokens
  granted_requests granted_at lifetime expires_at
greenlint_usage: name minute provenance energy operational embodied units
greenlint_version: version\
""")
