"""What a ledger in PostgreSQL says and keeps when connections, locks and logins fail."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from one_request import ACCOUNT, everything_said, reserve, settle
from postgresql_server import execute
from sqlalchemy import URL, Connection, event

from greenlint.errors import LedgerError
from greenlint.ledger.connect import open_ledger
from greenlint.ledger.entry import Balance, Usage
from greenlint.ledger.store import SqlLedger
from greenlint.ledger.verification import verify
from greenlint.policy.amounts import Amounts
from greenlint.policy.limits import Ledger as LedgerSection

PASSWORD = "s3cret"  # noqa: S105  # of nobody


class TestServer:
    """PostgreSQL."""

    @pytest.fixture
    def url(self, new_database: Callable[[], URL]) -> URL:
        """The address of an empty database."""
        return new_database()

    @pytest.fixture
    def connect(
        self, url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Callable[..., SqlLedger]]:
        """Open the ledger at an address that differs in some parts."""
        ledgers: list[SqlLedger] = []

        def connect(**parts: object) -> SqlLedger:
            address = url.set(**parts).render_as_string(hide_password=False)
            monkeypatch.setenv("TEST_LEDGER", address)
            settings = LedgerSection(url_env="TEST_LEDGER")
            ledgers.append(open_ledger(settings, tmp_path, timeout=1.0))
            return ledgers[-1]

        yield connect
        for ledger in ledgers:
            ledger.close()

    def test_connections_killed_between_transactions(
        self, connect: Callable[..., SqlLedger], url: URL
    ) -> None:
        """The next call opens another, and nobody notices."""
        ledger = connect()
        lease = reserve(ledger)
        for _ in range(3):
            execute(url, KILL_OTHERS)
            settle(ledger)
        execute(url, KILL_OTHERS)
        assert ledger.settle(lease, Amounts(requests=1), provenance="measured")
        execute(url, KILL_OTHERS)
        ledger.add_usage("answer", Usage(units=1))
        assert ledger.usage_within("answer", 3600) == (Usage(units=1),)
        assert ledger.balance(ACCOUNT).settled == Amounts(requests=4)
        assert verify(ledger.database).problems == ()

    def test_connections_killed_in_the_middle(
        self, connect: Callable[..., SqlLedger], url: URL
    ) -> None:
        """Calls succeed or raise; what was acknowledged is there, once."""
        ledger = connect()
        settle(ledger)
        settled, failed = 1, 0
        done = threading.Event()
        killer = threading.Thread(target=kill_until, args=(url, done))
        killer.start()
        for _ in range(150):
            try:
                settle(ledger)
            except LedgerError:
                failed += 1
            else:
                settled += 1
        done.set()
        killer.join()
        assert settled > 20
        total = ledger.balance(ACCOUNT).settled.requests
        assert settled <= total <= settled + failed
        assert verify(ledger.database).problems == ()

    def test_a_commit_whose_answer_is_lost(
        self, connect: Callable[..., SqlLedger], url: URL
    ) -> None:
        """It took place, and is not done twice; where that cannot be told, the call says so."""
        ledger = connect()
        lose_next_answer(ledger, url)
        lease = reserve(ledger)
        assert ledger.balance(ACCOUNT).reserved == Amounts(requests=1)
        lose_next_answer(ledger, url)
        assert ledger.settle(lease, Amounts(requests=1), provenance="measured")
        assert ledger.balance(ACCOUNT) == Balance(Amounts(requests=1), Amounts())
        lose_next_answer(ledger, url)
        assert ledger.claim(ACCOUNT, 0.8)
        lose_next_answer(ledger, url)
        with pytest.raises(LedgerError, match="the server"):
            ledger.add_usage("answer", Usage(units=1))
        assert ledger.usage_within("answer", 3600) == (Usage(units=1),)
        assert verify(ledger.database).problems == ()

    def test_nobody_listens(self, connect: Callable[..., SqlLedger]) -> None:
        with pytest.raises(LedgerError, match="the server cannot be reached") as raised:
            connect(host="127.0.0.1", port=9, query={}, password=PASSWORD)
        assert "postgresql://127.0.0.1:9/" in str(raised.value)
        assert PASSWORD not in everything_said(raised.value)

    def test_no_such_database(self, connect: Callable[..., SqlLedger]) -> None:
        with pytest.raises(LedgerError, match=r"postgresql:///nowhere: there is no such database"):
            connect(database="nowhere")

    def test_a_refused_password(self, connect: Callable[..., SqlLedger], url: URL) -> None:
        """No password stands in any message, nor in the errors it came from."""
        require_passwords(url)
        try:
            with pytest.raises(LedgerError, match="the password was refused") as raised:
                connect(username="guest", password=PASSWORD)
        finally:
            trust_everyone(url)
        assert PASSWORD not in everything_said(raised.value)

    def test_a_lock_that_another_session_holds(
        self, connect: Callable[..., SqlLedger], url: URL
    ) -> None:
        ledger = connect()
        settle(ledger)
        from sqlalchemy import create_engine, text

        engine = create_engine(url)
        with engine.begin() as other:
            other.execute(text("UPDATE greenlint_accounts SET last_token = last_token"))
            with pytest.raises(LedgerError, match="another session keeps a lock"):
                settle(ledger)
        engine.dispose()
        settle(ledger)

    def test_a_user_without_rights(self, connect: Callable[..., SqlLedger], url: URL) -> None:
        execute(url, "CREATE ROLE reader LOGIN")
        try:
            with pytest.raises(LedgerError, match="lacks a privilege"):
                connect(username="reader")
        finally:
            execute(url, "DROP ROLE reader")


KILL_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def lose_next_answer(ledger: SqlLedger, url: URL) -> None:
    """Let the next commit of the ledger take place, and its connection die before it is told."""

    def commit_and_die(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.commit()
        driver.execute("SELECT 1")  # begins what the ledger will then try to commit
        execute(url, KILL_OTHERS)

    event.listen(ledger.database.engine, "commit", commit_and_die, once=True)


def kill_until(url: URL, done: threading.Event) -> None:
    """Kill every other connection to the database, again and again."""
    while not done.wait(0.02):
        execute(url, KILL_OTHERS)


def require_passwords(url: URL) -> None:
    """Let the server ask the user `guest` for a password."""
    execute(url, "CREATE ROLE guest LOGIN PASSWORD 'other'")
    rules = _rules(url)
    kept = rules.read_text(encoding="utf-8")
    rules.with_suffix(".kept").write_text(kept, encoding="utf-8")
    rules.write_text(f"local all guest scram-sha-256\n{kept}", encoding="utf-8")
    execute(url, "SELECT pg_reload_conf()")


def trust_everyone(url: URL) -> None:
    """Take `require_passwords` back."""
    rules = _rules(url)
    kept = rules.with_suffix(".kept").read_text(encoding="utf-8")
    rules.write_text(kept, encoding="utf-8")
    execute(url, "SELECT pg_reload_conf()", "DROP ROLE guest")


def _rules(url: URL) -> Path:
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.connect() as connection:
        path = connection.execute(text("SHOW hba_file")).scalar_one()
    engine.dispose()
    return Path(path)
