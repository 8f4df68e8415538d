"""The cache of results: two runs at once, a kill at any moment, damage of any kind."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from greenlint.lint import cache as cache_module
from greenlint.lint.cache import CachedReport, Survey, content_hash, open_cache, stamp_of

REPORT = CachedReport("stamp", b"content", "report")


def put(directory: Path, *paths: str, scope: str = "scope", report: str = "report") -> None:
    """Remember a report on each path."""
    with open_cache(str(directory), [scope]) as cache:
        assert cache is not None
        for path in paths:
            cache.put_report(path, CachedReport("stamp", b"content", report))


def get(directory: Path, path: str, *, scope: str = "scope") -> CachedReport | None:
    """What a new run finds."""
    with open_cache(str(directory), [scope]) as cache:
        assert cache is not None
        return cache.report(path)


def database(directory: Path) -> Path:
    """The file that holds the cache."""
    (file,) = directory.glob("*.sqlite3")
    return file


def test_a_report_is_found_by_the_next_run(tmp_path: Path) -> None:
    put(tmp_path, "a.py")
    assert get(tmp_path, "a.py") == REPORT
    assert get(tmp_path, "b.py") is None


def test_another_scope_finds_nothing(tmp_path: Path) -> None:
    """Other rules, another version: other results."""
    put(tmp_path, "a.py")
    assert get(tmp_path, "a.py", scope="other") is None


def test_a_newer_report_replaces_an_older_one(tmp_path: Path) -> None:
    put(tmp_path, "a.py")
    put(tmp_path, "a.py", report="newer")
    assert get(tmp_path, "a.py") == CachedReport("stamp", b"content", "newer")


def test_surveys_add_up(tmp_path: Path) -> None:
    for asked, provided in ((["x", "y"], ["x"]), (["z"], ["z"])):
        with open_cache(str(tmp_path), ["s"]) as cache:
            assert cache is not None
            cache.put_survey(b"c", Survey(frozenset(asked), frozenset(provided)))
            assert cache.survey(b"c").asked >= set(asked)
    with open_cache(str(tmp_path), ["s"]) as cache:
        assert cache is not None
        assert cache.survey(b"c") == Survey(frozenset("xyz"), frozenset("xz"))
        assert cache.survey(b"d") == Survey()


def test_the_directory_is_kept_out_of_git(tmp_path: Path) -> None:
    put(tmp_path / "cache", "a.py")
    assert (tmp_path / "cache" / ".gitignore").read_text() == "*\n"


def test_without_a_directory_there_is_no_cache() -> None:
    with open_cache(None, ["s"]) as cache:
        assert cache is None


def test_a_place_that_can_not_hold_a_cache_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for directory in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere")):
        with open_cache(str(directory), ["s"]) as cache:
            assert cache is None


def test_a_database_that_is_a_directory_does_no_harm(tmp_path: Path) -> None:
    put(tmp_path, "a.py")
    name = database(tmp_path)
    name.unlink()
    name.mkdir()
    with open_cache(str(tmp_path), ["s"]) as cache:
        assert cache is None


@pytest.mark.parametrize("damage", [b"", b"no database", b"\0" * 5000])
def test_a_damaged_file_is_replaced(tmp_path: Path, damage: bytes) -> None:
    put(tmp_path, "a.py")
    database(tmp_path).write_bytes(damage)
    assert get(tmp_path, "a.py") is None
    put(tmp_path, "a.py")
    assert get(tmp_path, "a.py") == REPORT


def test_damage_anywhere_is_survived_and_mended(tmp_path: Path) -> None:
    names = [f"{number}.py" for number in range(300)]
    put(tmp_path, *names, report="x" * 100)
    whole = database(tmp_path).read_bytes()
    for at in range(0, len(whole), 9_000):
        database(tmp_path).write_bytes(whole[:at] + b"\xff\xfe\xfd" * 60 + whole[at + 180 :])
        for _ in range(3):
            for name in names:
                found = get(tmp_path, name)
                if found is None:
                    put(tmp_path, name, report="x" * 100)
                    break
        put(tmp_path, "new.py")
        put(tmp_path, "new.py")
        assert get(tmp_path, "new.py") == REPORT


def test_a_letter_that_has_changed_on_the_disk_is_noticed(tmp_path: Path) -> None:
    """SQLite takes it for what was written; a finding must neither change nor vanish."""
    put(tmp_path, "a.py", report="report on a finding")
    file = database(tmp_path)
    data = file.read_bytes()
    assert b"report on a finding" in data
    file.write_bytes(data.replace(b"report on a finding", b"report on a feeling"))
    assert get(tmp_path, "a.py") is None


def test_a_table_of_another_kind_is_replaced(tmp_path: Path) -> None:
    put(tmp_path, "a.py")
    with closing(sqlite3.connect(database(tmp_path))) as connection, connection:
        connection.execute("DROP TABLE reports")
        connection.execute("CREATE TABLE reports (other TEXT)")
    put(tmp_path, "a.py")
    assert get(tmp_path, "a.py") == REPORT


def test_values_of_another_kind_are_not_there(tmp_path: Path) -> None:
    put(tmp_path, "a.py")
    with closing(sqlite3.connect(database(tmp_path))) as connection, connection:
        connection.execute("UPDATE reports SET report = 7, content = 'x'")
        connection.execute("INSERT INTO surveys SELECT scope, x'63', x'01', x'02', 3 FROM reports")
    assert get(tmp_path, "a.py") is None
    with open_cache(str(tmp_path), ["scope"]) as cache:
        assert cache is not None
        assert cache.survey(b"c") == Survey()


def test_a_locked_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run is writing: this one goes on without saving."""
    put(tmp_path, "a.py")
    monkeypatch.setattr(cache_module, "_PATIENCE_S", 0.05)
    other = sqlite3.connect(database(tmp_path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    put(tmp_path, "b.py")
    other.execute("ROLLBACK")
    other.close()
    assert get(tmp_path, "a.py") == REPORT
    assert get(tmp_path, "b.py") is None


WRITER = """
import sys
from greenlint.lint.cache import CachedReport, open_cache
directory, name, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
for round in range(rounds):
    with open_cache(directory, ["scope"]) as cache:
        for number in range(200):
            cache.put_report(f"{name}{number}.py", CachedReport("s", b"c", f"{round}" * 100))
    print(round, flush=True)
"""


def writer(directory: Path, name: str, rounds: int) -> "subprocess.Popen[str]":
    """A process that writes 200 reports, again and again."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(directory), name, str(rounds)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_runs_at_once_both_save(tmp_path: Path) -> None:
    writers = [writer(tmp_path, name, 5) for name in "ab"]
    assert [process.wait(60) for process in writers] == [0, 0]
    for process in writers:
        assert process.stdout is not None
        process.stdout.close()
    for name in "ab":
        found = get(tmp_path, f"{name}199.py")
        assert found is not None
        assert found.report == "4" * 100


def test_a_kill_at_any_moment_leaves_whole_results(tmp_path: Path) -> None:
    """What is saved is saved at once: 200 reports of one round, or of another."""
    for attempt in range(8):
        process = writer(tmp_path, "k", 1_000)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.002 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        process.stdout.close()
        with open_cache(str(tmp_path), ["scope"]) as cache:
            assert cache is not None
            found = [cache.report(f"k{number}.py") for number in range(200)]
        assert len({one.report for one in found if one is not None}) == 1
        assert None not in found


def age(directory: Path, days: int) -> None:
    """Make everything in the cache older."""
    with closing(sqlite3.connect(database(directory))) as connection, connection:
        for table in ("reports", "surveys"):
            connection.execute(f"UPDATE {table} SET day = day - {days}")  # noqa: S608 - a test's own names


def test_what_nobody_asked_for_in_a_month_is_forgotten(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "b.py")
    age(tmp_path, 29)
    assert get(tmp_path, "a.py") is not None  # asked for: young again
    age(tmp_path, 2)
    put(tmp_path, "c.py")
    assert get(tmp_path, "a.py") is not None
    assert get(tmp_path, "b.py") is None


def test_a_cache_that_has_grown_too_large_keeps_this_scope_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.py", scope="old", report="x" * 500_000)
    monkeypatch.setattr(cache_module, "_MAX_BYTES", 100_000)
    put(tmp_path, "a.py")
    assert get(tmp_path, "a.py", scope="old") is None
    assert get(tmp_path, "a.py") == REPORT
    assert database(tmp_path).stat().st_size < 100_000


def test_a_warm_run_writes_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a.py")
    before = database(tmp_path).read_bytes()
    get(tmp_path, "a.py")
    assert database(tmp_path).read_bytes() == before


def test_a_stamp_changes_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1")
    past = time.time_ns() - 10_000_000_000
    os.utime(file, ns=(past, past))
    assert stamp_of(str(file)) == ""  # its status changed a moment ago
    assert stamp_of(str(tmp_path / "gone")) == ""
    assert stamp_of("/bin/sh") == stamp_of("/bin/sh") != ""


def test_content_is_told_apart() -> None:
    assert content_hash(b"a") != content_hash(b"b")
    assert len(content_hash(b"")) == 16
