"""`greenlint policy`: check a policy, show what it comes to, print its JSON Schema."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.errors import GreenlintError, PolicyError, Problem, UsageError

if TYPE_CHECKING:
    from greenlint.policy.loading import MergedPolicy


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command with its three subcommands."""
    parser = commands.add_parser(
        "policy", description="Check a policy, or show what it comes to with all that it extends."
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    check = actions.add_parser(
        "check", help="report every problem at once", description="Report every problem at once."
    )
    check.set_defaults(run=_check)
    show = actions.add_parser(
        "show",
        help="the merged policy, each value with its place",
        description="Show the merged policy as YAML, each value with the place it came from.",
    )
    show.add_argument("--json", action="store_true", help="as JSON, with the places apart")
    show.set_defaults(run=_show)
    for command in (check, show):
        command.add_argument(
            "file", metavar="FILE", nargs="?", type=Path, help="instead of the policy found upwards"
        )
    schema = actions.add_parser(
        "schema",
        help="the JSON Schema of policy files",
        description="Print the JSON Schema of policy files, for editors.",
    )
    schema.set_defaults(run=_schema)


def _check(arguments: argparse.Namespace) -> int:
    from greenlint.cli.console import write
    from greenlint.policy.loading import merge_policy

    path = _file(arguments.file)
    try:
        merged = merge_policy(path)
    except PolicyError as error:
        raise _refusal(error.problems) from None
    problems = _problems(path, merged)
    if problems:
        files = list(merged.sources)
        raise _refusal(sorted(problems, key=lambda problem: _order(problem, files)))
    names = list(merged.sources)
    extended = f" It extends {', '.join(names[:-1])}." if len(names) > 1 else ""
    write([f"{names[-1]} is valid.{extended}"])
    return 0


def _refusal(problems: Sequence[Problem]) -> PolicyError:
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    return PolicyError(problems, hint=f"{count}. `greenlint policy schema` lists every key.")


def _order(problem: Problem, files: list[str]) -> tuple[int, int, int]:
    """Problems stand file by file, as they are merged; those of rule files come last."""
    file = files.index(problem.path) if problem.path in files else len(files)
    return (file, problem.line or 0, problem.column or 0)


def _show(arguments: argparse.Namespace) -> int:
    from greenlint.cli.console import write
    from greenlint.policy.loading import load_policy
    from greenlint.report.policy import policy_json, policy_yaml

    merged = load_policy(_file(arguments.file)).merged
    write(policy_json(merged) if arguments.json else policy_yaml(merged))
    return 0


def _schema(_: argparse.Namespace) -> int:
    import json

    from greenlint.cli.console import write
    from greenlint.policy.model import policy_schema

    write(json.dumps(policy_schema(), indent=2).splitlines())
    return 0


def _file(named: Path | None) -> Path:
    if named is not None:
        return named
    from greenlint.policy.settings import find_policy

    if found := find_policy(Path.cwd()):
        return found
    raise UsageError(
        "There is no greenlint.yaml here or in a directory above.",
        hint="Run `greenlint init` to start one, or name a file.",
    )


def _problems(path: Path, merged: "MergedPolicy") -> tuple[Problem, ...]:
    """Every problem of the policy and of the rules that it brings."""
    from greenlint.lint.rule_selection import names_of, option_problems
    from greenlint.lint.ruleset import load_all_rules
    from greenlint.policy.loading import missing_rule_paths, rule_paths
    from greenlint.policy.names import check_rule_names
    from greenlint.policy.search import is_directory
    from greenlint.policy.settings import load_settings

    problems = list(missing_rule_paths(merged))
    settings = None
    try:
        settings = load_settings(path)
    except PolicyError as error:
        problems += error.problems
    directories = [Path(name) for name in rule_paths(merged)]
    try:
        rules = load_all_rules([path for path in directories if is_directory(path)])
    except GreenlintError as error:
        return (*problems, *error.problems)
    known = names_of(rules)
    problems += check_rule_names(merged.document, known)
    if settings is not None:
        problems += option_problems(rules, settings)
    return tuple(problems)
