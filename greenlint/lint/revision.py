"""Which lines of the checked files changed since a git revision, uncommitted work included."""

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from glob import escape as glob_escape
from pathlib import Path

from greenlint.errors import UsageError
from greenlint.lint.git import git, repository_above, without_filters
from greenlint.lint.source import MAX_NOTEBOOK_BYTES
from greenlint.regular_file import read_regular

_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_DIFF = (
    "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--text", "--unified=0",
    "--find-renames", "--ignore-submodules", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
_HINT = (
    "Name a commit, branch or tag that `git rev-parse` knows; "
    "in a shallow clone, fetch it first: `git fetch origin REVISION`."
)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines `first` to `last` are new; where `last` is `first - 1`, lines were only taken away."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ChangedLines:
    """What changed: `hunks` by real path, and the files that git tracks."""

    hunks: Mapping[str, tuple[Hunk, ...]]
    tracked: frozenset[str]

    def touches(self, path: str, first: int, last: int) -> bool:
        """Whether any of these lines of the file changed; lines taken from between them count."""
        real = os.path.realpath(path)
        if real not in self.tracked:
            return True
        hunks = self.hunks.get(real, ())
        if hunks:
            first, last = _as_git_counts(real, (first, last))
        return any(
            hunk.first <= last and hunk.last >= first
            if hunk.first <= hunk.last
            else first < hunk.first <= last
            for hunk in hunks
        )

    def changed(self, path: str) -> bool:
        """Whether anything in the file changed."""
        real = os.path.realpath(path)
        return real not in self.tracked or real in self.hunks


def _as_git_counts(path: str, lines: Sequence[int]) -> list[int]:
    """The lines of a file as git numbers them: a carriage return alone ends none there."""
    try:
        data = read_regular(Path(path), limit=MAX_NOTEBOOK_BYTES).replace(b"\r\n", b"\n")
    except OSError:
        return list(lines)
    if b"\r" not in data:
        return list(lines)
    starts = [0, *(end.end() for end in re.finditer(rb"[\r\n]", data))]
    return [data.count(b"\n", 0, starts[min(line, len(starts)) - 1]) + 1 for line in lines]


def changed_since(revision: str, paths: Sequence[str]) -> ChangedLines:
    """What changed in `paths` (absolute) since `revision` and this branch went separate ways.

    UsageError where the files are in no git repository, or the revision is not in theirs.
    """
    hunks: dict[str, tuple[Hunk, ...]] = {}
    tracked: set[str] = set()
    wanted = _pathspecs(paths)
    for top, base in _base_commits(paths, revision):
        patch = git(top, [*without_filters(top), *_DIFF, base, "--", *wanted])
        listing = git(top, ["ls-files", "-z", "--", *wanted])
        if patch is None or listing is None:
            raise UsageError(f"git can't compare the files with `{revision}`", hint=_HINT)
        hunks.update((_real(top, name), parts) for name, parts in parse_patch(patch))
        tracked.update(_real(top, os.fsdecode(name)) for name in listing.split(b"\0") if name)
    return ChangedLines(hunks, frozenset(tracked))


def parse_patch(patch: bytes) -> Iterator[tuple[str, tuple[Hunk, ...]]]:
    """The new name and the hunks of every file in a patch without context lines."""
    name = ""
    hunks: list[Hunk] = []
    to_skip = 0
    for line in patch.split(b"\n"):
        if to_skip and not line.startswith(b"\\"):
            to_skip -= 1
        elif line.startswith(b"diff --git "):
            if name:
                yield name, tuple(hunks)
            name, hunks = "", []
        elif line.startswith(b"+++ "):
            name = _file_name(line[4:])
        elif hunk := _HUNK.match(line):
            removed, first, added = (int(part) if part else 1 for part in hunk.groups())
            to_skip = removed + added
            start = first if added else first + 1
            hunks.append(Hunk(start, start + added - 1))
    if name:
        yield name, tuple(hunks)


def _file_name(written: bytes) -> str:
    """The path in a `+++` line; empty when the file is gone."""
    if written.startswith(b'"'):  # git quotes as C does, which is how bytes literals are written
        written = ast.literal_eval("b" + written.decode("ascii"))
    name = written.rstrip(b"\t")
    return os.fsdecode(name.removeprefix(b"b/")) if name != b"/dev/null" else ""


def _pathspecs(paths: Sequence[str]) -> list[str]:
    """What to compare: a checked file without a suffix could be any, then it is everything."""
    suffixes = {os.path.splitext(path)[1] for path in paths}
    if not all(suffixes):
        return [":(top)"]
    return [f":(top,glob)**/*{glob_escape(suffix)}" for suffix in sorted(suffixes)]


def _base_commits(paths: Sequence[str], revision: str) -> list[tuple[str, str]]:
    """Each repository that knows the revision, and the commit to compare with."""
    directories = {os.path.dirname(path) for path in paths} or {os.getcwd()}
    tops = sorted({top for path in directories if (top := repository_above(path)) is not None})
    if not tops:
        raise UsageError(
            f"there is no git repository to look up `{revision}` in",
            hint="Use --diff-base for files in a git repository.",
        )
    bases = [(top, base) for top in tops if (base := _base_commit(top, revision)) is not None]
    if not bases and git(tops[0], ["rev-parse", "--git-dir"]) is None:
        raise UsageError(
            f"git can't be asked about `{revision}` in {tops[0]}",
            hint="See what `git status` says there: git may be missing, or not trust its owner.",
        )
    if not bases:
        raise UsageError(f"`{revision}` is no revision of {Path(tops[0]).name}", hint=_HINT)
    return bases


def _base_commit(top: str, revision: str) -> str | None:
    """The commit where the two histories met, so that only this branch's changes count."""
    wanted = f"{revision}^{{commit}}"
    named = git(top, ["rev-parse", "--verify", "--quiet", "--end-of-options", wanted])
    if named is None:
        return None
    commit = named.decode().strip()
    met = git(top, ["merge-base", commit, "HEAD"])
    return met.decode().strip() if met else commit


def _real(top: str, name: str) -> str:
    return os.path.realpath(os.path.join(top, name))
