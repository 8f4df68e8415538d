"""`greenlint check`: find waste, report it, and say by the exit code whether it fails."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from greenlint.cli.checking import checked, request_for
from greenlint.cli.parser import EXIT_CODES, Parser
from greenlint.cli.selection import (
    add_cache_options,
    add_policy_options,
    add_selection_options,
    selected,
    settings_for,
)
from greenlint.errors import UsageError
from greenlint.report import FORMATS

if TYPE_CHECKING:
    from greenlint.lint.engine import CheckRequest, CheckResult, StdinFile
    from greenlint.policy.settings import LintSettings
    from greenlint.report.outcome import Outcome

_MAX_DIGITS = 9
CLEAN, FAILED, NOTHING_CHECKED = 0, 1, 3

EXAMPLES = """\
Examples:
  greenlint check                             the working directory
  greenlint check src notebooks/train.ipynb
  greenlint check --select training,oversized-prompt
  greenlint check --diff-base origin/main     only lines changed since then
  greenlint check --output sarif=out.sarif    text here, SARIF in a file
  cat a.py | greenlint check - --stdin-filename src/a.py

RULES are names of rules and families, with commas, or ALL; options with RULES
and --output may be given several times.

"""


def add_parser(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add `check` and its options."""
    parser = commands.add_parser(
        "check",
        usage="greenlint check [PATH ...] [OPTIONS]",
        description="Find waste of energy in Python files, notebooks, Dockerfiles and manifests.",
        epilog=EXAMPLES + EXIT_CODES,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="a file, a directory, or - for standard input (default: the working directory)",
    )
    _add_scope(parser.add_argument_group("What is checked"))
    _add_rules(parser.add_argument_group("Which findings"))
    _add_fixes(parser.add_argument_group("Fixes"))
    _add_report(parser.add_argument_group("How they are reported"))
    _add_work(parser.add_argument_group("How it runs"))


def _add_scope(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--stdin-filename", metavar="FILE", help="the path that standard input is checked as"
    )
    group.add_argument(
        "--diff-base", metavar="REV", help="report only lines changed since a git revision"
    )
    group.add_argument("--show-files", action="store_true", help="list the files, check nothing")


def _add_rules(group: argparse._ArgumentGroup) -> None:
    add_policy_options(group)
    add_selection_options(group)
    group.add_argument(
        "--baseline", metavar="FILE", help="findings in this baseline are only notes"
    )
    group.add_argument(
        "--show-settings", action="store_true", help="print the settings, check nothing"
    )


def _add_fixes(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--fix", action="store_true", help="mend what can be mended safely")
    group.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="with fixes that may change numbers or behavior",
    )
    group.add_argument(
        "--diff", action="store_true", help="show what --fix would change, write nothing"
    )
    group.add_argument("--fix-only", action="store_true", help="fix, and do not report the rest")
    group.add_argument(
        "--add-ignore",
        metavar="REASON",
        help="suppress what is found, with a comment that says why",
    )


def _add_report(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help=f"{', '.join(FORMATS)} (default: text)",
        metavar="FORMAT",
    )
    group.add_argument(
        "--output",
        metavar="FORMAT=FILE",
        action="append",
        default=[],
        type=_output,
        help="write a report to a file as well",
    )
    group.add_argument("--statistics", action="store_true", help="count findings by rule instead")
    group.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        metavar="WHEN",
        help="auto, always or never; auto heeds NO_COLOR and FORCE_COLOR",
    )
    group.add_argument("-q", "--quiet", action="store_true", help="only findings, no summary")
    group.add_argument("--exit-zero", action="store_true", help="exit with 0 whatever is found")


def _add_work(group: argparse._ArgumentGroup) -> None:
    add_cache_options(group)
    group.add_argument(
        "--jobs", metavar="N", type=_jobs, help="processes at most (default: one per core)"
    )


def _output(text: str) -> tuple[str, Path]:
    form, _, file = text.partition("=")
    if form not in FORMATS or not file:
        raise argparse.ArgumentTypeError(
            f"`{text}` is not FORMAT=FILE with one of {', '.join(FORMATS)}"
        )
    return form, Path(file)


def _jobs(text: str) -> int:
    if not text.isdecimal() or len(text) > _MAX_DIGITS or int(text) < 1:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number from 1 upwards")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Check, report, and return the exit code."""
    _refuse_contradictions(arguments)
    paths = tuple(arguments.paths) or (".",)
    settings = _settings(arguments, paths)
    if arguments.show_settings:
        return _show_settings(settings)
    if arguments.show_files:
        return _show_files(paths, settings)
    request = _request(arguments, settings)
    result = checked(request)
    if arguments.add_ignore is not None:
        from greenlint.cli.fixes import add_ignores

        return add_ignores(result, request, arguments)
    if arguments.fix or arguments.fix_only or arguments.diff:
        from greenlint.cli.fixes import fix

        return fix(result, request, arguments)
    outcome = outcome_of(result, request, arguments)
    report(outcome, arguments)
    return exit_code(outcome, arguments)


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    if "-" in arguments.paths and len(arguments.paths) > 1:
        raise UsageError("`-` for standard input goes with no other path.")
    if arguments.stdin_filename and arguments.paths != ["-"]:
        raise UsageError("--stdin-filename goes with the path `-` only.")
    fixes = arguments.fix or arguments.fix_only or arguments.unsafe_fixes
    if arguments.add_ignore is not None and fixes:
        raise UsageError("--add-ignore goes with --diff, but not with fixes: fix first.")
    if arguments.add_ignore is not None and not arguments.add_ignore.strip():
        raise UsageError("--add-ignore needs a reason.", hint='Such as: --add-ignore "see #42"')
    if arguments.diff and arguments.format != "text":
        raise UsageError("--diff prints a diff, so it goes with no --format.")
    if arguments.statistics and arguments.format not in {"text", "concise"}:
        raise UsageError(
            f"--statistics and --format {arguments.format} exclude each other.",
            hint="The summary of the json format counts findings by rule, too.",
        )
    from greenlint.cli.output import check_writable

    for _, path in arguments.output:
        check_writable(path)


def _settings(arguments: argparse.Namespace, paths: tuple[str, ...]) -> "LintSettings":
    from dataclasses import replace

    if paths == ("-",):
        paths = (arguments.stdin_filename or ".",)
    settings = selected(settings_for(arguments, paths), arguments)
    if arguments.baseline is None:
        return settings
    baseline = Path(arguments.baseline)
    if not baseline.is_file():
        raise UsageError(
            f"There is no baseline {baseline}.", hint="Make one: greenlint baseline write"
        )
    return replace(settings, baseline=str(baseline.absolute()))


def _request(arguments: argparse.Namespace, settings: "LintSettings") -> "CheckRequest":
    from dataclasses import replace

    return replace(
        request_for(arguments, settings),
        jobs=arguments.jobs,
        stdin=_stdin(arguments) if arguments.paths == ["-"] else None,
        diff_base=arguments.diff_base,
    )


def _stdin(arguments: argparse.Namespace) -> "StdinFile":
    from greenlint.lint.engine import StdinFile
    from greenlint.lint.source import MAX_NOTEBOOK_BYTES

    if sys.stdin is None:
        raise UsageError("Standard input is closed.", hint="Name a file instead of `-`.")
    # One byte too many is enough to be refused, however much would come.
    data = sys.stdin.buffer.read(MAX_NOTEBOOK_BYTES + 1)
    return StdinFile(arguments.stdin_filename or "<stdin>", data)


def outcome_of(
    result: "CheckResult", request: "CheckRequest", arguments: argparse.Namespace
) -> "Outcome":
    """The result of a check as the reports need it."""
    from greenlint.report.outcome import Outcome

    settings = request.settings
    return Outcome(
        result,
        request.ruleset.rules,
        settings.fail_severity,
        settings.fail_confidence,
        unsafe_fixes=arguments.unsafe_fixes,
    )


def report(outcome: "Outcome", arguments: argparse.Namespace) -> None:
    """Write every report that was asked for."""
    from greenlint.cli.console import style_for, write
    from greenlint.cli.output import write_file
    from greenlint.report import rendered
    from greenlint.report.palette import Style

    for form, path in arguments.output:
        write_file(path, rendered(form, outcome, Style(quiet=arguments.quiet)))
    form = "statistics" if arguments.statistics else arguments.format
    write(rendered(form, outcome, style_for(arguments.color, quiet=arguments.quiet)))


def exit_code(outcome: "Outcome", arguments: argparse.Namespace) -> int:
    """What the run comes to."""
    summary = outcome.result.summary
    skipped = summary.skipped_notebooks + summary.skipped_templates + summary.not_manifests
    if not (summary.checked or summary.excluded or skipped):
        sys.stderr.write("greenlint: there was no file to check.\n")
        return NOTHING_CHECKED
    return FAILED if outcome.failing and not arguments.exit_zero else CLEAN


def _show_files(paths: tuple[str, ...], settings: "LintSettings") -> int:
    from greenlint.cli.console import write
    from greenlint.lint.discovery import discover
    from greenlint.report.screen import visible

    found = discover(paths, root=settings.root, exclude=settings.exclude)
    shown = [visible(file.shown) for file in found.files]
    write(shown)
    return CLEAN if shown else NOTHING_CHECKED


def _show_settings(settings: "LintSettings") -> int:
    import json
    from dataclasses import asdict

    from greenlint.cli.console import write
    from greenlint.level import Level

    levels = {"min_severity", "min_confidence", "fail_severity", "fail_confidence"}
    shown: dict[str, Any] = {
        name: Level(value).word if name in levels else value
        for name, value in asdict(settings).items()
    }
    for rule in shown["rules"].values():
        rule["severity"] = rule["severity"] and Level(rule["severity"]).word
    write(json.dumps(shown, indent=2).splitlines())
    return CLEAN
