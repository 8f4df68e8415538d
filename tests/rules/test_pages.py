"""Every code block on the page of a rule is checked: the documentation is the test."""

import ast
from pathlib import Path

import pytest
from pages import Block, Example, Marker, blocks, examples, page_of, rule_at, rule_paths

from greenlint.lint.checker import Match, check_source, survey_source
from greenlint.lint.ruleset import Ruleset
from greenlint.lint.source import Source, parse_source


def all_examples() -> list[Example]:
    """The examples of all pages."""
    return [example for path in rule_paths() for example in examples(path)]


@pytest.mark.parametrize("example", all_examples(), ids=str)
def test_each_example_is_flagged_exactly_where_its_page_says(example: Example) -> None:
    rule, catalog = rule_at(example.page.with_suffix(".yaml"))
    ruleset = Ruleset(rules=(rule,), catalog=catalog, digest="")
    sources = {
        block: parse_source(block.data, shown=block.shown, notebook=block.notebook)
        for block in example.blocks
        if block.language == "python"
    }
    promised, found = [], []
    for block, source in sources.items():
        others = [other for other in sources.values() if other is not source]
        matches = _matches(source, others, ruleset)
        promised += [f"{example.page.name}:{_promise(block, marker)}" for marker in block.markers]
        found += [f"{example.page.name}:{_report(block, source, match)}" for match in matches]
    assert sorted(found) == sorted(promised)


@pytest.mark.parametrize("path", rule_paths(), ids=lambda path: path.stem)
def test_code_on_a_page_is_python(path: Path) -> None:
    for block in blocks(page_of(path).read_text(encoding="utf-8")):
        if block.language == "python" and not block.notebook:
            ast.parse(block.text, filename=f"{page_of(path)}, block at line {block.line}")


def _matches(source: Source, others: list[Source], ruleset: Ruleset) -> list[Match]:
    """The matches that the rest of the project leaves standing."""
    checked = check_source(source, ruleset)
    assert checked.unreadable is None
    wanted = frozenset(fact for match in checked.matches for fact in match.unless_project)
    facts = frozenset().union(*(survey_source(other, wanted, ruleset) for other in others))
    return [match for match in checked.matches if facts.isdisjoint(match.unless_project)]


def _promise(block: Block, marker: Marker) -> str:
    levels = "".join(f" {key}={word}" for key, word in sorted(marker.levels.items()))
    return f"{block.line + marker.line - 1}{levels}"


def _report(block: Block, source: Source, match: Match) -> str:
    """The finding as a promise spells it, with the levels that the promise on its line names."""
    line = _line_in_block(block, source, match.span.line)
    levels = {"confidence": match.confidence.word, "severity": match.severity.word}
    for marker in block.markers:
        if marker.line == line:
            return _promise(block, Marker(line, match.rule, {k: levels[k] for k in marker.levels}))
    return f"{_promise(block, Marker(line, match.rule, levels))} {match.message}"


def _line_in_block(block: Block, source: Source, line: int) -> int:
    """The line of the block that a line of the logical text was."""
    for cell, (first, _) in zip(source.cells, block.cells, strict=True) if source.cells else ():
        if cell.first_line <= line < cell.first_line + cell.line_count:
            return first + line - cell.first_line
    return line
