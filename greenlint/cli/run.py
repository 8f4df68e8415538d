"""`greenlint run`: any command, held to a budget of the policy without a change in its code."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.cli.duration_option import duration_option
from greenlint.errors import UsageError

if TYPE_CHECKING:
    from greenlint.cli.parser import Parser
    from greenlint.policy.budget import Budget
    from greenlint.policy.runtime_policy import RuntimePolicy
    from greenlint.runtime.command.holding import Holding
    from greenlint.runtime.command.process_tree import TreeUse

DENIED = 1
STOPPED = 124  # what timeout(1) returns for a command that it ended

EPILOG = """\
Examples:
  greenlint run --budget train -- python train.py --epochs 3
  greenlint run --budget nightly --grace 1min -- make experiments

The command and all that it starts are metered from outside: nothing in its code
changes. Where the policy says `on_exceed: stop`, all of its processes get
SIGTERM at the limit, and SIGKILL when the grace time is over. With `deny` it
goes on, and the next one is denied; with `warn` you are told. The run ends when
the last of its processes has, also those that the command left behind.

Standard input, output and errors, the terminal and the process group are the
command's own. Signals sent to this process are passed on to it.

Exit codes: the command's own (128 and the number for a signal that ended it),
124 stopped at the limit, 1 denied before it started, 127 no such command, 126
it cannot be run, 2 something for you to mend, 4 a bug in greenlint.
"""


def add_parser(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add `run` and its options."""
    parser = commands.add_parser(
        "run",
        usage="greenlint run --budget NAME [OPTIONS] -- COMMAND [ARGUMENT ...]",
        description="Run a command and hold it to a budget of the policy.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("--budget", metavar="NAME", required=True, help="a budget of the policy")
    parser.add_argument("--policy", metavar="FILE", type=Path, help="use this policy")
    parser.add_argument(
        "--grace",
        metavar="TIME",
        default="10s",
        help="how long the command may take to end before it is killed (default: 10s)",
    )
    parser.add_argument(
        "--quiet", "-q", action="store_true", help="say nothing unless a limit is reached"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Run the command to its end, or to that of its budget."""
    command = arguments.command[arguments.command[:1] == ["--"] :]
    if not command or not command[0]:
        raise UsageError("`greenlint run` needs a command.", hint="Write it after `--`.")
    if not sys.platform.startswith("linux"):
        raise UsageError(
            "`greenlint run` needs Linux, whose kernel can tell all processes of a command.",
            hint="Elsewhere, guard the code itself: `from greenlint import budget`.",
        )
    grace = duration_option("--grace", arguments.grace)
    policy = _policy(arguments)
    budget = _budget(policy, arguments.budget)
    if _is_held_already(budget):
        from greenlint.runtime.command.spawn import replace_self

        replace_self(command)
    return _hold(policy, budget, command, grace=grace, quiet=arguments.quiet)


def _hold(
    policy: "RuntimePolicy", budget: "Budget", command: Sequence[str], *, grace: float, quiet: bool
) -> int:
    from greenlint.cli.live_line import LiveLine
    from greenlint.report.held_command import denied_text, live_text, summary_text
    from greenlint.runtime.command.holding import Holding
    from greenlint.runtime.command.supervisor import Supervisor

    _log_to_stderr()
    # First of all, as it blocks signals for all threads that there will be.
    supervisor = Supervisor(interval=_interval(policy), grace=grace)
    with Holding(policy, budget, place=_place(command)) as holding:
        if reason := holding.denial():
            _say(denied_text(budget, reason))
            return DENIED
        with LiveLine(sys.stderr, wanted=not quiet) as line:

            def watch(use: "TreeUse") -> bool:
                stop = holding.look(use)
                line.show(live_text(budget, holding.state))
                return stop

            holding.begin()
            code = supervisor.run(command, _environment(holding), watch=watch)
        holding.settle()
        if not quiet or supervisor.stopped:
            _say(summary_text(budget, holding.state, stopped=supervisor.stopped))
    return STOPPED if supervisor.stopped else code


def _log_to_stderr() -> None:
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("greenlint: %(message)s"))
    logger = logging.getLogger("greenlint")
    logger.addHandler(handler)
    logger.propagate = False


def _place(command: Sequence[str]) -> str:
    """What a decision was about: the program, without its arguments, which may hold secrets."""
    return f"greenlint run {Path(command[0]).name}"


def _environment(holding: "Holding") -> Mapping[str, str]:
    """What the command sees: that it is held already, so that guards in it do not count again."""
    from greenlint.policy.outer_run import RUN_VARIABLE, OuterRun

    account = holding.account
    outer = OuterRun(account.budget, account.holder, account.period)
    return {"GREENLINT_RUN_ID": holding.run_id, **os.environ, RUN_VARIABLE: outer.text()}


def _interval(policy: "RuntimePolicy") -> float:
    return policy.sections.meter.interval if policy.sections else 1.0


def _policy(arguments: argparse.Namespace) -> "RuntimePolicy":
    from greenlint.policy.runtime_policy import load_runtime_policy
    from greenlint.policy.settings import find_policy

    path = arguments.policy or find_policy(Path.cwd())
    if path is None:
        raise UsageError(
            "There is no greenlint.yaml here or in a directory above.",
            hint="Run `greenlint init` to start one, or name a policy with --policy.",
        )
    return load_runtime_policy(path)


def _budget(policy: "RuntimePolicy", name: str) -> "Budget":
    from greenlint.cli.nearest import question
    from greenlint.report.screen import visible

    budget = policy.budgets.get(name)
    if budget is None:
        end = question(name, tuple(policy.budgets))
        named = ", ".join(policy.budgets) or "none"
        raise UsageError(
            f"The policy has no budget `{visible(name)}`{end}", hint=f"Its budgets: {named}."
        )
    if budget.limits.energy is None and budget.limits.carbon is None:
        raise UsageError(
            f"The budget `{name}` ({budget.source}) limits neither energy nor carbon.",
            hint="Only a guard in the code can count tokens and requests.",
        )
    return budget


def _is_held_already(budget: "Budget") -> bool:
    """Whether a run around this one charges the same budget: then only the command is wanted."""
    from greenlint.policy.outer_run import outer_run

    outer = outer_run(os.environ)
    return outer is not None and outer.budget == budget.name


def _say(text: str) -> None:
    sys.stderr.write(f"greenlint: {text}\n")
    sys.stderr.flush()
