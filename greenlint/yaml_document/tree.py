"""Builds a tree of YAML nodes from parse events: no tags, no merge keys, no bombs.

Plain scalars follow the YAML 1.2 core schema: `no`, `on` and `1:30` are text, so is a date.
"""

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from greenlint.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.events import Event

MAX_DEPTH = 50

_INTEGER = re.compile(r"[-+]?[0-9]{1,4000}|0x[0-9a-fA-F]{1,16}|0o[0-7]{1,20}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file; line and column count from 1."""

    path: str
    line: int
    column: int

    def problem(self, message: str, hint: str | None = None) -> Problem:
        """A problem at this place."""
        return Problem(message, self.path, self.line, self.column, hint)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(slots=True)
class Node:
    """One value under construction; an alias shares the node that it names."""

    place: Place
    value: Any = None
    items: list["Node"] | None = None
    entries: dict[str, tuple[Place, "Node"]] | None = None
    anchor: str | None = None
    key: tuple[str, Place] | None = None


class TreeBuilder:
    """Turns the events of one document into a tree of nodes, and collects problems."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self._open: list[Node] = []
        self._anchors: dict[str, Node] = {}
        self._root: Node | None = None
        self._documents = 0

    def build(self, text: str) -> Node | None:
        """The root, or None after a problem that leaves none."""
        from yaml import YAMLError

        try:
            for event in _events(text):
                self._take(event)
                if len(self._open) > MAX_DEPTH:
                    self._refuse(event, f"is nested more than {MAX_DEPTH} deep")
                    return None
        except YAMLError as reason:
            self.problems.append(self._syntax_problem(reason))
            return None
        return self._root or Node(Place(self.path, 1, 1))

    def _place(self, event: "Event") -> Place:
        mark = event.start_mark
        return Place(self.path, mark.line + 1, mark.column + 1) if mark else Place(self.path, 1, 1)

    def _refuse(self, event: "Event", message: str, hint: str | None = None) -> None:
        self.problems.append(self._place(event).problem(message, hint))

    def _take(self, event: "Event") -> None:
        from yaml import events

        match event:
            case events.DocumentStartEvent():
                self._documents += 1
                if self._documents == 2:
                    self._refuse(event, "holds a second document", "remove the `---`")
            case events.ScalarEvent():
                self._scalar(event)
            case events.AliasEvent():
                self._alias(event)
            case events.SequenceStartEvent():
                self._start(event, Node(self._place(event), items=[], anchor=event.anchor))
            case events.MappingStartEvent():
                self._start(event, Node(self._place(event), entries={}, anchor=event.anchor))
            case events.CollectionEndEvent():
                self._add(event, self._open.pop())
            case _:
                pass

    def _start(self, event: Any, node: Node) -> None:  # noqa: ANN401 - PyYAML is untyped here
        if event.tag not in {None, "!"}:
            self._refuse(event, f"tag {_shorten(event.tag)} is not allowed")
        if self._expects_key():
            self._refuse(event, "a key must be plain text")
        self._open.append(node)

    def _scalar(self, event: Any) -> None:  # noqa: ANN401 - PyYAML is untyped here
        if event.tag not in _TEXT_TAGS:
            self._refuse(event, f"tag {_shorten(event.tag)} is not allowed")
        if self._expects_key():
            self._take_key(event, event.value)
            return
        plain = event.implicit[0] and event.tag is None
        value = plain_scalar(event.value) if plain else event.value
        self._add(event, Node(self._place(event), value, anchor=event.anchor))

    def _alias(self, event: Any) -> None:  # noqa: ANN401 - PyYAML is untyped here
        node = self._anchors.get(event.anchor)
        if node is None:
            self._refuse(event, f"alias *{event.anchor} names no finished anchor")
            node = Node(self._place(event))
        if self._expects_key():
            self._take_key(event, str(node.value))
            return
        self._add(event, node)

    def _expects_key(self) -> bool:
        return bool(self._open) and self._open[-1].entries is not None and not self._open[-1].key

    def _take_key(self, event: "Event", key: str) -> None:
        if key == "<<":
            self._refuse(event, "merge keys (<<) are not supported", "write the keys out")
        self._open[-1].key = (key, self._place(event))

    def _add(self, event: "Event", node: Node) -> None:
        if node.anchor:
            self._anchors[node.anchor] = node
        if not self._open:
            self._root = self._root or node
            return
        parent = self._open[-1]
        if parent.items is not None:
            parent.items.append(node)
            return
        if parent.entries is None or parent.key is None:
            # A collection stood where a key belongs; that has been refused already.
            parent.key = ("", self._place(event))
            return
        (key, place), parent.key = parent.key, None
        if first := parent.entries.get(key):
            message = f"key `{key}` is written twice"
            self.problems.append(place.problem(message, f"first on line {first[0].line}"))
            return
        parent.entries[key] = (place, node)

    def _syntax_problem(self, reason: Exception) -> Problem:
        message = getattr(reason, "problem", None) or str(reason)
        mark: Any = getattr(reason, "problem_mark", None)
        if mark is None:
            return Problem(f"is not YAML: {message}", self.path)
        if context := getattr(reason, "context", None):
            message += f" {context}"
        start: Any = getattr(reason, "context_mark", None)
        if start and start.line != mark.line:
            message += f" that starts on line {start.line + 1}"
        return Problem(f"is not YAML: {message}", self.path, mark.line + 1, mark.column + 1)


def _events(text: str) -> "Iterator[Event]":
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.parse(text, Loader=loader)


def plain_scalar(word: str) -> str | int | float | bool | None:
    """What an unquoted word stands for, by the core schema of YAML 1.2."""
    if word in _WORDS:
        return _WORDS[word]
    if _INTEGER.fullmatch(word):
        return int(word, 0) if word.startswith("0") and word[1:2] in "xo" else int(word)
    if _FLOAT.fullmatch(word) and math.isfinite(number := float(word)):
        return number
    return word


def _shorten(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
