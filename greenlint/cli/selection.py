"""What to check and by which rules: the policy, with what the command line says on top."""

import argparse
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.errors import UsageError
from greenlint.level import Level

if TYPE_CHECKING:
    from greenlint.lint.ruleset import RuleCache
    from greenlint.policy.settings import LintSettings

CACHE = ".greenlint_cache"
LEVELS = ("low", "medium", "high")


def add_policy_options(group: argparse._ArgumentGroup) -> None:
    """--policy and --isolated, which several commands take."""
    group.add_argument("--policy", metavar="FILE", type=Path, help="use this policy")
    group.add_argument("--isolated", action="store_true", help="use no policy at all")


def add_selection_options(group: argparse._ArgumentGroup) -> None:
    """The options that choose rules, and how grave and sure a finding must be."""
    for name, text in (
        ("--select", "run only these"),
        ("--extend-select", "run these as well"),
        ("--ignore", "do not run these"),
    ):
        group.add_argument(name, metavar="RULES", action="append", default=[], help=text)
    for grade in ("severity", "confidence"):
        group.add_argument(
            f"--min-{grade}",
            metavar="LEVEL",
            choices=LEVELS,
            help=f"low, medium or high: hide findings of lower {grade}",
        )


def add_cache_options(group: argparse._ArgumentGroup) -> None:
    """--no-cache and --cache-dir."""
    group.add_argument("--no-cache", action="store_true", help="neither read nor write the cache")
    group.add_argument(
        "--cache-dir",
        metavar="DIR",
        type=Path,
        help=f"where the cache is (GREENLINT_CACHE_DIR, else {CACHE} beside the policy)",
    )


def settings_for(arguments: argparse.Namespace, paths: Sequence[str]) -> "LintSettings":
    """The settings of the policy of `paths`, changed as the command line says."""
    from greenlint.policy.settings import find_policy, load_settings

    policy: Path | None = arguments.policy
    if policy is not None and arguments.isolated:
        raise UsageError("--policy and --isolated exclude each other.")
    if policy is None and not arguments.isolated:
        policy = find_policy(start_of(paths))
    cache = cache_directory(arguments, policy.parent if policy else Path())
    return load_settings(policy, isolated=arguments.isolated, cache=cache)


def start_of(paths: Sequence[str]) -> Path:
    """Where the search for a policy starts: the directory that all the paths have in common."""
    common = Path(os.path.commonpath([Path(path).absolute() for path in paths or ["."]]))
    return common if common.is_dir() else common.parent


def selected(settings: "LintSettings", arguments: argparse.Namespace) -> "LintSettings":
    """The settings with the rules and levels of the command line; --select starts afresh."""
    select, extend = words(arguments.select), words(arguments.extend_select)
    ignore = words(arguments.ignore)
    if select:
        settings = replace(
            settings,
            select=select,
            extend_select=(),
            ignore=(),
            per_path=tuple(replace(path, select=()) for path in settings.per_path),
        )
    kept = tuple(word for word in settings.ignore if word not in extend)
    settings = replace(
        settings,
        extend_select=(*settings.extend_select, *extend),
        ignore=(*kept, *ignore),
    )
    if arguments.min_severity:
        settings = replace(settings, min_severity=Level.of(arguments.min_severity))
    if arguments.min_confidence:
        settings = replace(settings, min_confidence=Level.of(arguments.min_confidence))
    return settings


def words(lists: Iterable[str]) -> tuple[str, ...]:
    """The words of options that each hold several, with commas between them."""
    found = (word.strip() for text in lists for word in text.split(","))
    return tuple(word for word in found if word)


def cache_directory(arguments: argparse.Namespace, root: Path) -> Path | None:
    """Where the cache lies; None when there shall be none."""
    if arguments.no_cache:
        return None
    given: Path | None = arguments.cache_dir
    if given is not None:
        return given
    named = os.environ.get("GREENLINT_CACHE_DIR")
    return Path(named) if named else root / CACHE


def rule_cache(directory: Path | None) -> "RuleCache | None":
    """The cache of rule files in the cache directory."""
    from greenlint.lint.ruleset import RuleCache

    return RuleCache(directory) if directory else None
