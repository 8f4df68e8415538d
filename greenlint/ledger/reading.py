"""Reads a whole ledger for reports: its accounts, open leases, ended leases and decisions."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select, func, select

from greenlint.ledger.database import Database
from greenlint.ledger.entry import Account, Balance, DecisionEntry, Lease
from greenlint.ledger.tables import accounts, amounts_in, decisions, entries, leases
from greenlint.policy.amounts import MICRO, Amounts, Limits, Metric
from greenlint.policy.decision import Outcome

Record = TypeVar("Record")


class Ending(StrEnum):
    """How a lease ended."""

    SETTLED = "settled"
    VOIDED = "voided"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account; `limits` is what its latest reservation was held to, `open` its open leases."""

    account: Account
    balance: Balance
    limits: Limits
    open: int


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """An open lease and who holds it, `HOST:PID`; `at` is in seconds since the epoch."""

    lease: Lease
    owner: str
    at: float


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """A lease that ended: what of it was charged, and when, in seconds since the epoch."""

    account: Account
    lease_id: str
    token: int
    owner: str
    ending: Ending
    granted: Amounts
    spent: Amounts
    provenance: str
    granted_at: float
    ended_at: float


def read_accounts(database: Database, *, budget: str | None = None) -> tuple[AccountRecord, ...]:
    """The accounts, of all budgets or of one, by budget, the latest period first."""
    counted = (
        select(leases.c.account_id, func.count().label("open"))
        .group_by(leases.c.account_id)
        .subquery()
    )
    statement = (
        select(accounts, func.coalesce(counted.c.open, 0).label("open"))
        .outerjoin(counted, counted.c.account_id == accounts.c.id)
        .order_by(accounts.c.budget, accounts.c.period.desc(), accounts.c.holder)
    )
    if budget is not None:
        statement = statement.where(accounts.c.budget == budget)
    return _all(database, statement, _account_record)


def read_leases(database: Database) -> tuple[LeaseRecord, ...]:
    """Every open lease, the next to expire first."""
    statement = _with_account(leases).order_by(leases.c.expires_at, leases.c.id)
    return _all(database, statement, _lease_record)


def read_entries(database: Database, *, budget: str | None = None) -> tuple[EntryRecord, ...]:
    """Every lease that ended, of all budgets or of one, in the order of their ends."""
    statement = _with_account(entries).order_by(entries.c.ended_at, entries.c.lease_id)
    if budget is not None:
        statement = statement.where(accounts.c.budget == budget)
    return _all(database, statement, _entry_record)


def read_decisions(database: Database, *, budget: str | None = None) -> tuple[DecisionEntry, ...]:
    """Every decision, of all budgets or of one, in the order they were taken."""
    statement = select(decisions).order_by(decisions.c.decided_at, decisions.c.id)
    if budget is not None:
        statement = statement.where(decisions.c.budget == budget)
    return _all(database, statement, _decision)


def _with_account(table: Any) -> Any:  # noqa: ANN401  # leases or entries; how wide, varies
    columns: list[Any] = [*table.c, accounts.c.budget, accounts.c.holder, accounts.c.period]
    return select(*columns).join(accounts, accounts.c.id == table.c.account_id)


def _all(
    database: Database, statement: Select[Any], record: Callable[[RowMapping], Record]
) -> tuple[Record, ...]:
    def work(connection: Connection) -> tuple[Record, ...]:
        return tuple(record(row) for row in connection.execute(statement).mappings())

    return database.read(work)


def _account(row: RowMapping) -> Account:
    return Account(row["budget"], row["holder"], row["period"])


def _account_record(row: RowMapping) -> AccountRecord:
    balance = Balance(amounts_in(row, "settled"), amounts_in(row, "reserved"))
    limits = Limits(**{metric.value: row[f"limit_{metric}"] for metric in Metric})
    return AccountRecord(_account(row), balance, limits, row["open"])


def _lease_record(row: RowMapping) -> LeaseRecord:
    granted = amounts_in(row, "granted")
    lease = Lease(row["id"], _account(row), granted, row["token"], row["expires_at"] / MICRO)
    return LeaseRecord(lease, row["owner"], row["granted_at"] / MICRO)


def _entry_record(row: RowMapping) -> EntryRecord:
    return EntryRecord(
        account=_account(row),
        lease_id=row["lease_id"],
        token=row["token"],
        owner=row["owner"],
        ending=Ending(row["kind"]),
        granted=amounts_in(row, "granted"),
        spent=amounts_in(row, "spent"),
        provenance=row["provenance"],
        granted_at=row["granted_at"] / MICRO,
        ended_at=row["ended_at"] / MICRO,
    )


def _decision(row: RowMapping) -> DecisionEntry:
    labels: Mapping[str, str] = json.loads(row["labels"])
    return DecisionEntry(
        _account(row),
        Outcome(row["outcome"]),
        row["reason"],
        at=row["decided_at"] / MICRO,
        policy_hash=row["policy_hash"],
        provenance=row["provenance"],
        place=row["place"],
        labels=labels,
    )
