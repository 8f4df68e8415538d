"""Report files are written whole or not at all."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from greenlint.cli.output import check_writable, write_file
from greenlint.errors import UsageError


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    """Permissions are those of any new file, and stay as they are when it is replaced."""
    path = tmp_path / "report.json"
    write_file(path, ["a", "b\udcff"])
    assert path.read_text("utf-8") == "a\nb\\udcff\n"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    path.chmod(0o600)
    write_file(path, ["c"])
    assert path.read_text("utf-8") == "c\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file it names is replaced."""
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    write_file(link, ["a"])
    assert link.is_symlink()
    assert target.read_text("utf-8") == "a\n"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """It cannot be replaced: someone is reading it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text("utf-8")))
    reader.start()
    write_file(pipe, ["a"])
    reader.join(60)
    assert read == ["a\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_report_that_breaks_off_leaves_the_old_one(tmp_path: Path) -> None:
    """Readers never see half a report."""
    path = tmp_path / "report"
    path.write_text("old", "utf-8")

    def lines() -> Iterator[str]:
        yield "new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_file(path, lines())
    assert path.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_directory_is_refused(tmp_path: Path) -> None:
    """Before and when it is written."""
    with pytest.raises(UsageError, match="it is a directory"):
        check_writable(tmp_path)
    with pytest.raises(UsageError, match="is a directory"):
        write_file(tmp_path, ["a"])


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    """A mistyped path makes no tree of directories."""
    with pytest.raises(UsageError, match="there is no directory"):
        check_writable(tmp_path / "none" / "report")
    with pytest.raises(UsageError, match="no such file or directory"):
        write_file(tmp_path / "none" / "report", ["a"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Told before the work is done."""
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="permission denied"):
        check_writable(tmp_path / "report")
