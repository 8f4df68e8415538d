"""The command line: finds the command, runs it, and turns every error into words and a code."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from greenlint.errors import GreenlintError, UsageError

COMMANDS = {
    "check": "Find waste of energy in code and deployment files.",
    "audit": "Show which green-AI practices a project follows.",
    "run": "Run a command and hold it to a budget of the policy.",
    "rules": "List the rules: what they find and whether they are on.",
    "explain": "Show a rule's page: why it wastes, what to do, when it is quiet.",
    "baseline": "Write down today's findings, so that only new ones fail.",
    "init": "Start a policy: writes greenlint.yaml.",
    "policy": "Check a policy, or show what it comes to.",
    "budgets": "Show what was spent, reserved and left of each budget.",
    "ledger": "Show, verify, recover or export the record of what budgets spent.",
    "region": "Show where this runs, and whether the policy allows it.",
    "sci": "Show the software carbon intensity, and what it is made of.",
}

OVERVIEW = """\
One policy for AI code: find what wastes energy, carbon and money before it
runs, and hold it to its budgets while it runs.

Usage: greenlint COMMAND [OPTIONS]

Commands:
{commands}

Options:
  -h, --help     Show this, or with a command what that command takes.
  -V, --version  Show the version.
  --debug        Show the traceback of a crash (or set GREENLINT_DEBUG=1).

Examples:
  greenlint check                        the working directory
  greenlint check src train.ipynb        some files and directories
  greenlint check --diff-base main       only lines changed since a revision
  greenlint explain unbounded-generation
  greenlint run --budget train -- python train.py

Exit codes:
  0  nothing found that fails the run     3  no file to check
  1  findings that fail the run           4  a bug in greenlint
  2  something for you to mend          130  interrupted

Rules and limits live in greenlint.yaml: start one with `greenlint init`. In
code, decorators hold to them: `from greenlint import energy_budget`.
The documentation lies in the docs folder of the source distribution; each
rule brings its own page: `greenlint rules`, then `greenlint explain RULE`.
"""

BUG = 4
INTERRUPTED = 130
BROKEN_PIPE = 141


def dispatch(argv: Sequence[str]) -> int:
    """Find the command of a command line, import its module alone, and run it."""
    if not argv or argv[0] in {"-h", "--help", "help"}:
        from greenlint.cli.console import write

        listed = "\n".join(f"  {name:9} {summary}" for name, summary in COMMANDS.items())
        write(OVERVIEW.format(commands=listed).splitlines())
        return 0
    name = argv[0]
    if name not in COMMANDS:
        raise _unknown(name)
    _require_directory()
    from greenlint.cli.parser import parse

    module = import_module(f"greenlint.cli.{name}")
    arguments = parse(argv, module.add_parser)
    code: int = arguments.run(arguments)
    return code


def main(argv: Sequence[str], *, run: Callable[[Sequence[str]], int] = dispatch) -> int:
    """Run one command; the only place that catches every exception."""
    _open_closed_streams()
    debug = "--debug" in argv or os.environ.get("GREENLINT_DEBUG", "") not in {"", "0"}
    try:
        return run(_without_debug(argv))
    except SystemExit:  # argparse has shown a help
        return 0
    except GreenlintError as error:
        _tell(error)
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        return INTERRUPTED
    except BrokenPipeError:
        from greenlint.cli.console import give_up_stdout

        give_up_stdout()
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001  # whatever it is, it must become words and a code
        from greenlint.cli.crash import report

        report(error, debug=debug)
        return BUG


def _without_debug(argv: Sequence[str]) -> list[str]:
    """The arguments without --debug; what follows `--` is another program's."""
    end = argv.index("--") if "--" in argv else len(argv)
    return [*(word for word in argv[:end] if word != "--debug"), *argv[end:]]


def _unknown(name: str) -> UsageError:
    from greenlint.cli.nearest import nearest
    from greenlint.report.screen import visible

    kind = "option" if name.startswith("-") else "command"
    message = f"There is no {kind} `{visible(name)}`"
    if kind == "command" and os.access(name, os.F_OK):
        return UsageError(
            f"{message}.", hint=f"To check that path: greenlint check {visible(name)}"
        )
    close = nearest(name, (*COMMANDS, "--help", "--version", "--debug"))
    if close:
        return UsageError(f"{message}; did you mean `{close}`?")
    return UsageError(f"{message}.")


def _tell(error: GreenlintError) -> None:
    """The problems and the hint on stderr, with nothing in them that steers a terminal."""
    from greenlint.report.screen import visible

    lines = [f"greenlint: {visible(str(problem))}\n" for problem in error.problems]
    try:
        sys.stderr.writelines((*lines, f"{visible(error.hint)}\n" if error.hint else ""))
        sys.stderr.flush()
    except OSError:  # nobody hears; the exit code still speaks
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _open_closed_streams() -> None:
    """Who closed an output wants none of it; the exit code still speaks."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def _require_directory() -> None:
    try:
        os.getcwd()  # noqa: PTH109 - pathlib is not imported here
    except OSError as error:
        reason = error.strerror
        raise UsageError(f"The working directory can't be used: {reason}.") from None
