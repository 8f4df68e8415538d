"""Every code block on the page of a rule is checked: the documentation is the test."""

import ast
from pathlib import Path

import pytest
from pages import (
    Block,
    Example,
    Marker,
    blocks,
    examples,
    fixes,
    page_of,
    policy_of,
    rule_at,
    rule_paths,
)

from greenlint.level import Level
from greenlint.lint.engine import CheckRequest, check
from greenlint.lint.finding import Finding
from greenlint.lint.fixing import fix_findings
from greenlint.lint.ruleset import BUILT_IN, Ruleset
from greenlint.policy.settings import LintSettings, PolicyFacts, load_settings


def all_examples() -> list[Example]:
    """The examples of all pages."""
    return [example for path in rule_paths() for example in examples(path)]


def all_fixes() -> list[tuple[Example, Block]]:
    """The examples of all pages that are fixed there, and what that makes of them."""
    return [pair for path in rule_paths() for pair in fixes(path)]


def fixable_rules() -> list[Path]:
    """The rules that have a fix."""
    return [path for path in rule_paths() if rule_at(path)[0].fix_safety is not None]


@pytest.mark.parametrize("example", all_examples(), ids=str)
def test_each_example_is_flagged_exactly_where_its_page_says(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A promise is a line of the page, with the levels that it names."""
    for block in example.blocks:
        path = tmp_path / block.shown
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(block.data)
    monkeypatch.chdir(tmp_path)
    findings = check(request(example, tmp_path)).findings
    by_path = {block.shown: block for block in example.blocks}
    promised = [_at(example, block, marker) for block in example.blocks for marker in block.markers]
    found = [_report(example, by_path[finding.path], finding) for finding in findings]
    assert sorted(found) == sorted(promised)


@pytest.mark.parametrize(("example", "after"), all_fixes(), ids=str)
def test_fixing_an_example_gives_exactly_what_its_page_shows(
    example: Example, after: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = example.blocks[0]
    (tmp_path / before.shown).write_bytes(before.data)
    monkeypatch.chdir(tmp_path)
    checked = request(example, tmp_path)
    fixed = fix_findings(check(checked), checked, unsafe=True)
    assert [file.after.decode() for file in fixed.files] == [after.text]
    assert fixed.dropped == ()


@pytest.mark.parametrize("path", fixable_rules(), ids=lambda path: path.stem)
def test_a_rule_with_a_fix_shows_it_on_its_page(path: Path) -> None:
    assert list(fixes(path))


@pytest.mark.parametrize("example", all_examples(), ids=str)
def test_fixing_ends_findings_changes_nothing_else_and_is_done_after_once(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for block in example.blocks:
        path = tmp_path / block.shown
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(block.data)
    monkeypatch.chdir(tmp_path)
    checked = request(example, tmp_path)
    result = check(checked)
    fixed = fix_findings(result, checked, unsafe=True)
    assert fixed.dropped == ()
    for file in fixed.files:
        Path(file.path).write_bytes(file.after)
        if file.path.endswith(".py"):
            ast.parse(file.after)
    again = check(checked)
    assert len(again.findings) == len(result.findings) - fixed.count
    assert fix_findings(again, checked, unsafe=True).files == ()


@pytest.mark.parametrize("path", rule_paths(), ids=lambda path: path.stem)
def test_code_on_a_page_is_python(path: Path) -> None:
    for block in blocks(page_of(path).read_text(encoding="utf-8")):
        if block.language == "python" and not block.notebook:
            ast.parse(block.text, filename=f"{page_of(path)}, block at line {block.line}")


def request(example: Example, root: Path) -> CheckRequest:
    """A check of the example's files with its rule alone, which shows all it finds."""
    rule, catalog = rule_at(example.page.with_suffix(".yaml"))
    names = {rule.name: rule.family, **dict.fromkeys(BUILT_IN, "")}
    ruleset = Ruleset(
        (rule,), catalog, "", chosen=frozenset(names), names=names, policy=_policy(example, root)
    )
    settings = LintSettings(select=(rule.name,), min_confidence=Level.LOW, root=str(root))
    return CheckRequest((".",), settings, ruleset, jobs=1)


def _policy(example: Example, root: Path) -> PolicyFacts:
    """What the policy on the page says; it is not in the way of the files that are checked."""
    if not (text := policy_of(example.page)):
        return PolicyFacts()
    path = root.parent / f"{root.name}.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path).facts


def _at(example: Example, block: Block, marker: Marker) -> str:
    levels = "".join(f" {key}={word}" for key, word in sorted(marker.levels.items()))
    return f"{example.page.name}:{block.line + marker.line - 1} {marker.rule}{levels}"


def _report(example: Example, block: Block, finding: Finding) -> str:
    """The finding as a promise spells it, with the levels that the promise on its line names."""
    line = finding.span.line
    if finding.cell is not None:
        first, _ = block.cells[finding.cell - 1]
        line += first - 1
    levels = {"confidence": finding.confidence.word, "severity": finding.severity.word}
    for marker in block.markers:
        if marker.line == line:
            named = {key: levels[key] for key in marker.levels}
            return _at(example, block, Marker(line, finding.rule, named))
    return f"{_at(example, block, Marker(line, finding.rule, levels))}: {finding.message}"
