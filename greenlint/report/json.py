"""Findings for programs, version 1: what is here stays; a change of meaning takes a new version."""

import json
from collections.abc import Iterator
from typing import Any

from greenlint.lint.finding import Finding
from greenlint.report.outcome import Outcome, physical
from greenlint.report.palette import Style

VERSION = 1


def render(outcome: Outcome, _style: Style) -> Iterator[str]:
    """One object: `version`, `findings`, `summary`; the same input gives the same bytes."""
    head = json.dumps({"version": VERSION})[:-1]
    yield f'{head}, "findings": ['
    last = len(outcome.result.findings) - 1
    for index, finding in enumerate(outcome.result.findings):
        comma = "," if index < last else ""
        yield f"  {json.dumps(_finding(finding, fails=outcome.fails(finding)))}{comma}"
    yield f'], "summary": {json.dumps(_summary(outcome))}}}'


def _finding(finding: Finding, *, fails: bool) -> dict[str, Any]:
    """A finding: places count from 1 in characters, `cell` and `physical` are null in a .py."""
    line, column, end_line, end_column = physical(finding)
    return {
        "rule": finding.rule,
        "path": whole(finding.path),
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "end_column": finding.span.end_column,
        "cell": finding.cell,
        "severity": finding.severity.word,
        "confidence": finding.confidence.word,
        "message": whole(finding.message),
        "fingerprint": finding.fingerprint,
        "advice": whole(finding.advice),
        "family": finding.family,
        "baselined": finding.baselined,
        "fails": fails,
        "fix": _fix(finding),
        "physical": None
        if finding.physical is None
        else {"line": line, "column": column, "end_line": end_line, "end_column": end_column},
    }


def _fix(finding: Finding) -> dict[str, Any] | None:
    """How `--fix` would mend it; in a notebook, whose lines lie in JSON, only how safely."""
    if finding.fix is None:
        return None
    edits = [
        {
            "line": edit.span.line,
            "column": edit.span.column,
            "end_line": edit.span.end_line,
            "end_column": edit.span.end_column,
            "text": edit.text,
        }
        for edit in finding.fix.edits
    ]
    return {"safety": finding.fix.safety, "edits": edits if finding.cell is None else None}


def _summary(outcome: Outcome) -> dict[str, Any]:
    result = outcome.result.summary
    severities = {"high": 0, "medium": 0, "low": 0}
    return {
        "findings": len(outcome.new),
        "failing": outcome.failing,
        "severities": severities | {level.word: count for level, count in outcome.by_severity()},
        "rules": dict(outcome.by_rule()),
        "checked": result.checked,
        "excluded": result.excluded,
        "skipped_notebooks": result.skipped_notebooks,
        "skipped_templates": result.skipped_templates,
        "unreadable": result.unreadable,
        "suppressed": result.suppressed,
        "baselined": result.baselined,
        "stale_baseline": len(outcome.result.stale_baseline),
        "fixable": sum(map(outcome.is_fixable, outcome.new)),
        "fixed": outcome.fixed,
    }


def whole(text: str) -> str:
    """The text without half characters, which stand for the bytes of a name that is not UTF-8."""
    return text.encode("utf-8", "replace").decode()
