"""What a ledger says when the disk, the server or another process fails it, and what it keeps."""

import os
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from backends import Open
from one_request import ACCOUNT, everything_said, reserve, settle

from greenlint.errors import LedgerDamagedError, LedgerError
from greenlint.ledger.connect import open_ledger
from greenlint.ledger.entry import Account
from greenlint.ledger.store import SqlLedger
from greenlint.ledger.verification import verify
from greenlint.policy.amounts import Amounts
from greenlint.policy.limits import Ledger as LedgerSection

PASSWORD = "s3cret"  # noqa: S105  # of nobody
NOBODY = 65_534
FULL_DISK = """
    import resource, sys
    from pathlib import Path
    from greenlint.errors import LedgerError
    from greenlint.ledger.connect import open_ledger
    from greenlint.ledger.entry import Account
    from greenlint.policy.amounts import Amounts, Limits
    from greenlint.policy.limits import Ledger as LedgerSection

    ledger = open_ledger(LedgerSection(), Path(sys.argv[1]))
    size = 1 << 20  # bytes
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    one = Amounts(requests=1)
    settled = refused = 0
    while refused < 20:
        try:
            lease = ledger.reserve(
                Account("full", "fleet", 0), limits=Limits(), wanted=one, needed=one, lifetime=600.0
            )
            ledger.settle(lease, one, provenance="measured")
            settled += 1
        except LedgerError as error:
            refused += 1
            told = str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    ledger.settle(lease, one, provenance="measured")
    print(settled, told, sep="\\n")
"""


class TestFile:
    """SQLite."""

    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[SqlLedger]:
        """The ledger that is used when the policy names none."""
        ledger = open_ledger(LedgerSection(), tmp_path, timeout=0.2)
        yield ledger
        ledger.close()

    @pytest.mark.parametrize("replaced", [False, True])
    def test_a_file_that_was_deleted_takes_no_settlements_that_would_be_lost(
        self, ledger: SqlLedger, tmp_path: Path, *, replaced: bool
    ) -> None:
        settle(ledger)
        file = tmp_path / ".greenlint" / "ledger.db"
        kept = file.rename(tmp_path / "kept.db")
        if replaced:
            file.write_bytes(b"")
        with pytest.raises(LedgerError, match=r"ledger\.db: the file was deleted or replaced"):
            settle(ledger)
        kept.rename(file)
        settle(ledger)

    def test_its_directory_is_made_and_kept_out_of_git(
        self, ledger: SqlLedger, tmp_path: Path
    ) -> None:
        settle(ledger)
        assert (tmp_path / ".greenlint" / "ledger.db").is_file()
        assert (tmp_path / ".greenlint" / ".gitignore").read_text(encoding="utf-8") == "*\n"

    def test_a_full_disk(self, tmp_path: Path) -> None:
        """Files may not grow: what was acknowledged is there, and work goes on afterwards."""
        ended = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(FULL_DISK), tmp_path],
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
        settled, told = ended.stdout.split("\n", 1)
        assert "ledger.db: the disk" in told
        assert "free" in told
        with closing(open_ledger(LedgerSection(), tmp_path)) as ledger:
            assert int(settled) > 10
            assert ledger.balance(ACCOUNT_FULL).settled.requests == int(settled) + 1
            assert verify(ledger.database).problems == ()

    @pytest.fixture
    def readable(self) -> Iterator[Path]:
        """A directory that every user may enter, unlike those of pytest."""
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o755)
            yield Path(name)

    def test_a_file_that_is_read_only(self, readable: Path) -> None:
        """By a process without root's rights, which files do not stop."""
        with closing(open_ledger(LedgerSection(), readable)) as ledger:
            settle(ledger)
        said = as_nobody(readable, lambda: open_ledger(LedgerSection(), readable))
        assert "ledger.db: the file " in said
        assert "let this user write" in said

    def test_a_directory_that_cannot_be_made(self, readable: Path) -> None:
        said = as_nobody(readable, lambda: open_ledger(LedgerSection(), readable))
        assert "Cannot create the directory of the ledger" in said
        assert "permission denied" in said

    def test_a_directory_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(LedgerError, match=r"Cannot create the directory .*: not a directory"):
            open_ledger(LedgerSection(url="sqlite:///file/below/ledger.db"), tmp_path)

    def test_a_locked_file(self, ledger: SqlLedger, tmp_path: Path) -> None:
        """It waits for as long as it may, and works again when the lock is gone."""
        other = sqlite3.connect(tmp_path / ".greenlint" / "ledger.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match=r"ledger\.db: another process keeps it locked"):
            settle(ledger)
        assert ledger.balance(ACCOUNT).settled == Amounts()  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        settle(ledger)

    def test_a_file_of_another_kind(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("no database " * 100, encoding="utf-8")
        with pytest.raises(LedgerDamagedError, match="no SQLite database"):
            open_ledger(LedgerSection(url="sqlite:///notes.txt"), tmp_path)

    def test_a_directory_in_its_place(self, tmp_path: Path) -> None:
        with pytest.raises(LedgerError, match="cannot be opened"):
            open_ledger(LedgerSection(url=f"sqlite:///{tmp_path}"), tmp_path)

    def test_none_in_memory(self, tmp_path: Path) -> None:
        with pytest.raises(LedgerError, match="in memory"):
            open_ledger(LedgerSection(url="sqlite://"), tmp_path)

    @pytest.mark.parametrize(("durability", "level"), [("normal", 1), ("full", 2)])
    def test_durability(self, tmp_path: Path, durability: str, level: int) -> None:
        """With `full`, every commit reaches the disk before it is acknowledged."""
        settings = LedgerSection.model_validate({"durability": durability})
        with closing(open_ledger(settings, tmp_path).database) as database:
            found = database.read(lambda c: c.exec_driver_sql("PRAGMA synchronous").scalar_one())
        assert found == level


ACCOUNT_FULL = Account("full", "fleet", 0)


class TestFork:
    """Promise 9, for the ledger: parent and child each have a connection of their own."""

    def test_both_go_on(self, opened: Open) -> None:
        ledger = opened()
        lease = reserve(ledger)
        assert in_child(lambda: settle(ledger)) == ""
        settle(ledger)
        assert ledger.settle(lease, Amounts(requests=1), provenance="measured")
        assert ledger.balance(ACCOUNT).settled == Amounts(requests=3)
        assert verify(ledger.database).problems == ()

    def test_while_another_thread_is_busy(self, opened: Open) -> None:
        """The child starts with no lock held, whatever the parent's threads did."""
        ledger = opened()
        done = threading.Event()

        def keep_settling() -> None:
            while not done.is_set():
                settle(ledger)

        busy = threading.Thread(target=keep_settling)
        busy.start()
        try:
            said = [in_child(lambda: settle(ledger)) for _ in range(5)]
        finally:
            done.set()
            busy.join()
        assert said == [""] * 5
        assert verify(ledger.database).problems == ()


class TestAddress:
    """What the policy may name; no message quotes it, as it may hold a password."""

    @pytest.mark.parametrize(
        ("address", "said"),
        [
            ("", "which is not set"),
            (PASSWORD, "is not a URL"),
            ("postgresql://me:s3cret@host:port/ledger", "is not a URL"),
            ("mysql://me:s3cret@host/ledger", "cannot hold the ledger"),
        ],
    )
    def test_unusable(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, said: str
    ) -> None:
        monkeypatch.setenv("TEST_LEDGER", address)
        with pytest.raises(LedgerError, match="TEST_LEDGER.*" + said) as raised:
            open_ledger(LedgerSection(url_env="TEST_LEDGER"), tmp_path)
        assert PASSWORD not in everything_said(raised.value)


def in_child(work: Callable[[], object]) -> str:
    """Run `work` in a forked process: what it raised, or nothing."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # a child must never return into the test
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(writer)
    try:
        with os.fdopen(reader) as stream:
            ended, _, _ = select.select([stream], [], [], 30.0)
            return stream.read() if ended else "it hangs"
    finally:
        os.kill(pid, signal.SIGKILL)  # what has ended by itself does not mind
        os.waitpid(pid, 0)


def as_nobody(directory: Path, work: Callable[[], object]) -> str:
    """What `work` raises when this user may read `directory`, and write nothing in it."""
    if os.getuid() != 0:
        changed = [directory, *directory.rglob("*")]
        modes = [path.stat().st_mode for path in changed]
        for path, mode in zip(changed, modes, strict=True):
            path.chmod(mode & ~0o222)
        try:
            return in_child(work)
        finally:
            for path, mode in zip(changed, modes, strict=True):
                path.chmod(mode)

    def step_down() -> None:
        os.setuid(NOBODY)
        work()

    return in_child(step_down)
