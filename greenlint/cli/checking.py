"""A check as a command asks for it: the rules loaded, the cache found, progress shown."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.cli.selection import cache_directory, rule_cache, words
from greenlint.errors import PolicyError, Problem, UsageError

if TYPE_CHECKING:
    from greenlint.lint.engine import CheckRequest, CheckResult
    from greenlint.lint.ruleset import Ruleset
    from greenlint.policy.settings import LintSettings


def request_for(arguments: argparse.Namespace, settings: "LintSettings") -> "CheckRequest":
    """The check of `arguments.paths`, by default of the working directory."""
    from greenlint.lint.engine import CheckRequest

    cache = cache_directory(arguments, Path(settings.root))
    return CheckRequest(
        paths=tuple(arguments.paths) or (".",),
        settings=settings,
        ruleset=_ruleset(arguments, settings, cache),
        cache_dir=cache,
    )


def _ruleset(
    arguments: argparse.Namespace, settings: "LintSettings", cache: Path | None
) -> "Ruleset":
    from greenlint.lint.ruleset import load_ruleset

    try:
        return load_ruleset(settings, cache=rule_cache(cache))
    except PolicyError:
        _refuse_unknown_words(arguments, settings)
        raise


def _refuse_unknown_words(arguments: argparse.Namespace, settings: "LintSettings") -> None:
    """Blame the option, not the policy, for a name that the command line brought in."""
    from greenlint.cli.nearest import question
    from greenlint.lint.ruleset import BUILT_IN, load_all_rules

    rules = load_all_rules([Path(path) for path in settings.rule_paths])
    valid = {"ALL", *BUILT_IN, *(word for rule in rules for word in (rule.name, rule.family))}
    problems = []
    for option in ("select", "extend_select", "ignore"):
        for word in words(getattr(arguments, option)):
            if word not in valid:
                name, end = f"--{option.replace('_', '-')}", question(word, valid)
                problems.append(Problem(f"{name}: there is no rule or family `{word}`{end}"))
    if problems:
        raise UsageError(problems, hint="`greenlint rules` lists every rule and its family.")


def checked(request: "CheckRequest") -> "CheckResult":
    """The result of a check, with a progress bar where someone can see it."""
    from greenlint.lint.engine import check

    if not sys.stderr.isatty():
        return check(request)
    from greenlint.cli.progress import ProgressBar

    with ProgressBar() as bar:
        return check(request, progress=bar)
