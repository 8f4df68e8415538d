"""What standard output can do, and writing to it."""

import io
import os
import sys
from collections.abc import Iterable
from typing import TextIO

from greenlint.errors import GreenlintError
from greenlint.report.palette import Style

NARROWEST, WIDEST = 40, 120
_MAX_DIGITS = 9


def style_for(color: str, *, quiet: bool = False) -> Style:
    """How a report on standard output looks; `color` is auto, always or never."""
    return Style(width=columns(), color=wants_color(color, sys.stdout), quiet=quiet)


def wants_color(color: str, stream: TextIO) -> bool:
    """Whether to color: what was asked for, else NO_COLOR, FORCE_COLOR and the terminal."""
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "") not in {"", "0"}:
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """The width of the report: COLUMNS, else the terminal's, else 80."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and len(given) <= _MAX_DIGITS and int(given) > 0:
        return min(max(int(given), NARROWEST), WIDEST)
    try:
        width = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 80
    return min(max(width, NARROWEST), WIDEST) if width else 80


def write(lines: Iterable[str]) -> None:
    """Write lines to standard output; what its encoding lacks is spelled out."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        for line in lines:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up_stdout()
        raise GreenlintError(f"Cannot write to standard output: {error.strerror}.") from error


def give_up_stdout() -> None:
    """Nobody reads on: what is left must not be written when the interpreter exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
