"""YAML becomes plain data with places; what is dangerous or ambiguous is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlint.errors import GreenlintError, PolicyError, Problem
from greenlint.yaml_document import Place, load_document, read_document


def problems_in(text: str) -> list[str]:
    with pytest.raises(GreenlintError) as refusal:
        load_document(text, "f.yaml")
    return [str(problem) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("NO", "NO"),
        ("~", None),
        ("null", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 17),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2026-11-21", "2026-11-21"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        (".inf", ".inf"),
        ("1.2.3", "1.2.3"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("[1, [a, {b: c}]]", [1, ["a", {"b": "c"}]]),
        ("1: a\ntrue: b", {"1": "a", "true": "b"}),
        ("\N{BYTE ORDER MARK}a: 1", {"a": 1}),
        ("a: &x [1, 2]\nb: *x", {"a": [1, 2], "b": [1, 2]}),
        ("b: &k v\n*k : 2", {"b": "v", "v": 2}),
        ("9" * 40, int("9" * 40)),
        ("9" * 5000, "9" * 5000),
        ("1e999", "1e999"),
    ],
)
def test_plain_words_follow_the_core_schema(text: str, value: object) -> None:
    assert load_document(text, "f.yaml").data == value


def test_every_key_and_value_has_a_place() -> None:
    document = load_document("é: 'ü'\nlint:\n  select: [a, bc]\n", "f.yaml")
    assert document.place(("é",)) == Place("f.yaml", 1, 4)
    assert document.place(("é",), key=True) == Place("f.yaml", 1, 1)
    assert document.place(("lint", "select"), key=True) == Place("f.yaml", 3, 3)
    assert document.place(("lint", "select", 1)) == Place("f.yaml", 3, 15)
    assert str(document.place(("lint", "select"))) == "f.yaml:3:11"


def test_what_is_not_there_has_the_place_of_what_encloses_it() -> None:
    document = load_document("a:\n  b: 1\n", "f.yaml")
    assert document.place(("a", "c", "d")) == Place("f.yaml", 2, 3)
    assert document.place(("x",), key=True) == Place("f.yaml", 1, 1)


def test_an_alias_has_the_place_of_its_anchor() -> None:
    document = load_document("a: &x {k: 1}\nb: *x\n", "f.yaml")
    assert document.place(("b", "k")) == Place("f.yaml", 1, 11)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "f.yaml:4:3: key `c` is written twice (first on line 3)"),
        ("a: !!python/name:os.system x", "f.yaml:1:4: tag !!python/name:os.system is not allowed"),
        ("a: !own [1]", "f.yaml:1:4: tag !own is not allowed"),
        ("!own a: 1", "f.yaml:1:1: tag !own is not allowed"),
        (
            "<<: {a: 1}",
            "f.yaml:1:1: merge keys (<<) are not supported (write the keys out)",
        ),
        ("a: &x [*x]", "f.yaml:1:8: alias *x names no finished anchor"),
        ("a: *y", "f.yaml:1:4: alias *y names no finished anchor"),
        ("*y : 1", "f.yaml:1:1: alias *y names no finished anchor"),
        ("[" * 100, "f.yaml:1:51: is nested more than 50 deep"),
        ("a: \x07", "f.yaml:1:4: character U+0007 is not allowed"),
        ("a: 1\nb: \ud800", "f.yaml:2:4: character U+D800 is not allowed"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: holds a second document (remove the `---`)"),
        ("? [a]\n: b", "f.yaml:1:3: a key must be plain text"),
        ("? {a: b}\n: b", "f.yaml:1:3: a key must be plain text"),
        (
            "a: {b: 1\nc: 2",
            (
                "f.yaml:2:2: is not YAML: did not find expected ',' or '}' while parsing"
                " a flow mapping that starts on line 1"
            ),
        ),
        (
            "a: b: c",
            "f.yaml:1:5: is not YAML: mapping values are not allowed in this context",
        ),
        ("#" * 1_000_001, "f.yaml: is longer than 1000000 characters"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_place(text: str, problem: str) -> None:
    assert problems_in(text) == [problem]


def test_every_duplicate_is_reported_at_once() -> None:
    assert problems_in("a: 1\na: 2\nb: {c: 1, c: 2}") == [
        "f.yaml:2:1: key `a` is written twice (first on line 1)",
        "f.yaml:3:11: key `c` is written twice (first on line 3)",
    ]


def test_a_billion_laughs_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines.extend(
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 10)
    )
    assert problems_in("\n".join(lines)) == [
        "f.yaml: has more than 100000 values once its aliases are filled in"
    ]


def test_aliases_cannot_nest_deeper_than_brackets_can() -> None:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, 60)]
    assert problems_in("\n".join(lines)) == [
        "f.yaml: is nested more than 50 deep once its aliases are filled in"
    ]


@given(st.text())
def test_any_text_is_a_document_or_refused(text: str) -> None:
    try:
        load_document(text, "f.yaml")
    except GreenlintError as refusal:
        assert refusal.problems  # noqa: PT017 - both outcomes are fine


def test_a_file_is_read_under_the_name_it_is_shown_by(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1", encoding="utf-8")
    assert read_document(path, shown="here").place(("a",)) == Place("here", 1, 4)


def test_a_file_that_is_not_there_is_a_problem_of_the_kind_asked_for(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refusal:
        read_document(tmp_path / "x.yaml", shown="x.yaml", error=PolicyError)
    assert refusal.value.problems == (
        Problem("cannot be read: No such file or directory", "x.yaml"),
    )


def test_a_file_in_another_encoding_says_on_which_line(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("a: 1\nb: ü\n".encode("latin-1"))
    with pytest.raises(GreenlintError, match=r"^x:2: is not UTF-8 text$"):
        read_document(path, shown="x")


def test_brackets_without_end_are_refused_by_whoever_counts_first() -> None:
    """Newer releases of libyaml have a limit of their own, and look far ahead."""
    (problem,) = problems_in("[" * 100_000)
    assert problem.startswith("f.yaml:1:")
    assert "nest" in problem
