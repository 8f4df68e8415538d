"""`greenlint region`: where this runs, on what evidence, and whether the policy agrees."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.cli.selection import add_policy_options
from greenlint.errors import UsageError

if TYPE_CHECKING:
    from greenlint.carbon.region import Detection
    from greenlint.cli.parser import Parser
    from greenlint.policy.limits import Regions
    from greenlint.report.region import RegionReport

EPILOG = """\
Examples:
  greenlint region                       where this process runs
  greenlint region --metadata            ask the cloud's metadata service too
  greenlint region aws:eu-north-1        what would be said of another region

Evidence is believed in this order: declared (the policy's regions.declared,
else GREENLINT_REGION), then what a platform sets itself, then the metadata
services. Variables such as AWS_REGION tell an SDK where to send requests: they
are shown as weak and never believed. Without --metadata, or regions.metadata in
the policy, nothing touches the network.

Exit codes: 0 the policy allows it or warns, 1 the policy forbids it, 2
something for you to mend.
"""


def add_parser(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add `region` and its options."""
    parser = commands.add_parser(
        "region",
        usage="greenlint region [REGION] [OPTIONS]",
        description="Show where this runs, and whether the policy allows it.",
        epilog=EPILOG,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "region", metavar="REGION", nargs="?", help="judge this one instead of the one detected"
    )
    parser.add_argument(
        "--metadata", action="store_true", help="ask the metadata services, for at most a second"
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="(default: text)"
    )
    add_policy_options(parser.add_argument_group("Which policy"))


def run(arguments: argparse.Namespace) -> int:
    """Print the report; 1 when the policy forbids the place."""
    from greenlint.cli.console import style_for, write
    from greenlint.policy.decision import Outcome
    from greenlint.report.region import region_json, region_text

    report = _report(arguments)
    if arguments.format == "json":
        write(region_json(report))
    else:
        write(region_text(report, style_for("auto")))
    return 1 if report.decision.outcome is Outcome.DENY else 0


def _report(arguments: argparse.Namespace) -> "RegionReport":
    from greenlint.cli.runtime_policy import runtime_policy_for
    from greenlint.policy.admission import (
        RegionLimits,
        decide_region,
        intensity_in_force,
        region_in_force,
        region_limits,
    )
    from greenlint.policy.intensity_lookup import intensity_lookup
    from greenlint.report.region import RegionReport

    policy = runtime_policy_for(arguments)
    regions = policy.sections.regions if policy.sections else None
    limits = region_limits(regions, policy.mode) if regions else RegionLimits()
    detection = _detected(arguments, regions)
    directory = policy.path.parent if policy.path else Path()
    lookup = intensity_lookup(regions.intensity if regions else None, directory)
    intensity = intensity_in_force(limits, detection, lookup)
    return RegionReport(
        detection,
        region_in_force(limits, detection),
        intensity,
        decide_region(limits, detection, intensity),
        _shown(policy.path),
    )


def _detected(arguments: argparse.Namespace, regions: "Regions | None") -> "Detection":
    from greenlint.carbon.metadata import ask_metadata
    from greenlint.carbon.region import Evidence, Strength, detect, judge
    from greenlint.carbon.zones import is_region

    if named := arguments.region:
        if not is_region(named):
            raise UsageError(
                f"`{named}` is no region.", hint="Write one such as aws:eu-north-1 or zone:FR."
            )
        named_here = Evidence("command line", Strength.DECLARED, named, "named on the command line")
        return judge((named_here,))
    ask = arguments.metadata or (regions is not None and regions.metadata)
    declared = regions.declared if regions else None
    return detect(declared, metadata=ask_metadata if ask else None)


def _shown(path: Path | None) -> str | None:
    from greenlint.policy.search import shown

    return shown(path) if path else None
