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

UPGRADES: Sequence[Upgrade] = ()

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
