"""The statements of the ledger, one set for SQLite and PostgreSQL.

No statement writes what an earlier one read: conditions and sums stand in the UPDATE itself, so
that two processes cannot both see the same room.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Insert,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningDelete

from greenlint.ledger.entry import Account
from greenlint.ledger.tables import accounts, leases, usage
from greenlint.policy.amounts import Metric

USED = ("energy", "operational", "embodied", "units")  # the columns of usage that are amounts
BATCH = 100  # leases that one transaction recovers, so that no writer waits long


def integer(name: str) -> BindParameter[int]:
    """A parameter that PostgreSQL need not guess the type of."""
    return bindparam(name, type_=BigInteger)


def insert_into(table: Table, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say what follows on a conflict, which SQL itself cannot."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def of_account(table: Table, account: Account) -> Any:  # noqa: ANN401  # SQLAlchemy's own type is as wide
    """The condition that a row belongs to an account."""
    return and_(
        table.c.budget == account.budget,
        table.c.holder == account.holder,
        table.c.period == account.period,
    )


@cache
def reservation(limited: tuple[Metric, ...]) -> Update:
    """Take `wanted_*`, or what is left under `most_*`, if that is `needed_*` at least.

    Returns no row when there is no such account, or no room in it.
    """
    of = accounts.c
    conditions = [
        of.budget == bindparam("of_budget"),
        of.holder == bindparam("of_holder"),
        of.period == integer("of_period"),
    ]
    values: dict[str, Any] = {"last_token": of.last_token + 1}
    for metric in Metric:
        reserved = of[f"reserved_{metric}"]
        wanted = integer(f"wanted_{metric}")
        granted: Any = wanted
        values[f"limit_{metric}"] = None
        if metric in limited:
            most = integer(f"most_{metric}")
            room = most - of[f"settled_{metric}"] - reserved
            conditions.append(room >= integer(f"needed_{metric}"))
            granted = case((wanted < room, wanted), else_=room)
            values[f"limit_{metric}"] = most
        values[f"last_granted_{metric}"] = granted
        values[reserved.name] = reserved + granted
    returned = (of.id, of.last_token, *(of[f"last_granted_{metric}"] for metric in Metric))
    return update(accounts).where(*conditions).values(values).returning(*returned)


@cache
def charge() -> Update:
    """Give `granted_*` back to an account and charge it `spent_*`."""
    values = {}
    for metric in Metric:
        reserved, settled = accounts.c[f"reserved_{metric}"], accounts.c[f"settled_{metric}"]
        values[reserved.name] = reserved - integer(f"granted_{metric}")
        values[settled.name] = settled + integer(f"spent_{metric}")
    return update(accounts).where(accounts.c.id == integer("of_account")).values(values)


@cache
def take_lease() -> ReturningDelete[Any]:
    """Remove the open lease `of_lease` with the token `of_token`, returning it."""
    return (
        delete(leases)
        .where(leases.c.id == bindparam("of_lease"), leases.c.token == integer("of_token"))
        .returning(*leases.c)
    )


def take_expired(now: Any) -> ReturningDelete[Any]:  # noqa: ANN401  # SQLAlchemy's own type is as wide
    """Remove some leases that have expired, returning them; those in use are left to others."""
    expired = (
        select(leases.c.id)
        .where(leases.c.expires_at <= now)
        .order_by(leases.c.expires_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return delete(leases).where(leases.c.id.in_(expired)).returning(*leases.c)


def bring_forward(now: Any) -> Update:  # noqa: ANN401  # SQLAlchemy's own type is as wide
    """Shorten leases that the clock, set back since, would keep for longer than they were given."""
    latest = now + leases.c.lifetime
    return update(leases).where(leases.c.expires_at > latest).values(expires_at=latest)


def add_to_usage(dialect: str) -> Insert:
    """Add to a bucket of usage, or begin it."""
    start = insert_into(usage, dialect)
    return start.on_conflict_do_update(
        index_elements=[usage.c.name, usage.c.minute, usage.c.provenance],
        set_={name: usage.c[name] + start.excluded[name] for name in USED},
    )


def usage_after(name: str, start: Any) -> Select[Any]:  # noqa: ANN401  # the same
    """The sums of the buckets that began after `start`, for each provenance."""
    return (
        select(*(func.sum(usage.c[name]).label(name) for name in USED), usage.c.provenance)
        .where(usage.c.name == name, usage.c.minute > start)
        .group_by(usage.c.provenance)
        .order_by(usage.c.provenance)
    )
