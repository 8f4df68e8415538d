"""All files of a project that git does not ignore, whatever they hold."""

import os
from collections.abc import Iterator

from greenlint.lint.discovery import SKIPPED_DIRECTORIES
from greenlint.lint.git import git, repository_above

_MAX_FILES = 100_000
_MAX_BYTES = 1_000_000


def project_files(directory: str) -> tuple[str, ...]:
    """Paths relative to `directory`, with slashes, in order; at most 100,000."""
    listed = None
    if repository_above(directory) is not None:
        listed = git(directory, ["ls-files", "-z", "-co", "--exclude-standard"])
    if listed:
        names = map(os.fsdecode, listed.split(b"\0"))
        kept = [name for name in names if name and SKIPPED_DIRECTORIES.isdisjoint(name.split("/"))]
    else:
        kept = list(_walked(directory))
    return tuple(sorted(dict.fromkeys(kept))[:_MAX_FILES])


def text_lines(path: str) -> list[str]:
    """The lines of a regular file of reasonable size; none of any other."""
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > _MAX_BYTES:
            return []
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []


def _walked(directory: str) -> Iterator[str]:
    for current, directories, names in os.walk(directory):
        directories[:] = sorted(
            name
            for name in directories
            if name not in SKIPPED_DIRECTORIES
            and not os.path.exists(os.path.join(current, name, "pyvenv.cfg"))
        )
        for name in names:
            path = os.path.relpath(os.path.join(current, name), directory)
            yield path.replace(os.sep, "/")
