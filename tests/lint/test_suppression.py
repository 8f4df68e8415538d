"""Suppression comments, and the lines that each of them covers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlint.lint.finding import Span
from greenlint.lint.suppression import Suppression, suppressions_in


def parsed(*lines: str) -> tuple[Suppression, ...]:
    """The suppressions in a file of these lines."""
    text = "\n".join(lines)
    return suppressions_in(text, text.encode())


def covered(*lines: str) -> list[int]:
    """The lines whose findings of `r` the comments of a file cover."""
    found = parsed(*lines)
    return [n for n in range(1, len(lines) + 1) if any(one.covers("r", n) for one in found)]


I = "# greenlint: ignore[r] why"  # noqa: E741 - short, so that the code around it can be read


def test_a_comment_names_rules_and_a_reason() -> None:
    (found,) = parsed("x = 1  # greenlint: ignore[one, two,one] : it must be so")
    assert found.rules == ("one", "two")
    assert found.reason == "it must be so"
    assert found.span == Span(1, 8, 1, 57)
    assert not found.whole_file


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("#greenlint:ignore[a]", ("a",), ""),
        ("#  greenlint:  ignore [ a ]  - b", ("a",), "b"),
        ("# noqa: E501  # greenlint: ignore[a] b", ("a",), "b"),
        ("# greenlint: ignore[a] b  # noqa: E501", ("a",), "b"),
        ("# greenlint: ignore[]", (), ""),
        ("# greenlint: ignore[ , ]", (), ""),
        ("# greenlint: ignore", (), ""),
        ("# greenlint: ignore a", (), ""),
        ("# greenlint: ignroe[a]", (), ""),
        ("# greenlint: ignore[a", (), ""),
    ],
)
def test_spellings(comment: str, rules: tuple[str, ...], reason: str) -> None:
    """What can't be understood is kept, without rules, to be reported."""
    (found,) = parsed(f"x = 1  {comment}")
    assert (found.rules, found.reason) == (rules, reason)


@pytest.mark.parametrize("comment", ["# see greenlint: ignore[a]", "# greenlint ignore[a]", "#"])
def test_other_comments_are_none(comment: str) -> None:
    assert parsed(f"x = 1  {comment}", "# greenlint: ignore[b]")[0].rules == ("b",)


def test_strings_are_no_comments() -> None:
    assert parsed('x = "# greenlint: ignore[r]"', '"""', "# greenlint: ignore[r]", '"""') == ()


def test_a_comment_behind_a_statement_covers_the_statement() -> None:
    assert covered("a()", f"b()  {I}", "c()") == [2]


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_comment_anywhere_in_a_statement_covers_all_its_lines(at: int) -> None:
    lines = ["a(", "  b,", "  c,", ")"]
    lines[at] += f"  {I}"
    assert covered("x", *lines, "y") == [2, 3, 4, 5]


def test_a_comment_on_a_line_of_its_own_covers_the_statement_below() -> None:
    assert covered("a()", I, "# more", "", "b(", ")", "c()") == [5, 6]


def test_a_comment_on_a_line_of_its_own_between_brackets_covers_the_statement() -> None:
    assert covered("a()", "b(", f"  {I}", "  c,", ")", "d()") == [2, 3, 4, 5]


def test_a_comment_on_the_header_does_not_cover_the_body() -> None:
    assert covered(f"for a in b:  {I}", "  c()", "d()") == [1]
    assert covered("if a:", f"  {I}", "  for b in c:", "    d()") == [3]


def test_a_comment_in_the_body_does_not_cover_the_header() -> None:
    assert covered("for a in b:", f"  c()  {I}", "  d()") == [2]


def test_a_comment_before_else_covers_what_follows() -> None:
    assert covered("if a:", "  b()", I, "else:", "  c()") == [4]


def test_a_continued_line_is_one_statement() -> None:
    assert covered("a = b + \\", f"  c  {I}", "d()") == [1, 2]


def test_a_comment_at_the_end_of_the_file_covers_itself() -> None:
    assert covered("a()", I) == [2]


def test_ignore_file_covers_everything() -> None:
    (found,) = parsed("a()", "# greenlint: ignore-file[r] it is a demo", "b()")
    assert found.whole_file
    assert found.reason == "it is a demo"
    assert found.covers("r", 1)
    assert found.covers("r", 1_000_000)
    assert not found.covers("s", 1)


@pytest.mark.parametrize("broken", ["a = (", "x = '", "  y", "$", "'''"])
def test_what_precedes_broken_code_still_counts(broken: str) -> None:
    assert covered(f"a()  {I}", "if x:", "    pass", broken)[:1] == [1]


def test_a_string_that_never_ends_takes_no_time() -> None:
    assert covered(I, "x()", "x = '" + r"\'" * 400_000) == [2]


def test_form_feeds_are_no_newlines() -> None:
    assert covered("a()\x0c", f"b()  {I}") == [2]


@given(text=st.text(alphabet="a(\n)'\"\\:#[] ", max_size=40))
def test_any_text_is_read(text: str) -> None:
    for found in parsed(*text.split("\n"), I, *text.split("\n")):
        assert 1 <= found.first <= found.last
