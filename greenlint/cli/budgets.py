"""`greenlint budgets`: what was spent, reserved and left of each budget."""

import argparse
import sys
from typing import TYPE_CHECKING

from greenlint.cli.nearest import question
from greenlint.cli.selection import add_policy_options
from greenlint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenlint.cli.parser import Parser
    from greenlint.policy.runtime_policy import RuntimePolicy
    from greenlint.report.budget_status import BudgetStatus

EPILOG = """\
Examples:
  greenlint budgets
  greenlint budgets assistant-daily --all     every period of one budget
  greenlint budgets --format json

A bar shows what was spent, then what running programs hold on leases, then
what is left. More spent than the limit is debt: it stays, and the bar is full.
Budgets that stand in code only have the limit that they were last held to.
"""


def add_parser(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add `budgets` and its options."""
    parser = commands.add_parser(
        "budgets",
        usage="greenlint budgets [NAME ...] [OPTIONS]",
        description="Show what was spent, reserved and left of each budget.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("names", metavar="NAME", nargs="*", help="only these budgets")
    parser.add_argument("--all", action="store_true", help="periods and runs that are over as well")
    parser.add_argument(
        "--format", choices=("table", "json"), default="table", help="(default: table)"
    )
    add_policy_options(parser.add_argument_group("Which policy"))


def run(arguments: argparse.Namespace) -> int:
    """Print the budgets."""
    from greenlint.cli.console import style_for, write
    from greenlint.cli.runtime_policy import runtime_policy_for
    from greenlint.ledger.connect import ledger_place
    from greenlint.report.budget_status import worth_showing
    from greenlint.report.budgets import budgets_json, budgets_text

    policy = runtime_policy_for(arguments)
    found = _chosen(_statuses(policy), arguments.names)
    shown = found if arguments.all else list(worth_showing(found))
    if arguments.format == "json":
        write(budgets_json(shown, ledger_place(policy)))
        return 0
    if not shown:
        write(["No budget is declared in the policy, and none was used."])
        return 0
    write(budgets_text(shown, style_for("auto"), bar=_bar()))
    if hidden := sum(status.holder is not None for status in found if status not in shown):
        verb = "is" if hidden == 1 else "are"
        write(["", f"{hidden} more that {verb} over: greenlint budgets --all"])
    return 0


def _statuses(policy: "RuntimePolicy") -> "list[BudgetStatus]":
    from time import time

    from greenlint.ledger.connect import existing_ledger
    from greenlint.ledger.reading import read_accounts
    from greenlint.report.budget_status import budget_statuses

    ledger = existing_ledger(policy)
    records = read_accounts(ledger.database) if ledger else ()
    return budget_statuses(policy.budgets, records, time())


def _chosen(found: "list[BudgetStatus]", names: "Sequence[str]") -> "list[BudgetStatus]":
    known = {status.name for status in found}
    for name in names:
        if name not in known:
            message = f"There is no budget `{name}`{question(name, known)}"
            raise UsageError(message, hint="`greenlint budgets` lists them all.")
    return [status for status in found if not names or status.name in names]


def _bar() -> str:
    """The characters of a bar: blocks where the output can hold them."""
    from greenlint.report.budgets import BLOCKS, PLAIN

    try:
        BLOCKS.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return BLOCKS
