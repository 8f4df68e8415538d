"""From a deployment file to matches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from greenlint.errors import GreenlintError
from greenlint.lint.deployment.container_facts import scaled_in
from greenlint.lint.deployment.matching import Hit, hits
from greenlint.lint.deployment.units import DeploymentFile, Unit, read_file
from greenlint.lint.finding import Span
from greenlint.lint.forms import Form
from greenlint.lint.source import Source, SourceError

if TYPE_CHECKING:
    from greenlint.lint.rule import Rule

_SCALED = "scaled:"


def find(source: Source, rules: Sequence["Rule"]) -> list[tuple[str, Hit, Span]]:
    """What the rules find, with the place of each; SourceError where the file can't be read."""
    file = _read(source)
    lines = source.text.split("\n")
    return [(rule.name, hit, _span(hit.unit, lines)) for rule in rules for hit in hits(file, rule)]


def survey(source: Source, wanted: frozenset[str]) -> frozenset[str]:
    """Which of the project facts `wanted` the file provides."""
    asked = {fact for fact in wanted if fact.startswith(_SCALED)}
    if not asked or source.form is not Form.MANIFEST or b"scaleTargetRef" not in source.data:
        return frozenset()
    try:
        found = scaled_in(_read(source))
    except SourceError:
        return frozenset()
    return frozenset(fact for fact in asked if fact.removeprefix(_SCALED) in found)


def _read(source: Source) -> DeploymentFile:
    try:
        return read_file(source.text, source.form, path=source.path)
    except GreenlintError as error:
        problem = error.problems[0]
        raise SourceError(problem.message, problem.line or 1, problem.column or 1) from None


def _span(unit: Unit, lines: Sequence[str]) -> Span:
    end = len(lines[unit.end_line - 1]) + 1 if unit.end_line <= len(lines) else 1
    return Span(unit.line, unit.column, unit.end_line, max(end, unit.column + 1))
