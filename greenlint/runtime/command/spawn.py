"""Starts a command as the shell would have: the same terminal, files, signals and group."""

import ctypes
import errno
import os
import signal
from collections.abc import Mapping, Sequence
from typing import NoReturn

from greenlint.errors import GreenlintError

_PR_SET_CHILD_SUBREAPER = 36


class CommandNotFoundError(GreenlintError):
    """There is no such command; the exit code is that of env(1)."""

    exit_code = 127
    hint = "It is looked for along PATH; a program in this directory is written `./NAME`."


class CommandNotExecutableError(GreenlintError):
    """The command is there and cannot be run; the exit code is that of env(1)."""

    exit_code = 126
    hint = "Is it executable, and of this machine's kind?"


def spawn(
    command: Sequence[str], environment: Mapping[str, str], *, mask: set[signal.Signals]
) -> int:
    """The id of the new process, which blocks the signals in `mask` and no others.

    It stays in the process group of the caller, so that the terminal treats both alike.
    """
    try:
        return os.posix_spawnp(
            command[0],
            list(command),
            environment,
            setsigmask=mask,
            # Python ignores these two for itself; a program expects them to work.
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
        )
    except OSError as error:
        raise _refusal(command[0], error) from None


def replace_self(command: Sequence[str]) -> NoReturn:
    """Become the command."""
    try:
        os.execvp(command[0], list(command))  # noqa: S606  # the user's own command
    except OSError as error:
        raise _refusal(command[0], error) from None


def adopt_orphans() -> None:
    """Become the parent of all descendants that lose theirs, so that none escapes the budget."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _refusal(name: str, error: OSError) -> GreenlintError:
    message = f"Cannot run {name}: {(error.strerror or str(error)).lower()}."
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return CommandNotFoundError(message)
    return CommandNotExecutableError(message)
