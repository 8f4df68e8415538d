"""What a text has to spell for a name of the catalog to be meant anywhere in it.

A name is reached through imports and attributes, so each of its parts stands somewhere in the
text. An object's attribute needs the parts of its path, and a spelling of one of the names that
build the object. That follows from the catalog alone and is exact: what is not spelled is not
there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from greenlint.lint.catalog import Catalog
from greenlint.lint.reach import is_imported, root_of

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_SEPARATOR = re.compile(r"[.:]")
# Parts that a name has and its use in the text need not have.
_UNWRITTEN = frozenset({"", "builtins", "__call__"})
_DEPTH = 5  # types that are built by methods of types


@dataclass(frozen=True, slots=True)
class Spelling:
    """The import, identifiers and pieces of identifiers that a dotted name cannot do without."""

    root: str
    words: frozenset[bytes]
    fragments: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, name: str) -> "Spelling":
        """The spelling of a dotted name, or of a glob of such."""
        words: set[bytes] = set()
        fragments: set[bytes] = set()
        for part in _SEPARATOR.split(name):
            part = part.removesuffix("()")  # noqa: PLW2901  (what is called is spelled the same)
            if "*" in part:
                fragments.update(piece.encode() for piece in part.split("*") if piece)
            elif part not in _UNWRITTEN:
                words.add(part.encode())
        return cls(root_of(name), frozenset(words), tuple(sorted(fragments)))


class Spellings:
    """The spellings of a catalog's names, each worked out once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[str, Spelling] = {}

    def spelling(self, name: str) -> Spelling:
        """The spelling of a dotted name."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = Spelling.of(name)
        return found

    def constructors(self, type_name: str) -> tuple[str, ...] | None:
        """What builds the objects of a type; None if there is no such type."""
        kind = self._catalog.type_named(type_name)
        return kind.constructors if kind is not None else None

    def in_text(self, data: bytes, roots: frozenset[str]) -> "SpelledNames":
        """The names that Python text can mean which imports `roots`."""
        return SpelledNames(data, roots, self)


class SpelledNames:
    """Tells which names of the catalog one text can mean."""

    def __init__(self, data: bytes, roots: frozenset[str], spellings: Spellings) -> None:
        self._data = data
        self._roots = roots
        self._spellings = spellings
        self._words = frozenset(_IDENTIFIER.findall(data))
        self._types: dict[str, bool] = {}

    def __contains__(self, name: str) -> bool:
        return self._means(name, _DEPTH)

    def _means(self, name: str, depth: int) -> bool:
        type_name, colon, path = name.partition(":")
        if colon:
            return self._spells(f".{path}") and self._builds(type_name, depth)
        return self._spells(name)

    def _spells(self, name: str) -> bool:
        spelling = self._spellings.spelling(name)
        if not (spelling.words <= self._words and is_imported(spelling.root, self._roots)):
            return False
        return all(piece in self._data for piece in spelling.fragments)

    def _builds(self, type_name: str, depth: int) -> bool:
        known = self._types.get(type_name)
        if known is None:
            self._types[type_name] = True  # a type that is built by itself decides nothing
            known = self._types[type_name] = any(self._built(type_name, depth))
        return known

    def _built(self, type_name: str, depth: int) -> Iterator[bool]:
        constructors = self._spellings.constructors(type_name)
        if constructors is None or depth == 0:
            yield True
            return
        for constructor in constructors:
            yield self._means(constructor, depth - 1)
