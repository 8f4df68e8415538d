"""Git, asked as a program: nothing that a repository configures is run, nothing is written."""

import os
from collections.abc import Sequence

# What a hook's surroundings set would bind git to a repository other than the directory's own.
_BINDING = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"})
# Git waits for ever to open a .gitignore that is a pipe.
_TIME_LIMIT_S = 60.0
_NEVER_RUN = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=true")


def git(directory: str, arguments: Sequence[str]) -> bytes | None:
    """What `git ARGUMENTS` prints in `directory`; None when it is missing, fails or hangs."""
    return _output(directory, (*_NEVER_RUN, *arguments))


def without_filters(directory: str) -> tuple[str, ...]:
    """Options that keep git from running the filters that a repository configures."""
    keys = _output(directory, ("config", "--null", "--name-only", "--get-regexp", r"^filter\."))
    names = {key.rpartition(".")[0] for key in os.fsdecode(keys or b"").split("\0") if key}
    off = ("clean=", "smudge=", "process=", "required=false")
    return tuple(
        word for name in sorted(names) for part in off for word in ("-c", f"{name}.{part}")
    )


def _output(directory: str, arguments: Sequence[str]) -> bytes | None:
    import subprocess

    environment = {name: value for name, value in os.environ.items() if name not in _BINDING}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and a fixed program
            ["git", *arguments],  # noqa: S607 - wherever the user has it
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_TIME_LIMIT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def repository_above(directory: str) -> str | None:
    """The nearest directory upwards that has a `.git`, without asking git."""
    current = directory
    while True:
        if os.path.lexists(os.path.join(current, ".git")):
            return current
        parent = os.path.dirname(current)
        if parent == current:
            return None
        current = parent
