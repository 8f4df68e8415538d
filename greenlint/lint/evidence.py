"""What the files of a run say: read and checked here, or found in the cache."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.lint.cache import open_cache
from greenlint.lint.checker import check_source, survey_source
from greenlint.lint.collection import Inspection, collect
from greenlint.lint.discovery import Discovery, FoundFile
from greenlint.lint.file_report import Checker, FileReport, report_on, unreadable
from greenlint.lint.source import SourceError, file_form, parse_source
from greenlint.lint.surveys import SurveyedFiles, Surveyor, project_facts
from greenlint.lint.task import default_jobs

if TYPE_CHECKING:
    from greenlint.lint.revision import ChangedLines
    from greenlint.lint.ruleset import Ruleset
    from greenlint.policy.settings import LintSettings


@dataclass(frozen=True, slots=True)
class StdinFile:
    """A file whose content came over standard input, and the path it is checked as."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to check, and how.

    `jobs` is None for one process per core; `cache_dir` is None for no cache; `diff_base` names a
    git revision: only findings on lines changed since then are reported. `overlay` holds contents
    by absolute path that stand in for what lies on disk; with any, only these files are checked.
    """

    paths: tuple[str, ...]
    settings: "LintSettings"
    ruleset: "Ruleset"
    jobs: int | None = None
    cache_dir: Path | None = None
    stdin: StdinFile | None = None
    diff_base: str | None = None
    overlay: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checks:
    """How one source is checked, and how it is asked for project facts."""

    check: Checker = check_source
    survey: Surveyor = survey_source


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the files of a run say, and what their projects provide, by path."""

    reports: Mapping[FoundFile, FileReport]
    provided: Mapping[str, frozenset[str]]
    from_cache: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """Reads and checks the files of a request."""

    request: CheckRequest
    checks: Checks
    progress: Callable[[int, int], None] | None

    def evidence(self, found: Discovery, changes: "ChangedLines | None") -> Evidence:
        """The reports on all files; on those with changes where only changes count."""
        if self.request.stdin is not None and found.files:
            return self._of_stdin(self.request.stdin, found.files[0])
        overlay = self.request.overlay
        files = [file for file in found.files if changes is None or changes.changed(file.path)]
        if overlay:
            files = [file for file in files if file.path in overlay]
        jobs = self.request.jobs or default_jobs()
        # What stands in for a file must not be taken for it by a later run.
        directory = str(self.request.cache_dir) if self.request.cache_dir and not overlay else None
        ruleset = self.request.ruleset
        with open_cache(directory, _scope(ruleset)) as cache:
            collected = collect(
                files,
                Inspection(ruleset, self.checks.check, overlay),
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
        return Evidence(reports, provided, collected.from_cache)

    def _of_stdin(self, stdin: StdinFile, file: FoundFile) -> Evidence:
        ruleset = self.request.ruleset
        data = self.request.overlay.get(file.path, stdin.data)
        try:
            source = parse_source(data, shown=file.shown, form=file_form(Path(file.path)))
        except SourceError as error:
            return Evidence({file: unreadable(error)}, {})
        report = report_on(source, ruleset, self.checks.check)
        surveyed = SurveyedFiles((), {}, ruleset, self.checks.survey, 1)
        reports = {file.path: report}
        provided = project_facts(surveyed, reports, fallback=os.path.dirname(file.path))
        return Evidence({file: report}, provided)


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
