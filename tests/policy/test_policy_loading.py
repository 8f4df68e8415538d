"""A policy may build on others: what wins, what is refused, where each value came from."""

from collections.abc import Callable
from pathlib import Path

import pytest
from refusals import problems_of

from greenlint.policy.loading import load_policy, merge_policy

Write = Callable[[str, str], Path]


def test_mappings_merge_and_lists_replace(write: Write) -> None:
    write(
        "parent.yaml",
        """\
        version: 1
        lint:
          select: [training, tuning]
          rules: {a: {x: 1, y: 1}, b: {x: 1}}
        """,
    )
    path = write(
        "greenlint.yaml",
        """\
        version: 1
        extends: [./parent.yaml]
        lint:
          select: [prompts]
          rules: {a: {y: 2}}
        """,
    )
    merged = merge_policy(path).document
    assert merged.data["lint"] == {
        "select": ["prompts"],
        "rules": {"a": {"x": 1, "y": 2}, "b": {"x": 1}},
    }
    at = ("lint", "rules", "a")
    assert str(merged.place((*at, "x"))) == "parent.yaml:4:18"
    assert str(merged.place((*at, "y"))) == "greenlint.yaml:5:18"
    assert str(merged.place((*at, "y"), key=True)) == "greenlint.yaml:5:15"
    assert str(merged.place(("lint", "rules", "b"))) == "parent.yaml:4:31"


def test_the_later_of_two_parents_wins(write: Write) -> None:
    write("a.yaml", "version: 1\nmode: observe\nmeter: {pue: 1.1}\n")
    write("b.yaml", "version: 1\nmode: warn\n")
    path = write("greenlint.yaml", "version: 1\nextends: [a.yaml, b.yaml]\n")
    policy = load_policy(path).policy
    assert (policy.mode, policy.meter.pue) == ("warn", 1.1)


def test_a_common_ancestor_does_not_undo_a_parent(write: Write) -> None:
    """The ancestor is merged once, before both of its children."""
    write("ancestor.yaml", "version: 1\nmode: observe\n")
    write("a.yaml", "version: 1\nextends: ancestor.yaml\nmode: warn\n")
    write("b.yaml", "version: 1\nextends: ancestor.yaml\n")
    loaded = load_policy(write("greenlint.yaml", "version: 1\nextends: [a.yaml, b.yaml]\n"))
    assert loaded.policy.mode == "warn"
    assert list(loaded.merged.sources) == ["ancestor.yaml", "a.yaml", "b.yaml", "greenlint.yaml"]


def test_an_inherited_budget_can_be_changed_in_part(write: Write) -> None:
    write("parent.yaml", "version: 1\nbudgets: {train: {energy: 1 kWh, per: run}}\n")
    path = write(
        "greenlint.yaml",
        "version: 1\nextends: ./parent.yaml\nbudgets: {train: {on_exceed: stop}}\n",
    )
    budget = load_policy(path).policy.budgets["train"]
    assert (budget.energy, budget.on_exceed) == (3_600_000, "stop")


def test_an_inherited_budget_can_be_dropped(write: Write) -> None:
    write("parent.yaml", "version: 1\nbudgets: {train: {energy: 1 kWh, per: run}}\n")
    path = write("greenlint.yaml", "version: 1\nextends: ./parent.yaml\nbudgets: {train: null}\n")
    assert load_policy(path).policy.budgets == {}


def test_a_bundled_policy_is_extended_by_name(write: Write) -> None:
    loaded = load_policy(write("greenlint.yaml", "version: 1\nextends: strict\n"))
    assert list(loaded.merged.sources) == [
        "<bundled>/starter.yaml",
        "<bundled>/strict.yaml",
        "greenlint.yaml",
    ]
    assert loaded.policy.lint.suppressions.require_reason
    place = loaded.merged.document.place(("lint", "suppressions", "require_reason"))
    assert place.path == "<bundled>/strict.yaml"


def test_a_mistake_in_a_parent_has_its_place_there(write: Write) -> None:
    write("shared/parent.yaml", "version: 1\nmode: enforced\n")
    path = write("greenlint.yaml", "version: 1\nextends: shared/parent.yaml\n")
    assert problems_of(path) == [
        (
            "shared/parent.yaml:2:7: `mode` must be observe, warn or enforce, not 'enforced'"
            " (did you mean `enforce`?)"
        )
    ]


def test_files_are_relative_to_the_file_that_names_them(write: Write) -> None:
    write("shared/a/parent.yaml", "version: 1\nextends: ../b.yaml\n")
    write("shared/b.yaml", "version: 1\nmode: observe\n")
    path = write("greenlint.yaml", "version: 1\nextends: shared/a/parent.yaml\n")
    assert load_policy(path).policy.mode == "observe"


@pytest.mark.parametrize(
    ("extends", "problem"),
    [
        (
            "[starter, strit]",
            "greenlint.yaml:2:20: no bundled policy is called `strit` (did you mean `strict`?)",
        ),
        ("missing.yaml", "greenlint.yaml:2:10: there is no file missing.yaml"),
        ("greenlint.yaml", "greenlint.yaml:2:10: extends itself: greenlint.yaml -> greenlint.yaml"),
        ("{a: b}", "greenlint.yaml:2:10: `extends` must be text or a list, not a mapping"),
        ("[1]", "greenlint.yaml:2:11: `extends[0]` must be text, not 1"),
    ],
)
def test_what_cannot_be_extended(write: Write, extends: str, problem: str) -> None:
    path = write("greenlint.yaml", f"version: 1\nextends: {extends}\n")
    assert problems_of(path) == [problem]


def test_a_cycle_shows_its_chain(write: Write) -> None:
    write("a.yaml", "version: 1\nextends: [starter, b.yaml]\n")
    write("b.yaml", "version: 1\nextends: a.yaml\n")
    path = write("greenlint.yaml", "version: 1\nextends: a.yaml\n")
    assert problems_of(path) == ["b.yaml:2:10: extends itself: a.yaml -> b.yaml -> a.yaml"]


def test_problems_of_all_files_come_together(write: Write) -> None:
    write("a.yaml", "mode: warn\n")
    path = write("greenlint.yaml", "version: 1\nextends: [a.yaml, b.yaml]\nmde: warn\n")
    assert problems_of(path) == [
        "a.yaml:1:1: key `version` is missing",
        "greenlint.yaml:2:19: there is no file b.yaml",
        "greenlint.yaml:3:1: unknown key `mde` (did you mean `mode`?)",
    ]


def test_a_parent_that_is_not_yaml_is_a_problem_of_its_own(write: Write) -> None:
    write("a.yaml", "version: 1\nmode: [\n")
    path = write("greenlint.yaml", "version: 1\nextends: a.yaml\n")
    assert problems_of(path) == [
        "a.yaml:3:1: is not YAML: did not find expected node content while parsing a flow node"
    ]


def test_a_policy_elsewhere_is_named_by_its_whole_path(write: Write, tmp_path: Path) -> None:
    path = write("greenlint.yaml", "mode: warn\n")
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(inside)
        assert problems_of(path) == [f"{path.as_posix()}:1:1: key `version` is missing"]
