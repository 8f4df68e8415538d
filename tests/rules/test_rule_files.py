"""What every rule owes: a page in order, evidence, and a record of findings that were read."""

import ast
import datetime as dt
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from new_rule import name_problem
from pages import HEADINGS, Block, blocks, headings, page_of, rule_at, rule_paths, section

from greenlint.lint.rule import Rule
from greenlint.lint.ruleset import load_all_rules, load_ruleset
from greenlint.policy.settings import LintSettings

every_rule = pytest.mark.parametrize("path", rule_paths(), ids=lambda path: path.stem)
every_code_rule = pytest.mark.parametrize(
    "path",
    [path for path in rule_paths() if rule_at(path)[0].reads_code],
    ids=lambda path: path.stem,
)
LANGUAGES = frozenset({"python", "dockerfile", "yaml"})


def rule_of(path: Path) -> Rule:
    """The rule in that file."""
    return rule_at(path)[0]


def page_text(path: Path) -> str:
    """The text of the page beside that file."""
    return page_of(path).read_text(encoding="utf-8")


def python_blocks(text: str) -> list[Block]:
    """The Python blocks in a page or a part of it."""
    return [block for block in blocks(text) if block.language == "python"]


def checked_blocks(text: str) -> list[Block]:
    """The blocks in a page, or a part of it, that are read like files."""
    return [block for block in blocks(text) if block.language in LANGUAGES]


def libraries(block: Block) -> frozenset[str]:
    """The packages that a block imports, apart from Python's own."""
    if block.notebook:
        code = "\n".join(line for line in block.text.split("\n") if line[:1] not in {"%", "!"})
    else:
        code = block.text
    return frozenset(_imported(ast.parse(code))) - sys.stdlib_module_names


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]


@every_rule
def test_a_rule_is_named_for_the_waste(path: Path) -> None:
    assert name_problem(path.stem) is None


@every_rule
def test_a_page_has_the_headings_in_order(path: Path) -> None:
    found = [heading for heading in headings(page_text(path)) if heading[0] < 3]
    assert found == [(1, path.stem), *((2, heading) for heading in HEADINGS)]


@every_rule
def test_no_section_is_empty_or_unfinished(path: Path) -> None:
    text = page_text(path)
    assert [heading for heading in HEADINGS if len(section(text, heading).split()) < 5] == []
    assert "TODO" not in text + path.read_text(encoding="utf-8")


@every_rule
def test_markers_name_the_rule_of_their_page(path: Path) -> None:
    named = {marker.rule for block in blocks(page_text(path)) for marker in block.markers}
    assert named == {path.stem}


@every_rule
def test_levels_on_a_page_are_words_that_exist(path: Path) -> None:
    markers = [marker for block in blocks(page_text(path)) for marker in block.markers]
    assert {key for m in markers for key in m.levels} <= {"confidence", "severity"}
    assert {word for m in markers for word in m.levels.values()} <= {"low", "medium", "high"}


@every_rule
def test_a_page_has_two_true_examples(path: Path) -> None:
    assert len([block for block in checked_blocks(page_text(path)) if block.markers]) >= 2


@every_code_rule
def test_a_page_has_true_examples_from_two_frameworks(path: Path) -> None:
    flagged = [block for block in python_blocks(page_text(path)) if block.markers]
    assert len({libraries(block) for block in flagged} - {frozenset()}) >= 2


@every_rule
def test_a_page_shows_the_waste_and_its_remedy(path: Path) -> None:
    text = page_text(path)
    assert any(block.markers for block in checked_blocks(section(text, "Example")))
    assert checked_blocks(section(text, "Use instead"))
    assert not any(block.markers for block in checked_blocks(section(text, "Use instead")))


@every_code_rule
def test_a_page_shows_that_unknown_arguments_are_no_finding(path: Path) -> None:
    quiet = [block.text for block in python_blocks(page_text(path)) if not block.markers]
    assert any("(**" in text or ", **" in text or "\n    **" in text for text in quiet)


@every_code_rule
def test_a_page_shows_a_name_of_another_library(path: Path) -> None:
    """The words "Not this library" stand right above a block that is clean."""
    _, found, rest = page_text(path).partition("Not this library")
    assert found
    assert not python_blocks(rest)[0].markers


@every_rule
def test_each_group_of_the_gate_occurs_in_each_flagged_example(path: Path) -> None:
    flagged = [block for block in checked_blocks(page_text(path)) if block.markers]
    for block in flagged:
        for group in rule_of(path).gate:
            assert any(word in block.text.encode() for word in group), (block.line, group)


@every_rule
def test_no_group_of_the_gate_lets_every_file_pass(path: Path) -> None:
    for group in rule_of(path).gate:
        assert [word for word in group if len(word) < 3] == []


@every_rule
def test_evidence_names_its_source_and_date(path: Path) -> None:
    evidence = rule_of(path).evidence
    assert evidence
    assert all(dt.date(2010, 1, 1) <= dt.date.fromisoformat(item.date) for item in evidence)
    assert all(len(item.source.split()) > 1 or "://" in item.source for item in evidence)


@every_rule
def test_findings_on_real_code_were_read(path: Path) -> None:
    """A rule of which nothing could be read is off, and its page says so."""
    rule = rule_of(path)
    if rule.precision is None:
        assert not rule.on_by_default
        assert "off by default" in page_text(path)


@every_rule
def test_a_detector_is_a_module_of_that_name(path: Path) -> None:
    detector = rule_of(path).detector
    if detector is not None:
        module = f"greenlint.lint.detectors.{detector.replace('-', '_')}"
        assert importlib.util.find_spec(module) is not None


def test_every_detector_belongs_to_a_rule() -> None:
    import greenlint.lint.detectors

    folder = Path(greenlint.lint.detectors.__file__ or "").parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    named = {(rule.detector or "").replace("-", "_") for rule in load_all_rules()}
    assert modules <= named


def test_two_thirds_of_the_rules_are_data_only() -> None:
    rules = load_all_rules()
    assert sum(rule.detector is None for rule in rules) >= 2 / 3 * len(rules)


def test_only_rules_that_proved_themselves_are_on_by_default() -> None:
    on = load_ruleset(LintSettings()).rules
    assert on
    for rule in on:
        assert rule.precision is not None
        assert rule.precision.true >= 0.9 * rule.precision.read


def test_every_page_belongs_to_a_rule() -> None:
    pages = {page for path in rule_paths() for page in path.parent.glob("*.md")}
    assert pages == {page_of(path) for path in rule_paths()}
