"""Takes old records out of a ledger; what stands in the accounts, and alerts given, stay."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Delete, Table, delete, select, tuple_, update

from greenlint.ledger.database import Database
from greenlint.ledger.tables import accounts, amount_values, amounts_in, decisions, entries, usage
from greenlint.policy.amounts import Amounts

BATCH = 500  # rows that one transaction takes out, so that no writer waits long

Time = ColumnElement[int]  # microseconds since the epoch


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many ended leases, decisions and minutes of usage were taken out."""

    entries: int
    decisions: int
    minutes: int


def prune(database: Database, *, before: Time, usage_before: Time) -> Pruned:
    """Take out leases that ended, decisions and usage from before a time.

    What the leases had spent is kept as a sum in their account, so that it still adds up.
    """

    def take(table: Table, condition: ColumnElement[bool]) -> Callable[[Connection], int]:
        return lambda connection: connection.execute(_some(table, condition)).rowcount

    return Pruned(
        _in_batches(database, lambda connection: _take_entries(connection, before)),
        _in_batches(database, take(decisions, decisions.c.decided_at < before)),
        _in_batches(database, take(usage, usage.c.minute < usage_before)),
    )


def _take_entries(connection: Connection, before: Time) -> int:
    statement = _some(entries, entries.c.ended_at < before).returning(*entries.c)
    rows = connection.execute(statement).mappings().all()
    count = Counter(row["account_id"] for row in rows)
    spent: defaultdict[int, Amounts] = defaultdict(Amounts)
    for row in rows:
        spent[row["account_id"]] += amounts_in(row, "spent")
    # Always in the same order, so that two of these cannot wait for each other's accounts.
    for account in sorted(count):
        added: dict[str, Any] = amount_values("pruned", spent[account])
        added["pruned_entries"] = count[account]
        values = {name: accounts.c[name] + more for name, more in added.items()}
        connection.execute(update(accounts).where(accounts.c.id == account).values(values))
    return len(rows)


def _some(table: Table, condition: ColumnElement[bool]) -> Delete:
    key = tuple(table.primary_key)
    some = select(*key).where(condition).limit(BATCH).with_for_update(skip_locked=True)
    return delete(table).where(tuple_(*key).in_(some))


def _in_batches(database: Database, work: Callable[[Connection], int]) -> int:
    pruned = 0
    while count := database.write(work):
        pruned += count
    return pruned
