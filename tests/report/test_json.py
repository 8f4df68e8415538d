"""The report for programs, version 1."""

# ruff: noqa: E501 - reports stand here whole, as they are printed

import json

from handmade import call_finding, lines_of, outcome_of
from inline_snapshot import snapshot

from greenlint.report.outcome import Outcome


def test_version_1(mixed: Outcome) -> None:
    """The whole report: a change here is a change of the format."""
    assert json.loads(lines_of("json", mixed)) == snapshot(
        {
            "version": 1,
            "findings": [
                {
                    "rule": "unbounded-generation",
                    "path": "app/chat.py",
                    "line": 12,
                    "column": 13,
                    "end_line": 12,
                    "end_column": 82,
                    "cell": None,
                    "severity": "medium",
                    "confidence": "high",
                    "message": "`client.chat.completions.create` sets no upper bound on output tokens",
                    "fingerprint": "5f1c0d2e9a8b7c64",
                    "advice": "Set `max_completion_tokens` to what the answer needs.",
                    "family": "llm-calls",
                    "baselined": False,
                    "fails": True,
                    "fix": None,
                    "physical": None,
                },
                {
                    "rule": "uncached-api-call",
                    "path": "app/chat.py",
                    "line": 12,
                    "column": 13,
                    "end_line": 12,
                    "end_column": 82,
                    "cell": None,
                    "severity": "low",
                    "confidence": "medium",
                    "message": "the same prompt is sent at temperature 0 on every call and no cache keeps the answer",
                    "fingerprint": "0a1b2c3d4e5f6071",
                    "advice": "Keep the answer under a key made of the model and the messages.",
                    "family": "llm-calls",
                    "baselined": False,
                    "fails": False,
                    "fix": None,
                    "physical": None,
                },
                {
                    "rule": "unbounded-generation",
                    "path": "app/chat.py",
                    "line": 40,
                    "column": 5,
                    "end_line": 40,
                    "end_column": 20,
                    "cell": None,
                    "severity": "medium",
                    "confidence": "high",
                    "message": "`client.chat.completions.create` sets no upper bound on output tokens",
                    "fingerprint": "5f1c0d2e9a8b7c64",
                    "advice": "Set `max_completion_tokens` to what the answer needs.",
                    "family": "llm-calls",
                    "baselined": True,
                    "fails": False,
                    "fix": None,
                    "physical": None,
                },
                {
                    "rule": "fp32-training-loop",
                    "path": "lab/train.ipynb",
                    "line": 4,
                    "column": 1,
                    "end_line": 10,
                    "end_column": 21,
                    "cell": 3,
                    "severity": "high",
                    "confidence": "high",
                    "message": "this loop trains in float32 on a GPU",
                    "fingerprint": "ffeeddccbbaa9988",
                    "advice": "Run the forward pass under `torch.autocast`.",
                    "family": "training",
                    "baselined": False,
                    "fails": True,
                    "fix": None,
                    "physical": {"line": 57, "column": 5, "end_line": 63, "end_column": 25},
                },
            ],
            "summary": {
                "findings": 3,
                "failing": 2,
                "severities": {"high": 1, "medium": 1, "low": 1},
                "rules": {
                    "fp32-training-loop": 1,
                    "unbounded-generation": 1,
                    "uncached-api-call": 1,
                },
                "checked": 14,
                "excluded": 2,
                "skipped_notebooks": 1,
                "skipped_templates": 0,
                "unreadable": 1,
                "suppressed": 1,
                "baselined": 1,
                "stale_baseline": 1,
                "fixable": 0,
                "fixed": 0,
            },
        }
    )


def test_every_finding_is_one_line(mixed: Outcome) -> None:
    """Reports can be compared line by line, and carry nothing that changes from run to run."""
    lines = lines_of("json", mixed).splitlines()
    assert len(lines) == len(mixed.result.findings) + 2
    assert json.loads(lines[1].rstrip(","))["rule"] == "unbounded-generation"
    assert "seconds" not in lines[-1]


def test_an_empty_report_is_valid() -> None:
    """No findings is an empty list."""
    report = json.loads(lines_of("json", outcome_of()))
    assert report["findings"] == []
    assert report["summary"]["checked"] == 3


def test_a_name_that_is_no_text_leaves_valid_json() -> None:
    """Half characters, which stand for stray bytes, would make other parsers refuse it."""
    text = lines_of("json", outcome_of(call_finding(path="a\udcff.py", message="\x1b\u202e")))
    assert text.isascii()
    assert json.loads(text)["findings"][0]["path"] == "a?.py"
