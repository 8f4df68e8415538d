"""Applies the fixes of findings, checks every changed file again, and keeps only what mends.

A pass applies all fixes that don't overlap; what is left over waits for the next pass. A file that
has become worse gets its fixes one by one, and those that make it worse are dropped.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from greenlint.lint.engine import CheckRequest, CheckResult, check
from greenlint.lint.finding import Finding, Safety
from greenlint.lint.rewriting import RewriteError, overlap, rewritten
from greenlint.lint.source import SourceError, file_form, parse_source, read_bytes

_PASSES = 10

Checker = Callable[[CheckRequest], CheckResult]


@dataclass(frozen=True, slots=True)
class FixedFile:
    """A file and what fixes made of it; `path` is absolute."""

    path: str
    shown: str
    before: bytes
    after: bytes
    fixed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What fixes came to: files that changed, fixes that failed, and what is left to report."""

    files: tuple[FixedFile, ...]
    dropped: tuple[Finding, ...]
    result: CheckResult

    @property
    def count(self) -> int:
        """How many findings were mended."""
        return sum(sum(file.fixed.values()) for file in self.files)


@dataclass(slots=True)
class _Draft:
    """A file while it is being fixed."""

    path: str
    shown: str
    before: bytes
    now: bytes
    findings: list[Finding]
    fixed: Counter[str] = field(default_factory=Counter)


def fix_findings(
    result: CheckResult, request: CheckRequest, *, unsafe: bool, check_again: Checker = check
) -> Fixed:
    """Fix what `result` found, in memory; nothing is written."""
    return _Fixer(request, unsafe=unsafe, check_again=check_again).run(result)


class _Fixer:
    def __init__(self, request: CheckRequest, *, unsafe: bool, check_again: Checker) -> None:
        self._request = request
        self._unsafe = unsafe
        self._check = check_again
        self._dropped: dict[str, Finding] = {}

    def run(self, result: CheckResult) -> Fixed:
        """Passes over all files, until none has a fix left."""
        drafts = self._drafts(result.findings)
        pending = drafts
        for _ in range(_PASSES):
            pending = [draft for draft in pending if self._wanted(draft)]
            if not pending:
                break
            self._improve(pending)
        changed = {draft.shown: draft for draft in drafts if draft.now != draft.before}
        return Fixed(
            tuple(
                FixedFile(draft.path, draft.shown, draft.before, draft.now, dict(draft.fixed))
                for draft in changed.values()
            ),
            tuple(self._dropped.values()),
            remaining(result, {shown: draft.findings for shown, draft in changed.items()}),
        )

    def _drafts(self, findings: Sequence[Finding]) -> list[_Draft]:
        drafts = []
        for shown, group in groupby(findings, key=lambda finding: finding.path):
            found = list(group)
            if not any(map(self._is_wanted, found)):
                continue
            path = str(Path(shown).absolute())
            try:
                stdin = self._request.stdin
                data = read_bytes(Path(path)) if stdin is None else stdin.data
            except SourceError:  # it has gone since
                continue
            drafts.append(_Draft(path, shown, data, data, found))
        return drafts

    def _is_wanted(self, finding: Finding) -> bool:
        """Whether a finding is to be fixed, as far as it alone can tell."""
        if finding.fix is None or finding.baselined or finding.fingerprint in self._dropped:
            return False
        return self._unsafe or finding.fix.safety is Safety.SAFE

    def _wanted(self, draft: _Draft) -> list[Finding]:
        return _without_overlaps([f for f in draft.findings if self._is_wanted(f)])

    def _improve(self, drafts: Sequence[_Draft]) -> None:
        """One pass: all files with all their fixes at once; then, where that fails, one by one."""
        for draft in self._failing([(draft, self._wanted(draft)) for draft in drafts]):
            for finding in self._wanted(draft):
                if not self._failing([(draft, [finding])]):
                    break  # the places of the others have moved: they wait for the next pass
                self._dropped[finding.fingerprint] = finding

    def _failing(self, proposals: Sequence[tuple[_Draft, list[Finding]]]) -> list[_Draft]:
        """Apply fixes to each file that is better for them; the files that are not."""
        texts = {draft.path: _rewritten(draft, chosen) for draft, chosen in proposals}
        overlay = {path: text for path, text in texts.items() if text is not None}
        found: dict[str, list[Finding]] = {}
        if overlay:
            result = self._check(replace(self._request, overlay=overlay))
            for finding in result.findings:
                found.setdefault(finding.path, []).append(finding)
        failing = []
        for draft, chosen in proposals:
            text, after = texts[draft.path], found.get(draft.shown, [])
            if text is None or not _is_better(draft.findings, after, chosen):
                failing.append(draft)
                continue
            draft.now, draft.findings = text, after
            draft.fixed.update(finding.rule for finding in chosen)
        return failing


def _rewritten(draft: _Draft, chosen: Iterable[Finding]) -> bytes | None:
    edits = {edit for finding in chosen if finding.fix for edit in finding.fix.edits}
    try:
        source = parse_source(draft.now, shown=draft.shown, form=file_form(Path(draft.path)))
        return rewritten(draft.now, source, edits)
    except (RewriteError, SourceError):
        return None


def remaining(result: CheckResult, changed: Mapping[str, Sequence[Finding]]) -> CheckResult:
    """What is left to report once the changed files, by path as shown, have been written."""
    findings = [finding for finding in result.findings if finding.path not in changed]
    findings += [finding for left in changed.values() for finding in left]
    findings.sort(key=lambda f: (f.path, f.cell or 0, f.span, f.rule))
    baselined = sum(finding.baselined for finding in findings)
    summary = replace(result.summary, findings=len(findings) - baselined, baselined=baselined)
    return replace(result, findings=tuple(findings), summary=summary)


def _without_overlaps(findings: Sequence[Finding]) -> list[Finding]:
    """The findings in order, without those whose edits get in the way of an earlier one's."""
    chosen: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.cell or 0, f.span, f.rule)):
        earlier = [edit for other in chosen if other.fix for edit in other.fix.edits]
        edits = finding.fix.edits if finding.fix else ()
        if not any(overlap(edit, other) for edit in edits for other in earlier):
            chosen.append(finding)
    return chosen


def _is_better(
    before: Iterable[Finding], after: Iterable[Finding], fixed: Iterable[Finding]
) -> bool:
    """Whether every fix ended a finding of its rule, and no rule (or the parser) found more."""
    allowed = Counter(finding.rule for finding in before)
    allowed.subtract(finding.rule for finding in fixed)
    found = Counter(finding.rule for finding in after)
    return all(count <= allowed[rule] for rule, count in found.items())
