"""`greenlint rules`: every rule, and whether it is on."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenlint.cli.selection import (
    add_cache_options,
    add_policy_options,
    cache_directory,
    rule_cache,
    settings_for,
)
from greenlint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from greenlint.cli.parser import Parser
    from greenlint.lint.rule import Rule
    from greenlint.policy.settings import LintSettings

EPILOG = """\
Examples:
  greenlint rules
  greenlint rules training               the rules of one family
  greenlint rules --format json

A rule is on unless a policy says otherwise when, of its findings on public code
that were read one by one, at least 90 % were true (the column `precision`).
"""


def add_parser(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add `rules` and its options."""
    parser = commands.add_parser(
        "rules",
        usage="greenlint rules [NAME ...] [OPTIONS]",
        description="List the rules: what they find and whether they are on.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("names", metavar="NAME", nargs="*", help="only these rules or families")
    parser.add_argument(
        "--format", choices=("table", "json"), default="table", help="(default: table)"
    )
    add_policy_options(parser.add_argument_group("Which policy, for rules of your own"))
    add_cache_options(parser.add_argument_group("How it runs"))


def run(arguments: argparse.Namespace) -> int:
    """Print the rules."""
    settings = settings_for(arguments, ())
    rules = _chosen(all_rules(arguments, settings), arguments.names)
    from greenlint.cli.console import write

    if arguments.format == "json":
        write(_json(rules))
    else:
        write(_table(rules))
    return 0


def all_rules(arguments: argparse.Namespace, settings: "LintSettings") -> tuple["Rule", ...]:
    """The bundled rules and those of the policy's rule paths."""
    from greenlint.lint.ruleset import load_all_rules

    cache = cache_directory(arguments, Path(settings.root))
    if cache and not arguments.cache_dir and not cache.is_dir():
        cache = None  # reading about rules leaves no directory behind
    return load_all_rules([Path(path) for path in settings.rule_paths], cache=rule_cache(cache))


def _chosen(rules: "tuple[Rule, ...]", names: "Sequence[str]") -> "tuple[Rule, ...]":
    known = {rule.name for rule in rules} | {rule.family for rule in rules}
    for name in names:
        if name not in known:
            raise unknown_rule(name, known)
    return tuple(rule for rule in rules if not names or {rule.name, rule.family} & set(names))


def unknown_rule(name: str, known: "Iterable[str]") -> UsageError:
    """The error for a name that no rule has, with the nearest that one has."""
    from greenlint.cli.nearest import question

    message = f"There is no rule `{name}`{question(name, known)}"
    return UsageError(message, hint="`greenlint rules` lists them all.")


def _json(rules: "Iterable[Rule]") -> "Iterable[str]":
    import json

    listed = {"version": 1, "rules": [described(rule) for rule in rules]}
    return [json.dumps(listed, indent=2)]


def described(rule: "Rule") -> dict[str, Any]:
    """A rule as the json format lists it."""
    precision = rule.precision
    return {
        "name": rule.name,
        "family": rule.family,
        "summary": rule.summary,
        "on_by_default": rule.on_by_default,
        "severity": rule.severity.word,
        "confidence": rule.confidence.word,
        "precision": None
        if precision is None
        else {
            "read": precision.read,
            "true": precision.true,
            "repositories": precision.repositories,
            "date": precision.date,
        },
        "options": {
            name: {
                "type": option.type,
                "default": option.default,
                "minimum": option.minimum,
                "maximum": option.maximum,
                "description": option.description,
            }
            for name, option in rule.options.items()
        },
        "since": rule.since,
    }


def _table(rules: "Sequence[Rule]") -> "Iterable[str]":
    from itertools import groupby

    from greenlint.cli.console import style_for
    from greenlint.report.palette import BOLD, DIM, GREEN, LEVELS
    from greenlint.report.screen import visible, wrapped

    style = style_for("auto")
    yield style.paint(BOLD, f"  {'rule':30} {'':3}  severity  confidence  precision")
    for family, members in groupby(rules, key=lambda rule: rule.family):
        yield style.paint(BOLD, visible(family))
        for rule in members:
            state = style.paint(GREEN, "on ") if rule.on_by_default else style.paint(DIM, "off")
            severity = style.paint(LEVELS[rule.severity], f"{rule.severity.word:8}")
            name = style.paint(BOLD, f"{visible(rule.name):30}")
            yield f"  {name} {state}  {severity}  {rule.confidence.word:10}  {_precision(rule)}"
            for line in wrapped(rule.summary, style.width - 4):
                yield f"    {style.paint(DIM, line)}"


def _precision(rule: "Rule") -> str:
    if rule.precision is None or not rule.precision.read:
        return "not read yet"
    return f"{rule.precision.share:.0%} of {rule.precision.read}"
