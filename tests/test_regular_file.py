"""Only regular files are read, and no more of them than is reasonable."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from greenlint.regular_file import read_regular


def bind(path: Path) -> None:
    """Make a socket at `path`."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))  # a whole path may be too long for one


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_regular(tmp_path / "a", limit=5) == b"12345"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "it is no regular file"),
        (bind, "it is no regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is no regular file"),
        (Path.mkdir, "Is a directory"),
        (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
        (lambda path: path.write_bytes(b"123456"), "it has more than 5 bytes"),
        (lambda _: None, "No such file or directory"),
    ],
)
def test_anything_else_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    make(tmp_path / "a")
    with pytest.raises(OSError, match=r".") as refusal:
        read_regular(tmp_path / "a", limit=5)
    assert refusal.value.strerror == reason


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_name_that_no_file_can_have_is_none(name: str) -> None:
    with pytest.raises(OSError, match="its name is none a file can have"):
        read_regular(Path(name), limit=5)
