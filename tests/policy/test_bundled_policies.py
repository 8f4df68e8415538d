"""The policies that ship are valid, commented, and described by the schema that ships."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from greenlint.bundled import policies_directory, policy_names, rules_directory
from greenlint.lint.ruleset import BUILT_IN, load_ruleset
from greenlint.policy.loading import load_policy
from greenlint.policy.model import policy_schema
from greenlint.policy.settings import load_settings

EXAMPLE = Path(__file__).parent / "example.yaml"
POLICIES = sorted(policies_directory().glob("*.yaml"))


def test_the_bundled_policies_have_these_names() -> None:
    assert policy_names() == ("eu-low-carbon", "llm-app", "research-lab", "starter", "strict")
    assert (rules_directory() / "catalog").is_dir()


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_bundled_policy_is_valid_and_names_rules_that_exist(path: Path) -> None:
    load_policy(path)
    assert load_ruleset(load_settings(path)).names


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_bundled_policy_begins_with_what_it_is_for(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith(f"# {path.stem}: ")


def test_strict_fails_on_whatever_is_shown() -> None:
    settings = load_settings(policies_directory() / "strict.yaml")
    assert settings.fail_severity == settings.min_severity
    assert settings.fail_confidence == settings.min_confidence
    assert settings.require_reason
    assert not BUILT_IN & set(settings.mandatory)


@pytest.mark.parametrize("path", [EXAMPLE, *POLICIES], ids=lambda path: path.stem)
def test_the_schema_accepts_what_greenlint_accepts(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), policy_schema())


@pytest.mark.parametrize(
    "policy",
    [
        {"version": 1, "lnt": {}},
        {"version": 1, "budgets": {"a": {"energy": "5 apples", "per": "run"}}},
        {"version": 1, "regions": {"allow": ["mars"]}},
        {"version": 1, "meter": {"pue": 0}},
        {"mode": "warn"},
    ],
    ids=str,
)
def test_the_schema_refuses_what_greenlint_refuses(policy: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(policy, policy_schema())


@pytest.mark.parametrize(
    "policy",
    [
        {"version": 1, "budgets": {"inherited": {"on_exceed": "stop"}, "dropped": None}},
        {"version": 1, "sci": {"inherited": {"window": "2h"}}},
    ],
    ids=str,
)
def test_the_schema_lets_a_file_change_what_it_inherits(policy: dict[str, Any]) -> None:
    jsonschema.validate(policy, policy_schema())


def test_the_schema_is_one_and_describes_every_key() -> None:
    schema = policy_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert [key for key, described in _properties(schema) if "description" not in described] == []


def test_every_default_in_the_schema_fits_it() -> None:
    schema = policy_schema()
    for key, described in _properties(schema):
        if "default" in described:
            rule = {**described, "$defs": schema["$defs"]}
            assert jsonschema.Draft202012Validator(rule).is_valid(described["default"]), key


def test_the_schema_in_the_repository_is_the_one_of_the_model() -> None:
    stored = (policies_directory() / "policy.schema.json").read_text(encoding="utf-8")
    assert json.loads(stored) == policy_schema()


def _properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, definition in {"": schema, **schema["$defs"]}.items():
        for key, described in definition.get("properties", {}).items():
            yield f"{name}.{key}", described
