"""Work on many files: here when it is little, in other processes when that is worth their start."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from greenlint.lint.discovery import FoundFile
from greenlint.lint.source import SourceError, read_bytes
from greenlint.lint.task import Lost, Task

ResultT = TypeVar("ResultT")

# Up to here a first look at every file takes less time than the start of a process.
_QUICK_BYTES = 4_000_000
# Up to here the whole work does.
_INLINE_BYTES = 100_000
# No one writes such lines, and what is generated may be nested deeply enough to end a process.
_LONG_LINE = 5_000
_MANY_LINES = 5_000


def process(
    files: Sequence[FoundFile],
    work: Callable[[FoundFile], ResultT],
    *,
    jobs: int,
    quick: Callable[[FoundFile], ResultT | None] | None = None,
) -> Iterator[tuple[FoundFile, ResultT | Lost]]:
    """The result of `work` on every file; `quick` may have it where there is little to do."""
    sizes = {file: _size(file) for file in files}
    if quick is not None and sum(sizes.values()) <= _QUICK_BYTES:
        heavy: list[FoundFile] = []
        for file in files:
            result = quick(file)
            if result is None:
                heavy.append(file)
            else:
                yield file, result
        files = heavy
    if sum(sizes[file] for file in files) <= _INLINE_BYTES and all(map(_is_tame, files)):
        for file in files:
            yield file, work(file)
        return
    from greenlint.lint.checker import prepare
    from greenlint.lint.workers import work_through

    for index, done in work_through(
        files, Task(work, sizes.__getitem__, prepare=prepare), jobs=jobs
    ):
        yield files[index], done


def _size(file: FoundFile) -> int:
    try:
        return os.stat(file.path).st_size  # noqa: PTH116 - a Path takes longer than its file
    except OSError:
        return 0


def _is_tame(file: FoundFile) -> bool:
    """Whether the file looks like written by hand."""
    try:
        data = read_bytes(Path(file.path))
    except SourceError:
        return True
    lines = data.split(b"\n")
    if len(lines) > _MANY_LINES:
        return False
    return file.path.endswith(".ipynb") or max(map(len, lines)) < _LONG_LINE
