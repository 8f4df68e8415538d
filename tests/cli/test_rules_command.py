"""`greenlint rules`: every rule, and whether it is on."""

import json
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from pack import write_policy
from process import Cli


@pytest.fixture(autouse=True)
def _policy(tmp_path: Path, lab: Path) -> None:
    write_policy(tmp_path, lab)


def test_one_family_as_a_table(cli: Cli) -> None:
    """Name, state, severity, confidence, precision, and what it finds."""
    ended = cli("rules", "lab")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == snapshot("""\
  rule                                severity  confidence  precision
lab
  slow-weights                   on   low       medium      95% of 20
    Weights are read from disk on every pass of a loop.
""")


def test_one_rule_as_json(cli: Cli) -> None:
    """Versioned, and everything that one may set."""
    ended = cli("rules", "slow-weights", "--format", "json")
    assert json.loads(ended.out) == snapshot(
        {
            "version": 1,
            "rules": [
                {
                    "name": "slow-weights",
                    "family": "lab",
                    "summary": "Weights are read from disk on every pass of a loop.",
                    "on_by_default": True,
                    "severity": "low",
                    "confidence": "medium",
                    "precision": {"read": 20, "true": 19, "repositories": 10, "date": "2026-11-21"},
                    "options": {
                        "most": {
                            "type": "integer",
                            "default": 3,
                            "minimum": 1,
                            "maximum": None,
                            "description": "How many shards are few enough.",
                        }
                    },
                    "since": "1.0",
                }
            ],
        }
    )


def test_all_rules_are_listed_by_family(cli: Cli) -> None:
    """Greenlint's own first, then those of the policy's rule paths."""
    listed = json.loads(cli("rules", "--format", "json").out)["rules"]
    families = [rule["family"] for rule in listed]
    assert families[-1] == "lab"
    assert len(families) > 1
    rows = {tuple(line.split()[:2]) for line in cli("rules").out.splitlines()}
    states = {True: "on", False: "off"}
    assert rows >= {(rule["name"], states[rule["on_by_default"]]) for rule in listed}


def test_isolated_lists_only_what_greenlint_brings(cli: Cli) -> None:
    """Without the policy its rules are unknown."""
    assert cli("rules", "--isolated", "slow-weights").code == 2


def test_color_when_asked_for(cli: Cli) -> None:
    """FORCE_COLOR paints the table."""
    assert "\x1b[1m" in cli("rules", "lab", variables={"FORCE_COLOR": "1"}).out


def test_reading_about_rules_leaves_nothing_behind(cli: Cli, tmp_path: Path) -> None:
    """A cache is used where there is one, and made where it is asked for."""
    assert cli("rules", "--isolated", variables={"GREENLINT_CACHE_DIR": ""}).code == 0
    assert not (tmp_path / ".greenlint_cache").exists()
    assert cli("rules", "--isolated", "--cache-dir", "kept").code == 0
    assert list((tmp_path / "kept").iterdir())
    assert cli("rules", "--isolated", "--cache-dir", "none", "--no-cache").code == 0
    assert not (tmp_path / "none").exists()
