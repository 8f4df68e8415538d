"""What a run of the command is, and the function that makes one."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str


Cli = Callable[..., Ended]


def in_terminal(
    code: str, environment: dict[str, str], *, width: int = 100, cwd: Path | None = None
) -> str:
    """What Python code prints with its stdout and stderr in a terminal."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in environment.items() if name != "COLUMNS"}
    process = subprocess.Popen(
        ["sh", "-c", f'stty cols {width}; exec "$@"', "-", sys.executable, "-c", code],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, env=environment | {"TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)

    def read() -> Iterator[bytes]:
        try:
            while chunk := os.read(ours, 4096):
                yield chunk
        except OSError:  # the other end is closed
            return

    with process:
        printed = b"".join(read())
    os.close(ours)
    assert process.returncode == 0
    return printed.decode()
