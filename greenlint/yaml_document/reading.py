"""Reads YAML into plain data and the place of each part; what cannot be read says where."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenlint.errors import GreenlintError, Problem
from greenlint.regular_file import read_regular
from greenlint.yaml_document.tree import MAX_DEPTH, Node, Place, TreeBuilder

Location = tuple[str | int, ...]

MAX_CHARACTERS = 1_000_000
_MAX_BYTES = 4 * MAX_CHARACTERS
MAX_VALUES = 100_000

_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Document:
    """YAML as plain data (dict, list, str, int, float, bool, None), and where each part stands.

    `keys` and `values` map a location such as ("lint", "select", 0) to a place; the root is ().
    A document that was merged from several files has places in all of them.
    """

    path: str
    data: Any
    keys: Mapping[Location, Place]
    values: Mapping[Location, Place]

    def place(self, location: Location, *, key: bool = False) -> Place:
        """Where the value (or the `key`) at `location` is written, else what encloses it."""
        if key and location in self.keys:
            return self.keys[location]
        for length in range(len(location), 0, -1):
            if place := self.values.get(location[:length]):
                return place
        return self.values.get((), Place(self.path, 1, 1))


def read_document(
    path: Path, *, shown: str | None = None, error: type[GreenlintError] = GreenlintError
) -> Document:
    """The document in a file; what is wrong with it is raised as an `error` with its places."""
    name = shown or str(path)
    try:
        text = read_regular(path, limit=_MAX_BYTES).decode("utf-8")
    except OSError as reason:
        raise error(Problem(f"cannot be read: {reason.strerror}", name)) from reason
    except UnicodeDecodeError as reason:
        line = reason.object.count(b"\n", 0, reason.start) + 1
        raise error(Problem("is not UTF-8 text", name, line)) from reason
    return load_document(text, name, error=error)


def load_document(
    text: str, path: str, *, error: type[GreenlintError] = GreenlintError
) -> Document:
    """The document in `text`; what is wrong with it is raised as an `error` with its places."""
    text = text.removeprefix("\N{BYTE ORDER MARK}")
    if problem := _unfit(text, path):
        raise error(problem)
    builder = TreeBuilder(path)
    root = builder.build(text)
    if builder.problems or root is None:
        raise error(builder.problems)
    keys: dict[Location, Place] = {}
    values: dict[Location, Place] = {}
    try:
        data = _expand(root, (), keys, values)
    except _TooLargeError as reason:
        raise error(Problem(f"{reason} once its aliases are filled in", path)) from None
    return Document(path, data, keys, values)


def _unfit(text: str, path: str) -> Problem | None:
    if len(text) > MAX_CHARACTERS:
        return Problem(f"is longer than {MAX_CHARACTERS} characters", path)
    if not (found := _UNPRINTABLE.search(text)):
        return None
    start = found.start()
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    return Problem(f"character U+{ord(found[0]):04X} is not allowed", path, line, column)


class _TooLargeError(Exception):
    """A document would not fit into memory."""


def _expand(
    node: Node, at: Location, keys: dict[Location, Place], values: dict[Location, Place]
) -> Any:  # noqa: ANN401 - whatever the YAML holds
    if len(values) >= MAX_VALUES:
        raise _TooLargeError(f"has more than {MAX_VALUES} values")
    if len(at) > MAX_DEPTH:
        raise _TooLargeError(f"is nested more than {MAX_DEPTH} deep")
    values[at] = node.place
    if node.items is not None:
        return [_expand(item, (*at, i), keys, values) for i, item in enumerate(node.items)]
    if node.entries is None:
        return node.value
    data = {}
    for key, (place, value) in node.entries.items():
        keys[*at, key] = place
        data[key] = _expand(value, (*at, key), keys, values)
    return data
