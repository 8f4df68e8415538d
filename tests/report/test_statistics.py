"""Findings counted by rule."""

from handmade import call_finding, lines_of, outcome_of
from inline_snapshot import snapshot

from greenlint.report.outcome import Outcome


def test_rules_are_counted_and_sorted(mixed: Outcome) -> None:
    """The baseline does not count; rules with as many findings stand by name."""
    assert lines_of("statistics", mixed) == snapshot("""\
findings  files  severity  rule
       1      1  high      fp32-training-loop
       1      1  medium    unbounded-generation
       1      1  low       uncached-api-call

3 findings (1 high, 1 medium, 1 low) in 2 of 14 files in 0.12 s.
1 finding suppressed, 1 in the baseline, 1 file unreadable, 2 files excluded, 1
notebook in other languages skipped.
2 of them fail the run (fail_on: severity medium, confidence medium).
1 baseline entry matches nothing any more. To drop: greenlint baseline prune
Learn more: greenlint explain fp32-training-loop\
""")


def test_files_are_counted_once() -> None:
    """Two findings in one file are in one file."""
    findings = (call_finding(), call_finding(), call_finding(path="b.py"))
    table = lines_of("statistics", outcome_of(*findings), quiet=True).splitlines()
    assert table[1].split() == ["3", "2", "medium", "unbounded-generation"]


def test_nothing_found_needs_no_table() -> None:
    """A clean run is its summary."""
    assert lines_of("statistics", outcome_of()) == "Nothing found in 3 files in 0.05 s."
