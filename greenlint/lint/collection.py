"""The reports on all files of a run, from the cache or made anew."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.lint.cache import CachedReport, ResultCache, content_hash, stamp_of
from greenlint.lint.discovery import FoundFile
from greenlint.lint.file_report import Checker, FileReport, report_on, unreadable
from greenlint.lint.processing import process
from greenlint.lint.source import Source, SourceError, file_form, parse_source, read_bytes
from greenlint.lint.stored_report import decoded, encoded
from greenlint.lint.task import Lost

if TYPE_CHECKING:
    from greenlint.lint.ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Inspected:
    """A report, and the hash of the content it is about (empty: there was nothing to read)."""

    report: FileReport
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Reads and checks one file; what a process of its own is given to do."""

    ruleset: "Ruleset"
    check: Checker
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    """Contents, by absolute path, that stand in for what lies on disk."""

    def __call__(self, file: FoundFile) -> Inspected:
        """The report on a file, whatever its state."""
        read = _read(file, self.overlay.get(file.path))
        return read if isinstance(read, Inspected) else self._report(*read)

    def quick(self, file: FoundFile) -> Inspected | None:
        """The report on a file that needs no parsing; None for any other."""
        read = _read(file, self.overlay.get(file.path))
        if isinstance(read, Inspected):
            return read
        source, _ = read
        if source.form.is_code and self.ruleset.gate(source.data, path=source.path):
            return None
        return self._report(*read)

    def _report(self, source: Source, content: bytes) -> Inspected:
        return Inspected(report_on(source, self.ruleset, self.check), content)


def _read(file: FoundFile, given: bytes | None) -> tuple[Source, bytes] | Inspected:
    """A source and the hash of its content, or the report that there is none."""
    path = Path(file.path)
    content = b""
    try:
        data = read_bytes(path) if given is None else given
        content = content_hash(data)
        return parse_source(data, shown=file.shown, form=file_form(path)), content
    except SourceError as error:
        return Inspected(unreadable(error), content)


@dataclass(slots=True)
class Collected:
    """The reports of a run by path, and the hashes of the contents they are about."""

    reports: dict[str, FileReport] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    from_cache: int = 0


def collect(
    files: Sequence[FoundFile],
    inspection: Inspection,
    *,
    jobs: int,
    cache: ResultCache | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Collected:
    """A report on every file."""
    collected = Collected()
    stamps: dict[str, str] = {}
    if cache is not None:
        for file in files:
            stamps[file.path] = stamp_of(file.path)
            _look_up(file, stamps[file.path], cache, collected)
    collected.from_cache = len(collected.reports)
    rest = [file for file in files if file.path not in collected.reports]
    for file, done in process(rest, inspection, jobs=jobs, quick=inspection.quick):
        inspected = _inspected(done)
        collected.reports[file.path] = inspected.report
        if inspected.content:
            collected.contents[file.path] = inspected.content
            if cache is not None:
                text = encoded(inspected.report)
                entry = CachedReport(stamps[file.path], inspected.content, text)
                cache.put_report(file.shown, entry)
        if progress is not None:
            progress(len(collected.reports), len(files))
    return collected


def _inspected(done: Inspected | Lost) -> Inspected:
    if isinstance(done, Inspected):
        return done
    return Inspected(unreadable(SourceError(done.reason)))


def _look_up(file: FoundFile, stamp: str, cache: ResultCache, collected: Collected) -> None:
    """Take the report from the cache if the file is still what it was about."""
    known = cache.report(file.shown)
    if known is None:
        return
    same_stamp = bool(stamp) and stamp == known.stamp
    if not same_stamp and _content(file) != known.content:
        return
    report = decoded(known.report)
    if report is None:
        return
    if not same_stamp and stamp:
        cache.put_report(file.shown, CachedReport(stamp, known.content, known.report))
    collected.reports[file.path] = report
    collected.contents[file.path] = known.content


def _content(file: FoundFile) -> bytes | None:
    try:
        return content_hash(read_bytes(Path(file.path)))
    except SourceError:
        return None
