"""What is generated is what is committed, and the schemas say what the loader says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from greenlint import bundled
from greenlint.lint.rule_pack import Content, read_pack
from greenlint.lint.rule_text import CatalogText, RuleText
from greenlint.yaml_document import load_document

ROOT = Path(__file__).parents[2]
FILES = read_pack(bundled.rules_directory(), bundled=True)


def schema(name: str) -> dict[str, Any]:
    """A schema beside the rules."""
    found: dict[str, Any] = json.loads((ROOT / "rules" / name).read_text(encoding="utf-8"))
    return found


def test_nothing_generated_is_out_of_date() -> None:
    command = [sys.executable, "scripts/generate.py", "--check"]
    finished = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert (finished.stdout, finished.returncode) == ("", 0)


def test_the_schemas_are_those_of_the_models() -> None:
    for name, model in (("rule", RuleText), ("catalog", CatalogText)):
        committed = schema(f"{name}.schema.json")
        assert {**model.model_json_schema(), "title": ""}.items() <= {
            **committed,
            "title": "",
        }.items()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.stem)
def test_the_schemas_accept_every_bundled_file(file: Any) -> None:
    name = "rule.schema.json" if file.content is Content.RULE else "catalog.schema.json"
    document = load_document(file.data.decode(), file.path.name)
    jsonschema.Draft202012Validator(schema(name)).validate(document.data)


@pytest.mark.parametrize(
    "change",
    [
        {"sumary": "x"},
        {"name": "Some_Name"},
        {"severity": "hihg"},
        {"gate": [[]]},
        {"since": 0.1},
        {"match": [{"case": "a", "call": ["x.y"], "where": {"in": {"atleast": 3}}}]},
        {"precision": {"read": 0, "true": 0, "repositories": 1, "date": "2026-11-21"}},
    ],
)
def test_the_schema_of_rules_refuses_what_the_loader_refuses(change: dict[str, Any]) -> None:
    rule = {
        "name": "a",
        "summary": "b",
        "severity": "low",
        "confidence": "low",
        "since": "0.1",
        "gate": [["abc"]],
        "message": "c",
        "advice": "d",
        "match": [{"case": "a", "call": ["x.y"]}],
    }
    validator = jsonschema.Draft202012Validator(schema("rule.schema.json"))
    validator.validate(rule)
    assert not validator.is_valid({**rule, **change})
