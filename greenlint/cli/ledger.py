"""`greenlint ledger`: what stands in the ledger, whether it is sound, and what to do about it."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from greenlint.cli.duration_option import duration_option
from greenlint.cli.selection import add_policy_options
from greenlint.errors import UsageError

if TYPE_CHECKING:
    from greenlint.cli.parser import Parser
    from greenlint.ledger.store import SqlLedger

EXPORTS = ("entries", "decisions", "accounts")
EPILOG = """\
Examples:
  greenlint ledger show                  accounts and open leases
  greenlint ledger verify                whether all sums, tokens and keys agree
  greenlint ledger export decisions --format csv
  greenlint ledger prune --older-than 90d

The ledger is the one that the policy names under `ledger`, else
.greenlint/ledger.db beside the policy. Amounts in JSON and CSV are whole
microjoules, micrograms of CO2 equivalent, tokens and requests; times are UTC.
"""
VERIFY_EPILOG = """\
Exit codes: 0 the ledger is sound, 1 something is wrong with it, 2 something
for you to mend.
"""


def add_parser(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add `ledger` and its subcommands."""
    parser = commands.add_parser(
        "ledger",
        description="Show, verify, recover, export or prune the record of what budgets spent.",
        epilog=EPILOG,
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser(
        "show", help="accounts and open leases", description="Show accounts and open leases."
    )
    _finish(show, _show, formats=("table", "json"))
    check = actions.add_parser(
        "verify",
        help="whether all sums, tokens and keys agree",
        description="Hold the ledger against what must be true of every one; changes nothing.",
        epilog=VERIFY_EPILOG,
    )
    _finish(check, _verify, formats=("text", "json"))
    recover = actions.add_parser(
        "recover",
        help="charge leases whose owner is gone",
        description="Charge leases that have expired in full, marked `estimated`.\n"
        "Every program that opens the ledger does so by itself.",
    )
    _finish(recover, _recover)
    export = actions.add_parser(
        "export",
        help="ended leases, decisions or accounts, as a table, JSON or CSV",
        description="Print ended leases, decisions or accounts.",
    )
    export.add_argument(
        "what",
        metavar="WHAT",
        nargs="?",
        choices=EXPORTS,
        default="entries",
        help="entries (leases that ended), decisions or accounts (default: entries)",
    )
    export.add_argument("--budget", metavar="NAME", help="only this budget")
    _finish(export, _export, formats=("table", "json", "csv"))
    prune = actions.add_parser(
        "prune",
        help="take out ended leases, decisions and usage that are old",
        description="Take out leases that ended, decisions and usage older than a time.\n"
        "Balances, open leases, alerts, and usage within the windows of the policy's\n"
        "SCI targets stay, and `greenlint ledger verify` still adds up. Safe while\n"
        "programs run.",
    )
    prune.add_argument(
        "--older-than", metavar="TIME", required=True, help="such as 90d; at least 1d"
    )
    _finish(prune, _prune)


def _finish(
    parser: "Parser",
    run: Callable[[argparse.Namespace], int],
    *,
    formats: tuple[str, ...] = (),
) -> None:
    parser.set_defaults(run=run)
    if formats:
        default = formats[0]
        parser.add_argument(
            "--format", choices=formats, default=default, help=f"(default: {default})"
        )
    add_policy_options(parser.add_argument_group("Which policy"))


def _show(arguments: argparse.Namespace) -> int:
    from time import time

    from greenlint.cli.console import style_for, write
    from greenlint.ledger.reading import read_accounts, read_leases
    from greenlint.report import ledger as report

    ledger = _opened(arguments)
    accounts, leases = read_accounts(ledger.database), read_leases(ledger.database)
    place = ledger.database.place
    if arguments.format == "json":
        rows = {
            "accounts": [report.account_row(record) for record in accounts],
            "leases": [report.lease_row(record) for record in leases],
        }
        write(report.rows_json(place, **rows))
        return 0
    style = style_for("auto")
    write([f"ledger {place}", ""])
    write(report.accounts_table(accounts, style))
    if leases:
        write([""])
        write(report.leases_table(leases, time(), style))
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from greenlint.cli.console import style_for, write
    from greenlint.errors import LedgerDamagedError
    from greenlint.ledger.verification import Verification, verify
    from greenlint.report.ledger import rows_json, verification_text

    try:
        ledger = _opened(arguments)
        found, place = verify(ledger.database), ledger.database.place
    except LedgerDamagedError as error:
        found = Verification(tuple(str(problem) for problem in error.problems))
        place = _place(arguments)
    if arguments.format == "json":
        problems = [{"problem": problem} for problem in found.problems]
        write(rows_json(place, problems=problems))
    else:
        write(verification_text(found, place, style_for("auto")))
    return 1 if found.problems else 0


def _recover(arguments: argparse.Namespace) -> int:
    from greenlint.cli.console import write

    recovered = _opened(arguments).recover()
    leases = "lease was" if recovered == 1 else "leases were"
    write([f"{recovered} expired {leases} charged in full."])
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from greenlint.cli.console import style_for, write
    from greenlint.report.ledger import export_lines

    what, form, budget = arguments.what, arguments.format, arguments.budget
    ledger = _opened(arguments)
    write(export_lines(what, form, ledger, budget=budget, style=style_for("auto")))
    return 0


def _prune(arguments: argparse.Namespace) -> int:
    from greenlint.cli.console import write
    from greenlint.cli.runtime_policy import runtime_policy_for
    from greenlint.ledger.store import KEEP_AT_LEAST
    from greenlint.policy.sci_limit import sci_limits
    from greenlint.report.summary import counted

    age = duration_option("--older-than", arguments.older_than)
    if age < KEEP_AT_LEAST:
        raise UsageError(
            f"--older-than must be at least 1d, not {arguments.older_than}.",
            hint="A process that was cut off from the ledger may come back to settle that late.",
        )
    sections = runtime_policy_for(arguments).sections
    windows = [limit.window for limit in sci_limits(sections).values()] if sections else []
    pruned = _opened(arguments).prune(age, usage_older_than=max(windows, default=0.0))
    leases, decisions = (
        counted(pruned.entries, "ended lease"),
        counted(pruned.decisions, "decision"),
    )
    write([f"Took out {leases}, {decisions} and {counted(pruned.minutes, 'minute')} of usage."])
    return 0


def _opened(arguments: argparse.Namespace) -> "SqlLedger":
    from greenlint.cli.runtime_policy import runtime_policy_for
    from greenlint.errors import LedgerError
    from greenlint.ledger.connect import existing_ledger, ledger_place

    policy = runtime_policy_for(arguments)
    if ledger := existing_ledger(policy):
        return ledger
    raise LedgerError(
        f"There is no ledger at {ledger_place(policy)} yet.",
        hint="It begins with the first call that a budget guards.",
    )


def _place(arguments: argparse.Namespace) -> str:
    from greenlint.cli.runtime_policy import runtime_policy_for
    from greenlint.ledger.connect import ledger_place

    return ledger_place(runtime_policy_for(arguments))
