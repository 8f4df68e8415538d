"""`greenlint audit` from the command line to its exit code."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from process import Cli

CODE = """\
from openai import OpenAI

client = OpenAI()
messages = [{"role": "user", "content": "x"}]
print(client.chat.completions.create(model="gpt-5-mini", messages=messages))
"""


@pytest.fixture(autouse=True)
def _project(tmp_path: Path) -> None:
    """A project that asks a model once."""
    (tmp_path / "ask.py").write_text(CODE, "utf-8")
    (tmp_path / "requirements.txt").write_text("openai\ncodecarbon\n", "utf-8")


def test_the_table_says_what_was_seen_and_where(cli: Cli) -> None:
    ended = cli("audit")
    assert ended.code == 0
    assert "+ energy-tracking\n    requirements  requires codecarbon\n" in ended.out
    assert "  response-caching\n    Keep answers under a key" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80
    assert ended.out.splitlines()[-1].endswith("practices that apply were seen in 1 Python files.")


def test_a_required_practice_that_is_not_seen_fails(cli: Cli, tmp_path: Path) -> None:
    policy = "version: 1\npractices: {require: [response-caching, energy-tracking]}\n"
    (tmp_path / "greenlint.yaml").write_text(policy, "utf-8")
    ended = cli("audit")
    assert ended.code == 1
    assert "The policy requires, and nothing shows: response-caching." in ended.out
    assert cli("audit", "--isolated").code == 0


def test_json_has_a_version_and_every_practice(cli: Cli) -> None:
    document = json.loads(cli("audit", "--format", "json").out)
    assert document["version"] == 1
    tracking = next(p for p in document["practices"] if p["name"] == "energy-tracking")
    assert tracking["sightings"] == [
        {"path": None, "line": None, "cell": None, "seen": "requires codecarbon"}
    ]
    assert document["activities"] == ["requests"]
    assert document["summary"]["files"] == 1


def test_markdown_is_a_table(cli: Cli) -> None:
    lines = cli("audit", "--format", "markdown").out.splitlines()
    assert "| energy-tracking | seen | `requirements` |" in lines
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1


def test_the_badge_is_an_svg_of_its_own(cli: Cli, tmp_path: Path) -> None:
    assert cli("audit", "--badge", "badge.svg").code == 0
    root = ET.parse(tmp_path / "badge.svg").getroot()  # noqa: S314 - our own file
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "green AI"
    assert texts[1] is not None
    assert texts[1].endswith(" practices")


def test_a_file_or_an_empty_directory_cannot_be_audited(cli: Cli, tmp_path: Path) -> None:
    assert cli("audit", "ask.py").code == 2
    (tmp_path / "empty").mkdir()
    assert cli("audit", "empty").code == 3
    assert cli("audit", "--badge", "no/where.svg").code == 2
