"""`greenlint baseline write` and `prune`: today's findings written down, so that only new fail."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.cli.checking import checked, request_for
from greenlint.cli.selection import (
    add_cache_options,
    add_policy_options,
    add_selection_options,
    selected,
    settings_for,
)
from greenlint.errors import UsageError

if TYPE_CHECKING:
    from greenlint.cli.parser import Parser
    from greenlint.policy.settings import LintSettings

NAME = "greenlint-baseline.json"

EPILOG = """\
An entry is a path, a rule, the code and how often it occurs: lines may move.
Name the file in the policy, and `greenlint check` reads it; findings it holds
are shown as notes and fail nothing:

  lint:
    baseline: greenlint-baseline.json
"""

WRITE_EPILOG = """\
The file then holds what is found in the PATHs and nothing else, so name all
that your project checks.
"""


def add_parser(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add `baseline` and its two commands."""
    parser = commands.add_parser(
        "baseline",
        usage="greenlint baseline write|prune [PATH ...] [OPTIONS]",
        description="Write down today's findings, so that only new ones fail.",
        epilog=EPILOG,
    )
    kinds = parser.add_subparsers(
        title="Commands", metavar="COMMAND", required=True, prog="greenlint baseline"
    )
    write = kinds.add_parser("write", help="write every finding there is now", epilog=WRITE_EPILOG)
    write.set_defaults(run=run_write)
    prune = kinds.add_parser("prune", help="drop entries whose finding is gone")
    prune.set_defaults(run=run_prune)
    for kind, purpose in ((write, "Write every finding there is now."), (prune, "Drop entries.")):
        kind.description = purpose
        _add_options(kind)


def _add_options(parser: "Parser") -> None:
    parser.usage = f"{parser.prog} [PATH ...] [OPTIONS]"
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="what to check (default: the working directory)"
    )
    parser.add_argument(
        "--baseline", metavar="FILE", type=Path, help=f"(default: the policy's, else {NAME})"
    )
    rules = parser.add_argument_group("Which findings")
    add_policy_options(rules)
    add_selection_options(rules)
    add_cache_options(parser.add_argument_group("How it runs"))


def run_write(arguments: argparse.Namespace) -> int:
    """Check as if there were no baseline, and write what is found."""
    from greenlint.lint.baseline import Baseline
    from greenlint.policy.search import shown
    from greenlint.report.screen import visible
    from greenlint.report.summary import counted

    settings, path = _settings(arguments)
    findings = checked(request_for(arguments, replace(settings, baseline=None))).findings
    Baseline.of(findings, root=settings.root).write(path)
    files = counted(len({finding.path for finding in findings}), "file")
    _say(f"Wrote {counted(len(findings), 'finding')} in {files} to {visible(shown(path))}.")
    if not settings.baseline and not arguments.baseline:
        _say(f"Now name it in greenlint.yaml, under lint: `baseline: {path.name}`.")
    return 0


def run_prune(arguments: argparse.Namespace) -> int:
    """Drop the entries that match nothing any more."""
    from greenlint.lint.baseline import load_baseline
    from greenlint.policy.search import shown
    from greenlint.report.screen import visible

    settings, path = _settings(arguments)
    if not path.is_file():
        raise UsageError(f"There is no baseline {path}.", hint="Make one: greenlint baseline write")
    stale = checked(request_for(arguments, replace(settings, baseline=str(path)))).stale_baseline
    if stale:
        load_baseline(path, root=settings.root).without(stale).write(path)
    number = sum(entry.count for entry in stale)
    entries = "entry" if number == 1 else "entries"
    _say(f"Dropped {number:,} {entries} from {visible(shown(path))}.")
    return 0


def _settings(arguments: argparse.Namespace) -> "tuple[LintSettings, Path]":
    """The settings, and where the baseline lies."""
    settings = selected(settings_for(arguments, arguments.paths), arguments)
    if arguments.baseline:
        return settings, arguments.baseline.absolute()
    return settings, Path(settings.root, settings.baseline or NAME)


def _say(line: str) -> None:
    from greenlint.cli.console import write

    write([line])
