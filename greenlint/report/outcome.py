"""What a run found, as every report needs it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from greenlint.level import Level
from greenlint.lint.finding import Finding, Safety

if TYPE_CHECKING:
    from greenlint.lint.engine import CheckResult
    from greenlint.lint.rule import Rule


FIXABLE = "[*]"
"""Marks a finding that `--fix` mends."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run, the rules it ran, and what makes it fail.

    `unsafe_fixes` counts unsafe fixes as available. `fixed` findings were mended in `fixed_files`
    and are not in the result; a fix that would have broken its file was `dropped`.
    """

    result: "CheckResult"
    rules: tuple["Rule", ...] = field(default=())
    fail_severity: Level = Level.LOW
    fail_confidence: Level = Level.MEDIUM
    unsafe_fixes: bool = False
    fixed: int = 0
    fixed_files: int = 0
    dropped: tuple[Finding, ...] = ()

    @property
    def new(self) -> tuple[Finding, ...]:
        """The findings that the baseline does not hold."""
        return tuple(finding for finding in self.result.findings if not finding.baselined)

    @property
    def known(self) -> tuple[Finding, ...]:
        """The findings that the baseline holds: shown as notes, and never a reason to fail."""
        return tuple(finding for finding in self.result.findings if finding.baselined)

    @property
    def failing(self) -> int:
        """How many findings make the run fail."""
        return sum(map(self.fails, self.result.findings))

    def fails(self, finding: Finding) -> bool:
        """Whether this finding alone makes the run fail."""
        grave = finding.severity >= self.fail_severity
        return grave and finding.confidence >= self.fail_confidence and not finding.baselined

    def is_fixable(self, finding: Finding) -> bool:
        """Whether `--fix` as the run was asked for it would mend this finding."""
        if finding.fix is None or finding.baselined:
            return False
        return self.unsafe_fixes or finding.fix.safety is Safety.SAFE

    def by_severity(self) -> Iterator[tuple[Level, int]]:
        """How many new findings there are of each severity, the gravest first."""
        counts = Counter(finding.severity for finding in self.new)
        yield from sorted(counts.items(), reverse=True)

    def by_rule(self) -> list[tuple[str, int]]:
        """How many new findings each rule has, the most first."""
        counts = Counter(finding.rule for finding in self.new)
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def place(finding: Finding) -> str:
    """Where a finding is, as an editor or a reader finds it: `nb.ipynb:cell 3:12:5`."""
    from greenlint.report.screen import visible

    cell = "" if finding.cell is None else f"cell {finding.cell}:"
    return f"{visible(finding.path)}:{cell}{finding.span.line}:{finding.span.column}"


def sentence(text: str) -> str:
    """The text as a sentence: messages of rules have no full stop, some no capital."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def physical(finding: Finding) -> tuple[int, int, int, int]:
    """The place in the file as it lies on disk: line, column, end line, end column."""
    span = finding.physical or finding.span
    return span.line, span.column, span.end_line, span.end_column
