"""Opens the ledger that a policy names, or the one beside it."""

import os
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from greenlint.errors import LedgerError, Problem
from greenlint.ledger.database import Database, postgresql_database, server_place, sqlite_database
from greenlint.ledger.schema import exists
from greenlint.ledger.store import Clock, SqlLedger
from greenlint.policy.limits import Ledger as LedgerSection
from greenlint.policy.runtime_policy import RuntimePolicy

DEFAULT_URL = "sqlite:///.greenlint/ledger.db"
TIMEOUT = 10.0  # seconds to wait for other writers, or for the server

_PASSWORDS = "Write it as `postgresql://USER:PASSWORD@HOST/DATABASE`, or `sqlite:///PATH`."


def open_ledger(
    settings: LedgerSection,
    directory: Path,
    *,
    clock: Clock | None = None,
    timeout: float = TIMEOUT,
    recover: bool = True,
) -> SqlLedger:
    """The ledger, created when it is new, with expired leases recovered.

    A relative path is relative to `directory`, that of the policy. `timeout` is in seconds.
    """
    url = ledger_url(settings)
    if url.get_backend_name() == "sqlite":
        _create_directory(ledger_path(url, directory).parent)
    database = _database(url, directory, settings, timeout)
    try:
        ledger = SqlLedger(database, clock=clock)
        if recover:
            ledger.recover()
    except LedgerError:
        database.close()
        raise
    return ledger


def existing_ledger(policy: RuntimePolicy) -> SqlLedger | None:
    """The ledger of a policy for reading, as it is; None when nothing has been recorded yet."""
    settings, directory = _named_by(policy)
    url = ledger_url(settings)
    if url.get_backend_name() == "sqlite" and not ledger_path(url, directory).exists():
        return None
    database = _database(url, directory, settings, TIMEOUT)
    try:
        if database.read(exists):
            return SqlLedger(database)
    except LedgerError:
        database.close()
        raise
    database.close()
    return None


def ledger_place(policy: RuntimePolicy) -> str:
    """Where the ledger of a policy is or will be, without a password."""
    settings, directory = _named_by(policy)
    url = ledger_url(settings)
    if url.get_backend_name() == "sqlite":
        return str(ledger_path(url, directory))
    return server_place(url)


def ledger_url(settings: LedgerSection) -> URL:
    """The address that the policy names, itself or by a variable; no error quotes it."""
    name = settings.url_env
    text = os.environ.get(name, "") if name else settings.url or DEFAULT_URL
    where = f"the environment variable {name}" if name else "`ledger.url`"
    if not text:
        raise LedgerError(
            f"The policy looks for the ledger's address in {where}, which is not set.",
            hint=_PASSWORDS,
        )
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise LedgerError(f"The address in {where} is not a URL.", hint=_PASSWORDS) from None
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise LedgerError(
            f"The address in {where} is of a database that cannot hold the ledger.",
            hint=_PASSWORDS,
        )
    return url


def ledger_path(url: URL, directory: Path) -> Path:
    """The file of a SQLite ledger."""
    if not url.database or url.database == ":memory:":
        raise LedgerError(
            "A ledger in memory would forget what was spent.", hint="Name a file: sqlite:///PATH."
        )
    return directory.absolute() / url.database


def _named_by(policy: RuntimePolicy) -> tuple[LedgerSection, Path]:
    settings = policy.sections.ledger if policy.sections else LedgerSection()
    return settings, policy.path.parent if policy.path else Path.cwd()


def _database(url: URL, directory: Path, settings: LedgerSection, timeout: float) -> Database:
    if url.get_backend_name() == "sqlite":
        path = ledger_path(url, directory)
        return sqlite_database(path, durability=settings.durability, timeout=timeout)
    try:
        return postgresql_database(url, durability=settings.durability, timeout=timeout)
    except ModuleNotFoundError as error:
        raise LedgerError(
            "A ledger in PostgreSQL needs psycopg.",
            hint="Install it with: pip install 'greenlint[postgresql]'",
        ) from error


def _create_directory(directory: Path) -> None:
    if directory.is_dir():
        return
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if directory.name == ".greenlint":  # ours alone: keep it out of the repository
            (directory / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "let this user create it, or name another `ledger.url`"
        raise LedgerError(
            Problem(f"Cannot create the directory of the ledger {directory}: {reason}", hint=hint)
        ) from error
