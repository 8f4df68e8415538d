"""Reads a stream of YAML documents as other programs write them: merge keys, tags and all.

Tags are not followed: what they stand on is read as if they were not there.
"""

from collections.abc import Iterator
from typing import Any

from greenlint.errors import GreenlintError, Problem
from greenlint.yaml_document.reading import MAX_CHARACTERS, MAX_VALUES, Document, Location
from greenlint.yaml_document.tree import MAX_DEPTH, Place, plain_scalar

_MERGE = "<<"
_QUOTED = frozenset("'\"|>")  # how a scalar is written that is text whatever it spells


def load_stream(
    text: str, path: str, *, error: type[GreenlintError] = GreenlintError
) -> Iterator[Document]:
    """The documents in `text`, of a key written twice the last one; an `error` says where."""
    import yaml

    if len(text) > MAX_CHARACTERS:
        raise error(Problem(f"is longer than {MAX_CHARACTERS} characters", path))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    left = MAX_VALUES
    try:
        for node in yaml.compose_all(text, Loader=loader):
            reader = _Reader(path, left)
            data = reader.read(node, ())
            left = reader.left
            yield Document(path, data, reader.keys, reader.values)
    except _TooLargeError as reason:
        raise error(Problem(str(reason), path)) from None
    except yaml.MarkedYAMLError as reason:
        mark = reason.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise error(Problem(f"is not YAML: {reason.problem}", path, line, column)) from None
    except (yaml.YAMLError, RecursionError) as reason:
        raise error(Problem(f"is not YAML: {reason}", path)) from None


class _TooLargeError(Exception):
    """The documents would not fit into memory once their aliases are filled in."""


class _Reader:
    """Turns the nodes of one document into data, and remembers where each part stands."""

    def __init__(self, path: str, left: int) -> None:
        self.keys: dict[Location, Place] = {}
        self.values: dict[Location, Place] = {}
        self.left = left
        self._path = path

    def read(self, node: Any, at: Location) -> Any:  # noqa: ANN401 - PyYAML is untyped here
        """The data of a node that stands at a location."""
        self.left -= 1
        if self.left < 0 or len(at) > MAX_DEPTH:
            raise _TooLargeError("is too large, or nested too deeply, once aliases are filled in")
        self.values[at] = self._place(node)
        match node.id:
            case "sequence":
                return [self.read(item, (*at, i)) for i, item in enumerate(node.value)]
            case "mapping":
                return self._mapping(node, at)
            case _:
                return node.value if node.style in _QUOTED else plain_scalar(node.value)

    def _mapping(self, node: Any, at: Location) -> dict[str, Any]:  # noqa: ANN401 - the same
        data: dict[str, Any] = {}
        for key, value in node.value:
            if key.value == _MERGE:
                continue
            name = str(key.value)
            self.keys[*at, name] = self._place(key)
            data[name] = self.read(value, (*at, name))
        for key, value in node.value:
            if key.value == _MERGE:
                for source in value.value if value.id == "sequence" else (value,):
                    self._merge(source, data, at)
        return data

    def _merge(self, source: Any, data: dict[str, Any], at: Location) -> None:  # noqa: ANN401 - the same
        """Add the entries of a merged mapping that are not there yet."""
        if source.id != "mapping":
            return
        # What a merged mapping holds is read under the place it goes to, and only once.
        for name, value in self._mapping_of(source, at).items():
            data.setdefault(name, value)

    def _mapping_of(self, source: Any, at: Location) -> dict[str, Any]:  # noqa: ANN401 - the same
        reader = _Reader(self._path, self.left)
        merged = reader.read(source, at)
        self.left = reader.left
        for location, place in reader.keys.items():
            self.keys.setdefault(location, place)
        for location, place in reader.values.items():
            self.values.setdefault(location, place)
        return dict(merged)

    def _place(self, node: Any) -> Place:  # noqa: ANN401 - the same
        return Place(self._path, node.start_mark.line + 1, node.start_mark.column + 1)
