"""Creates the tables of a ledger and brings older ones up to date.

Versions are numbers kept in the ledger and not Alembic revisions. Alembic would add 0.4 s to the
first import beside SQLAlchemy's 0.5 s and three packages to every install, and an older greenlint
could not tell a newer ledger from a damaged one, as revisions have no order. What is kept of its
way: each change is a function, all that are missing run in one transaction, one process at a time.

A new ledger gets today's tables at once; `UPGRADES[n]` takes version n + 1 to version n + 2.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, func, insert, inspect, select, update

from greenlint.errors import LedgerError
from greenlint.ledger.tables import metadata, version

Upgrade = Callable[[Connection], None]


def _to_version_2(connection: Connection) -> None:
    """Usage says how its energy is known; accounts keep what pruned entries had spent."""
    for column in ("energy", "carbon", "tokens", "requests", "entries"):
        connection.exec_driver_sql(
            f"ALTER TABLE greenlint_accounts ADD COLUMN pruned_{column} BIGINT DEFAULT 0 NOT NULL"
        )
    connection.exec_driver_sql(
        "CREATE INDEX greenlint_entries_by_end ON greenlint_entries (ended_at)"
    )
    # SQLite cannot give a table another key.
    connection.exec_driver_sql("ALTER TABLE greenlint_usage RENAME TO greenlint_usage_1")
    connection.exec_driver_sql(
        "CREATE TABLE greenlint_usage (name TEXT NOT NULL, minute BIGINT NOT NULL, "
        "provenance TEXT NOT NULL, energy BIGINT NOT NULL, operational BIGINT NOT NULL, "
        "embodied BIGINT NOT NULL, units BIGINT NOT NULL, PRIMARY KEY (name, minute, provenance))"
    )
    connection.exec_driver_sql(
        "INSERT INTO greenlint_usage "
        "SELECT name, minute, '', energy, operational, embodied, units FROM greenlint_usage_1"
    )
    connection.exec_driver_sql("DROP TABLE greenlint_usage_1")


UPGRADES: Sequence[Upgrade] = (_to_version_2,)

# "green" in ASCII: any number will do, as long as nobody else locks it in the same database.
_ADVISORY_LOCK = 0x677265656E


def exists(connection: Connection) -> bool:
    """Whether the database holds a ledger of any version."""
    return inspect(connection).has_table(version.name)


def is_current(connection: Connection, upgrades: Sequence[Upgrade] = UPGRADES) -> bool:
    """Whether the tables are those of this version; LedgerError when they are from a newer one."""
    return _version(connection, upgrades) == len(upgrades) + 1


def bring_up_to_date(connection: Connection, upgrades: Sequence[Upgrade] = UPGRADES) -> None:
    """Create or upgrade the tables in the transaction of `connection`, which must be a writer."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    found = _version(connection, upgrades)  # another process may have been faster
    wanted = len(upgrades) + 1
    if found == wanted:
        return
    if found == 0:
        metadata.create_all(connection)
        connection.execute(insert(version).values(version=wanted))
        return
    for upgrade in upgrades[found - 1 :]:
        upgrade(connection)
    connection.execute(update(version).values(version=wanted))


def _version(connection: Connection, upgrades: Sequence[Upgrade]) -> int:
    if not exists(connection):
        return 0
    found = connection.execute(select(version.c.version)).scalar_one()
    if found > len(upgrades) + 1:
        raise LedgerError(
            f"The ledger has version {found}; this greenlint knows up to {len(upgrades) + 1}.",
            hint="It was opened by a newer greenlint: upgrade this one, or name another ledger.",
        )
    return int(found)
