"""The last lines of a report for people: how much was found, and in how much."""

from collections.abc import Iterator

from greenlint.report.outcome import FIXABLE, Outcome, place
from greenlint.report.palette import BOLD, DIM, GREEN, LEVELS, Style
from greenlint.report.screen import visible, wrapped


def counted(number: int, thing: str) -> str:
    """`1 file`, `2 files`: a number and its noun."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def summary(outcome: Outcome, style: Style) -> Iterator[str]:
    """What was found, what was not shown, and what to do next."""
    if outcome.fixed:
        files = counted(outcome.fixed_files, "file")
        yield f"{style.paint(GREEN, 'Fixed')} {counted(outcome.fixed, 'finding')} in {files}."
    yield _verdict(outcome, style)
    for line in _remarks(outcome):
        yield from wrapped(line, style.width)
    if outcome.new:
        rule = outcome.by_rule()[0][0]
        yield style.paint(DIM, f"Learn more: greenlint explain {visible(rule)}")


def _verdict(outcome: Outcome, style: Style) -> str:
    result = outcome.result.summary
    where = f"{counted(result.checked, 'file')} in {result.seconds:.2f} s."
    if not outcome.new:
        return f"{style.paint(GREEN, 'Nothing found')} in {where}"
    grades = ", ".join(
        style.paint(LEVELS[level], f"{count:,} {level.word}")
        for level, count in outcome.by_severity()
    )
    files = len({finding.path for finding in outcome.new})
    found = style.paint(BOLD, counted(len(outcome.new), "finding"))
    return f"{found} ({grades}) in {files:,} of {where}"


def _remarks(outcome: Outcome) -> Iterator[str]:
    result = outcome.result.summary
    parts = [
        f"{counted(result.suppressed, 'finding')} suppressed",
        f"{result.baselined:,} in the baseline",
        f"{counted(result.unreadable, 'file')} unreadable",
        f"{counted(result.excluded, 'file')} excluded",
        f"{counted(result.skipped_notebooks, 'notebook')} in other languages skipped",
        f"{counted(result.skipped_templates, 'template')} of manifests skipped",
    ]
    numbers = (
        result.suppressed,
        result.baselined,
        result.unreadable,
        result.excluded,
        result.skipped_notebooks,
        result.skipped_templates,
    )
    if any(numbers):
        shown = (part for part, number in zip(parts, numbers, strict=True) if number)
        yield f"{', '.join(shown)}."
    if outcome.new and outcome.failing < len(outcome.new):
        grade = f"severity {outcome.fail_severity.word}, confidence {outcome.fail_confidence.word}"
        failing = f"{outcome.failing:,} of them" if outcome.failing else "None of them"
        verb = "fails" if outcome.failing == 1 else "fail"
        yield f"{failing} {verb} the run (fail_on: {grade})."
    yield from _fix_remarks(outcome)
    if stale := len(outcome.result.stale_baseline):
        entries = "entry matches" if stale == 1 else "entries match"
        yield f"{stale:,} baseline {entries} nothing any more. To drop: greenlint baseline prune"


def _fix_remarks(outcome: Outcome) -> Iterator[str]:
    """What fixes could still do, and what they could not."""
    safe = sum(map(outcome.is_fixable, outcome.new))
    more = sum(finding.fix is not None for finding in outcome.new) - safe
    option = "--fix --unsafe-fixes" if outcome.unsafe_fixes else "--fix"
    if safe:
        yield f"{FIXABLE} {safe:,} fixable with `{option}`."
    if more:
        yield f"{more:,} {'more ' if safe else ''}fixable with `--fix --unsafe-fixes`."
    for finding in outcome.dropped:
        yield (
            f"{place(finding)}: the fix of {finding.rule} was dropped, because the file would "
            "not have been better for it."
        )
