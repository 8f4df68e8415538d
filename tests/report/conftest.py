"""A run with everything in it that a report can hold."""

from pathlib import Path

import pytest
from handmade import cache_finding, call_finding, loop_finding

from greenlint.level import Level
from greenlint.lint.engine import CheckResult, StaleEntry, Summary
from greenlint.lint.finding import Span
from greenlint.lint.rule import Rule
from greenlint.report.outcome import Outcome


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
