"""The real command, run as a process that knows nothing of the machine it runs on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pack import write_pack
from process import Cli, Ended

HANDED_ON = ("PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rule files are validated once for all tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rule pack of a user's own, the same for all tests, so that it is validated once."""
    return write_pack(tmp_path_factory.mktemp("lab"))


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> dict[str, str]:
    """The variables a run sees: a home of its own, 80 columns, English."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    return kept | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "GREENLINT_CACHE_DIR": str(shared_cache),
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
