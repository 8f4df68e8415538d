"""From reports to findings: project facts, per-path rules and suppressions have their say."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from greenlint.lint.baseline import normalized, relative_path
from greenlint.lint.discovery import FoundFile
from greenlint.lint.file_report import Comment, Draft, FileReport
from greenlint.lint.finding import Finding, Level
from greenlint.lint.gitignore import PathPatterns
from greenlint.lint.source import Place

if TYPE_CHECKING:
    from greenlint.lint.ruleset import Ruleset
    from greenlint.policy.settings import LintSettings

UNREADABLE = "unreadable-file"
UNUSED = "unused-suppression"
UNKNOWN = "unknown-suppression"
UNEXPLAINED = "unexplained-suppression"

_FORM = "# greenlint: ignore[rule] reason"
_MANDATORY = "The policy makes this rule mandatory, so the suppression has no effect."


@dataclass(slots=True)
class Verdict:
    """The findings of one file, and how many more its comments suppress."""

    findings: list[Finding] = field(default_factory=list)
    suppressed: int = 0


class Judge:
    """Decides what becomes a finding."""

    def __init__(self, settings: "LintSettings", ruleset: "Ruleset") -> None:
        self._settings = settings
        self._ruleset = ruleset
        self._per_path = [
            (PathPatterns(settings.root, [change.pattern]), change) for change in settings.per_path
        ]

    def names_on(self, path: str) -> frozenset[str]:
        """The names of the rules, and of greenlint's own findings, that are on for a file."""
        changes = [change for patterns, change in self._per_path if patterns.match(path)]
        return self._ruleset.chosen_for(changes)

    def verdict(
        self, file: FoundFile, report: FileReport, provided: frozenset[str] = frozenset()
    ) -> Verdict:
        """The findings of a file whose project provides these facts."""
        case = _Case(file, report, self.names_on(file.path), self._settings, self._ruleset)
        verdict = Verdict()
        for draft in _standing(report.drafts, provided):
            if draft.rule not in case.names_on or not provided.isdisjoint(draft.unless_project):
                case.fingerprint(draft.rule, draft.snippet)
            elif draft.suppressed_by and draft.rule not in self._ruleset.mandatory:
                case.fingerprint(draft.rule, draft.snippet)
                verdict.suppressed += 1
            else:
                verdict.findings.append(case.finding_of(draft))
        verdict.findings += case.about_the_file()
        return verdict


def _standing(drafts: Sequence[Draft], provided: frozenset[str]) -> Iterator[Draft]:
    """The drafts whose needs are met; behind one that had any, no other case on its place."""
    taken: set[tuple[str, Place]] = set()
    for draft in drafts:
        place = (draft.rule, draft.place)
        if place not in taken and provided.issuperset(draft.needs_project):
            yield draft
            if draft.needs_project:
                taken.add(place)


class _Case:
    """One file before the judge."""

    def __init__(
        self,
        file: FoundFile,
        report: FileReport,
        names_on: frozenset[str],
        settings: "LintSettings",
        ruleset: "Ruleset",
    ) -> None:
        self.names_on = names_on
        self._file = file
        self._report = report
        self._settings = settings
        self._ruleset = ruleset
        self._seen: Counter[tuple[str, str]] = Counter()

    def fingerprint(self, rule: str, snippet: Sequence[str]) -> str:
        """A hash of path, rule, code and which of several alike this is: lines may move."""
        code = normalized(snippet)
        number = self._seen[rule, code]
        self._seen[rule, code] += 1
        path = relative_path(self._file.shown, self._settings.root)
        return sha256(f"{path}\0{rule}\0{code}\0{number}".encode()).hexdigest()

    def finding_of(self, draft: Draft) -> Finding:
        """The finding that a match becomes."""
        advice = f"{draft.advice} {_MANDATORY}" if draft.suppressed_by else draft.advice
        return Finding(
            rule=draft.rule,
            path=self._file.shown,
            span=draft.place.span,
            severity=draft.severity,
            confidence=draft.confidence,
            message=draft.message,
            advice=advice,
            fingerprint=self.fingerprint(draft.rule, draft.snippet),
            snippet=draft.snippet,
            family=self._ruleset.names.get(draft.rule, ""),
            cell=draft.place.cell,
            physical=draft.place.physical,
            fix=draft.fix,
        )

    def about_the_file(self) -> Iterator[Finding]:
        """What greenlint itself has to say: of unreadable parts and of suppressions."""
        for trouble in self._report.troubles:
            level = Level.LOW if trouble.place.cell else Level.MEDIUM
            advice = "Mend it, or leave the file out with `lint.exclude` in the policy."
            yield from self._own(
                UNREADABLE, trouble.place, trouble.message, advice, level, trouble.snippet
            )
        for number, comment in enumerate(self._report.comments):
            yield from self._about_comment(number, comment)

    def _about_comment(self, number: int, comment: Comment) -> Iterator[Finding]:
        if not comment.rules:
            message = "this comment names no rule to ignore"
            yield from self._of(comment, UNKNOWN, message, f"Write `{_FORM}`.")
            return
        if self._settings.require_reason and not comment.reason:
            message = "the policy wants a reason for every suppression"
            yield from self._of(comment, UNEXPLAINED, message, f"Say why: `{_FORM}`.")
        used = {draft.rule for draft in self._report.drafts if number in draft.suppressed_by}
        for rule in comment.rules:
            family = self._ruleset.names.get(rule)
            if family is None:
                yield from self._of(
                    comment, UNKNOWN, f"no rule is called `{rule}`", self._near(rule)
                )
            elif not family:
                message = f"`{rule}` can't be suppressed in code"
                yield from self._of(comment, UNKNOWN, message, "Ignore it in the policy.")
            # Where something can't be read, nobody knows what the rule would have found.
            elif rule in self.names_on - used and not self._report.troubles:
                message = f"`{rule}` finds nothing here"
                yield from self._of(comment, UNUSED, message, "Remove it from the comment.")

    def _near(self, rule: str) -> str:
        from difflib import get_close_matches

        near = get_close_matches(rule, sorted(self._ruleset.names), n=1)
        return f"Did you mean `{near[0]}`?" if near else "`greenlint rules` lists them all."

    def _of(self, comment: Comment, rule: str, message: str, advice: str) -> Iterator[Finding]:
        return self._own(rule, comment.place, message, advice, Level.LOW, comment.snippet)

    def _own(
        self, rule: str, place: Place, message: str, advice: str, level: Level, code: str = ""
    ) -> Iterator[Finding]:
        if rule not in self.names_on:
            return
        change = self._settings.rules.get(rule)
        snippet = (code,) if code else ()
        yield Finding(
            rule=rule,
            path=self._file.shown,
            span=place.span,
            severity=(change.severity if change else None) or level,
            confidence=Level.HIGH,
            message=message,
            advice=advice,
            fingerprint=self.fingerprint(rule, (code, message)),
            snippet=snippet,
            cell=place.cell,
            physical=place.physical,
        )
