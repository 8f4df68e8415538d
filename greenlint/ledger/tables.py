"""The tables of a ledger, the same for SQLite and PostgreSQL.

Amounts are integers in the units of `greenlint.policy.amounts.Amounts`, times are microseconds
since the epoch. A change here needs a new version in `schema.py`.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    RowMapping,
    Table,
    Text,
    UniqueConstraint,
)

from greenlint.policy.amounts import Amounts, Metric

metadata = MetaData()

# SQLite numbers rows by itself only where the key is spelled INTEGER.
_RowId = BigInteger().with_variant(Integer, "sqlite")


def _amounts(prefix: str) -> list[Column[int]]:
    return [
        Column(f"{prefix}_{metric}", BigInteger, nullable=False, server_default="0")
        for metric in Metric
    ]


def amount_values(prefix: str, amounts: Amounts) -> dict[str, int]:
    """The values of the four columns of a prefix."""
    return {f"{prefix}_{metric}": amounts.of(metric) for metric in Metric}


def amounts_in(row: RowMapping, prefix: str) -> Amounts:
    """What the four columns of a prefix hold in a row."""
    return Amounts(**{metric.value: int(row[f"{prefix}_{metric}"]) for metric in Metric})


version = Table("greenlint_version", metadata, Column("version", Integer, nullable=False))

# One budget in one period. `last_token` and `last_granted_*` are those of the latest lease: an
# UPDATE can return only what it stored. `limit_*` is what the latest reservation was held to.
# `pruned_*` is what the entries that were pruned had spent, and how many they were.
accounts = Table(
    "greenlint_accounts",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("budget", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("period", BigInteger, nullable=False),
    *_amounts("settled"),
    *_amounts("reserved"),
    *_amounts("last_granted"),
    *(Column(f"limit_{metric}", BigInteger) for metric in Metric),
    Column("last_token", BigInteger, nullable=False, server_default="0"),
    *_amounts("pruned"),
    Column("pruned_entries", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("budget", "holder", "period"),
    *(CheckConstraint(f"settled_{metric} >= 0") for metric in Metric),
    *(CheckConstraint(f"reserved_{metric} >= 0") for metric in Metric),
)

# Open leases only: ending one moves it to the entries.
leases = Table(
    "greenlint_leases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", _RowId, ForeignKey(accounts.c.id), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    *_amounts("granted"),
    Column("granted_at", BigInteger, nullable=False),
    Column("lifetime", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    UniqueConstraint("account_id", "token"),
    Index("greenlint_leases_by_expiry", "expires_at"),
)

# Leases that ended, each once: the key on `lease_id` keeps a second settlement out.
entries = Table(
    "greenlint_entries",
    metadata,
    Column("lease_id", Text, primary_key=True),
    Column("account_id", _RowId, ForeignKey(accounts.c.id), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("kind", Text, nullable=False),
    *_amounts("granted"),
    *_amounts("spent"),
    Column("provenance", Text, nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    UniqueConstraint("account_id", "token"),
    CheckConstraint("kind IN ('settled', 'voided', 'recovered')"),
    Index("greenlint_entries_by_end", "ended_at"),
)

decisions = Table(
    "greenlint_decisions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("budget", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("period", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("policy_hash", Text, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Index("greenlint_decisions_by_time", "decided_at"),
)

# Thresholds are in millionths of the limit.
alerts = Table(
    "greenlint_alerts",
    metadata,
    Column("budget", Text, primary_key=True),
    Column("holder", Text, primary_key=True),
    Column("period", BigInteger, primary_key=True, autoincrement=False),
    Column("threshold", BigInteger, primary_key=True, autoincrement=False),
    Column("claim", Text, nullable=False),
    Column("claimed_at", BigInteger, nullable=False),
)

# `provenance` is how the energy of a row is known; "" in rows of version 1, which did not say.
usage = Table(
    "greenlint_usage",
    metadata,
    Column("name", Text, primary_key=True),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("provenance", Text, primary_key=True),
    Column("energy", BigInteger, nullable=False),
    Column("operational", BigInteger, nullable=False),
    Column("embodied", BigInteger, nullable=False),
    Column("units", BigInteger, nullable=False),
)
