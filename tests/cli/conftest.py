"""The real command, run as a process that knows nothing of the machine it runs on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from process import Cli, Ended

HANDED_ON = ("PATH", "COVERAGE_PROCESS_START", "COVERAGE_FILE", "COVERAGE_RCFILE")


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables a run sees: a home of its own, 80 columns, English."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    return kept | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(home.parent.parent),
    }


@pytest.fixture
def cli(tmp_path: Path, environment: dict[str, str]) -> Cli:
    """Run `greenlint` in the test's own directory."""

    def run(
        *arguments: str | Path,
        stdin: bytes = b"",
        cwd: Path = tmp_path,
        variables: dict[str, str] | None = None,
    ) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "greenlint", *map(os.fspath, arguments)],
            input=stdin,
            capture_output=True,
            cwd=cwd,
            env=environment | (variables or {}),
            check=False,
            timeout=60,
        )
        return Ended(
            ended.returncode,
            ended.stdout.decode("utf-8", "surrogateescape"),
            ended.stderr.decode("utf-8", "surrogateescape"),
        )

    return run
