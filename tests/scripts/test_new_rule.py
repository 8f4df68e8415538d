"""The script that starts a rule."""

import subprocess
import sys
from pathlib import Path

import pytest

from greenlint.lint.rule_pack import read_pack
from greenlint.lint.rule_text import RuleText
from greenlint.yaml_document import load_document

SCRIPT = Path(__file__).parents[2] / "scripts" / "new_rule.py"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A directory of rules with two families and one rule."""
    for name in ("training", "prompts", "catalog"):
        (tmp_path / name).mkdir()
    (tmp_path / "training" / "old-waste.yaml").touch()
    return tmp_path


def run(rules: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The script, started as a contributor starts it."""
    command = [sys.executable, str(SCRIPT), *arguments, "--rules", str(rules)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_it_starts_a_rule_and_its_page(rules: Path) -> None:
    finished = run(rules, "prompts", "wasted-words")
    assert finished.returncode == 0
    assert "pytest tests/rules -k wasted-words" in finished.stdout
    page = (rules / "prompts" / "wasted-words.md").read_text(encoding="utf-8")
    assert page.startswith("# wasted-words\n")
    assert "# finding: wasted-words" in page


def test_what_it_starts_is_a_rule_that_is_not_done(rules: Path) -> None:
    run(rules, "prompts", "wasted-words")
    (file,) = (file for file in read_pack(rules) if file.path.stem == "wasted-words")
    rule = RuleText.model_validate(load_document(file.data.decode(), "rule").data)
    assert rule.name == "wasted-words"
    assert rule.precision is None
    assert b"TODO" in file.data


@pytest.mark.parametrize(
    ("family", "name", "said"),
    [
        ("training", "use-less", "name a rule for the waste: `use-less` begins with `use-`"),
        ("training", "avoid-waste", "`avoid-waste` begins with `avoid-`"),
        ("training", "prefer-less", "`prefer-less` begins with `prefer-`"),
        ("training", "no-waste", "`no-waste` begins with `no-`"),
        ("training", "missing-best-way", "`missing-best-way` begins with `missing-best-`"),
        ("training", "Some_Waste", "`Some_Waste` is not words of a-z and 0-9 joined by hyphens"),
        ("trainning", "waste", "there is no family `trainning` (valid: prompts, training)"),
        ("catalog", "waste", "there is no family `catalog` (valid: prompts, training)"),
        ("prompts", "old-waste", "old-waste.yaml already"),
    ],
)
def test_it_refuses_what_can_be_no_rule(rules: Path, family: str, name: str, said: str) -> None:
    before = sorted(rules.rglob("*"))
    finished = run(rules, family, name)
    assert finished.returncode == 2
    assert said in finished.stderr
    assert sorted(rules.rglob("*")) == before
