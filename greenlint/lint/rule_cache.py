"""Keeps the validated form of rule packs, so that a warm run needs neither yaml nor pydantic."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import greenlint
from greenlint import bundled
from greenlint.lint.rule_pack import PackFile
from greenlint.regular_file import read_regular

_FORMAT = 1
_KEPT = 8
_MAX_BYTES = 100_000_000


def pack_key(files: Iterable[PackFile]) -> str:
    """A hash of everything that the validated form of `files` depends on."""
    key = hashlib.sha256(f"{greenlint.__version__} {_FORMAT}".encode())
    rules = bundled.rules_directory()
    for file in files:
        # A wheel has what was made of the same files where it was built.
        path = file.path.relative_to(rules) if file.bundled else file.path
        name = f"\0{path}\0{file.family}\0{file.bundled}\0{len(file.data)}\0"
        key.update(os.fsencode(name))
        key.update(file.data)
    return key.hexdigest()


class RuleCache:
    """Plain forms by key, one JSON file each, in `directory`.

    What is missing, cut short or unreadable is simply not there; what can't be written is not.
    Several processes may use one directory: a file appears whole or not at all.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def get(self, key: str) -> Any | None:  # noqa: ANN401 - JSON
        """What was put under `key`, or None."""
        try:
            checksum, _, body = read_regular(self._path(key), limit=_MAX_BYTES).partition(b"\n")
        except OSError:
            return None
        if checksum != _checksum(body):
            return None
        return json.loads(body)

    def put(self, key: str, plain: object) -> None:
        """Keep `plain` under `key`, and only the newest few besides it."""
        body = json.dumps(plain, separators=(",", ":")).encode()
        path = self._path(key)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with contextlib.suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(_checksum(body) + b"\n" + body)
            temporary.replace(path)
            self._prune()

    def _path(self, key: str) -> Path:
        return self._directory / f"rules-{key[:32]}.json"

    def _prune(self) -> None:
        kept = sorted(
            self._directory.glob("rules-*"), key=lambda path: path.stat().st_mtime_ns, reverse=True
        )
        for path in kept[_KEPT:]:
            path.unlink(missing_ok=True)


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()
