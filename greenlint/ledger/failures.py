"""Turns what a database driver raises into a LedgerError: where, why, and how to mend it."""

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from greenlint.errors import LedgerDamagedError, LedgerError, Problem

_SQLITE = {
    "SQLITE_FULL": ("the disk is full", "free some space; nothing that was settled is lost"),
    "SQLITE_IOERR": (
        "the disk refuses to read or write",
        "look at free space, quotas and the health of the disk; nothing that was settled is lost",
    ),
    "SQLITE_READONLY": (
        "the file is read-only",
        "let this user write the file and its directory, or name another `ledger.url`",
    ),
    "SQLITE_PERM": ("permission denied", "let this user write the file and its directory"),
    "SQLITE_CANTOPEN": (
        "the file cannot be opened or created",
        "create the directory and let this user write in it, or name another `ledger.url`",
    ),
    "SQLITE_BUSY": (
        "another process keeps it locked",
        "find who holds a transaction open; many hosts need PostgreSQL",
    ),
    "SQLITE_LOCKED": ("another connection keeps it locked", "end the other transaction"),
    "SQLITE_CORRUPT": (
        "the file is damaged",
        "move it away and restore a copy; `sqlite3 FILE .recover` saves what can be read",
    ),
    "SQLITE_NOTADB": ("the file is no SQLite database", "move it away, or name another file"),
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = {
    "28P01": ("the password was refused", "correct it in the variable that `ledger.url_env` names"),
    "28000": ("the user may not log in", "see pg_hba.conf of the server"),
    "3D000": ("there is no such database", "create it, or correct the name"),
    "42501": ("the user lacks a privilege", "let it create and change tables in its schema"),
    "25006": ("the server is read-only", "name the primary server, not a replica"),
    "53100": ("the disk of the server is full", "free some space there"),
    "53300": ("the server has no connection left", "raise max_connections, or use a pooler"),
    "55P03": ("another session keeps a lock", "find who holds a transaction open"),
    "57014": ("the server took too long", "look at its load and at sessions that hold locks"),
    "57P01": ("the server is shutting down", "start it again"),
    "57P03": ("the server is starting or stopping", "try again in a moment"),
}
_DOWN = ("the server cannot be reached", "see that it runs and that host and port are right")


def failure(error: SQLAlchemyError, place: str) -> LedgerError:
    """The LedgerError for what SQLAlchemy raised; `place` names the ledger without a password."""
    why, cure = _why(error)
    kind = LedgerDamagedError if _is_damage(error) else LedgerError
    return kind(Problem(f"Cannot use the ledger {place}: {why}", hint=cure))


def is_passing(error: DBAPIError) -> bool:
    """Whether the same transaction may well succeed at once: a lost connection, a deadlock."""
    return error.connection_invalidated or _sqlstate(error) in {"40001", "40P01"}


def _why(error: SQLAlchemyError) -> tuple[str, str]:
    if isinstance(error, PoolTimeoutError):
        return "this process is in the middle of using it", "do not use it in finalizers or signals"
    if not isinstance(error, DBAPIError):
        return f"{type(error).__name__}: {error}", "this should not happen: report it"
    if name := _sqlite_name(error):
        kind = "_".join(name.split("_")[:2])  # SQLITE_IOERR_WRITE is a kind of SQLITE_IOERR
        return _SQLITE.get(kind, (f"{error.orig} ({name})", "see https://sqlite.org/rescode.html"))
    state = _sqlstate(error)
    if state in _POSTGRESQL:
        return _POSTGRESQL[state]
    first = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
    if state:
        return f"{first} ({state})", "look the code up among the error codes of PostgreSQL"
    return _login(first) or (f"{_DOWN[0]}: {first}", _DOWN[1])


def _login(message: str) -> tuple[str, str] | None:
    """While it logs in, libpq tells why in words only."""
    for words, state in (
        ("password authentication failed", "28P01"),
        ("no password supplied", "28P01"),
        ("no pg_hba.conf entry", "28000"),
        ("does not exist", "3D000"),
        ("too many clients", "53300"),
        ("remaining connection slots", "53300"),
        ("starting up", "57P03"),
        ("shutting down", "57P03"),
    ):
        if words in message:
            return _POSTGRESQL[state]
    return None


def _is_damage(error: SQLAlchemyError) -> bool:
    damage = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
    return isinstance(error, DBAPIError) and _sqlite_name(error).startswith(damage)


def _sqlite_name(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlite_errorname", None) or "")


def _sqlstate(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")
