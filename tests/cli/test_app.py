"""Errors become words and an exit code."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from process import Cli

from greenlint.cli.app import main
from greenlint.errors import Problem, UsageError


def raising(error: BaseException) -> object:
    """A command that ends with this error."""

    def run(_: Sequence[str]) -> int:
        raise error

    return run


def test_problems_and_hint_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Each problem on a line with its place, the hint last."""
    problems = [Problem("is wrong", "a.yaml", 3, 7), Problem("\x1b[31mso is this")]
    assert main([], run=raising(UsageError(problems, hint="Mend it."))) == 2
    assert capsys.readouterr().err.splitlines() == [
        "greenlint: a.yaml:3:7: is wrong",
        r"greenlint: \x1b[31mso is this",
        "Mend it.",
    ]


def test_an_interrupt_exits_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C leaves no traceback."""
    assert main([], run=raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_a_bug_keeps_its_traceback_in_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user sees what to report; the traceback is there for the report."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main([], run=raising(ValueError("odd \x1b"))) == 4
    said = capsys.readouterr().err
    assert said.startswith("greenlint: a bug in greenlint: ValueError: odd \\x1b\n")
    assert "Traceback" not in said
    (log,) = tmp_path.iterdir()
    assert said.endswith(f"is in {log}\n")
    assert "Traceback (most recent call last)" in log.read_text("utf-8")


def test_a_bug_is_told_also_where_nothing_can_be_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a place for the traceback there is --debug."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert main([], run=raising(ValueError())) == 4
    assert "run it again with --debug" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["option", "variable"])
def test_debug_shows_the_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """--debug and GREENLINT_DEBUG=1 do the same."""
    monkeypatch.setenv("GREENLINT_DEBUG", "1" if how == "variable" else "0")
    assert main(["--debug"] if how == "option" else [], run=raising(ValueError("x"))) == 4
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_debug_may_stand_anywhere(cli: Cli) -> None:
    """It is no option of a command."""
    assert cli("explain", "--debug", "unused-suppression").code == 0
    assert cli("--debug", "explain", "unused-suppression").code == 0


def test_a_reader_that_goes_away_is_no_error(environment: dict[str, str]) -> None:
    """`greenlint rules | head -1` is quiet."""
    script = f"{sys.executable} -m greenlint explain unused-suppression | true"
    ended = subprocess.run(
        ["bash", "-c", f"{script}; echo ${{PIPESTATUS[0]}}"],
        capture_output=True, env=environment, check=True, text=True,
    )  # fmt: skip
    assert ended.stderr == ""
    assert ended.stdout in {"0\n", "141\n"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is full")
@pytest.mark.parametrize("arguments", ["", "check --help", "rules --format json"])
def test_a_full_disk_is_told(environment: dict[str, str], arguments: str) -> None:
    """Output that is lost must not look like success."""
    ended = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m greenlint {arguments} > /dev/full"],
        capture_output=True, env=environment, check=False, text=True,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (
        2,
        "greenlint: Cannot write to standard output: No space left on device.\n",
    )


LIGHT = """
import sys
sys.argv = ["greenlint", *{arguments!r}]
from greenlint.__main__ import run
try:
    run()
finally:
    print(sorted(set(sys.modules) & {heavy!r}), file=sys.stderr)
"""
HEAVY = {"argparse", "asyncio", "difflib", "importlib.metadata", "inspect", "libcst",
         "pydantic", "rich", "subprocess", "typing", "yaml"}  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [(["--version"], set()), (["check", "--help"], {"argparse", "inspect", "typing"})],
    ids=["--version", "check --help"],
)
def test_the_start_is_light(
    arguments: list[str], allowed: set[str], environment: dict[str, str]
) -> None:
    """Nothing is imported that the answer does not need."""
    code = LIGHT.format(arguments=arguments, heavy=HEAVY - allowed)
    environment = {k: v for k, v in environment.items() if not k.startswith("COVERAGE")}
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment, check=True, text=True
    )
    assert ended.stderr == "[]\n"
