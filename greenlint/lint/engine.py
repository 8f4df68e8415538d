"""A check from paths to findings."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from greenlint.lint.cache import open_cache
from greenlint.lint.checker import check_source, survey_source
from greenlint.lint.collection import Inspection, collect
from greenlint.lint.discovery import Discovery, FoundFile, discover, shown_path
from greenlint.lint.file_report import Checker, FileReport, report_on, unreadable
from greenlint.lint.finding import Finding
from greenlint.lint.gitignore import PathPatterns
from greenlint.lint.revision import ChangedLines, changed_since
from greenlint.lint.source import SourceError, is_notebook, parse_source
from greenlint.lint.surveys import SurveyedFiles, Surveyor, project_facts
from greenlint.lint.verdict import Judge, Verdict
from greenlint.lint.workers import default_jobs

if TYPE_CHECKING:
    from greenlint.lint.ruleset import Ruleset
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
class StdinFile:
    """A file whose content came over standard input, and the path it is checked as."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to check, and how.

    `jobs` is None for one process per core; `cache_dir` is None for no cache; `diff_base` names a
    git revision: only findings on lines changed since then are reported.
    """

    paths: tuple[str, ...]
    settings: "LintSettings"
    ruleset: "Ruleset"
    jobs: int | None = None
    cache_dir: Path | None = None
    stdin: StdinFile | None = None
    diff_base: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a check did, in numbers of files and findings.

    `checked` includes the `unreadable` files; `findings` are those that are shown and that no
    baseline holds.
    """

    checked: int = 0
    skipped_notebooks: int = 0
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


@dataclass(frozen=True, slots=True)
class Checks:
    """How one source is checked, and how it is asked for project facts."""

    check: Checker = check_source
    survey: Surveyor = survey_source


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the files of a run say, and what their projects provide, by path."""

    reports: Mapping[FoundFile, FileReport]
    provided: Mapping[str, frozenset[str]]
    from_cache: int = 0


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
    run = _Run(request, checks or Checks(), progress)
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


def _changes(request: CheckRequest, found: Discovery) -> ChangedLines | None:
    if request.diff_base is None:
        return None
    return changed_since(request.diff_base, [file.path for file in found.files])


@dataclass(frozen=True, slots=True)
class _Run:
    """Reads and checks the files of a request."""

    request: CheckRequest
    checks: Checks
    progress: Callable[[int, int], None] | None

    def evidence(self, found: Discovery, changes: ChangedLines | None) -> _Evidence:
        """The reports on all files; on those with changes where only changes count."""
        if self.request.stdin is not None and found.files:
            return self._of_stdin(self.request.stdin, found.files[0])
        files = [file for file in found.files if changes is None or changes.changed(file.path)]
        jobs = self.request.jobs or default_jobs()
        directory = None if self.request.cache_dir is None else str(self.request.cache_dir)
        ruleset = self.request.ruleset
        with open_cache(directory, _scope(ruleset)) as cache:
            collected = collect(
                files,
                Inspection(ruleset, self.checks.check),
                jobs=jobs,
                cache=cache,
                progress=self.progress,
            )
            surveyed = SurveyedFiles(
                found.files, collected.contents, ruleset, self.checks.survey, jobs, cache
            )
            provided = project_facts(surveyed, collected.reports, fallback=_common(found.files))
        reports = {file: collected.reports[file.path] for file in files}
        for directory_ in found.unreadable:
            file = FoundFile(os.path.abspath(directory_.shown), directory_.shown)
            reports[file] = unreadable(SourceError(directory_.message))
        return _Evidence(reports, provided, collected.from_cache)

    def _of_stdin(self, stdin: StdinFile, file: FoundFile) -> _Evidence:
        ruleset = self.request.ruleset
        try:
            source = parse_source(
                stdin.data, shown=file.shown, notebook=is_notebook(Path(file.path))
            )
        except SourceError as error:
            return _Evidence({file: unreadable(error)}, {})
        report = report_on(source, ruleset, self.checks.check)
        surveyed = SurveyedFiles((), {}, ruleset, self.checks.survey, 1)
        reports = {file.path: report}
        provided = project_facts(surveyed, reports, fallback=os.path.dirname(file.path))
        return _Evidence({file: report}, provided)


def _scope(ruleset: "Ruleset") -> tuple[str, ...]:
    """Everything but the files that reports depend on."""
    return ruleset.digest, _code_stamp(), repr(sys.version_info[:2])


def _code_stamp() -> str:
    """Tells one state of this package from another: in a checkout its version stays the same."""
    stamps = []
    for directory, _, names in os.walk(os.path.dirname(__file__)):
        for name in names:
            if name.endswith(".py"):
                status = os.stat(os.path.join(directory, name))
                stamps.append((name, status.st_size, status.st_mtime_ns))
    return repr(sorted(stamps))


def _common(files: Sequence[FoundFile]) -> str:
    return os.path.commonpath([os.path.dirname(file.path) for file in files]) if files else ""


@dataclass(frozen=True, slots=True)
class _Coverage:
    """Whether a run would have found what a baseline entry speaks of."""

    request: CheckRequest
    judge: Judge
    evidence: _Evidence

    def __call__(self, key: BaselineKey) -> bool:
        """Whether the entry's file was read and its rule was on."""
        root = self.request.settings.root
        for file, report in self.evidence.reports.items():
            if relative_path(file.shown, root) == key.path and not report.troubles:
                known = key.rule in self.request.ruleset.names
                return not known or key.rule in self.judge.names_on(file.path)
        return False


def _changed(
    findings: Sequence[Finding], evidence: _Evidence, changes: ChangedLines
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
    evidence: _Evidence,
    verdicts: Sequence[Verdict],
    shown: Sequence[Finding],
    seconds: float,
) -> Summary:
    reports = evidence.reports.values()
    skipped = sum(report.language != "python" for report in reports)
    baselined = sum(finding.baselined for finding in shown)
    return Summary(
        checked=len(found.files) - skipped,
        skipped_notebooks=skipped,
        excluded=found.excluded,
        unreadable=sum(bool(report.troubles) for report in reports),
        findings=len(shown) - baselined,
        suppressed=sum(verdict.suppressed for verdict in verdicts),
        baselined=baselined,
        from_cache=evidence.from_cache,
        seconds=seconds,
    )
