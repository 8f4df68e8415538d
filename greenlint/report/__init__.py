"""Renders what a run found; each format is a module with `render(outcome, style)`."""

from collections.abc import Iterator
from importlib import import_module

from greenlint.report.outcome import Outcome
from greenlint.report.palette import Style

FORMATS = ("text", "concise", "json", "sarif", "github")


def rendered(form: str, outcome: Outcome, style: Style) -> Iterator[str]:
    """The report in one of FORMATS, or `statistics`, line by line; imports only what it needs."""
    lines: Iterator[str] = import_module(f"greenlint.report.{form}").render(outcome, style)
    return lines
