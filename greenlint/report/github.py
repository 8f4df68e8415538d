"""Workflow commands: GitHub Actions shows each finding beside its line in the pull request."""

from collections.abc import Iterator

from greenlint.level import Level
from greenlint.lint.finding import Finding
from greenlint.report.outcome import Outcome, physical, place, sentence
from greenlint.report.palette import Style
from greenlint.report.screen import visible

COMMANDS = {Level.HIGH: "error", Level.MEDIUM: "warning", Level.LOW: "notice"}


def render(outcome: Outcome, _style: Style) -> Iterator[str]:
    """A command for each finding; lines are those of the file on disk, also in notebooks."""
    yield from map(_command, outcome.result.findings)


def _command(finding: Finding) -> str:
    line, column, end_line, end_column = physical(finding)
    properties = {
        "title": f"greenlint ({finding.rule})",
        "file": finding.path,
        "line": line,
        "endLine": end_line,
        # GitHub ignores columns of a finding that ends on another line.
        **({"col": column, "endColumn": end_column} if line == end_line else {}),
    }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    known = "In the baseline: " if finding.baselined else ""
    text = f"{place(finding)}: {known}{sentence(finding.message)} {finding.advice}".rstrip()
    command = "notice" if finding.baselined else COMMANDS[finding.severity]
    return f"::{command} {listed}::{_message(text)}"


def _message(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return visible(escaped)


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
