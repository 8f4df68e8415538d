"""Findings as SARIF 2.1.0, the format that code scanning services and editors read."""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from greenlint import __version__
from greenlint.level import Level
from greenlint.lint.finding import Finding, Fix
from greenlint.report.json import whole
from greenlint.report.outcome import Outcome, physical, sentence
from greenlint.report.palette import Style

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS = {Level.HIGH: "error", Level.MEDIUM: "warning", Level.LOW: "note"}


def render(outcome: Outcome, _style: Style) -> Iterator[str]:
    """One run with every rule it ran and every finding; places are those of the file on disk."""
    from greenlint.report.sarif_rules import descriptors

    rules = descriptors(outcome)
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    compared = bool(outcome.known or outcome.result.stale_baseline)
    run = {
        "tool": {"driver": {"name": "greenlint", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "results": [
            _result(finding, numbers, compared=compared) for finding in outcome.result.findings
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    yield json.dumps(log, indent=2)


def _result(finding: Finding, numbers: dict[str, int], *, compared: bool) -> dict[str, Any]:
    line, column, end_line, end_column = physical(finding)
    region = {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }
    place = {"artifactLocation": _artifact(finding.path), "region": region}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": LEVELS[finding.severity],
        "message": {"text": whole(f"{sentence(finding.message)} {finding.advice}".strip())},
        "locations": [{"physicalLocation": place} | _cell(finding)],
        "partialFingerprints": {"greenlint/v1": finding.fingerprint},
        "properties": {
            "severity": finding.severity.word,
            "confidence": finding.confidence.word,
        },
    }
    if finding.fix is not None and finding.cell is None:
        result["fixes"] = [_fix(finding, finding.fix)]
    if compared:
        result["baselineState"] = "unchanged" if finding.baselined else "new"
    if finding.baselined:
        result["suppressions"] = [{"kind": "external", "justification": "in the baseline"}]
    return result


def _fix(finding: Finding, fix: Fix) -> dict[str, Any]:
    replacements = [
        {
            "deletedRegion": {
                "startLine": edit.span.line,
                "startColumn": edit.span.column,
                "endLine": edit.span.end_line,
                "endColumn": edit.span.end_column,
            },
            "insertedContent": {"text": edit.text},
        }
        for edit in fix.edits
    ]
    change = {"artifactLocation": _artifact(finding.path), "replacements": replacements}
    safety = {"text": f"{finding.advice} ({fix.safety} fix)"}
    return {"description": safety, "artifactChanges": [change]}


def _cell(finding: Finding) -> dict[str, Any]:
    if finding.cell is None:
        return {}
    line, column = finding.span.line, finding.span.column
    return {"message": {"text": f"cell {finding.cell}, line {line}, column {column}"}}


def _artifact(path: str) -> dict[str, str]:
    """The URI of a file: relative to the checkout when it lies below the working directory."""
    if path.startswith(("/", "../")):
        return {"uri": f"file://{quote(os.fsencode(os.path.realpath(path)))}"}
    return {"uri": quote(os.fsencode(path)), "uriBaseId": "%SRCROOT%"}
