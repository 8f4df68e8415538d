"""`greenlint check --fix` and `--diff`: mend what was found, or show what that would change."""

import argparse
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.cli.check import CLEAN, FAILED, exit_code, outcome_of, report
from greenlint.errors import GreenlintError, Problem, UsageError

if TYPE_CHECKING:
    from greenlint.lint.engine import CheckRequest, CheckResult
    from greenlint.lint.fixing import Fixed, FixedFile


def fix(result: "CheckResult", request: "CheckRequest", arguments: argparse.Namespace) -> int:
    """Fix the findings of a check and report the rest; the exit code."""
    from greenlint.lint.fixing import fix_findings

    fixed = fix_findings(result, request, unsafe=arguments.unsafe_fixes)
    if arguments.diff:
        code = _show(fixed, arguments, "Would fix")
        left = sum(finding.fix is not None for finding in fixed.result.findings)
        if left and not arguments.unsafe_fixes:
            _say(f"{left:,} more fixable with `--fix --unsafe-fixes`.")
        return code
    outcome = replace(
        outcome_of(fixed.result, request, arguments),
        fixed=fixed.count,
        fixed_files=len(fixed.files),
        dropped=fixed.dropped,
    )
    if request.stdin is not None:
        # The text takes standard output, as filters do; only what is left decides the exit code.
        after = fixed.files[0].after if fixed.files else request.stdin.data
        sys.stdout.buffer.write(after)
        sys.stdout.buffer.flush()
    else:
        _write(fixed.files)
        if arguments.fix_only:
            _say(_counts(fixed, "Fixed"))
        else:
            report(outcome, arguments)
    return CLEAN if arguments.fix_only else exit_code(outcome, arguments)


def add_ignores(
    result: "CheckResult", request: "CheckRequest", arguments: argparse.Namespace
) -> int:
    """Suppress the findings of a check in comments and report the rest; the exit code."""
    from greenlint.lint.ignoring import ignore_findings

    if request.stdin is not None:
        raise UsageError("--add-ignore writes into files, so it goes with no `-`.")
    ignored = ignore_findings(result, request, arguments.add_ignore)
    if arguments.diff:
        return _show(ignored, arguments, "Would suppress")
    _write(ignored.files)
    outcome = outcome_of(ignored.result, request, arguments)
    report(outcome, arguments)
    _say(_counts(ignored, "Suppressed"))
    return exit_code(outcome, arguments)


def _show(fixed: "Fixed", arguments: argparse.Namespace, verb: str) -> int:
    from greenlint.cli.console import style_for, write
    from greenlint.report.diff import render

    write(render(fixed.files, style_for(arguments.color)))
    _say(_counts(fixed, verb))
    return FAILED if fixed.files and not arguments.exit_zero else CLEAN


def _counts(fixed: "Fixed", verb: str) -> str:
    from greenlint.report.summary import counted

    where = counted(len(fixed.files), "file")
    return f"{verb} {counted(fixed.count, 'finding')} in {where}."


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _write(files: "tuple[FixedFile, ...]") -> None:
    """Write every file that can be; GreenlintError for the others."""
    problems = [problem for file in files if (problem := _problem(file))]
    if problems:
        raise GreenlintError(problems, hint="The other files have been fixed.")


def _problem(file: "FixedFile") -> Problem | None:
    try:
        path = Path(os.path.realpath(file.path))
        if path.read_bytes() != file.before:
            return Problem("has changed while it was being fixed, and is left as it is", file.shown)
        _replace(path, file.after)
    except OSError as error:
        return Problem(f"cannot be written: {error.strerror}", file.shown)
    return None


def _replace(path: Path, data: bytes) -> None:
    """Put new content in the place of a file at one stroke, with the mode of the old."""
    if not os.access(path, os.W_OK):  # a rename would get round a file that is write-protected
        raise PermissionError(13, "Permission denied")
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(data)
        draft.chmod(stat.S_IMODE(path.stat().st_mode))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
