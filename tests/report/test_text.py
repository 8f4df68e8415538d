"""The report for people, as it stands on a terminal of 80 columns."""

# ruff: noqa: E501 - reports stand here whole, as they are printed

import re
import unicodedata

import pytest
from handmade import CALL, call_finding, lines_of, loop_finding, outcome_of
from inline_snapshot import snapshot

from greenlint.level import Level
from greenlint.lint.engine import CheckResult, Summary
from greenlint.lint.finding import Span
from greenlint.report.outcome import Outcome


def test_a_report_without_color(mixed: Outcome) -> None:
    """Place, code, why, help; findings at one place share its code; the baseline last."""
    assert lines_of("text", mixed) == snapshot("""\
app/chat.py:12:13
   |
12 | reply = client.chat.completions.create(model="gpt-5-mini", messages=mess...
   |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
  medium  unbounded-generation
     why  `client.chat.completions.create` sets no upper bound on output tokens.
    help  Set `max_completion_tokens` to what the answer needs.
     low  uncached-api-call (medium confidence)
     why  The same prompt is sent at temperature 0 on every call and no cache
          keeps the answer.
    help  Keep the answer under a key made of the model and the messages.

lab/train.ipynb:cell 3:4:1
   |
 4 | for epoch in range(100):
   | ^^^^^^^^^^^^^^^^^^^^^^^^
 5 |     for batch in loader:
 6 |         loss = model(batch).loss
.. |
10 |     scheduler.step()
   |     ^^^^^^^^^^^^^^^^
   |
    high  fp32-training-loop
     why  This loop trains in float32 on a GPU.
    help  Run the forward pass under `torch.autocast`.

In the baseline:
  app/chat.py:40:5: note: unbounded-generation

3 findings (1 high, 1 medium, 1 low) in 2 of 14 files in 0.12 s.
1 finding suppressed, 1 in the baseline, 1 file unreadable, 2 files excluded, 1
notebook in other languages skipped.
2 of them fail the run (fail_on: severity medium, confidence medium).
1 baseline entry matches nothing any more. To drop: greenlint baseline prune
Learn more: greenlint explain fp32-training-loop\
""")


def test_a_report_with_color(mixed: Outcome) -> None:
    """Color changes no letter of the report."""
    colored = lines_of("text", mixed, color=True)
    assert colored == snapshot("""\
\x1b[1mapp/chat.py:12:13\x1b[0m
\x1b[34m   |\x1b[0m
\x1b[34m12 |\x1b[0m reply = client.chat.completions.create(model="gpt-5-mini", messages=mess...
\x1b[34m   |\x1b[0m \x1b[1;33m        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\x1b[0m
\x1b[34m   |\x1b[0m
\x1b[1;33m  medium\x1b[0m  \x1b[1munbounded-generation\x1b[0m
\x1b[2m     why\x1b[0m  `client.chat.completions.create` sets no upper bound on output tokens.
\x1b[2m    help\x1b[0m  Set `max_completion_tokens` to what the answer needs.
\x1b[1;36m     low\x1b[0m  \x1b[1muncached-api-call\x1b[0m\x1b[2m (medium confidence)\x1b[0m
\x1b[2m     why\x1b[0m  The same prompt is sent at temperature 0 on every call and no cache
\x1b[2m        \x1b[0m  keeps the answer.
\x1b[2m    help\x1b[0m  Keep the answer under a key made of the model and the messages.

\x1b[1mlab/train.ipynb:cell 3:4:1\x1b[0m
\x1b[34m   |\x1b[0m
\x1b[34m 4 |\x1b[0m for epoch in range(100):
\x1b[34m   |\x1b[0m \x1b[1;31m^^^^^^^^^^^^^^^^^^^^^^^^\x1b[0m
\x1b[34m 5 |\x1b[0m     for batch in loader:
\x1b[34m 6 |\x1b[0m         loss = model(batch).loss
\x1b[34m.. |\x1b[0m
\x1b[34m10 |\x1b[0m     scheduler.step()
\x1b[34m   |\x1b[0m \x1b[1;31m    ^^^^^^^^^^^^^^^^\x1b[0m
\x1b[34m   |\x1b[0m
\x1b[1;31m    high\x1b[0m  \x1b[1mfp32-training-loop\x1b[0m
\x1b[2m     why\x1b[0m  This loop trains in float32 on a GPU.
\x1b[2m    help\x1b[0m  Run the forward pass under `torch.autocast`.

\x1b[1mIn the baseline:\x1b[0m
\x1b[2m  app/chat.py:40:5: note: unbounded-generation\x1b[0m

\x1b[1m3 findings\x1b[0m (\x1b[1;31m1 high\x1b[0m, \x1b[1;33m1 medium\x1b[0m, \x1b[1;36m1 low\x1b[0m) in 2 of 14 files in 0.12 s.
1 finding suppressed, 1 in the baseline, 1 file unreadable, 2 files excluded, 1
notebook in other languages skipped.
2 of them fail the run (fail_on: severity medium, confidence medium).
1 baseline entry matches nothing any more. To drop: greenlint baseline prune
\x1b[2mLearn more: greenlint explain fp32-training-loop\x1b[0m\
""")
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == lines_of("text", mixed)


def test_nothing_found() -> None:
    """A clean run takes one line."""
    assert lines_of("text", outcome_of()) == snapshot("Nothing found in 3 files in 0.05 s.")


def test_quiet_leaves_the_summary_out() -> None:
    """--quiet prints findings and nothing else."""
    assert lines_of("text", outcome_of(loop_finding()), quiet=True) == snapshot("""\
lab/train.ipynb:cell 3:4:1
   |
 4 | for epoch in range(100):
   | ^^^^^^^^^^^^^^^^^^^^^^^^
 5 |     for batch in loader:
 6 |         loss = model(batch).loss
.. |
10 |     scheduler.step()
   |     ^^^^^^^^^^^^^^^^
   |
    high  fp32-training-loop
     why  This loop trains in float32 on a GPU.
    help  Run the forward pass under `torch.autocast`.
""")
    assert lines_of("text", outcome_of(), quiet=True) == ""


@pytest.mark.parametrize(
    ("severity", "said"),
    [
        (Level.LOW, None),
        (Level.MEDIUM, "1 of them fails the run"),
        (Level.HIGH, "None of them fail the run (fail_on: severity high, confidence medium)."),
    ],
)
def test_findings_that_fail_nothing_are_told_apart(severity: Level, said: str | None) -> None:
    """Who sees findings and exit code 0 is told why."""
    findings = (call_finding(), call_finding(severity=Level.LOW))
    outcome = Outcome(CheckResult(findings, Summary(checked=1)), fail_severity=severity)
    text = lines_of("text", outcome)
    assert ("the run" in text) == (said is not None)
    assert said is None or said in text


def marked(code: str, start: int, end: int, *, width: int = 80) -> tuple[str, str]:
    """What a report shows of one line and, under the carets, what it marks."""
    finding = call_finding(span=Span(7, start, 7, end), snippet=(code,))
    shown, carets = lines_of("text", outcome_of(finding), width=width).splitlines()[2:4]
    at, until = carets.index("^"), len(carets)
    columns = "".join(
        character * (2 if unicodedata.east_asian_width(character) in "WF" else 1)
        for character in shown
        if not unicodedata.combining(character)
    )
    return shown, columns[at:until]


def test_tabs_keep_carets_under_their_code() -> None:
    """A tab is shown as the spaces up to the next stop of four."""
    shown, under = marked("\tx\t= create(prompt)", 6, 20)
    assert shown == " 7 |     x   = create(prompt)"
    assert under == "create(prompt)"


def test_wide_characters_keep_carets_under_their_code() -> None:
    """An East Asian character takes two columns, a combining one none."""
    assert marked('名前 = create("e\u0301")', 6, 18)[1] == 'create("e")'
    assert marked("名前 = x", 1, 3)[1] == "名名前前"


@pytest.mark.parametrize("indent", [0, 8, 60, 400])
@pytest.mark.parametrize("before", [0, 30, 300, 3000])
@pytest.mark.parametrize("after", [0, 100, 9000])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_long_line_is_cut_around_the_span(
    indent: int, before: int, after: int, width: int
) -> None:
    """Whatever stands around the call, it is shown whole and marked, in the columns there are."""
    prefix = " " * indent + "a" * before + ";"
    code = f"{prefix}create(prompt);{'b' * after}"
    start = len(prefix) + 1
    shown, under = marked(code, start, start + len("create(prompt)"), width=width)
    assert under == "create(prompt)"
    assert len(shown) <= width
    assert ("..." in shown) == (shown[5:] != code.strip() and shown[5:] != code)


def test_a_span_longer_than_the_line_is_marked_from_its_start() -> None:
    """The start of a huge call says what it is."""
    shown, under = marked(f"x = {'y' * 5}create({'z' * 5000})", 10, 5017)
    assert under.startswith("create(zzz")
    assert shown.endswith("zzz...")
    assert len(shown) == 80


def test_a_huge_line_is_shown_at_once() -> None:
    """A line of many megabytes is looked at only around its span."""
    start = 25_000_000
    code = "a" * start + "create(prompt)" + "b" * start
    assert marked(code, start + 1, start + 15)[1] == "create(prompt)"


def test_a_long_line_among_several_costs_them_their_common_indent() -> None:
    """Lines keep their indent relative to each other."""
    lines = (" " * 8 + "train(", " " * 12 + "x" * 90 + ",", " " * 8 + ")")
    finding = call_finding(span=Span(1, 9, 3, 10), snippet=lines)
    assert lines_of("text", outcome_of(finding), quiet=True) == snapshot("""\
app/chat.py:1:9
   |
 1 | train(
   | ^^^^^^
 2 |     xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
 3 | )
   | ^
   |
  medium  unbounded-generation
     why  `client.chat.completions.create` sets no upper bound on output tokens.
    help  Set `max_completion_tokens` to what the answer needs.
""")


def test_an_empty_span_still_gets_a_caret() -> None:
    """A syntax error at the end of a line points just behind it."""
    shown, under = marked("x = (", 6, 6)
    assert shown == " 7 | x = ("
    assert under == ""
    assert "     ^" in lines_of(
        "text", outcome_of(call_finding(span=Span(7, 6, 7, 6), snippet=("x = (",)))
    )


def test_a_finding_without_code_shows_its_place_alone() -> None:
    """A file that cannot be read has no code to show."""
    finding = call_finding(
        rule="unreadable-file",
        path="broken.py",
        span=Span(1, 1, 1, 1),
        snippet=(),
        message="source code cannot contain null bytes",
        advice="",
    )
    assert lines_of("text", outcome_of(finding)) == snapshot("""\
broken.py:1:1
  medium  unreadable-file
     why  Source code cannot contain null bytes.

1 finding (1 medium) in 1 of 3 files in 0.05 s.
Learn more: greenlint explain unreadable-file\
""")


NASTY = "\x1b]0;owned\x07\u202eevil\x9b31m\x00\udcff\u2028\n"


@pytest.fixture
def nasty() -> Outcome:
    """A finding in which every text tries to steer the terminal."""
    finding = call_finding(
        rule=f"r{NASTY}",
        path=f"dir/{NASTY}.py",
        message=f"why {NASTY}",
        advice=f"do {NASTY}",
        snippet=(f"x = '{NASTY}'",),
        span=Span(3, 5, 3, 12),
    )
    return outcome_of(finding, call_finding(path=NASTY, baselined=True))


@pytest.mark.parametrize("form", ["text", "concise", "statistics", "github"])
def test_nothing_steers_the_terminal(form: str, nasty: Outcome) -> None:
    """Names and source text come out as visible characters, each finding on its own lines."""
    for line in lines_of(form, nasty).split("\n"):
        assert line.isprintable(), line


def test_escapes_are_spelled_out(nasty: Outcome) -> None:
    """What was neutralized can still be recognized."""
    assert lines_of("text", nasty).splitlines()[0] == snapshot(
        "dir/\\x1b]0;owned\\x07\\u202eevil\\x9b31m\\x00\\udcff\\u2028\\n.py:3:5"
    )


def test_harmless_characters_stay() -> None:
    """No-break spaces and joined emoji are no attack."""
    line = "x = '\u00a0\N{WOMAN}\u200d\N{PERSONAL COMPUTER}'"
    finding = call_finding(span=Span(1, 1, 1, 2), snippet=(line,))
    assert line in lines_of("text", outcome_of(finding))


def test_a_note_names_the_cell_of_a_notebook() -> None:
    """A known finding in a notebook is found by its cell, too."""
    text = lines_of("text", outcome_of(loop_finding(baselined=True)))
    assert "lab/train.ipynb:cell 3:4:1: note: fp32-training-loop" in text


def test_the_line_that_fits_is_left_as_it_is() -> None:
    """Indentation is kept while there is room for it."""
    assert f"12 | {CALL}" in lines_of("text", outcome_of(call_finding()), width=90)
