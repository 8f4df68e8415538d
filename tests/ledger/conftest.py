"""One ledger on every backend: a SQLite file and a real PostgreSQL server."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from backends import BACKENDS, Open
from postgresql_server import create_database, start_server
from sqlalchemy import URL

from greenlint.ledger.connect import open_ledger
from greenlint.ledger.store import Clock, SqlLedger
from greenlint.policy.limits import Ledger as LedgerSection


@pytest.fixture(scope="session")
def server(testrun_uid: str) -> URL:
    """The address of a PostgreSQL server, one for all workers of a test run."""
    return start_server(f"greenlint-{testrun_uid}")


@pytest.fixture
def new_database(server: URL, worker_id: str) -> Callable[[], URL]:
    """Create databases, each new."""
    return lambda: create_database(server, f"ledger_{worker_id}_{next(_numbers)}")


_numbers = count()


@pytest.fixture(params=BACKENDS)
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LedgerSection:
    """What a policy says of a ledger that is still empty, on each backend."""
    if request.param == "sqlite":
        return LedgerSection(url=f"sqlite:///{tmp_path}/ledger.db")
    url: URL = request.getfixturevalue("new_database")()
    monkeypatch.setenv("TEST_LEDGER", url.render_as_string(hide_password=False))
    return LedgerSection(url_env="TEST_LEDGER")


@pytest.fixture
def opened(settings: LedgerSection, tmp_path: Path) -> Iterator[Open]:
    """Open the ledger of the test; all that were opened are closed in the end."""
    ledgers: list[SqlLedger] = []

    def open_it(clock: Clock | None = None, *, recover: bool = True) -> SqlLedger:
        ledgers.append(open_ledger(settings, tmp_path, clock=clock, recover=recover))
        return ledgers[-1]

    yield open_it
    for ledger in ledgers:
        ledger.close()
