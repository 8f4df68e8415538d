"""Renders what stands in a ledger: tables for people, JSON and CSV of all of it for machines."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from greenlint.ledger.entry import Account, DecisionEntry
from greenlint.ledger.reading import (
    AccountRecord,
    EntryRecord,
    LeaseRecord,
    read_accounts,
    read_decisions,
    read_entries,
)
from greenlint.ledger.store import SqlLedger
from greenlint.ledger.verification import Verification
from greenlint.policy.amount_text import amount_text
from greenlint.policy.amounts import Amounts, Metric
from greenlint.report.palette import GREEN, Style
from greenlint.report.screen import wrapped
from greenlint.report.table import table

Row = Mapping[str, Any]
Record = TypeVar("Record")
UNITS = {
    Metric.ENERGY: "microjoules",
    Metric.CARBON: "micrograms of CO2 equivalent",
    Metric.TOKENS: "tokens",
    Metric.REQUESTS: "requests",
}
_RED = "1;31"


def account_row(record: AccountRecord) -> Row:
    """An account with every amount, in whole millionths."""
    return {
        **_account(record.account),
        **_amounts("settled", record.balance.settled),
        **_amounts("reserved", record.balance.reserved),
        **{f"limit_{metric}": record.limits.of(metric) for metric in Metric},
        "open_leases": record.open,
    }


def lease_row(record: LeaseRecord) -> Row:
    """An open lease."""
    return {
        **_account(record.lease.account),
        "lease": record.lease.id,
        "token": record.lease.token,
        "owner": record.owner,
        **_amounts("granted", record.lease.granted),
        "granted_at": time_text(record.at),
        "expires_at": time_text(record.lease.expires),
    }


def entry_row(record: EntryRecord) -> Row:
    """A lease that ended."""
    return {
        **_account(record.account),
        "lease": record.lease_id,
        "token": record.token,
        "owner": record.owner,
        "ending": record.ending.value,
        **_amounts("granted", record.granted),
        **_amounts("spent", record.spent),
        "provenance": record.provenance,
        "granted_at": time_text(record.granted_at),
        "ended_at": time_text(record.ended_at),
    }


def decision_row(entry: DecisionEntry) -> Row:
    """A decision."""
    return {
        **_account(entry.account),
        "at": time_text(entry.at),
        "outcome": entry.outcome.value,
        "reason": entry.reason,
        "policy_hash": entry.policy_hash,
        "provenance": entry.provenance,
        "place": entry.place,
        "labels": dict(entry.labels),
    }


def rows_json(place: str, **lists: Sequence[Row]) -> Iterator[str]:
    """Lists of rows by name, version 1."""
    units = {metric.value: unit for metric, unit in UNITS.items()}
    content = {"version": 1, "ledger": place, "units": units, **lists}
    yield from json.dumps(content, indent=2, ensure_ascii=False).splitlines()


def rows_csv(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[str]:
    """Rows with a header; labels are JSON in their cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(_cell(row[column]) for column in columns)
        yield from _taken(text)
    yield from _taken(text)


def accounts_table(records: Sequence[AccountRecord], style: Style) -> Iterator[str]:
    """One line for each metric of each account that has a limit or was used."""
    rows = [
        (
            record.account.budget,
            minute_text(record.account.period),
            metric.value,
            short(record.balance.settled.of(metric), metric),
            short(record.balance.reserved.of(metric), metric),
            _limit(record.limits.of(metric), metric),
        )
        for record in records
        for metric in Metric
        if record.limits.of(metric) is not None
        or record.balance.settled.of(metric)
        or record.balance.reserved.of(metric)
    ]
    header = ("budget", "since (UTC)", "metric", "settled", "reserved", "limit")
    return table(header, rows, style, cut=("budget",), right=("settled", "reserved", "limit"))


def leases_table(records: Sequence[LeaseRecord], now: float, style: Style) -> Iterator[str]:
    """One line for each open lease."""
    rows = [
        (
            record.lease.account.budget,
            record.owner,
            str(record.lease.token),
            amounts_text(record.lease.granted),
            _expiry(record.lease.expires - now),
        )
        for record in records
    ]
    header = ("budget", "owner", "token", "granted", "expires")
    return table(header, rows, style, cut=("budget", "owner", "granted"), right=("token",))


def entries_table(records: Sequence[EntryRecord], style: Style) -> Iterator[str]:
    """One line for each lease that ended."""
    rows = [
        (
            minute_text(record.ended_at),
            record.account.budget,
            record.ending.value,
            amounts_text(record.granted),
            amounts_text(record.spent),
            record.provenance,
        )
        for record in records
    ]
    header = ("ended (UTC)", "budget", "ending", "granted", "spent", "provenance")
    return table(header, rows, style, cut=("budget", "granted", "spent"))


def decisions_table(entries: Sequence[DecisionEntry], style: Style) -> Iterator[str]:
    """One line for each decision."""
    rows = [
        (
            minute_text(entry.at),
            entry.account.budget,
            entry.outcome.value,
            entry.reason,
            entry.place,
        )
        for entry in entries
    ]
    header = ("at (UTC)", "budget", "outcome", "reason", "place")
    return table(header, rows, style, cut=("budget", "reason"))


def verification_text(found: Verification, place: str, style: Style) -> Iterator[str]:
    """What was looked at, and what is wrong with it."""
    for problem in found.problems:
        first, *rest = wrapped(problem, style.width - 7)
        yield f"{style.paint(_RED, 'wrong')}  {first}"
        yield from (f"       {line}" for line in rest)
    held = ", ".join(
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in (
            (found.accounts, "account"),
            (found.leases, "open lease"),
            (found.entries, "ended lease"),
        )
    )
    sound = style.paint(_RED, "not sound") if found.problems else style.paint(GREEN, "sound")
    yield f"{sound}: {held}"
    yield f"ledger {place}"


@dataclass(frozen=True, slots=True)
class Export(Generic[Record]):
    """One kind of record: how it is read, and what it is as a row or as a table."""

    read: Callable[..., Sequence[Record]]
    row: Callable[[Record], Row]
    table: Callable[[Sequence[Record], Style], Iterator[str]]
    columns: tuple[str, ...]


def export_lines(
    what: str, form: str, ledger: SqlLedger, *, budget: str | None, style: Style
) -> Iterator[str]:
    """The records of one of EXPORTS, of all budgets or of one, as a table, json or csv."""
    export = EXPORTS[what]
    records = export.read(ledger.database, budget=budget)
    if form == "table":
        return export.table(records, style)
    rows = [export.row(record) for record in records]
    if form == "csv":
        return rows_csv(rows, export.columns)
    return rows_json(ledger.database.place, **{what: rows})


def amounts_text(amounts: Amounts) -> str:
    """The amounts that are not nothing, such as `1.2 kWh, 300 tokens`."""
    texts = (amount_text(amounts.of(m), m) for m in Metric if amounts.of(m))
    return ", ".join(texts) or "nothing"


def short(amount: int, metric: Metric) -> str:
    """An amount in a column that names its metric: counts stand without their noun."""
    if amount == 0 or metric in {Metric.TOKENS, Metric.REQUESTS}:
        return f"{amount:,}"
    return amount_text(amount, metric)


def time_text(seconds: float) -> str:
    """A time as ISO 8601 has it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def minute_text(seconds: float) -> str:
    """A time in UTC, to the minute."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


def _account(account: Account) -> Row:
    return {
        "budget": account.budget,
        "holder": account.holder,
        "period": time_text(account.period),
    }


def _amounts(prefix: str, amounts: Amounts) -> Row:
    return {f"{prefix}_{metric}": amounts.of(metric) for metric in Metric}


def _limit(limit: int | None, metric: Metric) -> str:
    return "none" if limit is None else short(limit, metric)


def _expiry(seconds: float) -> str:
    return f"in {seconds:.0f} s" if seconds > 0 else "expired"


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _taken(text: io.StringIO) -> Iterator[str]:
    """What was written so far; a cell may hold line breaks, which stay."""
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    if written:
        yield written.removesuffix("\n")


def _columns(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}_{metric}" for metric in Metric)


_ACCOUNT = ("budget", "holder", "period")
EXPORTS: Mapping[str, Export[Any]] = {
    "entries": Export(
        read_entries,
        entry_row,
        entries_table,
        (
            *_ACCOUNT,
            *("lease", "token", "owner", "ending"),
            *_columns("granted"),
            *_columns("spent"),
            *("provenance", "granted_at", "ended_at"),
        ),
    ),
    "decisions": Export(
        read_decisions,
        decision_row,
        decisions_table,
        (
            *_ACCOUNT,
            *("at", "outcome", "reason", "policy_hash", "provenance", "place", "labels"),
        ),
    ),
    "accounts": Export(
        read_accounts,
        account_row,
        accounts_table,
        (
            *_ACCOUNT,
            *_columns("settled"),
            *_columns("reserved"),
            *_columns("limit"),
            "open_leases",
        ),
    ),
}
