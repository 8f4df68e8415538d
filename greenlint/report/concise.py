"""One line for each finding, for editors, grep and narrow logs."""

from collections.abc import Iterator

from greenlint.lint.finding import Finding
from greenlint.report.outcome import Outcome, place
from greenlint.report.palette import BOLD, DIM, LEVELS, Style
from greenlint.report.screen import visible
from greenlint.report.summary import summary


def render(outcome: Outcome, style: Style) -> Iterator[str]:
    """`path:line:column: severity rule: message`, in the order of the files."""
    for finding in outcome.result.findings:
        yield _line(finding, style)
    if not style.quiet:
        yield from summary(outcome, style)


def _line(finding: Finding, style: Style) -> str:
    where = f"{place(finding)}:"
    what = f"{visible(finding.rule)}: {visible(finding.message)}"
    if finding.baselined:
        return style.paint(DIM, f"{where} note {what} (in the baseline)")
    severity = style.paint(LEVELS[finding.severity], finding.severity.word)
    return f"{style.paint(BOLD, where)} {severity} {what}"
