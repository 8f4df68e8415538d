"""`greenlint sci`: the software carbon intensity over a window, and what it is made of."""

import argparse
from typing import TYPE_CHECKING

from greenlint.cli.selection import add_policy_options
from greenlint.errors import UsageError

if TYPE_CHECKING:
    from greenlint.carbon.intensity import Intensity
    from greenlint.cli.parser import Parser
    from greenlint.ledger.entry import Ledger
    from greenlint.policy.runtime_policy import RuntimePolicy
    from greenlint.policy.sci_limit import SciLimit
    from greenlint.report.sci import SciReport

EPILOG = """\
Examples:
  greenlint sci                          every target of the policy
  greenlint sci answer-question --format json

SCI = (O + M) per R, as the Green Software Foundation's specification 1.1 has
it: E is energy, I the location-based carbon intensity of the grid, O = E x I,
M the embodied carbon, R the functional unit. Sums are taken over the window
from the ledger; with no unit in it the score is undefined.

Exit codes: 0 every target is kept, or only warned about, 1 the policy forbids
one, 2 something for you to mend.
"""


def add_parser(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add `sci` and its options."""
    parser = commands.add_parser(
        "sci",
        usage="greenlint sci [NAME ...] [OPTIONS]",
        description="Show the software carbon intensity, and what it is made of.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument("names", metavar="NAME", nargs="*", help="only these targets of the policy")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="(default: text)"
    )
    add_policy_options(parser.add_argument_group("Which policy"))


def run(arguments: argparse.Namespace) -> int:
    """Print a report for each target; 1 when the policy forbids one."""
    from greenlint.cli.console import style_for, write
    from greenlint.policy.decision import Outcome
    from greenlint.report.sci import sci_json, sci_text

    reports = _reports(arguments)
    if arguments.format == "json":
        write(sci_json(reports))
    else:
        style = style_for("auto")
        for number, report in enumerate(reports):
            write([""] if number else [])
            write(sci_text(report, style))
    denied = any(report.decision.outcome is Outcome.DENY for report in reports)
    return 1 if denied else 0


def _reports(arguments: argparse.Namespace) -> "list[SciReport]":
    from greenlint.cli.runtime_policy import runtime_policy_for
    from greenlint.ledger.connect import open_ledger
    from greenlint.policy.limits import Ledger as LedgerSection
    from greenlint.policy.sci_limit import sci_limits

    policy = runtime_policy_for(arguments)
    limits = dict(sci_limits(policy.sections)) if policy.sections else {}
    for name in arguments.names:
        if name not in limits:
            raise _unknown(name, limits)
    if not limits or policy.path is None:
        raise UsageError(
            "The policy sets no SCI target.", hint="Declare one under `sci` in greenlint.yaml."
        )
    section = policy.sections.ledger if policy.sections else LedgerSection()
    ledger = open_ledger(section, policy.path.parent, recover=False)
    try:
        chosen = [limits[name] for name in dict.fromkeys(arguments.names or limits)]
        intensity = _intensity(policy)
        return [_report(limit, ledger, intensity) for limit in chosen]
    finally:
        ledger.close()


def _unknown(name: str, limits: "dict[str, SciLimit]") -> UsageError:
    from greenlint.cli.nearest import question

    known = ", ".join(limits) or "none"
    message = f"The policy has no SCI target `{name}`{question(name, limits)}"
    return UsageError(message, hint=f"It has: {known}.")


def _report(limit: "SciLimit", ledger: "Ledger", intensity: "Intensity | None") -> "SciReport":
    from greenlint.carbon.sci import Emissions
    from greenlint.ledger.entry import total_usage
    from greenlint.policy.amounts import MICRO
    from greenlint.policy.sci_limit import decide_sci
    from greenlint.report.sci import SciReport
    from greenlint.units import GramsCO2e, Joules

    parts = ledger.usage_within(limit.name, limit.window)
    usage = total_usage(parts)
    emissions = Emissions(
        GramsCO2e(usage.operational / MICRO), GramsCO2e(usage.embodied / MICRO), usage.units
    )
    return SciReport(
        limit=limit,
        energies={part.provenance: Joules(part.energy / MICRO) for part in parts if part.energy},
        emissions=emissions,
        unmeasured=sum(part.units for part in parts) - usage.units,
        intensity=intensity,
        decision=decide_sci(limit, emissions),
    )


def _intensity(policy: "RuntimePolicy") -> "Intensity | None":
    """The intensity where this process runs now; the ledger holds sums of what held before."""
    from greenlint.carbon.region import detect
    from greenlint.policy.admission import intensity_in_force, region_limits
    from greenlint.policy.intensity_lookup import intensity_lookup

    if policy.sections is None or policy.path is None:
        return None
    regions = policy.sections.regions
    lookup = intensity_lookup(regions.intensity, policy.path.parent)
    limits = region_limits(regions, policy.mode)
    return intensity_in_force(limits, detect(regions.declared), lookup)
