"""One line for each finding."""

# ruff: noqa: E501 - reports stand here whole, as they are printed

from handmade import lines_of, outcome_of
from inline_snapshot import snapshot

from greenlint.report.outcome import Outcome


def test_one_line_for_each_finding(mixed: Outcome) -> None:
    """Every line starts with the place; a known finding is a note."""
    assert lines_of("concise", mixed) == snapshot("""\
app/chat.py:12:13: medium unbounded-generation: `client.chat.completions.create` sets no upper bound on output tokens
app/chat.py:12:13: low uncached-api-call: the same prompt is sent at temperature 0 on every call and no cache keeps the answer
app/chat.py:40:5: note unbounded-generation: `client.chat.completions.create` sets no upper bound on output tokens (in the baseline)
lab/train.ipynb:cell 3:4:1: high fp32-training-loop: this loop trains in float32 on a GPU
3 findings (1 high, 1 medium, 1 low) in 2 of 14 files in 0.12 s.
1 finding suppressed, 1 in the baseline, 1 file unreadable, 2 files excluded, 1
notebook in other languages skipped.
2 of them fail the run (fail_on: severity medium, confidence medium).
1 baseline entry matches nothing any more. To drop: greenlint baseline prune
Learn more: greenlint explain fp32-training-loop\
""")


def test_quiet_and_clean_is_empty() -> None:
    """--quiet says nothing where nothing is found."""
    assert lines_of("concise", outcome_of(), quiet=True) == ""


def test_color_marks_place_and_severity(mixed: Outcome) -> None:
    """The place is bold, a note is dim."""
    lines = lines_of("concise", mixed, color=True).splitlines()
    assert lines[0].startswith("\x1b[1mapp/chat.py:12:13:\x1b[0m \x1b[1;33mmedium\x1b[0m ")
    assert lines[2].startswith("\x1b[2mapp/chat.py:40:5: note")
