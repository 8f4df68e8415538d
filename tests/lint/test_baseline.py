"""The baseline: what it holds, what it marks, and what is stale in it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from greenlint.errors import GreenlintError, UsageError
from greenlint.lint.baseline import (
    Baseline,
    BaselineKey,
    StaleEntry,
    load_baseline,
    normalized,
    relative_path,
)
from greenlint.lint.finding import Finding, Level, Span


def finding(path: str = "a.py", rule: str = "r", code: str = "x()", line: int = 1) -> Finding:
    """A finding of some rule in some code."""
    span = Span(line, 1, line, 9)
    return Finding(rule, path, span, Level.LOW, Level.HIGH, "m", "a", "f", tuple(code.split("\n")))


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_known_findings_stay_visible() -> None:
    baseline = Baseline.of([finding()], root=".")
    marked, left = baseline.apply([finding(line=40), finding(rule="s")])
    assert [(one.rule, one.baselined) for one in marked] == [("r", True), ("s", False)]
    assert not left


def test_whitespace_does_not_matter() -> None:
    baseline = Baseline.of([finding(code="x(\n  1,\n)")], root=".")
    assert baseline.apply([finding(code="    x( 1, )")])[0][0].baselined


def test_of_several_alike_only_so_many_are_known() -> None:
    baseline = Baseline.of([finding(), finding(line=2)], root=".")
    marked, _ = baseline.apply([finding(line=number) for number in (3, 5, 7)])
    assert [one.baselined for one in marked] == [True, True, False]


def test_it_is_written_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    baseline = Baseline.of([finding("b.py"), finding("a.py", code="é"), finding("b.py")], root=".")
    baseline.write(file)
    assert json.loads(file.read_text()) == {
        "version": 1,
        "entries": [
            {"path": "a.py", "rule": "r", "snippet": "é", "count": 1},
            {"path": "b.py", "rule": "r", "snippet": "x()", "count": 2},
        ],
    }
    assert load_baseline(file, root=".") == baseline
    assert sorted(tmp_path.iterdir()) == [file]


def test_the_same_findings_give_the_same_bytes(tmp_path: Path) -> None:
    findings = [finding("b.py"), finding("a.py"), finding("a.py", rule="q")]
    Baseline.of(findings, root=".").write(tmp_path / "one")
    Baseline.of(reversed(findings), root=".").write(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_baseline_that_can_not_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be written: No such file"):
        Baseline(".").write(tmp_path / "gone" / "baseline.json")


def test_a_link_stays_a_link_and_a_file_keeps_who_may_read_it(tmp_path: Path) -> None:
    """A baseline may lie in another repository."""
    target, link = tmp_path / "elsewhere.json", tmp_path / "baseline.json"
    target.touch(mode=0o600)
    link.symlink_to(target.name)
    Baseline.of([finding("a.py")], root=".").write(link)
    assert link.readlink() == Path(target.name)
    assert load_baseline(target, root=".").counts
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "baseline.json"
    (target / "inside").mkdir(parents=True)
    with pytest.raises(UsageError):
        Baseline(".").write(target)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "no baseline of a version"),
        ('{"version": 2, "entries": []}', "no baseline of a version"),
        ('{"version": 1, "entries": [{"path": "a.py"}]}', "no baseline of a version"),
        ('{"version": 1, "entries": [7]}', "no baseline of a version"),
        ("[" * 100_000, "no baseline of a version"),
        (b"\xff", "no baseline of a version"),
    ],
)
def test_a_file_that_is_no_baseline_is_an_error(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    file = tmp_path / "baseline.json"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(GreenlintError, match=message) as caught:
        load_baseline(file, root=".")
    assert caught.value.problems[0].path == str(file)
    assert "baseline write" in caught.value.hint


def test_a_baseline_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GreenlintError, match="can't be read: No such file"):
        load_baseline(tmp_path / "gone.json", root=".")


def test_what_is_left_of_checked_and_of_vanished_files_is_stale(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    (tmp_path / "b.py").touch()
    baseline = Baseline.of([finding(path) for path in ("a.py", "a.py", "b.py", "c.py")], root=".")
    marked, left = baseline.apply([finding("a.py")])
    assert marked[0].baselined
    stale = baseline.stale(left, was_checked=lambda key: key.path == "a.py")
    assert stale == (StaleEntry("a.py", "r", "x()", 1), StaleEntry("c.py", "r", "x()", 1))
    pruned = baseline.without(stale)
    assert pruned.counts == {
        BaselineKey("a.py", "r", "x()"): 1,
        BaselineKey("b.py", "r", "x()"): 1,
    }


def test_paths_are_relative_to_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A baseline holds wherever greenlint is run."""
    baseline = Baseline.of([finding("sub/a.py")], root=str(tmp_path))
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert baseline.apply([finding("a.py")])[0][0].baselined
    assert relative_path("/elsewhere/a.py", str(tmp_path)) == "/elsewhere/a.py"


def test_long_code_is_told_apart_by_a_hash() -> None:
    first, second = normalized(["x" * 500 + "1"]), normalized(["x" * 500 + "2"])
    assert first != second
    assert len(first) < 200
    known = Baseline.of([finding(code="x" * 500)], root=".")
    assert known.apply([finding(code="x" * 500)])[0][0].baselined


def test_marking_changes_nothing_else() -> None:
    one = finding()
    assert Baseline.of([one], root=".").apply([one])[0] == [replace(one, baselined=True)]
