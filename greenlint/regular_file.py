"""Reads files that a stranger may have put there: a pipe or device would block, or never end."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_regular(path: Path, *, limit: int) -> bytes:
    """The bytes of a regular file; OSError when there are more than `limit`, or none to read."""
    with open_regular(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"it has more than {limit:,} bytes", str(path))
    return data


def open_regular(path: Path) -> BinaryIO:
    """The file at `path`, open for reading; OSError, its reason in `strerror`, if it is none.

    What is no regular file is not even opened: that alone could act on a device.
    """
    try:
        _require_regular(path.stat(), path)
        descriptor = os.open(path, _FLAGS)
    except ValueError:  # a NUL byte or half a surrogate pair
        raise OSError(errno.EINVAL, "its name is none a file can have", str(path)) from None
    file = os.fdopen(descriptor, "rb")
    try:
        _require_regular(os.fstat(descriptor), path)
    except OSError:
        file.close()
        raise
    return file


def _require_regular(status: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
