"""Rules that a policy or a command line names must be there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from greenlint.policy.loading import merge_policy
from greenlint.policy.names import check_rule_names, place_in_policy
from greenlint.policy.settings import LintSettings, load_settings

Write = Callable[[str, str], Path]

KNOWN = {
    "oversized-prompt": "prompts",
    "missing-early-stopping": "training",
    "our-rule": "ours",
    "unused-suppression": "",
}


def test_known_names_are_fine(write: Write) -> None:
    path = write(
        "greenlint.yaml",
        """\
        version: 1
        lint:
          select: [ALL, training, ours]
          ignore: [unused-suppression]
          rules: {oversized-prompt: {max_tokens: 1}}
        """,
    )
    settings = load_settings(path)
    assert check_rule_names(settings, KNOWN) == ()


def test_every_unknown_name_has_its_place(write: Write) -> None:
    path = write(
        "greenlint.yaml",
        """\
        version: 1
        lint:
          select: [training, promts]
          extend_select: [oversized-promt]
          ignore: [zzz]
          mandatory: [missing-early-stoping]
          rules: {training: {}, unused-suppression: {severity: low}}
          per_path:
            "a/**": {select: [our-rul], ignore: [all]}
        """,
    )
    expected = [
        "greenlint.yaml:3:22: no rule or family is called `promts` (did you mean `prompts`?)",
        (
            "greenlint.yaml:4:19: no rule or family is called `oversized-promt`"
            " (did you mean `oversized-prompt`?)"
        ),
        ("greenlint.yaml:5:12: no rule or family is called `zzz` (`greenlint rules` lists them)"),
        (
            "greenlint.yaml:6:15: no rule or family is called `missing-early-stoping`"
            " (did you mean `missing-early-stopping`?)"
        ),
        ("greenlint.yaml:7:11: no rule is called `training` (`greenlint rules` lists them)"),
        (
            "greenlint.yaml:7:25: no rule is called `unused-suppression`"
            " (`greenlint rules` lists them)"
        ),
        "greenlint.yaml:9:23: no rule or family is called `our-rul` (did you mean `our-rule`?)",
        "greenlint.yaml:9:42: no rule or family is called `all` (did you mean `ALL`?)",
    ]
    found = check_rule_names(load_settings(path), KNOWN)
    assert sorted(map(str, found)) == sorted(expected)
    assert check_rule_names(merge_policy(path).document, KNOWN) == found


def test_a_name_from_the_command_line_has_no_place(write: Write) -> None:
    settings = load_settings(write("greenlint.yaml", "version: 1\n"))
    (problem,) = check_rule_names(replace(settings, select=("trainin",)), KNOWN)
    assert str(problem) == ("no rule or family is called `trainin` (did you mean `training`?)")
    (problem,) = check_rule_names(LintSettings(ignore=("trainin",)), KNOWN)
    assert problem.path is None


def test_a_mandatory_rule_cannot_be_ignored(write: Write) -> None:
    write("base.yaml", "version: 1\nlint: {mandatory: [oversized-prompt]}\n")
    path = write(
        "greenlint.yaml", "version: 1\nextends: base.yaml\nlint: {ignore: [oversized-prompt]}\n"
    )
    (problem,) = check_rule_names(load_settings(path), KNOWN)
    assert str(problem) == (
        "greenlint.yaml:3:17: `oversized-prompt` is mandatory and cannot be ignored"
        " (mandatory by base.yaml:2:20)"
    )


def test_the_command_line_cannot_ignore_a_mandatory_rule_either() -> None:
    settings = LintSettings(mandatory=("oversized-prompt",), ignore=("oversized-prompt",))
    (problem,) = check_rule_names(settings, KNOWN)
    assert str(problem) == "`oversized-prompt` is mandatory and cannot be ignored"


def test_names_are_checked_in_a_policy_that_is_wrong_elsewhere(write: Write) -> None:
    path = write(
        "greenlint.yaml",
        """\
        version: 1
        mode: [5]
        lint: {select: training, ignore: [5, promts], per_path: {a: 5}}
        """,
    )
    (problem,) = check_rule_names(merge_policy(path).document, KNOWN)
    assert str(problem).startswith("greenlint.yaml:3:38: no rule or family is called `promts`")


def test_a_policy_that_has_become_unreadable_leaves_names_without_places(write: Write) -> None:
    path = write("greenlint.yaml", "version: 1\nlint: {ignore: [promts]}\n")
    settings = load_settings(path)
    write("greenlint.yaml", "[")
    (problem,) = check_rule_names(settings, KNOWN)
    assert problem.path is None


def test_the_place_of_an_option_is_that_of_the_policy(write: Write) -> None:
    path = write("greenlint.yaml", "version: 1\nlint: {rules: {a: {limit: 5}}}\n")
    settings = load_settings(path)
    assert str(place_in_policy(settings, "rules", "a", "limit")) == "greenlint.yaml:2:27"
    assert str(place_in_policy(settings, "rules", "a", "limit", key=True)) == "greenlint.yaml:2:20"
    assert place_in_policy(settings, "rules", "b") is None
    assert place_in_policy(LintSettings(), "rules", "a") is None
