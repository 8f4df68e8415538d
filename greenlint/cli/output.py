"""Reports in files: written whole or not at all."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from greenlint.errors import Problem, UsageError


def check_writable(path: Path) -> None:
    """Refuse a report file that cannot be written, before the work for it is done."""
    if path.is_dir():
        raise _refusal(path, "it is a directory")
    if not path.parent.is_dir():
        raise _refusal(path, f"there is no directory {path.parent}")
    target = path if path.exists() and not path.is_file() else path.parent
    if not os.access(target, os.W_OK):
        raise _refusal(path, "permission denied")


def write_file(path: Path, lines: Iterable[str]) -> None:
    """Write lines to a file that readers see either as it was or complete."""
    text = (f"{line}\n" for line in lines)
    try:
        if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
            _fill(path, text)
        else:
            _replace(Path(os.path.realpath(path)), text)
    except OSError as error:
        raise _refusal(path, (error.strerror or str(error)).lower()) from error


def _fill(path: Path, text: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.writelines(text)


def _replace(path: Path, text: Iterable[str]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        _fill(draft, text)
        if path.exists():
            draft.chmod(stat.S_IMODE(path.stat().st_mode))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _refusal(path: Path, why: str) -> UsageError:
    return UsageError(Problem(f"Cannot write {path}: {why}."), hint="Name a file that can be.")
