"""Finds and reads the files of rule packs: directories of YAML, and nothing in them runs."""

import enum
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from greenlint.errors import Problem, RuleError

MAX_FILES = 2000
MAX_BYTES = 1_000_000

CATALOG = "catalog"
PRACTICES = "practices"  # what an audit looks for: no rules
_ENDINGS = (".yaml", ".yml")


class Content(enum.Enum):
    """What a file of a pack holds."""

    RULE = "rule"
    CATALOG = "catalog"


@dataclass(frozen=True, slots=True)
class PackFile:
    """One YAML file of a pack, as bytes; `bundled` says that it came with greenlint."""

    path: Path
    family: str
    content: Content
    data: bytes
    bundled: bool = False


def read_pack(directory: Path, *, bundled: bool = False) -> tuple[PackFile, ...]:
    """All rule and catalog files of a pack, in the order of their names.

    Rules stand in one folder per family, or flat in the pack, whose name is then their family.
    A folder `catalog` extends the API catalog. RuleError if anything can't be read.
    """
    files: list[PackFile] = []
    problems: list[Problem] = []
    for path, family in _paths(directory):
        content = Content.CATALOG if family == CATALOG else Content.RULE
        try:
            files.append(PackFile(path, family, content, _read(path), bundled=bundled))
        except OSError as reason:
            problems.append(Problem(f"cannot be read: {reason.strerror}", str(path)))
        except ValueError as reason:
            problems.append(Problem(str(reason), str(path)))
        if len(files) > MAX_FILES:
            problems.append(Problem(f"has more than {MAX_FILES} rule files", str(directory)))
            break
    if problems:
        raise RuleError(problems)
    return tuple(files)


def _paths(directory: Path) -> Iterator[tuple[Path, str]]:
    """The YAML files of a pack and their families, at most one folder deep."""
    for entry in _entries(directory):
        if not entry.is_dir():
            if entry.name.endswith(_ENDINGS):
                yield Path(entry.path), directory.name
            continue
        if entry.name == PRACTICES:
            continue
        for inner in _entries(Path(entry.path)):
            if inner.name.endswith(_ENDINGS):
                yield Path(inner.path), entry.name


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    """What a directory holds, without what is hidden, by name."""
    try:
        with os.scandir(directory) as entries:
            visible = [entry for entry in entries if not entry.name.startswith((".", "_"))]
    except (OSError, ValueError) as reason:  # ValueError: a NUL byte in the name
        why = reason.strerror if isinstance(reason, OSError) else reason
        hint = "`rule_paths` names directories of rules"
        problem = Problem(f"cannot be read: {why}", str(directory), hint=hint)
        raise RuleError(problem) from reason
    return sorted(visible, key=lambda entry: entry.name)


def _read(path: Path) -> bytes:
    """The bytes of a regular file that is not too large; ValueError for any other."""
    if not path.is_file():
        raise ValueError("is not a file")
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"has more than {MAX_BYTES:,} bytes")
    return data
