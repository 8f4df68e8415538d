"""Paths on the command line to the files to check, in an order that never depends on the disk.

A file that is named is checked, whatever its suffix; a directory gives its Python files,
notebooks, Dockerfiles and YAML files that git does not ignore. Symbolic links in a directory are
followed to files, not to directories, so that no loop of links matters.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from greenlint.errors import Problem, UsageError
from greenlint.lint.forms import form_of
from greenlint.lint.git import git, repository_above
from greenlint.lint.gitignore import GitIgnores, PathPatterns

SKIPPED_DIRECTORIES = frozenset({
    ".bzr", ".direnv", ".eggs", ".git", ".greenlint_cache", ".hg", ".hypothesis",
    ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pixi", ".pytest_cache", ".pytype",
    ".ruff_cache", ".svn", ".tox", "__pycache__", "__pypackages__", "node_modules",
    "site-packages",
})  # fmt: skip
_VIRTUAL_ENVIRONMENT = "pyvenv.cfg"
# What `git ls-files --stage` puts before a tracked path; 160000 is another repository's commit.
_STAGE = re.compile(rb"([0-7]{6}) [0-9a-f]+ [0-3]\t")


@dataclass(frozen=True, slots=True, order=True)
class FoundFile:
    """A file to check: its absolute path, and the path that reports show."""

    path: str
    shown: str


@dataclass(frozen=True, slots=True)
class UnreadableDirectory:
    """A directory whose entries can't be listed."""

    shown: str
    message: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """The files to check, by path; `excluded` counts those that the policy leaves out."""

    files: tuple[FoundFile, ...]
    excluded: int = 0
    unreadable: tuple[UnreadableDirectory, ...] = ()


def discover(paths: Sequence[str], *, root: str = ".", exclude: Iterable[str] = ()) -> Discovery:
    """The files that `paths` name; UsageError when one of them does not exist.

    `exclude` are gitignore-style patterns relative to `root`.
    """
    missing = [path for path in paths if not _exists(path)]
    if missing:
        raise UsageError(
            (Problem("there is no such file or directory", path=path) for path in missing),
            hint="Name files or directories that exist.",
        )
    excluded = PathPatterns(root, exclude)
    unreadable: list[UnreadableDirectory] = []
    found: set[str] = set()
    for path in paths:
        absolute = os.path.abspath(path)
        found.update(_below(absolute, unreadable) if os.path.isdir(absolute) else (absolute,))
    kept = sorted(path for path in found if not excluded.match(path))
    files = tuple(FoundFile(path, shown_path(path)) for path in kept)
    unreadable.sort(key=lambda directory: directory.shown)
    return Discovery(files, len(found) - len(kept), tuple(unreadable))


def shown_path(path: str) -> str:
    """An absolute path as reports show it: relative below the working directory, with slashes.

    Bytes that are not UTF-8 are written as escapes.
    """
    here = os.path.join(os.getcwd(), "")
    short = path.removeprefix(here)
    return os.fsencode(short).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def _exists(path: str) -> bool:
    return "\0" not in path and os.path.lexists(path)


def _below(directory: str, unreadable: list[UnreadableDirectory]) -> Iterable[str]:
    """The files to check below a directory."""
    repository = repository_above(directory)
    if repository is not None:
        listed = _listed_by_git(directory, unreadable)
        if listed is not None:
            return listed
    # An ignored directory that is named is checked all the same, so what ignores it must not count.
    return _walk(directory, GitIgnores(directory), unreadable)


def _listed_by_git(directory: str, unreadable: list[UnreadableDirectory]) -> list[str] | None:
    """What git tracks or would add; None when git can't say or the whole directory is ignored."""
    listing = git(directory, ["ls-files", "-z", "-co", "--exclude-standard", "--stage"])
    if not listing:
        return None
    names: list[str] = []
    repositories: list[str] = []
    for entry in listing.split(b"\0"):
        staged = _STAGE.match(entry)
        name = os.fsdecode(entry[staged.end() :] if staged else entry)
        if name.endswith("/") or (staged and staged[1] == b"160000"):
            repositories.append(os.path.normpath(os.path.join(directory, name)))
        elif form_of(name) or name.endswith(_VIRTUAL_ENVIRONMENT):
            names.append(name)
    files = [
        path
        for name in _outside_skipped(dict.fromkeys(names))
        if os.path.isfile(path := os.path.join(directory, name))
    ]
    for repository in repositories:
        if not os.path.isdir(repository) or _is_skipped(repository):
            continue
        # In a submodule that is not there yet, git would list the repository around it again.
        is_there = os.path.lexists(os.path.join(repository, ".git"))
        files.extend(
            _below(repository, unreadable)
            if is_there
            else _walk(repository, GitIgnores(repository), unreadable)
        )
    return files


def _outside_skipped(names: Iterable[str]) -> Iterator[str]:
    """The names that are in no skipped directory and in no virtual environment."""
    names = list(names)
    environments = tuple(
        name.removesuffix(_VIRTUAL_ENVIRONMENT)
        for name in names
        if name.endswith(f"/{_VIRTUAL_ENVIRONMENT}")
    )
    for name in names:
        if form_of(name) is None or (environments and name.startswith(environments)):
            continue
        if SKIPPED_DIRECTORIES.isdisjoint(name.split("/")):
            yield name


def _is_skipped(directory: str) -> bool:
    if os.path.basename(directory) in SKIPPED_DIRECTORIES:
        return True
    return os.path.lexists(os.path.join(directory, _VIRTUAL_ENVIRONMENT))


def _walk(top: str, ignores: GitIgnores, unreadable: list[UnreadableDirectory]) -> Iterator[str]:
    pending = [top]
    while pending:
        directory = pending.pop()
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if _is_walked(entry, ignores):
                            pending.append(entry.path)
                    elif form_of(entry.name) and _is_checked(entry, ignores):
                        yield entry.path
        except OSError as error:
            message = f"can't be listed: {error.strerror}"
            unreadable.append(UnreadableDirectory(shown_path(directory), message))


def _is_walked(entry: os.DirEntry[str], ignores: GitIgnores) -> bool:
    if _is_skipped(entry.path):
        return False
    return not ignores.ignored(os.path.dirname(entry.path), entry.name, is_directory=True)


def _is_checked(entry: os.DirEntry[str], ignores: GitIgnores) -> bool:
    # DirEntry.is_file() would raise for a link to itself.
    if not os.path.isfile(entry.path):
        return False
    return not ignores.ignored(os.path.dirname(entry.path), entry.name, is_directory=False)
