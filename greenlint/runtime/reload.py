"""Loads the policy on purpose: at the start of a program, or again while it runs."""

import os
from pathlib import Path

from greenlint.policy.runtime_policy import RuntimePolicy
from greenlint.runtime.session import current_session


def load_policy(path: str | os.PathLike[str] | None = None) -> RuntimePolicy:
    """Read the policy now, and hold all guarded code to it from its next call on.

    Without a path it is looked for: what GREENLINT_POLICY names, else the nearest greenlint.yaml
    upwards from the working directory. Without this call the policy is read when guarded code
    first runs; a service calls it at its start, so that no request waits for it, and again after a
    change of the file. PolicyError if it cannot be used: then the one before stays in force.
    Calls that run are settled under the policy that they began with.
    """
    return current_session().load(None if path is None else Path(path))
