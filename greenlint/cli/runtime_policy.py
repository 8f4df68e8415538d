"""The policy for commands about running code: found upwards, named, or none."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.errors import UsageError

if TYPE_CHECKING:
    from greenlint.policy.runtime_policy import RuntimePolicy


def runtime_policy_for(arguments: argparse.Namespace) -> "RuntimePolicy":
    """The policy that --policy names, else the nearest upwards; an empty one with --isolated."""
    from greenlint.policy.runtime_policy import RuntimePolicy, load_runtime_policy
    from greenlint.policy.settings import find_policy

    named: Path | None = arguments.policy
    if named is not None and arguments.isolated:
        raise UsageError("--policy and --isolated exclude each other.")
    path = None if arguments.isolated else named or find_policy(Path.cwd())
    return load_runtime_policy(path) if path else RuntimePolicy()
