"""The command where its streams are closed or endless, and its directory is gone."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = f"{sys.executable} -m greenlint check --isolated --no-cache"


def shell(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (f"{CHECK} a.py >&-", 0),
        (f"{CHECK} nowhere.py 2>&-", 2),
        (f"{CHECK} nowhere.py 2>/dev/full", 2),
        (f"COLUMNS={'9' * 5_000} {CHECK} a.py", 0),
        (f"{CHECK} - <&-", 2),
        (f"{CHECK} - </dev/zero", 1),
        (f"mkdir gone && cd gone && rmdir ../gone && {CHECK} .", 2),
        (f"{CHECK} --jobs {'9' * 5_000} a.py", 2),
    ],
)
def test_odd_surroundings_are_no_bug(tmp_path: Path, command: str, code: int) -> None:
    """Each ends with a code that says what is the matter."""
    (tmp_path / "a.py").write_text("x = 1\n")
    done = shell(command, tmp_path)
    assert done.returncode == code, done.stderr
    assert "bug in greenlint" not in done.stderr
