"""The rules of a run as SARIF describes them, each with its page as help text."""

from typing import TYPE_CHECKING, Any

from greenlint.level import Level
from greenlint.report.outcome import Outcome

if TYPE_CHECKING:
    from greenlint.lint.rule import Rule

LEVELS = {Level.HIGH: "error", Level.MEDIUM: "warning", Level.LOW: "note"}
GRADES = {Level.HIGH: "error", Level.MEDIUM: "warning", Level.LOW: "recommendation"}


def descriptors(outcome: Outcome) -> list[dict[str, Any]]:
    """Every rule that ran, and the built-in ones that found something, by name."""
    known = {rule.name: _rule(rule) for rule in outcome.rules}
    for finding in outcome.result.findings:
        if finding.rule not in known:
            known[finding.rule] = _plain(finding.rule, finding.severity)
    return [known[name] for name in sorted(known)]


def _rule(rule: "Rule") -> dict[str, Any]:
    page = rule.page.read_text("utf-8") if rule.page.is_file() else rule.summary
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": ["energy", rule.family],
            "precision": rule.confidence.word,
            "problem.severity": GRADES[rule.severity],
        },
    }


def _plain(name: str, severity: Level) -> dict[str, Any]:
    text = f"{name.replace('-', ' ').capitalize()}."
    return {
        "id": name,
        "shortDescription": {"text": text},
        "help": {"text": f"{text} Part of greenlint itself: greenlint explain {name}"},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {"tags": ["greenlint"]},
    }
