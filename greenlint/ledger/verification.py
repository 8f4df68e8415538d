"""Holds a ledger against what must be true of every one: sums, tokens, references, the file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select, union_all

from greenlint.errors import LedgerDamagedError
from greenlint.ledger.database import Database
from greenlint.ledger.tables import accounts, entries, leases
from greenlint.policy.amounts import Metric


@dataclass(frozen=True, slots=True)
class Verification:
    """What is wrong, in words, and how much was looked at."""

    problems: tuple[str, ...]
    accounts: int = 0
    leases: int = 0
    entries: int = 0


def verify(database: Database) -> Verification:
    """Look at the whole ledger, on one snapshot; nothing is changed."""
    try:
        return database.read(_verify)
    except LedgerDamagedError as error:
        return Verification(tuple(problem.message for problem in error.problems))


def _verify(connection: Connection) -> Verification:
    if connection.dialect.name == "sqlite" and (damage := tuple(_damage(connection))):
        return Verification(damage)
    problems = tuple(_problems(connection))
    tables = (accounts, leases, entries)
    return Verification(problems, *(_count(connection, table) for table in tables))


def _problems(connection: Connection) -> Iterator[str]:
    yield from _orphans(connection)
    yield from _ended_and_open(connection)
    for row in connection.execute(_sums()).mappings():
        yield from _wrong_sums(row)
        yield from _wrong_tokens(row)


def _damage(connection: Connection) -> Iterator[str]:
    for (text,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
        if text != "ok":
            yield f"the file is damaged: {text}"


def _orphans(connection: Connection) -> Iterator[str]:
    for table, noun, key in (
        (leases, "lease", leases.c.id),
        (entries, "entry", entries.c.lease_id),
    ):
        of = accounts.c.id
        statement = (
            select(key, table.c.account_id)
            .outerjoin(accounts, of == table.c.account_id)
            .where(of.is_(None))
        )
        for name, account in connection.execute(statement):
            yield f"{noun} {name} belongs to account {account}, which does not exist"


def _ended_and_open(connection: Connection) -> Iterator[str]:
    statement = select(leases.c.id).join(entries, entries.c.lease_id == leases.c.id)
    for (name,) in connection.execute(statement):
        yield f"lease {name} has ended and is open all the same"


def _sums() -> Select[Any]:
    """Each account beside the sums of what it is made of."""
    spent = _per_account(entries, "spent")
    granted = _per_account(leases, "granted")
    both = union_all(
        select(leases.c.account_id, leases.c.token), select(entries.c.account_id, entries.c.token)
    ).subquery()
    tokens = (
        select(
            both.c.account_id,
            func.count().label("used_tokens"),
            func.max(both.c.token).label("highest_token"),
        )
        .group_by(both.c.account_id)
        .subquery()
    )
    statement = select(accounts, tokens.c.used_tokens, tokens.c.highest_token)
    for metric in Metric:
        statement = statement.add_columns(
            spent.c[f"spent_{metric}"], granted.c[f"granted_{metric}"]
        )
    joined: Any = accounts
    for sums in (spent, granted, tokens):
        joined = joined.outerjoin(sums, sums.c.account_id == accounts.c.id)
    return statement.select_from(joined).order_by(accounts.c.id)


def _per_account(table: Any, prefix: str) -> Any:  # noqa: ANN401  # SQLAlchemy names no better
    columns: list[ColumnElement[Any]] = [
        func.sum(table.c[f"{prefix}_{metric}"]).label(f"{prefix}_{metric}") for metric in Metric
    ]
    return select(table.c.account_id, *columns).group_by(table.c.account_id).subquery()


def _wrong_sums(row: RowMapping) -> Iterator[str]:
    for metric in Metric:
        settled = row[f"settled_{metric}"]
        spent = int(row[f"spent_{metric}"] or 0) + row[f"pruned_{metric}"]
        if settled != spent:
            yield f"{_name(row)}: {metric} settled: {settled}, but its entries come to {spent}"
        reserved, granted = row[f"reserved_{metric}"], int(row[f"granted_{metric}"] or 0)
        if reserved != granted:
            yield f"{_name(row)}: {metric} reserved: {reserved}, but its leases come to {granted}"


def _wrong_tokens(row: RowMapping) -> Iterator[str]:
    last, pruned = row["last_token"], row["pruned_entries"]
    used, highest = (row["used_tokens"] or 0) + pruned, row["highest_token"] or 0
    if used != last or not (highest == last or (pruned and highest < last)):
        yield (
            f"{_name(row)}: the last token is {last}, but {used} were used "
            f"and the highest is {highest}"
        )


def _name(row: RowMapping) -> str:
    since = datetime.fromtimestamp(row["period"], UTC)
    return f"account {row['budget']} of {row['holder']} since {since:%Y-%m-%d %H:%M} UTC"


def _count(connection: Connection, table: Any) -> int:  # noqa: ANN401  # any of the tables
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
