"""The labeled set is what docs/accuracy.md says it is, and the page is what was measured."""

import csv
import importlib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from greenlint.lint.ruleset import load_all_rules

ROOT = Path(__file__).parents[2]
DATA = ROOT / "benchmarks" / "accuracy"


def rows(name: str) -> list[dict[str, str]]:
    """A table beside the benchmark."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks/accuracy.py, which is no package."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("accuracy")


LABELS = rows("labels.csv")
SOURCES = rows("sources.csv")


def test_there_are_enough_labels_and_most_are_legitimate() -> None:
    verdicts = Counter(label["verdict"] for label in LABELS)
    assert verdicts.keys() == {"waste", "legitimate"}
    assert len(LABELS) >= 300
    assert verdicts["legitimate"] >= len(LABELS) / 2
    assert len({label["package"] for label in LABELS}) >= 10


def test_each_label_names_a_rule_a_place_and_a_reason() -> None:
    known = {rule.name for rule in load_all_rules()}
    for label in LABELS:
        assert label["rule"] in known
        assert label["why"].strip()
        assert label["corrected"] in {"", "waste", "legitimate"} - {label["verdict"]}
        for span in label["lines"].split(";"):
            found = re.fullmatch(r"(\d+)-(\d+)", span)
            assert found is not None, label
            assert 1 <= int(found[1]) <= int(found[2])


def test_no_place_is_labeled_twice_for_a_rule() -> None:
    keys = ("package", "version", "archive", "path", "lines", "rule")
    counts = Counter(tuple(label[key] for key in keys) for label in LABELS)
    assert [place for place, count in counts.items() if count > 1] == []


def test_labels_and_archives_belong_together() -> None:
    def places(table: list[dict[str, str]]) -> set[tuple[str, ...]]:
        return {(row["package"], row["version"], row["archive"]) for row in table}

    assert places(LABELS) == places(SOURCES)
    for source in SOURCES:
        assert re.fullmatch(r"[0-9a-f]{64}", source["sha256"])
        assert source["url"].startswith("https://files.pythonhosted.org/packages/")


def test_the_page_is_what_was_measured() -> None:
    command = [sys.executable, "benchmarks/accuracy.py", "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode == 0
    results: dict[str, Any] = json.loads((DATA / "results.json").read_text(encoding="utf-8"))
    assert results["labels"] == len(LABELS)
    assert results["waste"] == sum(label["verdict"] == "waste" for label in LABELS)


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        ([], {"a": (0, 1, 0, 2)}),
        ([12], {"a": (1, 0, 0, 2)}),
        ([12, 13, 31], {"a": (1, 0, 1, 1)}),
        ([99], {"a": (0, 1, 0, 2)}),
    ],
)
def test_a_finding_counts_for_the_narrowest_label(
    benchmark: ModuleType, lines: list[int], counts: dict[str, tuple[int, ...]]
) -> None:
    def label(spans: str, verdict: str) -> Any:
        return benchmark.Label("p", "1", "wheel", "p.py", spans, "a", verdict, "", "why")

    program = benchmark.Program("greenlint", {"a": "a"}, list, iter)
    labels = [label("10-20", "waste"), label("1-50", "legitimate"), label("30-32", "legitimate")]
    found = {benchmark.Finding("a", "p-1-wheel/p.py", line) for line in lines}
    scores, at_odds, elsewhere = benchmark.score(program, labels, found)
    assert {rule: score.counts() for rule, score in scores.items()} == counts
    assert len(at_odds) == counts["a"][1] + counts["a"][2]
    assert elsewhere == lines.count(99)
