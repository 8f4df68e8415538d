"""Findings made by hand, as the engine would hand them to a report."""

from pathlib import Path

import pytest

from greenlint.level import Level
from greenlint.lint.engine import CheckResult, StaleEntry, Summary
from greenlint.lint.finding import Finding, Span
from greenlint.lint.rule import Rule
from greenlint.report.outcome import Outcome

CALL = '    reply = client.chat.completions.create(model="gpt-5-mini", messages=messages)'


def call_finding(**changes: object) -> Finding:
    """A request without an upper bound, on line 12 of app/chat.py."""
    values: dict[str, object] = {
        "rule": "unbounded-generation",
        "path": "app/chat.py",
        "span": Span(12, 13, 12, 82),
        "severity": Level.MEDIUM,
        "confidence": Level.HIGH,
        "message": "`client.chat.completions.create` sets no upper bound on output tokens",
        "advice": "Set `max_completion_tokens` to what the answer needs.",
        "fingerprint": "5f1c0d2e9a8b7c64",
        "snippet": (CALL,),
        "family": "llm-calls",
    }
    return Finding(**(values | changes))  # type: ignore[arg-type]


def cache_finding(**changes: object) -> Finding:
    """The same request, sent again for the same answer."""
    values: dict[str, object] = {
        "rule": "uncached-api-call",
        "severity": Level.LOW,
        "confidence": Level.MEDIUM,
        "message": "the same prompt is sent at temperature 0 on every call and no cache keeps the "
        "answer",
        "advice": "Keep the answer under a key made of the model and the messages.",
        "fingerprint": "0a1b2c3d4e5f6071",
    }
    return call_finding(**(values | changes))


TRAINING = (
    "for epoch in range(100):",
    "    for batch in loader:",
    "        loss = model(batch).loss",
    "        loss.backward()",
    "        optimizer.step()",
    "        optimizer.zero_grad()",
    "    scheduler.step()",
)


def loop_finding(**changes: object) -> Finding:
    """A training loop over several lines of a notebook's third cell."""
    values: dict[str, object] = {
        "rule": "fp32-training-loop",
        "path": "lab/train.ipynb",
        "span": Span(4, 1, 10, 21),
        "severity": Level.HIGH,
        "message": "this loop trains in float32 on a GPU",
        "advice": "Run the forward pass under `torch.autocast`.",
        "fingerprint": "ffeeddccbbaa9988",
        "snippet": TRAINING,
        "family": "training",
        "cell": 3,
        "physical": Span(57, 5, 63, 25),
    }
    return call_finding(**(values | changes))


@pytest.fixture
def rule(tmp_path: Path) -> Rule:
    """The rule of `call_finding`, with a page."""
    path = tmp_path / "unbounded-generation.yaml"
    path.with_suffix(".md").write_text("# unbounded-generation\n\n## What it does\n", "utf-8")
    return Rule(
        name="unbounded-generation",
        family="llm-calls",
        summary="A generation request sets no upper bound on output tokens.",
        severity=Level.MEDIUM,
        confidence=Level.HIGH,
        since="0.1",
        gate=(),
        message="m",
        advice="a",
        path=path,
    )


@pytest.fixture
def mixed(rule: Rule) -> Outcome:
    """Two findings at one place, one in a notebook, one in the baseline, and a stale entry."""
    findings = (
        call_finding(),
        cache_finding(),
        call_finding(span=Span(40, 5, 40, 20), snippet=("    create(prompt)",), baselined=True),
        loop_finding(),
    )
    summary = Summary(
        checked=14,
        skipped_notebooks=1,
        excluded=2,
        unreadable=1,
        findings=3,
        suppressed=1,
        baselined=1,
        seconds=0.118,
    )
    stale = (StaleEntry("app/old.py", "unbounded-generation", "x = create()", 1),)
    return Outcome(CheckResult(findings, summary, stale), (rule,), Level.MEDIUM, Level.MEDIUM)


def outcome_of(*findings: Finding) -> Outcome:
    """A run that found just these in three files."""
    return Outcome(CheckResult(findings, Summary(checked=3, findings=len(findings), seconds=0.05)))
