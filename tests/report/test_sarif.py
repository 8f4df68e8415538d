"""SARIF 2.1.0: the whole report, and what the specification asks of it."""

# ruff: noqa: E501 - reports stand here whole, as they are printed

import json
from typing import Any

import jsonschema
import pytest
from handmade import call_finding, lines_of, loop_finding, outcome_of
from inline_snapshot import snapshot
from sarif_schema import SCHEMA

from greenlint.lint.rule import Rule
from greenlint.report.outcome import Outcome


def sarif(outcome: Outcome) -> dict[str, Any]:
    """The report as data, once it has been found valid."""
    log: dict[str, Any] = json.loads(lines_of("sarif", outcome))
    jsonschema.validate(log, SCHEMA)
    return log


def test_a_whole_report(mixed: Outcome) -> None:
    """Rules with their pages, places on disk, fingerprints, the state against the baseline."""
    assert sarif(mixed) == snapshot(
        {
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {
                            "name": "greenlint",
                            "version": "0.1.0",
                            "rules": [
                                {
                                    "id": "fp32-training-loop",
                                    "shortDescription": {"text": "Fp32 training loop."},
                                    "help": {
                                        "text": "Fp32 training loop. Part of greenlint itself: greenlint explain fp32-training-loop"
                                    },
                                    "defaultConfiguration": {"level": "error"},
                                    "properties": {"tags": ["greenlint"]},
                                },
                                {
                                    "id": "unbounded-generation",
                                    "shortDescription": {
                                        "text": "A generation request sets no upper bound on output tokens."
                                    },
                                    "fullDescription": {
                                        "text": "A generation request sets no upper bound on output tokens."
                                    },
                                    "help": {
                                        "text": """\
# unbounded-generation

## What it does
""",
                                        "markdown": """\
# unbounded-generation

## What it does
""",
                                    },
                                    "defaultConfiguration": {"level": "warning"},
                                    "properties": {
                                        "tags": ["energy", "llm-calls"],
                                        "precision": "high",
                                        "problem.severity": "warning",
                                    },
                                },
                                {
                                    "id": "uncached-api-call",
                                    "shortDescription": {"text": "Uncached api call."},
                                    "help": {
                                        "text": "Uncached api call. Part of greenlint itself: greenlint explain uncached-api-call"
                                    },
                                    "defaultConfiguration": {"level": "note"},
                                    "properties": {"tags": ["greenlint"]},
                                },
                            ],
                        }
                    },
                    "columnKind": "unicodeCodePoints",
                    "invocations": [{"executionSuccessful": True}],
                    "results": [
                        {
                            "ruleId": "unbounded-generation",
                            "ruleIndex": 1,
                            "level": "warning",
                            "message": {
                                "text": "`client.chat.completions.create` sets no upper bound on output tokens. Set `max_completion_tokens` to what the answer needs."
                            },
                            "locations": [
                                {
                                    "physicalLocation": {
                                        "artifactLocation": {
                                            "uri": "app/chat.py",
                                            "uriBaseId": "%SRCROOT%",
                                        },
                                        "region": {
                                            "startLine": 12,
                                            "startColumn": 13,
                                            "endLine": 12,
                                            "endColumn": 82,
                                        },
                                    }
                                }
                            ],
                            "partialFingerprints": {"greenlint/v1": "5f1c0d2e9a8b7c64"},
                            "properties": {"severity": "medium", "confidence": "high"},
                            "baselineState": "new",
                        },
                        {
                            "ruleId": "uncached-api-call",
                            "ruleIndex": 2,
                            "level": "note",
                            "message": {
                                "text": "The same prompt is sent at temperature 0 on every call and no cache keeps the answer. Keep the answer under a key made of the model and the messages."
                            },
                            "locations": [
                                {
                                    "physicalLocation": {
                                        "artifactLocation": {
                                            "uri": "app/chat.py",
                                            "uriBaseId": "%SRCROOT%",
                                        },
                                        "region": {
                                            "startLine": 12,
                                            "startColumn": 13,
                                            "endLine": 12,
                                            "endColumn": 82,
                                        },
                                    }
                                }
                            ],
                            "partialFingerprints": {"greenlint/v1": "0a1b2c3d4e5f6071"},
                            "properties": {"severity": "low", "confidence": "medium"},
                            "baselineState": "new",
                        },
                        {
                            "ruleId": "unbounded-generation",
                            "ruleIndex": 1,
                            "level": "warning",
                            "message": {
                                "text": "`client.chat.completions.create` sets no upper bound on output tokens. Set `max_completion_tokens` to what the answer needs."
                            },
                            "locations": [
                                {
                                    "physicalLocation": {
                                        "artifactLocation": {
                                            "uri": "app/chat.py",
                                            "uriBaseId": "%SRCROOT%",
                                        },
                                        "region": {
                                            "startLine": 40,
                                            "startColumn": 5,
                                            "endLine": 40,
                                            "endColumn": 20,
                                        },
                                    }
                                }
                            ],
                            "partialFingerprints": {"greenlint/v1": "5f1c0d2e9a8b7c64"},
                            "properties": {"severity": "medium", "confidence": "high"},
                            "baselineState": "unchanged",
                            "suppressions": [
                                {"kind": "external", "justification": "in the baseline"}
                            ],
                        },
                        {
                            "ruleId": "fp32-training-loop",
                            "ruleIndex": 0,
                            "level": "error",
                            "message": {
                                "text": "This loop trains in float32 on a GPU. Run the forward pass under `torch.autocast`."
                            },
                            "locations": [
                                {
                                    "physicalLocation": {
                                        "artifactLocation": {
                                            "uri": "lab/train.ipynb",
                                            "uriBaseId": "%SRCROOT%",
                                        },
                                        "region": {
                                            "startLine": 57,
                                            "startColumn": 5,
                                            "endLine": 63,
                                            "endColumn": 25,
                                        },
                                    },
                                    "message": {"text": "cell 3, line 4, column 1"},
                                }
                            ],
                            "partialFingerprints": {"greenlint/v1": "ffeeddccbbaa9988"},
                            "properties": {"severity": "high", "confidence": "high"},
                            "baselineState": "new",
                        },
                    ],
                }
            ],
        }
    )


def test_a_result_points_at_its_rule(mixed: Outcome) -> None:
    """`ruleIndex` and `ruleId` agree."""
    run = sarif(mixed)["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        finding.rule for finding in mixed.result.findings
    ]


def test_without_a_baseline_nothing_is_new() -> None:
    """`baselineState` is there only if a baseline was compared with."""
    results = sarif(outcome_of(call_finding()))["runs"][0]["results"]
    assert "baselineState" not in results[0]


def test_an_empty_report_is_valid() -> None:
    """A clean run says so: it has results, and they are none."""
    assert sarif(outcome_of())["runs"][0]["results"] == []


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü%.py", "a%20b/%C3%BC%25.py"),
        ("a\udcff.py", "a%FF.py"),
        ("/srv/x/a.py", "file:///srv/x/a.py"),
    ],
)
def test_a_path_is_a_uri(path: str, uri: str) -> None:
    """Below the working directory relative to the checkout, else absolute; bytes are kept."""
    result = sarif(outcome_of(call_finding(path=path)))["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == uri
    assert ("uriBaseId" in place) == (not path.startswith("/"))


def test_a_rule_without_a_page_has_its_summary(rule: Rule) -> None:
    """A rule of one's own may lack its page."""
    rule.page.unlink()
    log = sarif(Outcome(outcome_of().result, (rule,)))
    assert log["runs"][0]["tool"]["driver"]["rules"][0]["help"]["text"] == rule.summary


def test_the_schema_of_the_tests_is_strict() -> None:
    """A report with a wrong line, level or key would not pass."""
    log = json.loads(lines_of("sarif", outcome_of(loop_finding())))
    result = log["runs"][0]["results"][0]
    for spoil in (
        {"level": "fatal"},
        {"unknown": 1},
        {"message": {}},
        {"locations": [{"physicalLocation": {"region": {"startLine": 0}}}]},
    ):
        log["runs"][0]["results"] = [result | spoil]
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(log, SCHEMA)
