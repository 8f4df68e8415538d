"""A database of a ledger: its connection, its transactions, and what a fork does to both."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from greenlint.errors import LedgerError, Problem
from greenlint.forking import gate
from greenlint.ledger.failures import failure, is_passing

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

Result = TypeVar("Result")
Durability = Literal["normal", "full"]

TRIES = 3
_RETURNING = (3, 35, 0)  # the first SQLite with RETURNING


class Database:
    """One connection, used by one thread at a time, opened when it is needed.

    It is closed before a fork, as neither SQLite nor libpq survives one, and parent and child each
    open their own. `place` names the database in messages. `timeout` is in seconds.
    """

    def __init__(self, engine: Engine, *, place: str, timeout: float) -> None:
        self.engine = engine
        self.place = place
        self._timeout = timeout
        self._lock = threading.RLock()
        gate.tell(self)

    def write(self, work: Callable[[Connection], Result], *, repeatable: bool = True) -> Result:
        """Run `work` in a transaction that writes.

        It is run again when the connection was lost or a deadlock undid it. When the connection is
        lost during the commit nobody knows whether it happened: then only what is `repeatable`
        without doing it twice runs again.
        """
        return self._run(work, repeatable=repeatable, options={"sqlite_begin": "IMMEDIATE"})

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work`, which only reads, on one snapshot of the ledger."""
        options = {"sqlite_begin": "DEFERRED"}
        if self.engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ"}
        return self._run(work, repeatable=True, options=options)

    def close(self) -> None:
        """Close the connection; the next transaction opens one."""
        with self._lock:
            self.engine.dispose()

    def _run(
        self, work: Callable[[Connection], Result], *, repeatable: bool, options: dict[str, Any]
    ) -> Result:
        if not self._lock.acquire(timeout=self._timeout):
            raise LedgerError(f"The ledger {self.place} is busy: other threads wait for it.")
        try:
            for _ in range(TRIES - 1):
                attempt = _Attempt()
                try:
                    return attempt.run(self.engine, work, options)
                except DBAPIError as error:
                    if not is_passing(error) or not (repeatable or attempt.undone):
                        raise failure(error, self.place) from error
            return _Attempt().run(self.engine, work, options)
        except SQLAlchemyError as error:
            raise failure(error, self.place) from error
        finally:
            self._lock.release()

    def before_fork(self) -> None:
        """Wait for the transaction that is under way, and close the connection."""
        self._lock.acquire()
        self.engine.dispose()

    def after_fork_in_parent(self) -> None:
        """Let threads go on."""
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Start with a lock that no thread of the parent can hold."""
        self._lock = threading.RLock()


class _Attempt:
    """One try of a transaction; `undone` says whether a failure certainly left no trace."""

    def __init__(self) -> None:
        self.undone = True

    def run(
        self, engine: Engine, work: Callable[[Connection], Result], options: dict[str, Any]
    ) -> Result:
        with engine.connect().execution_options(**options) as connection, connection.begin():
            result = work(connection)
            self.undone = False
            return result


def sqlite_database(path: Path, *, durability: Durability, timeout: float) -> Database:
    """The database in a file, in WAL mode."""
    if sqlite3.sqlite_version_info < _RETURNING:
        raise LedgerError(
            f"SQLite {sqlite3.sqlite_version} is too old for the ledger.",
            hint="Use a Python with SQLite 3.35 or later, or PostgreSQL.",
        )
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=0,
        # Transactions are begun by hand below: the driver's own begin would be a deferred one.
        connect_args={"timeout": timeout, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: "DBAPIConnection", record: "ConnectionPoolEntry") -> None:
        try:
            _write_ahead(connection, time.monotonic() + timeout)
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA synchronous = {durability}")
            cursor.execute("PRAGMA foreign_keys = ON")
            cursor.close()
        except BaseException:
            connection.close()  # the pool does not know it yet
            raise
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.info["file"] != _identity(path):
            # SQLite would go on with a file that nobody else sees, and that ends with the process.
            raise LedgerError(
                Problem(
                    f"Cannot use the ledger {path}: the file was deleted or replaced",
                    hint="put it back, or start the program again for a new one",
                )
            )
        mode = connection.get_execution_options()["sqlite_begin"]
        connection.exec_driver_sql(f"BEGIN {mode}")

    return Database(engine, place=str(path), timeout=timeout)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file that is now; None when there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _write_ahead(connection: "DBAPIConnection", deadline: float) -> None:
    """Switch to WAL; SQLite does not wait by itself where several processes switch at once."""
    cursor = connection.cursor()
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            break
    mode = cursor.fetchone()
    cursor.close()
    if not mode or mode[0] != "wal":
        raise LedgerError(
            "The file system of the ledger cannot share memory between processes, as WAL needs.",
            hint="Put the ledger on a local disk, or use PostgreSQL.",
        )


def postgresql_database(url: URL, *, durability: Durability, timeout: float) -> Database:
    """The database of a server; `url` says which, and may hold any option of libpq."""
    seconds = max(1, round(timeout))
    defaults = {
        "application_name": "greenlint",
        "connect_timeout": seconds,
        "tcp_user_timeout": seconds * 1000,
    }
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=0,
        isolation_level="READ COMMITTED",
        connect_args={name: value for name, value in defaults.items() if name not in url.query},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: "DBAPIConnection", _: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {seconds * 1000}")
        cursor.execute(f"SET statement_timeout = {seconds * 2000}")
        if durability == "full":
            cursor.execute("SET synchronous_commit = on")
        cursor.close()
        connection.commit()

    return Database(engine, place=server_place(url), timeout=timeout)


def server_place(url: URL) -> str:
    """The server and the database of an address, for messages: no user, no password, no options."""
    server = f"{url.host or ''}:{url.port}" if url.port else url.host or ""
    return f"postgresql://{server}/{url.database or ''}"
