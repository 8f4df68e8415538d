"""Suppresses findings with comments above their statements, and checks that this worked."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from greenlint.lint.engine import CheckRequest, CheckResult, check
from greenlint.lint.finding import Edit, Finding, Span
from greenlint.lint.fixing import Fixed, FixedFile, remaining
from greenlint.lint.rewriting import RewriteError, rewritten
from greenlint.lint.source import Source, SourceError, file_form, parse_source, read_bytes
from greenlint.lint.suppression import logical_lines


@dataclass(frozen=True, slots=True)
class _Proposal:
    """A file with its comments added, before it is checked again."""

    path: str
    shown: str
    before: bytes
    after: bytes
    ignored: tuple[Finding, ...]


def ignore_findings(
    result: CheckResult,
    request: CheckRequest,
    reason: str,
    *,
    check_again: Callable[[CheckRequest], CheckResult] = check,
) -> Fixed:
    """Suppress what `result` found, in memory; nothing is written.

    Findings of greenlint itself, of mandatory rules and of the baseline are left.
    """
    kept = request.ruleset.mandatory
    wanted = [f for f in result.findings if f.family and not f.baselined and f.rule not in kept]
    proposals = list(_proposals(wanted, " ".join(reason.split())))
    if not proposals:
        return Fixed((), (), result)
    overlay = {proposal.path: proposal.after for proposal in proposals}
    found: dict[str, list[Finding]] = {}
    for finding in check_again(replace(request, overlay=overlay)).findings:
        found.setdefault(finding.path, []).append(finding)
    files: list[FixedFile] = []
    dropped: list[Finding] = []
    for proposal in proposals:
        fingerprints = {finding.fingerprint for finding in found.get(proposal.shown, ())}
        if any(finding.fingerprint in fingerprints for finding in proposal.ignored):
            dropped += proposal.ignored
            continue
        counts = Counter(finding.rule for finding in proposal.ignored)
        files.append(
            FixedFile(proposal.path, proposal.shown, proposal.before, proposal.after, counts)
        )
    changed = {file.shown: found.get(file.shown, []) for file in files}
    left = remaining(result, changed)
    suppressed = left.summary.suppressed + sum(sum(file.fixed.values()) for file in files)
    left = replace(left, summary=replace(left.summary, suppressed=suppressed))
    return Fixed(tuple(files), tuple(dropped), left)


def _proposals(findings: Sequence[Finding], reason: str) -> Iterator[_Proposal]:
    for shown, group in groupby(findings, key=lambda finding: finding.path):
        ignored = tuple(group)
        path = Path(shown).absolute()
        try:
            before = read_bytes(path)
            source = parse_source(before, shown=shown, form=file_form(path))
            after = rewritten(before, source, _comments(source, ignored, reason))
        except (SourceError, RewriteError):  # it has gone, or can't take a comment there
            continue
        yield _Proposal(str(path), shown, before, after, ignored)


def _comments(source: Source, findings: Sequence[Finding], reason: str) -> Iterator[Edit]:
    """A comment above each statement that findings begin in, with all their rules."""
    lines = source.text.split("\n")
    statements = logical_lines(source.text) if source.form.is_code else ()
    rules: dict[int, list[str]] = {}
    for finding in findings:
        line = finding.span.line + _offset(source, finding)
        first = next((start for start, end in statements if start <= line <= end), line)
        rules.setdefault(first, []).append(finding.rule)
    for line, names in rules.items():
        indent = lines[line - 1][: len(lines[line - 1]) - len(lines[line - 1].lstrip())]
        listed = ", ".join(sorted(set(names)))
        comment = f"{indent}# greenlint: ignore[{listed}] {reason}\n"
        yield Edit(Span(line, 1, line, 1), comment)


def _offset(source: Source, finding: Finding) -> int:
    """The logical line before the cell of a finding."""
    return next((c.first_line - 1 for c in source.cells if c.number == finding.cell), 0)
