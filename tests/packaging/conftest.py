"""What the tests of packaging share: a copy of what a release is made of, and its wheel."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Variables that would let the checkout, or the run's own coverage, into the processes under test.
KEPT_OUT = ("PYTHONPATH", "PYTHONHOME", "GREENLINT_", "COVERAGE_", "COV_", "GIT_", "PRE_COMMIT")


@pytest.fixture(scope="session")
def outside() -> dict[str, str]:
    """The environment of a user who has no checkout: pip's settings stay, ours do not."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(KEPT_OUT)}
    return kept | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "NO_COLOR": "1",
        "COLUMNS": "80",
    }


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this checkout that a release is built from, as they are now."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("greenlint", "rules", "policies"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    files = (
        "pyproject.toml",
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        ".gitignore",
        "hatch_build.py",
        ".pre-commit-hooks.yaml",
    )
    for name in files:
        shutil.copy(ROOT / name, copy / name)
    (copy / "tests").mkdir()
    (copy / "tests" / "test_nothing.py").write_text("", encoding="utf-8")
    return copy


@pytest.fixture(scope="session")
def wheel(
    checkout: Path, outside: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The wheel, built as a release builds it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    subprocess.run([*command, checkout], env=outside, check=True, capture_output=True, timeout=300)
    (built,) = folder.glob("*.whl")
    return built
