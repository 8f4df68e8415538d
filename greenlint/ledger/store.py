"""The ledger in a SQL database: `greenlint.ledger.entry.Ledger` in transactions."""

import json
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import asdict
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    cast,
    extract,
    func,
    insert,
    literal,
    select,
    update,
)

from greenlint.errors import LedgerError
from greenlint.ledger import statements
from greenlint.ledger.database import Database
from greenlint.ledger.entry import Account, Balance, DecisionEntry, Lease, Refusal, Usage
from greenlint.ledger.pruning import Pruned, prune
from greenlint.ledger.schema import bring_up_to_date, is_current
from greenlint.ledger.tables import (
    accounts,
    alerts,
    amount_values,
    amounts_in,
    decisions,
    entries,
    leases,
)
from greenlint.policy.amounts import MICRO, Amounts, Limits, Metric

Clock = Callable[[], float]

ESTIMATED = "estimated"  # the provenance of what recovery charges
MOST = 2**62  # of any amount, so that sums fit the 64 bits of a column: 1.28 GWh in microjoules
KEEP_AT_LEAST = 86_400.0  # seconds
_MINUTE = 60 * MICRO
_NOTHING = Amounts()


class SqlLedger:
    """The ledger in SQLite or PostgreSQL; safe for threads, forks and any number of processes.

    `clock` is in seconds since the epoch. Without one, times are those of the server for
    PostgreSQL and those of this machine for SQLite, whose users all share it.
    """

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        self.database = database
        self._clock = clock
        self._dialect = database.engine.dialect.name
        if not database.read(is_current):
            database.write(bring_up_to_date)

    def reserve(
        self,
        account: Account,
        *,
        limits: Limits,
        wanted: Amounts,
        needed: Amounts,
        lifetime: float,
    ) -> Lease | Refusal:
        """A lease of as much of `wanted` as there is room for, and of `needed` at least."""
        wanted = Amounts(**{m.value: max(wanted.of(m), needed.of(m)) for m in Metric})
        _require_amounts(wanted, needed)
        parameters = _reservation(account, limits, wanted, needed)
        statement = statements.reservation(limits.set_metrics())
        lease_id, tries = uuid4().hex, count()

        def work(connection: Connection) -> Lease | Refusal:
            if next(tries) and (kept := self._lease(connection, lease_id, account)):
                return kept  # the connection was lost in the commit, which took place
            while True:
                row = connection.execute(statement, parameters).mappings().one_or_none()
                if row is not None:
                    return self._open(connection, lease_id, account, row, lifetime)
                if refusal := self._refusal(connection, account, limits, needed):
                    return refusal

        return self.database.write(work)

    def renew(self, lease: Lease, *, lifetime: float) -> Lease | None:
        """The lease with a later expiry; None when it was recovered or ended."""
        span = round(lifetime * MICRO)
        statement = (
            update(leases)
            .where(leases.c.id == lease.id, leases.c.token == lease.token)
            .values(expires_at=self._now() + span, lifetime=span)
            .returning(leases.c.expires_at)
        )
        expires = self.database.write(lambda c: c.execute(statement).scalar_one_or_none())
        if expires is None:
            return None
        return Lease(lease.id, lease.account, lease.granted, lease.token, expires / MICRO)

    def settle(self, lease: Lease, spent: Amounts, *, provenance: str) -> bool:
        """Charge what was spent, give back the rest, and end the lease; only the first call counts.

        False when it was recovered or voided before; LedgerError when it is unknown here.
        """
        _require_amounts(spent)
        return self._end_once(lease, "settled", spent, provenance)

    def void(self, lease: Lease) -> bool:
        """End a lease of which nothing was spent; only the first call counts."""
        return self._end_once(lease, "voided", _NOTHING, "")

    def balance(self, account: Account) -> Balance:
        """What stands in an account now; nothing in one that was never used."""
        return self.database.read(lambda connection: _balance(connection, account)) or Balance(
            _NOTHING, _NOTHING
        )

    def recover(self) -> int:
        """Charge expired leases in full, marked `estimated`; how many there were."""
        self.database.write(lambda c: c.execute(statements.bring_forward(self._now())))
        recovered = 0
        while batch := self.database.write(self._recover_some):
            recovered += batch
        return recovered

    def prune(self, older_than: float, *, usage_older_than: float = 0.0) -> Pruned:
        """Take out leases that ended, decisions and usage older than so many seconds.

        Balances, open leases and alerts stay. At least a day is kept, as the owner of a lease that
        was recovered may yet come and settle it; of usage at least `usage_older_than` seconds.
        """
        keep = max(older_than, KEEP_AT_LEAST)
        now = self._now()
        return prune(
            self.database,
            before=now - round(keep * MICRO),
            usage_before=now - round(max(keep, usage_older_than) * MICRO),
        )

    def record(self, entry: DecisionEntry) -> None:
        """Keep a decision."""
        values = {
            "id": uuid4().hex,
            "budget": entry.account.budget,
            "holder": entry.account.holder,
            "period": entry.account.period,
            "outcome": entry.outcome.value,
            "reason": entry.reason,
            "decided_at": round(entry.at * MICRO),
            "policy_hash": entry.policy_hash,
            "provenance": entry.provenance,
            "place": entry.place,
            "labels": json.dumps(dict(entry.labels), sort_keys=True, ensure_ascii=False),
        }
        statement = self._insert(decisions).values(values).on_conflict_do_nothing()
        self.database.write(lambda connection: connection.execute(statement))

    def claim(self, account: Account, threshold: float) -> bool:
        """True for exactly one caller per account and threshold, in whichever process it is."""
        mine = uuid4().hex
        key = {
            "budget": account.budget,
            "holder": account.holder,
            "period": account.period,
            "threshold": round(threshold * MICRO),
        }
        take = self._insert(alerts).values(**key, claim=mine, claimed_at=self._now())
        holder = select(alerts.c.claim).where(*(alerts.c[name] == key[name] for name in key))

        def work(connection: Connection) -> bool:
            connection.execute(take.on_conflict_do_nothing())
            return bool(connection.execute(holder).scalar_one() == mine)

        return self.database.write(work)

    def add_usage(self, name: str, *parts: Usage) -> None:
        """Add to the usage of the current minute, by the ledger's clock, under a name.

        When a connection is lost in the middle of the commit, the LedgerError leaves open whether
        the usage was added.
        """
        for part in parts:
            _require_integers((part.energy, part.operational, part.embodied, part.units))
        now = self._now()
        bucket = {"name": name, "minute": now - now % _MINUTE}
        statement = statements.add_to_usage(self._dialect)

        def work(connection: Connection) -> None:
            # Always in the same order, so that two processes cannot wait for each other's rows.
            for part in sorted(parts, key=lambda part: part.provenance):
                connection.execute(statement.values(bucket | asdict(part)))

        self.database.write(work, repeatable=False)

    def usage_within(self, name: str, window: float) -> tuple[Usage, ...]:
        """The sums of the minutes that began within the last `window` seconds, by provenance."""
        statement = statements.usage_after(name, self._now() - round(window * MICRO))
        found = self.database.read(lambda c: c.execute(statement).mappings().all())
        return tuple(
            Usage(
                **{name: int(row[name]) for name in statements.USED}, provenance=row["provenance"]
            )
            for row in found
        )

    def close(self) -> None:
        """Give back the connection; the next call opens one again."""
        self.database.close()

    def _now(self) -> ColumnElement[int]:
        """The time of the ledger in microseconds, as an expression."""
        if self._clock is not None:
            return literal(round(self._clock() * MICRO), BigInteger)
        if self._dialect == "postgresql":
            return cast(extract("epoch", func.clock_timestamp()) * MICRO, BigInteger)
        from time import time_ns

        return literal(time_ns() // 1000, BigInteger)

    def _insert(self, table: Any) -> Any:  # noqa: ANN401  # two dialects share no type for this
        return statements.insert_into(table, self._dialect)

    def _open(
        self,
        connection: Connection,
        lease_id: str,
        account: Account,
        row: RowMapping,
        lifetime: float,
    ) -> Lease:
        granted = amounts_in(row, "last_granted")
        span, now = round(lifetime * MICRO), self._now()
        expires = connection.execute(
            insert(leases)
            .values(
                id=lease_id,
                account_id=row["id"],
                token=row["last_token"],
                owner=_owner(),
                granted_at=now,
                lifetime=span,
                expires_at=now + span,
                **amount_values("granted", granted),
            )
            .returning(leases.c.expires_at)
        ).scalar_one()
        return Lease(lease_id, account, granted, row["last_token"], expires / MICRO)

    def _lease(self, connection: Connection, lease_id: str, account: Account) -> Lease | None:
        statement = select(leases).where(leases.c.id == lease_id)
        row = connection.execute(statement).mappings().one_or_none()
        if row is None:
            return None
        granted = amounts_in(row, "granted")
        return Lease(lease_id, account, granted, row["token"], row["expires_at"] / MICRO)

    def _refusal(
        self, connection: Connection, account: Account, limits: Limits, needed: Amounts
    ) -> Refusal | None:
        """Why there was no room; None when the account is new, or when there is room by now."""
        balance = _balance(connection, account)
        if balance is None:
            values = {
                "budget": account.budget,
                "holder": account.holder,
                "period": account.period,
            }
            connection.execute(self._insert(accounts).values(values).on_conflict_do_nothing())
            return None
        for metric in limits.set_metrics():
            limit = min(limits.of(metric) or 0, MOST)
            taken = balance.settled.of(metric) + balance.reserved.of(metric)
            if limit - taken < needed.of(metric):
                return Refusal(account, metric, balance, limit)
        return None

    def _end_once(self, lease: Lease, kind: str, spent: Amounts, provenance: str) -> bool:
        key = {"of_lease": lease.id, "of_token": lease.token}
        ended = select(entries.c.kind).where(
            entries.c.lease_id == lease.id, entries.c.token == lease.token
        )

        def work(connection: Connection) -> str | None:
            row = connection.execute(statements.take_lease(), key).mappings().one_or_none()
            if row is not None:
                self._end(connection, row, kind, spent=spent, provenance=provenance)
                return kind
            return connection.execute(ended).scalar_one_or_none() or pruned_from(connection)

        def pruned_from(connection: Connection) -> str | None:
            # The account knows of the lease, and that it ended: how it did was pruned since.
            statement = select(accounts.c.id).where(
                statements.of_account(accounts, lease.account),
                accounts.c.last_token >= lease.token,
                accounts.c.pruned_entries > 0,
            )
            known = connection.execute(statement).scalar_one_or_none()
            return None if known is None else "pruned"

        found = self.database.write(work)
        if found is None:
            raise LedgerError(
                f"The ledger {self.database.place} knows no lease {lease.id}.",
                hint="It was moved or deleted since: what the lease spent is not recorded.",
            )
        return found == kind

    def _recover_some(self, connection: Connection) -> int:
        expired = connection.execute(statements.take_expired(self._now())).mappings().all()
        # Always in the same order, so that two recoveries cannot wait for each other's accounts.
        for row in sorted(expired, key=lambda row: (row["account_id"], row["token"])):
            granted = amounts_in(row, "granted")
            self._end(connection, row, "recovered", spent=granted, provenance=ESTIMATED)
        return len(expired)

    def _end(
        self, connection: Connection, row: RowMapping, kind: str, *, spent: Amounts, provenance: str
    ) -> None:
        """Enter the end of a lease that was just taken away; its key is unique."""
        granted = amount_values("granted", amounts_in(row, "granted"))
        charged = amount_values("spent", spent)
        connection.execute(
            insert(entries).values(
                lease_id=row["id"],
                account_id=row["account_id"],
                token=row["token"],
                owner=row["owner"],
                kind=kind,
                provenance=provenance,
                granted_at=row["granted_at"],
                ended_at=self._now(),
                **granted,
                **charged,
            )
        )
        connection.execute(
            statements.charge(), {"of_account": row["account_id"], **granted, **charged}
        )


def _reservation(
    account: Account, limits: Limits, wanted: Amounts, needed: Amounts
) -> dict[str, Any]:
    limited = limits.set_metrics()
    return {
        "of_budget": account.budget,
        "of_holder": account.holder,
        "of_period": account.period,
        **amount_values("wanted", wanted),
        **{f"needed_{metric}": needed.of(metric) for metric in limited},
        **{f"most_{metric}": min(limits.of(metric) or 0, MOST) for metric in limited},
    }


def _balance(connection: Connection, account: Account) -> Balance | None:
    statement = select(accounts).where(statements.of_account(accounts, account))
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        return None
    return Balance(amounts_in(row, "settled"), amounts_in(row, "reserved"))


def _require_amounts(*several: Amounts) -> None:
    for amounts in several:
        _require_integers(amounts.of(metric) for metric in Metric)


def _require_integers(amounts: Iterable[int]) -> None:
    for amount in amounts:
        if not 0 <= amount < MOST:
            raise ValueError(f"an amount must be from 0 to 2**62, not {amount}")


def _owner() -> str:
    """Who holds a lease, for people: the host and the process."""
    return f"{socket.gethostname()}:{os.getpid()}"
