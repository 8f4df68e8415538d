"""`greenlint audit`: which green-AI practices a project shows, and which the policy misses."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.cli.selection import add_policy_options, start_of
from greenlint.errors import UsageError

if TYPE_CHECKING:
    from greenlint.cli.parser import Parser
    from greenlint.lint.audit import Audit

EPILOG = """\
Examples:
  greenlint audit                        the working directory
  greenlint audit . --format markdown
  greenlint audit --badge green-ai.svg

"Not seen" means that nothing in the project's files shows a practice; whoever
knows the project may know better. A practice that the policy requires
(`practices: {require: [...]}`) and that was not seen makes the exit code 1.
"""
CLEAN, MISSING, NOTHING_READ = 0, 1, 3


def add_parser(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add `audit` and its options."""
    parser = commands.add_parser(
        "audit",
        usage="greenlint audit [DIRECTORY] [OPTIONS]",
        description="Show which green-AI practices a project follows, place by place.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "directory", metavar="DIRECTORY", nargs="?", default=".", help="(default: the working one)"
    )
    parser.add_argument(
        "--format",
        choices=("table", "markdown", "json"),
        default="table",
        metavar="FORMAT",
        help="table, markdown or json (default: table)",
    )
    parser.add_argument("--badge", metavar="FILE", type=Path, help="write an SVG badge as well")
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        metavar="WHEN",
        help="auto, always or never; auto heeds NO_COLOR and FORCE_COLOR",
    )
    add_policy_options(parser.add_argument_group("Which policy"))


def run(arguments: argparse.Namespace) -> int:
    """Audit and report; the exit code."""
    if not Path(arguments.directory).is_dir():
        raise UsageError(
            f"There is no directory {arguments.directory}.", hint="An audit is of a whole project."
        )
    if arguments.badge is not None:
        from greenlint.cli.output import check_writable

        check_writable(arguments.badge)
    found = _audit(arguments)
    _report(found, arguments)
    if not found.files:
        sys.stderr.write("greenlint: there was no Python file or notebook to read.\n")
        return NOTHING_READ
    return MISSING if found.missing else CLEAN


def _audit(arguments: argparse.Namespace) -> "Audit":
    from greenlint.lint.audit import audit

    required: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    if (policy := _policy(arguments)) is not None:
        from greenlint.policy.loading import load_policy

        loaded = load_policy(policy).policy
        required, exclude = loaded.practices.require, loaded.lint.exclude
    if not sys.stderr.isatty():
        return audit(arguments.directory, required=required, exclude=exclude)
    from greenlint.cli.progress import ProgressBar

    with ProgressBar() as bar:
        return audit(arguments.directory, required=required, exclude=exclude, progress=bar)


def _policy(arguments: argparse.Namespace) -> Path | None:
    from greenlint.policy.search import find_policy

    policy: Path | None = arguments.policy
    if policy is not None and arguments.isolated:
        raise UsageError("--policy and --isolated exclude each other.")
    if policy is None and not arguments.isolated:
        policy = find_policy(start_of([arguments.directory]))
    return policy


def _report(found: "Audit", arguments: argparse.Namespace) -> None:
    from greenlint.cli.console import style_for, write
    from greenlint.report.audit import rendered, score

    write(rendered(arguments.format, found, style_for(arguments.color)))
    if arguments.badge is not None:
        from greenlint.cli.output import write_file
        from greenlint.report.badge import badge

        write_file(arguments.badge, badge(*score(found)))
