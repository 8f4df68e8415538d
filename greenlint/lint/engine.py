"""A check from paths to findings."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.lint.baseline import (
    Baseline,
    BaselineKey,
    StaleEntry,
    load_baseline,
    relative_path,
)
from greenlint.lint.discovery import Discovery, FoundFile, discover, shown_path
from greenlint.lint.evidence import CheckRequest, Checks, Evidence, Run, StdinFile
from greenlint.lint.finding import Finding
from greenlint.lint.gitignore import PathPatterns
from greenlint.lint.verdict import Judge, Verdict

if TYPE_CHECKING:
    from greenlint.lint.revision import ChangedLines
    from greenlint.policy.settings import LintSettings

__all__ = [
    "CheckRequest",
    "CheckResult",
    "Checks",
    "StaleEntry",
    "StdinFile",
    "Summary",
    "check",
]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a check did, in numbers of files and findings.

    `checked` includes the `unreadable` files, and not the YAML files that are no manifests;
    `findings` are those that are shown and that no baseline holds.
    """

    checked: int = 0
    skipped_notebooks: int = 0
    skipped_templates: int = 0
    not_manifests: int = 0
    excluded: int = 0
    unreadable: int = 0
    findings: int = 0
    suppressed: int = 0
    baselined: int = 0
    from_cache: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Findings sorted by path, line, column and rule, and what the check did to get them."""

    findings: tuple[Finding, ...] = ()
    summary: Summary = field(default_factory=Summary)
    stale_baseline: tuple[StaleEntry, ...] = ()


def check(
    request: CheckRequest,
    *,
    progress: Callable[[int, int], None] | None = None,
    checks: Checks | None = None,
) -> CheckResult:
    """Check every file that the request names; `progress` gets files done and files in all.

    Raises UsageError for a path that does not exist, a revision that git does not know, or a
    baseline that can't be used.
    """
    start = time.monotonic()
    baseline = _baseline(request.settings)
    found = _found(request)
    changes = _changes(request, found)
    run = Run(request, checks or Checks(), progress)
    evidence = run.evidence(found, changes)
    judge = Judge(request.settings, request.ruleset)
    verdicts = [
        judge.verdict(file, report, evidence.provided.get(file.path, frozenset()))
        for file, report in evidence.reports.items()
    ]
    findings = [finding for verdict in verdicts for finding in verdict.findings]
    stale: tuple[StaleEntry, ...] = ()
    if baseline is not None:
        findings, left = baseline.apply(findings)
        stale = baseline.stale(left, was_checked=_Coverage(request, judge, evidence))
    if changes is not None:
        findings = list(_changed(findings, evidence, changes))
    shown = _shown(findings, request.settings)
    summary = _summary(found, evidence, verdicts, shown, time.monotonic() - start)
    return CheckResult(shown, summary, stale)


def _baseline(settings: "LintSettings") -> Baseline | None:
    if settings.baseline is None:
        return None
    return load_baseline(Path(settings.root, settings.baseline), root=settings.root)


def _found(request: CheckRequest) -> Discovery:
    settings = request.settings
    if request.stdin is None:
        return discover(request.paths, root=settings.root, exclude=settings.exclude)
    path = os.path.abspath(request.stdin.path)
    if PathPatterns(settings.root, settings.exclude).match(path):
        return Discovery((), excluded=1)
    return Discovery((FoundFile(path, shown_path(path)),))


def _changes(request: CheckRequest, found: Discovery) -> "ChangedLines | None":
    if request.diff_base is None:
        return None
    from greenlint.lint.revision import changed_since

    return changed_since(request.diff_base, [file.path for file in found.files])


@dataclass(frozen=True, slots=True)
class _Coverage:
    """Whether a run would have found what a baseline entry speaks of."""

    request: CheckRequest
    judge: Judge
    evidence: Evidence

    def __call__(self, key: BaselineKey) -> bool:
        """Whether the entry's file was read and its rule was on."""
        root = self.request.settings.root
        for file, report in self.evidence.reports.items():
            if relative_path(file.shown, root) == key.path and not report.troubles:
                known = key.rule in self.request.ruleset.names
                return not known or key.rule in self.judge.names_on(file.path)
        return False


def _changed(
    findings: Sequence[Finding], evidence: Evidence, changes: "ChangedLines"
) -> Iterator[Finding]:
    """The findings that touch a changed line."""
    paths = {file.shown: file.path for file in evidence.reports}
    for finding in findings:
        span = finding.physical or finding.span
        if changes.touches(paths[finding.path], span.line, span.end_line):
            yield finding


def _shown(findings: Sequence[Finding], settings: "LintSettings") -> tuple[Finding, ...]:
    """The findings that are grave and sure enough to show, in the order of the text."""
    return tuple(
        sorted(
            (
                finding
                for finding in findings
                if finding.severity >= settings.min_severity
                and finding.confidence >= settings.min_confidence
            ),
            key=lambda finding: (finding.path, finding.cell or 0, finding.span, finding.rule),
        )
    )


def _summary(
    found: Discovery,
    evidence: Evidence,
    verdicts: Sequence[Verdict],
    shown: Sequence[Finding],
    seconds: float,
) -> Summary:
    reports = evidence.reports.values()
    skipped = Counter(report.language for report in reports if report.language != "python")
    not_manifests, templates = skipped.pop("yaml", 0), skipped.pop("template", 0)
    notebooks = skipped.total()
    baselined = sum(finding.baselined for finding in shown)
    return Summary(
        checked=len(found.files) - not_manifests - templates - notebooks,
        skipped_notebooks=notebooks,
        skipped_templates=templates,
        not_manifests=not_manifests,
        excluded=found.excluded,
        unreadable=sum(bool(report.troubles) for report in reports),
        findings=len(shown) - baselined,
        suppressed=sum(verdict.suppressed for verdict in verdicts),
        baselined=baselined,
        from_cache=evidence.from_cache,
        seconds=seconds,
    )
