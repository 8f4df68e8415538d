"""How many findings each rule has, instead of the findings themselves."""

from collections.abc import Iterator

from greenlint.report.outcome import Outcome
from greenlint.report.palette import BOLD, LEVELS, Style
from greenlint.report.screen import visible
from greenlint.report.summary import summary


def render(outcome: Outcome, style: Style) -> Iterator[str]:
    """A line for each rule, the most frequent first: findings, files, severity, name."""
    rows = outcome.by_rule()
    if rows:
        yield style.paint(BOLD, "findings  files  severity  rule")
    for rule, count in rows:
        findings = [finding for finding in outcome.new if finding.rule == rule]
        files = len({finding.path for finding in findings})
        severity = max(finding.severity for finding in findings)
        grade = style.paint(LEVELS[severity], f"{severity.word:8}")
        yield f"{count:>8,}  {files:>5,}  {grade}  {visible(rule)}"
    if rows:
        yield ""
    if not style.quiet:
        yield from summary(outcome, style)
