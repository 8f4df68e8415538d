"""`greenlint explain RULE`: the rule's page, what its options are and what is known of it."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.cli.rules import all_rules, unknown_rule
from greenlint.cli.selection import add_cache_options, add_policy_options, settings_for

if TYPE_CHECKING:
    from greenlint.cli.parser import Parser
    from greenlint.lint.rule import Rule

# Pages are tests, too: what a mark asserts besides "here" is of no use to a reader.
MARK = re.compile(r"# finding: [a-z0-9-].*$")

BUILT_IN = {
    "unreadable-file": """\
        A file that cannot be read or parsed: bytes that are no text, a syntax error, a broken
        notebook. What cannot be read cannot be checked, so it is said and never skipped. Mend
        the file, or leave it out with `lint.exclude` in the policy.""",
    "unused-suppression": """\
        A comment `# greenlint: ignore[RULE]` where the rule finds nothing. Remove it: it would
        hide the next finding, which nobody has looked at.""",
    "unknown-suppression": """\
        A comment `# greenlint: ignore[NAME]` with a name that no rule has. The message names the
        nearest rule.""",
    "unexplained-suppression": """\
        A suppression without a reason where the policy demands one
        (`lint.suppressions.require_reason`). Say why behind the bracket:
        `# greenlint: ignore[oversized-prompt] the contract must be quoted in full`.""",
}


def add_parser(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add `explain` and its options."""
    parser = commands.add_parser(
        "explain",
        usage="greenlint explain RULE [OPTIONS]",
        description="Show a rule's page: what it finds, why that wastes, what to do instead.",
        epilog="On a terminal the page is set for reading; elsewhere it is plain Markdown.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("name", metavar="RULE", help="the name, as reports print it")
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="(default: auto)"
    )
    add_policy_options(parser.add_argument_group("Which policy, for rules of your own"))
    add_cache_options(parser.add_argument_group("How it runs"))


def run(arguments: argparse.Namespace) -> int:
    """Print the page."""
    from greenlint.cli.console import columns, wants_color, write

    page = _page(arguments)
    import sys

    if not wants_color(arguments.color, sys.stdout):
        write([page.rstrip()])
        return 0
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    # Colors of the terminal's own and no backgrounds, so that it reads on light and on dark.
    theme = Theme({"markdown.code": "bold cyan", "markdown.h2": "bold underline"})
    console = Console(force_terminal=True, width=min(columns(), 100), theme=theme)
    with console.capture() as capture:
        console.print(Markdown(page, code_theme="ansi_dark"))
    write(capture.get().rstrip().splitlines())
    return 0


def _page(arguments: argparse.Namespace) -> str:
    name: str = arguments.name
    if name in BUILT_IN:
        text = "\n".join(line.strip() for line in BUILT_IN[name].splitlines())
        return f"# {name}\n\n{text}\n\nA finding of greenlint itself; `--ignore {name}` drops it.\n"
    rules = {rule.name: rule for rule in all_rules(arguments, settings_for(arguments, ()))}
    if name not in rules:
        raise unknown_rule(name, (*rules, *BUILT_IN))
    return "\n".join((_text(rules[name]).rstrip(), "", *_facts(rules[name])))


def _text(rule: "Rule") -> str:
    from greenlint.report.screen import visible

    try:
        lines = Path(rule.page).read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = [f"# {rule.name}", "", rule.summary]
    return "\n".join(MARK.sub(r"# finding", visible(line)) for line in lines)


def _facts(rule: "Rule") -> Iterator[str]:
    """What the rule's YAML says beside the page: levels, options, precision, evidence."""
    state = "on" if rule.on_by_default else "off"
    yield "## At a glance"
    yield ""
    yield f"- Family {rule.family}, since {rule.since}, {state} by default."
    yield f"- Severity {rule.severity.word}, confidence {rule.confidence.word}."
    if not rule.tests:
        yield "- It says nothing of tests."
    if rule.precision and rule.precision.read:
        found = rule.precision
        yield (
            f"- Precision {found.share:.0%}: {found.true} of {found.read} findings read in "
            f"{found.repositories} public repositories were true ({found.date})."
        )
    for name, option in rule.options.items():
        yield f"- Option `{name}`, {option.default} by default: {option.description}"
    if rule.evidence:
        yield ""
        yield "## Evidence"
        yield ""
    for evidence in rule.evidence:
        date = f", {evidence.date}" if evidence.date else ""
        yield f"- {evidence.effect} ({evidence.quality}{date}): {evidence.source}"
