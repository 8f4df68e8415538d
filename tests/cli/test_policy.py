"""`greenlint policy`: every problem at once, the merged result, the schema."""

# ruff: noqa: E501 - whole outputs stand as they are

import json
from pathlib import Path

import pytest
import yaml
from inline_snapshot import snapshot
from process import Cli

PARENT = """\
version: 1
lint:
  fail_on: {severity: high, confidence: medium}
  rules: {oversized-prompt: {max_tokens: 4000}}
"""
CHILD = """\
version: 1
extends: base/parent.yaml
mode: observe
lint:
  select: [prompts, "llm-calls"]
  per_path:
    "experiments/**": {ignore: [missing-early-stopping]}
budgets:
  train: {energy: 2.5 kWh, per: run, warn_at: [50%]}
alerts:
  - {to: log}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A policy that extends another."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base/parent.yaml").write_text(PARENT, encoding="utf-8")
    (tmp_path / "greenlint.yaml").write_text(CHILD, encoding="utf-8")
    return tmp_path


def test_a_valid_policy_names_what_it_extends(cli: Cli, project: Path) -> None:
    ended = cli("policy", "check", cwd=project)
    assert (ended.code, ended.out, ended.err) == (
        0,
        "greenlint.yaml is valid. It extends base/parent.yaml.\n",
        "",
    )


def test_a_policy_is_found_upwards_and_shown_from_here(cli: Cli, project: Path) -> None:
    ended = cli("policy", "check", cwd=project / "base")
    assert ended.out == f"{project}/greenlint.yaml is valid. It extends parent.yaml.\n"


def test_the_worked_example_passes(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "greenlint-rules").mkdir()
    example = Path(__file__).parents[1] / "policy/example.yaml"
    (tmp_path / "greenlint.yaml").write_bytes(example.read_bytes())
    ended = cli("policy", "check")
    assert (ended.code, ended.err) == (0, "")


def test_every_problem_of_a_broken_policy(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "greenlint.yaml").write_text(
        """\
version: 1
extends: [strit]
mode: enforced
lint:
  select: [trainin]
  fail_on: {severty: low}
  mandatory: [oversized-prompt]
  ignore: [oversized-prompt]
regions:
  max_intensity: 150
budgets:
  train: {energy: 2.5 kwh, per: rnu}
""",
        encoding="utf-8",
    )
    ended = cli("policy", "check")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == snapshot("""\
greenlint: greenlint.yaml:2:11: no bundled policy is called `strit` (did you mean `strict`?)
greenlint: greenlint.yaml:3:7: `mode` must be observe, warn or enforce, not 'enforced' (did you mean `enforce`?)
greenlint: greenlint.yaml:5:12: no rule or family is called `trainin` (did you mean `training`?)
greenlint: greenlint.yaml:6:13: unknown key `lint.fail_on.severty` (did you mean `severity`?)
greenlint: greenlint.yaml:8:12: `oversized-prompt` is mandatory and cannot be ignored (mandatory by greenlint.yaml:7:15)
greenlint: greenlint.yaml:10:18: `regions.max_intensity` needs a unit, not 150 alone (units: gCO2e/kWh, kgCO2e/kWh, kgCO2e/MWh)
greenlint: greenlint.yaml:12:19: `budgets.train.energy` has the unknown unit 'kwh' (did you mean `2.5 kWh`?)
greenlint: greenlint.yaml:12:33: `budgets.train.per` must be call, run, hour, day or month, not 'rnu' (did you mean `run`?)
8 problems. `greenlint policy schema` lists every key.
""")


def test_options_of_rules_are_checked_with_their_places(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "greenlint.yaml").write_text(
        """\
version: 1
lint:
  rules:
    oversized-prompt: {max_tokns: 1}
    missing-early-stopping: {severity: high}
""",
        encoding="utf-8",
    )
    ended = cli("policy", "check")
    assert ended.code == 2
    assert ended.err == snapshot("""\
greenlint: greenlint.yaml:4:24: `lint.rules.oversized-prompt.max_tokns` is not an option of the rule (did you mean `max_tokens`?)
1 problem. `greenlint policy schema` lists every key.
""")


def test_a_broken_rule_of_ones_own_is_among_the_problems(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "ours/training").mkdir(parents=True)
    (tmp_path / "ours/training/a-rule.yaml").write_text("nme: a-rule\n", encoding="utf-8")
    (tmp_path / "greenlint.yaml").write_text(
        "version: 1\nmode: x\nlint: {rule_paths: [ours]}\n", encoding="utf-8"
    )
    ended = cli("policy", "check")
    assert ended.code == 2
    assert "greenlint.yaml:2:7: `mode` must be" in ended.err
    assert "unknown key `nme`" in ended.err


def test_rules_of_ones_own_must_be_there(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "greenlint.yaml").write_text(
        "version: 1\nlint: {rule_paths: [nowhere/]}\n", encoding="utf-8"
    )
    assert cli("policy", "check").err == (
        "greenlint: greenlint.yaml:2:21: there is no directory nowhere\n"
        "1 problem. `greenlint policy schema` lists every key.\n"
    )


def test_a_policy_that_is_not_yaml(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "greenlint.yaml").write_text("lint: {\n", encoding="utf-8")
    ended = cli("policy", "check")
    assert (ended.code, ended.err) == (
        2,
        (
            "greenlint: greenlint.yaml:2:1: is not YAML: did not find expected node content while"
            " parsing a flow node\n"
            "1 problem. `greenlint policy schema` lists every key.\n"
        ),
    )


@pytest.mark.parametrize("command", ["check", "show"])
def test_without_a_policy_there_is_nothing_to_do(cli: Cli, tmp_path: Path, command: str) -> None:
    ended = cli("policy", command)
    assert (ended.code, ended.err) == (
        2,
        (
            "greenlint: There is no greenlint.yaml here or in a directory above.\n"
            "Run `greenlint init` to start one, or name a file.\n"
        ),
    )


def test_a_file_that_is_not_there(cli: Cli) -> None:
    ended = cli("policy", "show", "nowhere.yaml")
    assert ended.code == 2
    assert ended.err.startswith("greenlint: nowhere.yaml: cannot be read: No such file")


def test_the_merged_policy_says_where_each_value_came_from(cli: Cli, project: Path) -> None:
    ended = cli("policy", "show", cwd=project)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == snapshot("""\
version: 1                              # greenlint.yaml:1
lint:
  fail_on:
    severity: high                      # base/parent.yaml:3
    confidence: medium                  # base/parent.yaml:3
  rules:
    oversized-prompt:
      max_tokens: 4000                  # base/parent.yaml:4
  select: [prompts, llm-calls]          # greenlint.yaml:5
  per_path:
    experiments/**:
      ignore: [missing-early-stopping]  # greenlint.yaml:7
extends: base/parent.yaml               # greenlint.yaml:2
mode: observe                           # greenlint.yaml:3
budgets:
  train:
    energy: 2.5 kWh                     # greenlint.yaml:9
    per: run                            # greenlint.yaml:9
    warn_at: [50%]                      # greenlint.yaml:9
alerts:
  - {to: log}                           # greenlint.yaml:11
""")


def test_the_merged_policy_reads_back_as_the_same(cli: Cli, project: Path) -> None:
    shown = yaml.safe_load(cli("policy", "show", cwd=project).out)
    machine = json.loads(cli("policy", "show", "--json", cwd=project).out)
    assert shown == machine["policy"]


def test_the_merged_policy_as_json(cli: Cli, project: Path) -> None:
    shown = json.loads(cli("policy", "show", "--json", cwd=project).out)
    assert (shown["version"], shown["files"]) == (1, ["base/parent.yaml", "greenlint.yaml"])
    assert shown["sources"]["/lint/fail_on/severity"] == {
        "path": "base/parent.yaml",
        "line": 3,
        "column": 23,
    }
    assert "/lint/per_path/experiments~1**/ignore/0" in shown["sources"]


def test_a_broken_policy_is_not_shown(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "greenlint.yaml").write_text("version: 1\nmode: x\n", encoding="utf-8")
    ended = cli("policy", "show")
    assert (ended.code, ended.out) == (2, "")
    assert "greenlint.yaml:2:7: `mode` must be observe, warn or enforce, not 'x'" in ended.err


def test_the_schema_is_json(cli: Cli) -> None:
    schema = json.loads(cli("policy", "schema").out)
    assert schema["title"] == "greenlint policy"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
