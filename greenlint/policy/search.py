"""Finds the policy of a path, and the directory that its patterns are relative to."""

import os.path
from collections.abc import Iterator
from pathlib import Path

from greenlint.bundled import policies_directory
from greenlint.errors import PolicyError, Problem
from greenlint.regular_file import read_regular
from greenlint.toml_document import parse_toml

POLICY_NAME = "greenlint.yaml"
_MAX_BYTES = 1_000_000


def find_policy(start: Path) -> Path | None:
    """The policy for `start`, looked for upwards; None when there is none.

    A greenlint.yaml counts, and so does the file that `[tool.greenlint] policy` names in a
    pyproject.toml, which goes before a greenlint.yaml beside it.
    """
    start = start.absolute()
    for directory in (start, *start.parents) if start.is_dir() else start.parents:
        if named := _named_in(directory):
            return named
        if (path := directory / POLICY_NAME).is_file():
            return path
    return None


def policy_root(policy: Path) -> Path:
    """The directory that the patterns of a policy are relative to.

    The one whose pyproject.toml names the policy, else the one that it lies in.
    """
    policy = policy.absolute()
    for directory in policy.parents:
        try:
            if _named_in(directory) == policy:
                return directory
        except PolicyError:
            continue
    return policy.parent


def is_file(path: Path) -> bool:
    """Whether there is such a file; not for a name that none can have, of which pathlib raises."""
    return os.path.isfile(path)  # noqa: PTH113 - see above


def is_directory(path: Path) -> bool:
    """The same for a directory."""
    return os.path.isdir(path)  # noqa: PTH112 - see above


def shown(path: Path) -> str:
    """A path as messages spell it: a bundled policy by its name, a near one relative."""
    path = path.absolute()
    if path.parent == policies_directory():
        return f"<bundled>/{path.name}"
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _named_in(directory: Path) -> Path | None:
    """The policy that a directory's pyproject.toml names; PolicyError if it is none."""
    pyproject = directory / "pyproject.toml"
    try:
        content = read_regular(pyproject, limit=_MAX_BYTES)
    except OSError:
        return None
    # Most projects have a pyproject.toml that does not concern us: it is not even parsed.
    if b"tool.greenlint" not in content:
        return None
    line = content[: content.index(b"tool.greenlint")].count(b"\n") + 1
    try:
        tool = parse_toml(content).get("tool")
    except ValueError as reason:
        raise PolicyError(Problem(f"cannot be read: {reason}", shown(pyproject), line)) from None
    table = tool.get("greenlint") if isinstance(tool, dict) else None
    if table is None:
        return None
    problems = [
        Problem(message, shown(pyproject), line, hint=hint)
        for message, hint in _wrong_in(table, directory)
    ]
    if problems:
        raise PolicyError(problems)
    return Path(os.path.normpath(directory / table["policy"]))


def _wrong_in(table: object, directory: Path) -> Iterator[tuple[str, str | None]]:
    if not isinstance(table, dict) or not isinstance(table.get("policy"), str):
        yield "`tool.greenlint.policy` must be the path of a policy file", None
        return
    for key in sorted(table.keys() - {"policy"}):
        hint = "only `policy` stands here, the rest belongs into the policy file"
        yield f"unknown key `tool.greenlint.{key}`", hint
    if not is_file(directory / table["policy"]):
        yield f"`tool.greenlint.policy` names {table['policy']}, which is no file", None
