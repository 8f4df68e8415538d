"""A whole check, with a rule so simple that only the engine's own doing shows."""

import json
import os
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_checks import FAKE_CHECKS, ask_for_cache, fake_ruleset, find_waste
from repository import Repository

from greenlint.errors import GreenlintError, UsageError
from greenlint.level import Level
from greenlint.lint.baseline import Baseline, StaleEntry
from greenlint.lint.cache import stamp_of
from greenlint.lint.checker import Checked
from greenlint.lint.engine import CheckRequest, CheckResult, Checks, StdinFile, check
from greenlint.lint.finding import Finding, Span
from greenlint.lint.ruleset import Ruleset
from greenlint.lint.source import Source, SourceError
from greenlint.lint.task import Task
from greenlint.policy.settings import LintSettings, PathSettings, RuleSettings


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty directory."""
    monkeypatch.chdir(tmp_path)


def write(name: str, *lines: str) -> Path:
    """Write a file of these lines."""
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def write_notebook(name: str, *cells: str, **metadata: Any) -> Path:
    """Write a notebook of these code cells."""
    file = Path(name)
    document = {
        "nbformat": 4,
        "metadata": metadata,
        "cells": [
            {"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells
        ],
    }
    file.write_text(json.dumps(document, indent=1))
    return file


def run(
    *paths: str,
    checks: Checks = FAKE_CHECKS,
    ruleset: Ruleset | None = None,
    settings: LintSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
    **request: Any,
) -> CheckResult:
    """Check paths (the working directory) with the fake rules."""
    return check(
        CheckRequest(
            paths=paths or (".",),
            settings=settings or LintSettings(root=str(Path.cwd())),
            ruleset=ruleset or fake_ruleset(),
            **request,
        ),
        checks=checks,
        progress=progress,
    )


def lines_of(result: CheckResult) -> list[str]:
    """Each finding as `path:line rule`."""
    return [f"{one.path}:{one.span.line} {one.rule}" for one in result.findings]


def settings(**values: Any) -> LintSettings:
    """Settings for the working directory."""
    return LintSettings(root=str(Path.cwd()), **values)


# -- findings ------------------------------------------------------------------------------------


def test_a_match_becomes_a_finding() -> None:
    write("a.py", "x = 1", "y = waste(", "    1)")
    (finding,) = run().findings
    assert finding == Finding(
        rule="waste",
        path="a.py",
        span=Span(2, 5, 3, 7),
        severity=Level.MEDIUM,
        confidence=Level.HIGH,
        message="`waste` wastes",
        advice="Don't.",
        fingerprint=finding.fingerprint,
        snippet=("y = waste(", "    1)"),
        family="fake",
    )


def test_findings_come_in_the_order_of_paths_and_places() -> None:
    write("b.py", "waste()")
    write("a.py", "other(); waste()", "x = 1", "waste()")
    assert lines_of(run("b.py", "a.py")) == [
        "a.py:1 other",
        "a.py:1 waste",
        "a.py:3 waste",
        "b.py:1 waste",
    ]


def test_a_notebook_finding_has_cell_and_physical_place() -> None:
    file = write_notebook("n.ipynb", "x = 1", "%pip install y\ny = waste()\n")
    (finding,) = run().findings
    assert (finding.cell, finding.span) == (2, Span(2, 5, 2, 12))
    assert finding.physical is not None
    line = file.read_text().splitlines()[finding.physical.line - 1]
    assert line[finding.physical.column - 1 : finding.physical.end_column - 1] == "waste()"
    assert finding.snippet == ("y = waste()",)


def test_fingerprints_stay_when_lines_move_and_differ_when_code_is_repeated() -> None:
    write("a.py", "waste()", "waste()", "waste(1)")
    before = [one.fingerprint for one in run().findings]
    write("a.py", "", "waste()", "x = 1", "waste()", "if x:", "    waste(  1)", "other()")
    after = [one.fingerprint for one in run().findings]
    assert len(set(before)) == 3
    assert after[:3] != before
    assert after[:2] == before[:2]


def test_a_fingerprint_does_not_hang_on_the_working_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("sub/a.py", "waste()")
    policy = settings()
    before = run(settings=policy).findings[0]
    monkeypatch.chdir("sub")
    after = run(settings=policy).findings[0]
    assert (before.path, after.path) == ("sub/a.py", "a.py")
    assert before.fingerprint == after.fingerprint


def test_only_findings_that_are_grave_and_sure_enough_are_shown() -> None:
    write("a.py", "waste()", "faint()")
    assert lines_of(run()) == ["a.py:1 waste"]
    assert len(run(settings=settings(min_confidence=Level.LOW)).findings) == 2
    assert run(settings=settings(min_severity=Level.HIGH)).findings == ()


def test_rules_may_be_on_and_off_by_path() -> None:
    write("a.py", "waste()", "other()")
    write("lab/b.py", "waste()", "other()")
    per_path = (PathSettings("lab/**", select=("other",), ignore=("waste",)),)
    found = run(ruleset=fake_ruleset(chosen=("waste",)), settings=settings(per_path=per_path))
    assert lines_of(found) == ["a.py:1 waste", "lab/b.py:2 other"]


def test_long_code_is_cut_short_in_a_finding() -> None:
    write("a.py", "waste(", *["    1," for _ in range(50)], ")", "waste('" + "x" * 4_000 + "')")
    first, second = run().findings
    assert len(first.snippet) == 12
    assert first.span.end_line == 52
    assert len(second.snippet[0]) == 1_000


# -- what can't be read --------------------------------------------------------------------------


def test_what_can_not_be_read_is_a_finding_and_the_rest_is_checked() -> None:
    write("good.py", "waste()")
    write("broken.py", "waste(", "x = = 1")
    Path("bytes.py").write_bytes(b"x = 1\n\xff\n")
    Path("nul.py").write_bytes(b"\0")
    Path("nb.ipynb").write_text("{")
    os.mkfifo("pipe.py")
    result = run(".", "pipe.py")
    assert [line for line in lines_of(result) if "unreadable" not in line] == ["good.py:1 waste"]
    found = {one.path: one for one in result.findings if one.rule == "unreadable-file"}
    assert sorted(found) == ["broken.py", "bytes.py", "nb.ipynb", "nul.py", "pipe.py"]
    assert found["bytes.py"].span.line == 2
    assert found["broken.py"].snippet != ()
    assert result.summary.unreadable == 5
    assert result.summary.checked == 6


def test_a_broken_cell_does_not_hide_the_others() -> None:
    write_notebook("n.ipynb", "waste()", "x = = 1\nwaste()", "(\n", "y = 2\nwaste()")
    result = run()
    assert [(one.rule, one.cell, one.span.line) for one in result.findings] == [
        ("waste", 1, 1),
        ("unreadable-file", 2, 1),
        ("unreadable-file", 3, 1),
        ("waste", 4, 2),
    ]
    assert result.findings[1].severity is Level.LOW
    assert result.findings[1].physical is not None
    assert result.summary.unreadable == 1


@pytest.mark.parametrize("start", ['x = """\nwaste()', "x = 'a'\ny = r'''\n"])
def test_a_string_that_a_cell_leaves_open_ends_with_the_cell(start: str) -> None:
    """The code of the others would pass for text, in which no rule looks for anything."""
    write_notebook("n.ipynb", start, "waste()", 'x = "# \\"" + """\n"""')
    assert [(one.rule, one.cell) for one in run().findings] == [
        ("unreadable-file", 1),
        ("waste", 2),
    ]


def test_a_cell_that_is_nested_too_deeply_does_not_hide_the_others() -> None:
    write_notebook("n.ipynb", "waste()", "x = " + "-" * 50_000 + "1")
    assert lines_of(run())[0] == "n.ipynb:1 waste"
    assert {one.rule for one in run().findings} == {"waste", "unreadable-file"}


def test_a_notebook_that_is_broken_as_a_whole_is_said() -> None:
    def refuse(source: Source, ruleset: Ruleset) -> Checked:
        found = find_waste(source, ruleset)
        return replace(found, unreadable=None) if "x" not in source.text else _refused()

    write_notebook("n.ipynb", "x = waste()")
    assert lines_of(run(checks=Checks(refuse, ask_for_cache))) == ["n.ipynb:1 unreadable-file"]


def _refused() -> Checked:
    return Checked(unreadable=SourceError("no"))


def test_notebooks_in_other_languages_are_skipped_and_counted() -> None:
    write_notebook("r.ipynb", "waste()", kernelspec={"language": "R"})
    summary = run().summary
    assert (summary.skipped_notebooks, summary.checked, summary.findings) == (1, 0, 0)


def test_a_file_that_vanishes_costs_nothing_else() -> None:
    """One that is found and then gone, as it happens beside a build."""
    write("a.py", "waste()")
    write("b.py", "other()")

    def vanish(source: Source, ruleset: Ruleset) -> Checked:
        Path("b.py").unlink(missing_ok=True)
        return find_waste(source, ruleset)

    result = run(checks=Checks(vanish, ask_for_cache))
    assert lines_of(result) == ["a.py:1 waste", "b.py:1 unreadable-file"]


def test_a_directory_that_can_not_be_listed_is_a_finding() -> None:
    name = "d" * 200
    directories = [os.open(".", os.O_RDONLY)]
    for _ in range(25):
        os.mkdir(name, dir_fd=directories[-1])
        directories.append(os.open(name, os.O_RDONLY, dir_fd=directories[-1]))
    for directory in directories:
        os.close(directory)
    write("a.py", "waste()")
    result = run()
    assert [one.rule for one in result.findings] == ["waste", "unreadable-file"]


def test_findings_about_files_may_be_ignored_by_name() -> None:
    write("broken.py", "waste(")
    quiet = fake_ruleset()
    quiet = replace(quiet, chosen=quiet.chosen - {"unreadable-file"})
    assert run(ruleset=quiet).findings == ()
    assert run(ruleset=quiet).summary.unreadable == 1


def test_the_policy_may_say_how_grave_an_unreadable_file_is() -> None:
    write("broken.py", "waste(")
    rules = {"unreadable-file": RuleSettings(severity=Level.HIGH)}
    assert run(settings=settings(rules=rules)).findings[0].severity is Level.HIGH


# -- processes -----------------------------------------------------------------------------------

MUCH = [f"# {'x' * 90}" for _ in range(400)]


def test_many_files_are_checked_in_processes() -> None:
    for number in range(30):
        write(f"{number:02}.py", "waste()", f"x = {os.getpid()}", *MUCH)
    seen: list[tuple[int, int]] = []
    result = run(jobs=2, progress=lambda done, total: seen.append((done, total)))
    assert lines_of(result) == [f"{number:02}.py:1 waste" for number in range(30)]
    assert seen == [(number, 30) for number in range(1, 31)]
    assert run(jobs=1).findings == result.findings


@pytest.mark.parametrize("call", ["die", "segfault"])
def test_a_process_that_dies_costs_one_file_which_is_reported(call: str) -> None:
    for number in range(10):
        write(f"{number}.py", "waste()", *MUCH)
    write("5.py", f"{call}()", *MUCH)
    result = run(jobs=2)
    found = lines_of(result)
    assert "5.py:1 unreadable-file" in found
    assert [line for line in found if "waste" in line] == [
        f"{number}.py:1 waste" for number in range(10) if number != 5
    ]
    assert result.summary.unreadable == 1


def test_a_file_that_hangs_costs_one_file_which_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Task.__init__, "__defaults__", (0.7, lambda: None))
    for number in range(4):
        write(f"{number}.py", "waste()", *MUCH)
    write("hang.py", "hang()", *MUCH)
    result = run(jobs=2)
    assert [one.message for one in result.findings if one.path == "hang.py"] == [
        "checking it took over 0.7 s"
    ]
    assert len(result.findings) == 5


def test_what_looks_generated_is_checked_in_a_process_of_its_own() -> None:
    """Small as it is, it may take down whoever reads it."""
    write("a.py", "die()", "x = '" + "x" * 6_000 + "'")
    write("b.py", "waste()")
    assert lines_of(run()) == ["a.py:1 unreadable-file", "b.py:1 waste"]


def test_files_that_no_rule_concerns_are_not_parsed() -> None:
    write("a.py", "x = = 1")
    assert run().findings == ()


# -- project facts -------------------------------------------------------------------------------


def test_another_file_of_the_project_makes_a_match_void() -> None:
    write("pyproject.toml")
    write("app/a.py", "waste_alone()")
    assert lines_of(run()) == ["app/a.py:1 waste"]
    write("b.py", "cache_here = 1")
    assert lines_of(run()) == []
    assert lines_of(run("app/a.py")) == ["app/a.py:1 waste"]


def test_another_project_does_not() -> None:
    write("one/pyproject.toml")
    write("one/a.py", "waste_alone()")
    write("two/pyproject.toml")
    write("two/b.py", "cache_here = 1")
    write("two/c.py", "waste_alone()")
    assert lines_of(run()) == ["one/a.py:1 waste"]


def test_without_a_project_file_what_is_checked_is_the_project() -> None:
    write("x/a.py", "waste_alone()")
    write("y/b.py", "cache_here = 1")
    assert lines_of(run()) == []


def test_declared_dependencies_and_settings_are_facts() -> None:
    def asks(source: Source, ruleset: Ruleset) -> Checked:
        found = find_waste(source, ruleset)
        facts = ("dependency:gptcache", "config:response-cache")
        return Checked(tuple(replace(match, unless_project=facts) for match in found.matches))

    checks = Checks(asks, ask_for_cache)
    write("a.py", "waste()")
    assert lines_of(run(checks=checks)) == ["a.py:1 waste"]
    write("requirements.txt", "gptcache>=0.1")
    assert lines_of(run(checks=checks)) == []
    write("requirements.txt", "torch")
    write("conf/litellm.yaml", "cache: true")
    assert lines_of(run(checks=checks)) == []


def test_results_do_not_depend_on_the_order_of_files() -> None:
    write("pyproject.toml")
    names = [f"{name}.py" for name in "abcdef"]
    for name in names:
        write(name, "waste_alone()", "waste()")
    write("c.py", "cache_here = 1", "waste_alone()")
    expected = run(*names).findings
    for seed in range(5):
        shuffled = random.Random(seed).sample(names, len(names))  # noqa: S311 - any order will do
        assert run(*shuffled, jobs=1 + seed % 2).findings == expected


def test_unreadable_files_provide_nothing() -> None:
    write("pyproject.toml")
    write("a.py", "waste_alone()")
    Path("b.py").write_bytes(b"cache_here = '\xff'")
    Path("c.py").symlink_to("c.py")
    assert "a.py:1 waste" in lines_of(run(".", "c.py"))


# -- suppression ---------------------------------------------------------------------------------


def test_a_suppressed_finding_is_counted_and_not_shown() -> None:
    write("a.py", "waste()  # greenlint: ignore[waste] it must be", "waste()")
    result = run()
    assert lines_of(result) == ["a.py:2 waste"]
    assert result.summary.suppressed == 1


def test_a_comment_covers_a_statement_of_several_lines() -> None:
    write("a.py", "x = [", "    waste(),", "    1,", "]  # greenlint: ignore[waste] why")
    assert lines_of(run()) == []


def test_a_comment_in_a_cell_works_the_same() -> None:
    write_notebook("n.ipynb", "x = 1", "# greenlint: ignore[waste] why\nwaste()", "waste()")
    assert [(one.cell, one.rule) for one in run().findings] == [(3, "waste")]


def test_ignore_file_covers_the_file() -> None:
    write("a.py", "waste()", "other()", "# greenlint: ignore-file[waste] a demo", "waste()")
    assert lines_of(run()) == ["a.py:2 other"]


def test_an_unused_suppression_is_a_finding() -> None:
    write("a.py", "x = 1  # greenlint: ignore[waste] why", "waste()  # greenlint: ignore[other]")
    result = run()
    assert lines_of(result) == [
        "a.py:1 unused-suppression",
        "a.py:2 waste",
        "a.py:2 unused-suppression",
    ]
    assert result.findings[0].span == Span(1, 8, 1, 38)
    assert result.findings[0].message == "`waste` finds nothing here"


def test_a_suppression_of_a_rule_that_did_not_run_is_not_unused() -> None:
    write("a.py", "x = 1  # greenlint: ignore[other] why", "faint()  # greenlint: ignore[faint]")
    assert lines_of(run(ruleset=fake_ruleset(chosen=("waste", "faint")))) == []


def test_a_suppression_is_used_though_the_project_makes_its_match_void() -> None:
    """Checked alone, as pre-commit does, the file needs it."""
    write("a.py", "waste_alone()  # greenlint: ignore[waste] why")
    write("b.py", "cache_here = 1")
    assert lines_of(run()) == lines_of(run("a.py")) == []


def test_in_a_file_that_can_not_be_read_no_suppression_is_unused() -> None:
    write("a.py", "x = 1  # greenlint: ignore[waste] why", "waste(")
    assert {one.rule for one in run().findings} == {"unreadable-file"}


def test_an_unknown_name_is_a_finding_that_names_the_nearest() -> None:
    write("a.py", "waste()  # greenlint: ignore[wasted, waste, zzz] why")
    first, second = run().findings
    assert (first.rule, first.message) == ("unknown-suppression", "no rule is called `wasted`")
    assert first.advice == "Did you mean `waste`?"
    assert second.advice == "`greenlint rules` lists them all."


def test_a_comment_that_names_nothing_is_a_finding() -> None:
    write("a.py", "waste()  # greenlint: ignore")
    found = {one.rule: one.message for one in run().findings}
    assert found == {
        "waste": "`waste` wastes",
        "unknown-suppression": "this comment names no rule to ignore",
    }


def test_findings_of_greenlint_itself_can_not_be_suppressed() -> None:
    write("a.py", "x = 1  # greenlint: ignore[unused-suppression] why")
    (finding,) = run().findings
    assert finding.message == "`unused-suppression` can't be suppressed in code"


def test_the_policy_may_want_a_reason() -> None:
    write("a.py", "waste()  # greenlint: ignore[waste]", "waste()  # greenlint: ignore[waste] why")
    result = run(settings=settings(require_reason=True))
    assert lines_of(result) == ["a.py:1 unexplained-suppression"]
    assert result.summary.suppressed == 2


def test_a_mandatory_rule_can_not_be_suppressed() -> None:
    write("a.py", "waste()  # greenlint: ignore[waste] why")
    (finding,) = run(ruleset=fake_ruleset(mandatory=("waste",))).findings
    assert finding.rule == "waste"
    assert finding.advice.endswith("mandatory, so the suppression has no effect.")


# -- baseline ------------------------------------------------------------------------------------


def test_known_findings_are_notes_and_new_ones_are_not() -> None:
    write("a.py", "waste()", "other()")
    known = [one for one in run().findings if one.rule == "waste"]
    Baseline.of(known, root=".").write(Path("known.json"))
    write("a.py", "x = 1", "waste()", "other()")
    result = run(settings=settings(baseline="known.json"))
    assert [(one.rule, one.baselined) for one in result.findings] == [
        ("waste", True),
        ("other", False),
    ]
    assert (result.summary.findings, result.summary.baselined) == (1, 1)
    assert result.stale_baseline == ()


def test_entries_without_a_finding_are_stale() -> None:
    for name in ("a.py", "b.py", "broken.py"):
        write(name, "waste()")
    Baseline.of(run().findings, root=".").write(Path("known.json"))
    policy = settings(baseline="known.json")
    write("a.py", "x = 1")
    write("b.py", "x = 1")
    write("broken.py", "waste(")
    stale = StaleEntry("a.py", "waste", "waste()", 1)
    assert run("a.py", "broken.py", settings=policy).stale_baseline == (stale,)
    assert run(ruleset=fake_ruleset(chosen=()), settings=policy).stale_baseline == ()
    Path("b.py").unlink()
    assert len(run("a.py", settings=policy).stale_baseline) == 2


def test_an_entry_of_a_rule_that_is_no_more_is_stale() -> None:
    write("a.py", "waste()")
    (finding,) = run().findings
    Baseline.of([replace(finding, rule="former")], root=".").write(Path("known.json"))
    assert [one.rule for one in run(settings=settings(baseline="known.json")).stale_baseline] == [
        "former"
    ]


def test_a_baseline_that_can_not_be_read_is_an_error() -> None:
    with pytest.raises(GreenlintError, match="baseline can't be read"):
        run(settings=settings(baseline="gone.json"))


# -- diff base -----------------------------------------------------------------------------------


def test_only_findings_on_changed_lines_are_reported(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    write("a.py", "waste()", "x = 1", "waste(", "  1,", "  2,", ")")
    write("same.py", "waste()")
    write_notebook("n.ipynb", "waste()\n", "x = 1\n")
    repository.commit()
    write("a.py", "waste()", "x = 1", "waste(", "  1,", ")", "other()")
    write("new.py", "waste()")
    write_notebook("n.ipynb", "waste()\n", "x = 1\nother()\n")
    result = run(diff_base="HEAD")
    assert lines_of(result) == [
        "a.py:3 waste",
        "a.py:6 other",
        "n.ipynb:2 other",
        "new.py:1 waste",
    ]
    assert result.summary.checked == 4


def test_unchanged_files_still_provide_facts(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    write("b.py", "cache_here = 1")
    repository.commit()
    write("a.py", "waste_alone()")
    assert lines_of(run(diff_base="HEAD")) == []


def test_an_unknown_revision_is_an_error(tmp_path: Path) -> None:
    Repository.at(tmp_path)
    write("a.py", "waste()")
    with pytest.raises(UsageError, match="is no revision"):
        run(diff_base="nowhere")


# -- standard input, exclusion, missing paths ----------------------------------------------------


def test_standard_input_is_checked_as_its_file() -> None:
    result = run("-", stdin=StdinFile("app/a.py", b"waste_alone()\n"))
    assert lines_of(result) == ["app/a.py:1 waste"]
    assert result.summary.checked == 1
    assert lines_of(run("-", stdin=StdinFile("a.py", b"\xff"))) == ["a.py:1 unreadable-file"]
    cells = json.dumps({"cells": [{"cell_type": "code", "source": "waste()"}]}).encode()
    assert run("-", stdin=StdinFile("a.ipynb", cells)).findings[0].cell == 1


def test_standard_input_that_the_policy_excludes_is_counted() -> None:
    policy = settings(exclude=("app/",))
    result = run("-", settings=policy, stdin=StdinFile("app/a.py", b"waste()\n"))
    assert (result.findings, result.summary.excluded, result.summary.checked) == ((), 1, 0)


def test_excluded_files_are_counted() -> None:
    write("a.py", "waste()")
    write("old/b.py", "waste()")
    result = run(".", "old/b.py", settings=settings(exclude=("old/",)))
    assert lines_of(result) == ["a.py:1 waste"]
    assert (result.summary.excluded, result.summary.checked) == (1, 1)


def test_a_path_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UsageError, match="no such file"):
        run("gone.py")


def test_nothing_to_check_is_no_error() -> None:
    assert run().summary.checked == 0


# -- cache ---------------------------------------------------------------------------------------


def age(*names: str) -> None:
    """Wait until the files are old enough to be trusted by their stamp."""
    until = time.monotonic() + 30
    while not all(map(stamp_of, names)):
        assert time.monotonic() < until
        time.sleep(0.1)


class Counting:
    """A check that counts the sources it is given."""

    def __init__(self) -> None:
        self.checked: list[str] = []
        self.surveyed: list[str] = []

    def checks(self) -> Checks:
        """The fake checks, counted."""

        def count(source: Source, ruleset: Ruleset) -> Checked:
            self.checked.append(source.path)
            return find_waste(source, ruleset)

        def count_survey(
            source: Source, wanted: frozenset[str], ruleset: Ruleset
        ) -> frozenset[str]:
            self.surveyed.append(source.path)
            return ask_for_cache(source, wanted, ruleset)

        return Checks(count, count_survey)


def test_what_has_not_changed_is_not_checked_again(tmp_path: Path) -> None:
    write("a.py", "waste()", "# greenlint: ignore[other] why")
    write("b.py", "x = 1")
    write("broken.py", "waste(")
    write_notebook("n.ipynb", "waste()", "x = = 1")
    write_notebook("r.ipynb", "puts", kernelspec={"language": "R"})
    cold, warm, moved = Counting(), Counting(), Counting()
    cache = tmp_path / "cache"
    first = run(checks=cold.checks(), cache_dir=cache)
    second = run(checks=warm.checks(), cache_dir=cache)
    assert cold.checked
    assert warm.checked == []
    assert second.findings == first.findings
    assert (first.summary.from_cache, second.summary.from_cache) == (0, 5)
    assert replace(second.summary, seconds=0, from_cache=0) == replace(first.summary, seconds=0)
    os.utime("a.py")
    assert run(checks=moved.checks(), cache_dir=cache).findings == first.findings
    assert moved.checked == []


def test_stamps_save_reading(tmp_path: Path) -> None:
    """A file whose stamp is the same is not even opened."""
    write("a.py", "waste()")
    run(cache_dir=tmp_path / "cache")
    age("a.py")
    run(cache_dir=tmp_path / "cache")
    status = Path("a.py").stat()
    result = run(cache_dir=tmp_path / "cache")
    assert result.summary.from_cache == 1
    assert Path("a.py").stat().st_atime_ns == status.st_atime_ns


def test_a_changed_file_is_checked_again(tmp_path: Path) -> None:
    write("a.py", "waste()")
    write("b.py", "waste()")
    run(cache_dir=tmp_path / "cache")
    write("a.py", "other()")
    result = run(cache_dir=tmp_path / "cache")
    assert lines_of(result) == ["a.py:1 other", "b.py:1 waste"]
    assert result.summary.from_cache == 1


def test_other_rules_are_checked_anew(tmp_path: Path) -> None:
    write("a.py", "waste()")
    run(cache_dir=tmp_path / "cache")
    assert (
        run(cache_dir=tmp_path / "cache", ruleset=fake_ruleset(digest="2")).summary.from_cache == 0
    )


def test_project_facts_are_asked_anew_and_only_of_what_changed(tmp_path: Path) -> None:
    write("pyproject.toml")
    write("a.py", "waste_alone()")
    write("b.py", "x = 1")
    cache = tmp_path / "cache"
    first, second, third = Counting(), Counting(), Counting()
    assert lines_of(run(checks=first.checks(), cache_dir=cache)) == ["a.py:1 waste"]
    assert sorted(first.surveyed) == ["a.py", "b.py"]
    assert lines_of(run(checks=second.checks(), cache_dir=cache)) == ["a.py:1 waste"]
    assert second.surveyed == []
    write("b.py", "cache_here = 1")
    assert lines_of(run(checks=third.checks(), cache_dir=cache)) == []
    assert third.surveyed == ["b.py"]
    assert lines_of(run(checks=third.checks(), cache_dir=cache)) == []
    assert third.surveyed == ["b.py"]


def test_a_damaged_report_is_made_anew(tmp_path: Path) -> None:
    write("a.py", "waste()")
    cache = tmp_path / "cache"
    expected = run(cache_dir=cache).findings
    (database,) = cache.glob("*.sqlite3")
    for damage in (
        "[",
        "[1,2,3,4]",
        "7",
        '["python",[[1]],[],[]]',
        '["python",[],[[1]],[]]',
        '["python",[["waste",[[1,1,1,8],null,null],[2,3],["m","a"],[],[],[9]]],[],[]]',
    ):
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("UPDATE reports SET report = ?", (damage,))
        connection.close()
        assert run(cache_dir=cache).findings == expected


def test_a_file_that_can_no_longer_be_opened_is_said(tmp_path: Path) -> None:
    write("a.py", "waste()")
    run("a.py", cache_dir=tmp_path / "cache")
    Path("a.py").unlink()
    Path("a.py").symlink_to("a.py")
    assert lines_of(run("a.py", cache_dir=tmp_path / "cache")) == ["a.py:1 unreadable-file"]


def test_what_could_not_be_opened_is_tried_again(tmp_path: Path) -> None:
    write("a.py", "waste()")
    Path("b.py").symlink_to("b.py")
    assert "b.py:1 unreadable-file" in lines_of(run("a.py", "b.py", cache_dir=tmp_path / "cache"))
    Path("b.py").unlink()
    write("b.py", "other()")
    result = run("a.py", "b.py", cache_dir=tmp_path / "cache")
    assert lines_of(result) == ["a.py:1 waste", "b.py:1 other"]
