"""Color, width and encoding of what is printed."""

import io
import subprocess
import sys

import pytest
from process import in_terminal

from greenlint.cli.console import columns, style_for, wants_color


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("asked", "variables", "on_terminal", "colored"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_when_there_is_color(
    asked: str,
    variables: dict[str, str],
    on_terminal: bool,  # noqa: FBT001  # a column of the table
    colored: bool,  # noqa: FBT001  # the same
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The option before NO_COLOR before FORCE_COLOR before the terminal."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if on_terminal else io.StringIO()
    assert wants_color(asked, stream) is colored


@pytest.mark.parametrize(
    ("given", "width"), [("100", 100), ("7", 40), ("500", 120), ("0", 80), ("wide", 80)]
)
def test_columns_are_told_by_the_variable(
    given: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """COLUMNS counts within what can be read."""
    monkeypatch.setenv("COLUMNS", given)
    assert columns() == width
    assert style_for("never").width == width


def test_columns_are_those_of_the_terminal(environment: dict[str, str]) -> None:
    """Without COLUMNS the terminal is asked."""
    code = "from greenlint.cli.console import columns; print(columns())"
    assert in_terminal(code, environment, width=93).strip() == "93"


BAR = """
from greenlint.cli.progress import ProgressBar
with ProgressBar(patience={patience}) as bar:
    for done in range(1, 4):
        bar(done, 3)
"""


def test_long_work_shows_a_bar(environment: dict[str, str]) -> None:
    """Files done and files in all."""
    assert "3/3" in in_terminal(BAR.format(patience=0), environment)


def test_short_work_shows_none(environment: dict[str, str]) -> None:
    """What is done within a second needs no bar."""
    assert in_terminal(BAR.format(patience=60), environment) == ""


def test_what_the_encoding_lacks_is_spelled_out(environment: dict[str, str]) -> None:
    """A terminal without Unicode gets the code instead of a crash."""
    code = r"from greenlint.cli.console import write; write(['\u540d \u00fc'])"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, check=True, env=environment | {"PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip
    assert ended.stdout == b"\\u540d \xfc\n"
