"""Runs a command under a real supervisor, in a process of its own, and says how it went."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = """\
import json, logging, os, sys
from greenlint.runtime.command.supervisor import Supervisor

limit, grace, report, *command = sys.argv[1:]
supervisor = Supervisor(interval=0.05, grace=float(grace))
last = None

def watch(use):
    global last
    last = use
    return use.cpu_seconds >= float(limit)

code = supervisor.run(command, os.environ, watch=watch)
with open(report, "w") as file:
    json.dump([code, supervisor.stopped, last.cpu_seconds, len(last.processes)], file)
sys.exit(code)
"""
UNLIMITED = "inf"


@dataclass(frozen=True, slots=True)
class Report:
    """How a command under a supervisor went; `seconds` are those of CPU time."""

    code: int
    stopped: bool
    seconds: float
    left: int
    out: str


def arguments(command: Sequence[str], report: str, *, limit: str, grace: float) -> list[str]:
    """The command line of the supervising program."""
    return [sys.executable, "-c", PROGRAM, limit, str(grace), report, *command]


def supervise(
    *command: str, directory: Path, limit: str = UNLIMITED, grace: float = 5, stdin: str = ""
) -> Report:
    """Run a command to its end, stopped once it has used `limit` seconds of CPU time."""
    path = directory / "report.json"
    ended = subprocess.run(
        arguments(command, str(path), limit=limit, grace=grace),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert path.exists(), ended.stderr
    return Report(*json.loads(path.read_text()), out=ended.stdout)


@dataclass(frozen=True, slots=True)
class Terminal:
    """A process that has a terminal to itself; `fd` is our end of it."""

    process: subprocess.Popen[bytes]
    fd: int

    def read_until(self, word: bytes) -> bytes:
        """All that is printed up to a word, which must come."""
        printed = b""
        while word not in printed:
            printed += os.read(self.fd, 4096)
        return printed

    def send(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.fd, keys)

    def end(self) -> int:
        """The exit code, which must come soon."""
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self.fd)


def in_terminal(command: Sequence[str], environment: dict[str, str] | None = None) -> Terminal:
    """Start a command as the foreground group of a new terminal."""
    ours, theirs = pty.openpty()
    # `setsid -c` makes the terminal the controlling one of the new session.
    process = subprocess.Popen(
        ["setsid", "-c", "-w", *command],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
    )  # fmt: skip
    os.close(theirs)
    return Terminal(process, ours)
