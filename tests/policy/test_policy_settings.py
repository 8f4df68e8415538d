"""What `greenlint check` is told: from which file, relative to what, and cheaply the next time."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from greenlint.errors import PolicyError
from greenlint.level import Level
from greenlint.policy.settings import (
    BudgetFacts,
    LintSettings,
    PathSettings,
    PolicyFacts,
    RuleSettings,
    find_policy,
    load_settings,
)

Write = Callable[[str, str], Path]

FULL = """\
version: 1
lint:
  select: [training]
  extend_select: [oversized-prompt]
  ignore: [tuning]
  show: {severity: medium, confidence: low}
  fail_on: {severity: high}
  mandatory: [uncached-api-call]
  rules:
    oversized-prompt: {max_tokens: 4000, ratio: 0.5, strict: true, kind: a}
    missing-early-stopping: {severity: high}
  per_path:
    "b/**": {ignore: [tuning]}
    "a/**": {select: [prompts]}
  exclude: ["build/", "!build/keep.py"]
  rule_paths: [our-rules/, ../shared-rules]
  baseline: greenlint-baseline.json
  suppressions: {require_reason: true}
practices: {require: [budgets]}
regions: {allow: [zone:FR], deny: ["aws:eu-west-3"], max_intensity: 150 gCO2e/kWh}
models: {allow: ["gpt-5*"], deny: ["*-pro"]}
budgets: {train: {energy: 2 kWh, tokens: 5k, per: run}}
sci:
  answer:
    {limit: 1 gCO2e, per: request, embodied: {profile: aws-m5}}
"""


def test_without_a_policy_there_are_defaults(write: Write, tmp_path: Path) -> None:
    path = write("greenlint.yaml", FULL)
    expected = LintSettings(root=str(tmp_path))
    assert load_settings(None, isolated=False) == expected
    assert load_settings(path, isolated=True) == expected


def test_every_key_of_lint_arrives(write: Write, tmp_path: Path) -> None:
    path = write("project/greenlint.yaml", FULL)
    assert load_settings(path, isolated=False) == LintSettings(
        select=("training",),
        extend_select=("oversized-prompt",),
        ignore=("tuning",),
        min_severity=Level.MEDIUM,
        min_confidence=Level.LOW,
        fail_severity=Level.HIGH,
        fail_confidence=Level.MEDIUM,
        mandatory=("uncached-api-call",),
        rules={
            "oversized-prompt": RuleSettings(
                None, {"max_tokens": 4000, "ratio": 0.5, "strict": True, "kind": "a"}
            ),
            "missing-early-stopping": RuleSettings(Level.HIGH, {}),
        },
        per_path=(
            PathSettings("b/**", (), ("tuning",)),
            PathSettings("a/**", ("prompts",), ()),
        ),
        exclude=("build/", "!build/keep.py"),
        rule_paths=(str(tmp_path / "project/our-rules"), str(tmp_path / "shared-rules")),
        require_reason=True,
        baseline="greenlint-baseline.json",
        facts=PolicyFacts(
            known=True,
            budgets=(
                BudgetFacts(
                    name="train", per="run", limits={"energy": 7_200_000 * 10**6, "tokens": 5000}
                ),
            ),
            sci=("answer",),
            requires_budgets=True,
            allow=("zone:FR",),
            deny=("aws:eu-west-3",),
            max_intensity=150,
            models_allow=("gpt-5*",),
            models_deny=("*-pro",),
        ),
        root=str(tmp_path / "project"),
        policy=str(path),
    )


def test_rule_paths_are_relative_to_the_file_that_names_them(write: Write, tmp_path: Path) -> None:
    write("shared/base.yaml", "version: 1\nlint: {rule_paths: [rules]}\n")
    path = write("greenlint.yaml", "version: 1\nextends: shared/base.yaml\n")
    assert load_settings(path).rule_paths == (str(tmp_path / "shared/rules"),)


def test_a_digest_changes_with_any_setting() -> None:
    settings = LintSettings(rules={"a": RuleSettings(None, {"x": 1})})
    changes = [
        replace(settings, select=("a",)),
        replace(settings, rules={"a": RuleSettings(None, {"x": 2})}),
        replace(settings, fail_severity=Level.HIGH),
    ]
    assert len({settings.digest, *(change.digest for change in changes)}) == 4
    assert settings.digest == replace(settings).digest


def test_settings_travel_to_other_processes() -> None:
    settings = LintSettings(rules={"a": RuleSettings(Level.LOW, {"x": 1})})
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 - our own bytes


def test_a_second_run_reads_the_same(write: Write, tmp_path: Path) -> None:
    path = write("greenlint.yaml", FULL)
    cold = load_settings(path, cache=tmp_path / "cache")
    assert load_settings(path, cache=tmp_path / "cache") == cold


def test_a_warm_run_imports_neither_yaml_nor_pydantic(write: Write, tmp_path: Path) -> None:
    path = write("greenlint.yaml", "version: 1\nextends: strict\n")
    load_settings(path, cache=tmp_path / "cache")
    program = (
        "import sys, pathlib\n"
        "from greenlint.policy.settings import load_settings\n"
        f"load_settings(pathlib.Path({str(path)!r}), cache=pathlib.Path('cache'))\n"
        "print(sorted({'yaml', 'pydantic', 'libcst', 'rich'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"


def test_a_change_is_seen(write: Write, tmp_path: Path) -> None:
    path = write("greenlint.yaml", "version: 1\nlint: {select: [tuning]}\n")
    load_settings(path, cache=tmp_path / "cache")
    write("greenlint.yaml", "version: 1\nlint: {select: [prompts]}\n")
    assert load_settings(path, cache=tmp_path / "cache").select == ("prompts",)


def test_a_change_of_a_parent_is_seen(write: Write, tmp_path: Path) -> None:
    write("base.yaml", "version: 1\nlint: {select: [tuning]}\n")
    path = write("greenlint.yaml", "version: 1\nextends: base.yaml\n")
    load_settings(path, cache=tmp_path / "cache")
    write("base.yaml", "version: 1\nlint: {select: [prompts]}\n")
    assert load_settings(path, cache=tmp_path / "cache").select == ("prompts",)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda _: "[]",
        lambda _: "{}",
        lambda text: json.dumps(json.loads(text) | {"greenlint": "0.0"}),
        lambda text: json.dumps(json.loads(text) | {"settings": {"select": 5}}),
        lambda text: json.dumps(json.loads(text) | {"files": {"/nowhere": ""}}),
    ],
)
def test_what_is_damaged_is_read_anew(
    write: Write, tmp_path: Path, damage: Callable[[str], str]
) -> None:
    path = write("greenlint.yaml", FULL)
    cold = load_settings(path, cache=tmp_path / "cache")
    (entry,) = (tmp_path / "cache/policy").iterdir()
    entry.write_text(damage(entry.read_text()))
    assert load_settings(path, cache=tmp_path / "cache") == cold


def test_a_cache_that_cannot_be_written_is_no_obstacle(write: Write) -> None:
    path = write("greenlint.yaml", FULL)
    blocked = write("cache", "a file where a directory should be")
    assert load_settings(path, cache=blocked).select == ("training",)


def test_a_broken_policy_is_refused_every_time(write: Write, tmp_path: Path) -> None:
    path = write("greenlint.yaml", "version: 3\n")
    for _ in range(2):
        with pytest.raises(PolicyError):
            load_settings(path, cache=tmp_path / "cache")


def test_the_nearest_policy_counts(write: Write, tmp_path: Path) -> None:
    outer = write("greenlint.yaml", "version: 1\n")
    inner = write("a/greenlint.yaml", "version: 1\n")
    module = write("a/b/module.py", "")
    assert find_policy(module) == inner
    assert find_policy(tmp_path / "a/b") == inner
    assert find_policy(tmp_path) == outer


def test_there_may_be_none(tmp_path: Path) -> None:
    assert find_policy(tmp_path) is None


def test_a_pyproject_may_name_another(write: Write, tmp_path: Path) -> None:
    write("greenlint.yaml", "version: 1\n")
    other = write("config/green.yaml", "version: 1\n")
    write("pyproject.toml", '[tool.greenlint]\npolicy = "config/green.yaml"\n')
    assert find_policy(tmp_path) == other


def test_patterns_are_relative_to_the_pyproject_that_names_the_policy(
    write: Write, tmp_path: Path
) -> None:
    path = write("config/green.yaml", "version: 1\n")
    assert load_settings(path).root == str(tmp_path / "config")
    write("pyproject.toml", 'tool.greenlint.policy = "./config/green.yaml"\n')
    assert load_settings(path).root == str(tmp_path)
    write("pyproject.toml", "[tool.greenlint\n")
    assert load_settings(path).root == str(tmp_path / "config")


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nname = "x"\n',
        "# see tool.greenlint in the docs\n",
        "[broken\n",
    ],
)
def test_other_pyprojects_are_passed_over(write: Write, tmp_path: Path, text: str) -> None:
    policy = write("greenlint.yaml", "version: 1\n")
    write("a/pyproject.toml", text)
    assert find_policy(tmp_path / "a") == policy


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "x = 1\n[tool.greenlint]\npolicy = 5\n",
            ["pyproject.toml:2: `tool.greenlint.policy` must be the path of a policy file"],
        ),
        (
            "[tool.greenlint]\n",
            ["pyproject.toml:1: `tool.greenlint.policy` must be the path of a policy file"],
        ),
        (
            '[tool.greenlint]\npolicy = "x.yaml"\nselect = []\n',
            [
                (
                    "pyproject.toml:1: unknown key `tool.greenlint.select`"
                    " (only `policy` stands here, the rest belongs into the policy file)"
                ),
                "pyproject.toml:1: `tool.greenlint.policy` names x.yaml, which is no file",
            ],
        ),
        (
            "[tool.greenlint\n",
            [
                (
                    "pyproject.toml:1: cannot be read: Expected ']' at the end of a table"
                    " declaration (at line 1, column 16)"
                )
            ],
        ),
    ],
)
def test_a_pyproject_that_means_us_must_be_right(
    write: Write, tmp_path: Path, text: str, problems: list[str]
) -> None:
    write("pyproject.toml", text)
    with pytest.raises(PolicyError) as refusal:
        find_policy(tmp_path)
    assert [str(problem) for problem in refusal.value.problems] == problems
