"""What a text has to spell for a name of the catalog to be meant anywhere in it.

A name is reached through imports and attributes, so each of its parts stands somewhere in the
text. An object's attribute needs the parts of its path, and a spelling of one of the names that
build the object. That follows from the catalog alone and is exact: what is not spelled is not
there.
"""

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from greenlint.lint.catalog import Catalog
from greenlint.lint.reach import Reach, imported_roots, is_imported, last_name, root_of

_IN_WORDS = frozenset((string.ascii_letters + string.digits + "_").encode())
_TO_BLANKS = bytes(byte if byte in _IN_WORDS else 32 for byte in range(256))
_ANY_CALL = "("
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
        self.reach = Reach(catalog)
        self._known: dict[str, Spelling] = {}
        self._last: SpelledNames | None = None

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

    def in_text(self, data: bytes) -> "SpelledNames":
        """The names that Python text can mean."""
        # The gate asks first, and what comes behind it asks again of the same text.
        if self._last is None or self._last.data is not data:
            self._last = SpelledNames(data, self)
        return self._last


class SpelledNames:
    """Tells which names of the catalog one text can mean."""

    def __init__(self, data: bytes, spellings: Spellings) -> None:
        self.data = data
        self.roots = imported_roots(data)
        self._spellings = spellings
        self._types: dict[str, bool] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._call_words: dict[str, frozenset[str]] = {}

    def names(self, wanted: str) -> tuple[str, ...]:
        """The names of a kind, or a glob of names, that the text can mean."""
        found = self._names.get(wanted)
        if found is None:
            names = self._spellings.reach.names(wanted, self.roots)
            found = tuple(name for name in dict.fromkeys(names) if name in self)
            self._names[wanted] = found
        return found

    def call_words(self, wanted: str) -> frozenset[str]:
        """What calls of those names look like: `create(`; see `call_word`."""
        found = self._call_words.get(wanted)
        if found is None:
            found = self._call_words[wanted] = frozenset(map(call_word, self.names(wanted)))
        return found

    def constructors(self, name: str) -> tuple[str, ...]:
        """The names that the text can mean of what builds the object that `name` starts from."""
        built = self._spellings.constructors(name.partition(":")[0]) or ()
        return tuple(constructor for constructor in built if constructor in self)

    def makers(self, wanted: str) -> frozenset[str]:
        """The names in the text of what builds the receivers of a kind."""
        return frozenset(name for name in self._spellings.reach.makers(wanted) if name in self)

    def makers_of_callables(self, wanted: str) -> frozenset[str]:
        """The names in the text of what builds objects that are called themselves."""
        makers = self._spellings.reach.makers_of_callables(wanted)
        return frozenset(name for name in makers if name in self)

    def builds(self, type_name: str) -> bool:
        """Whether the text can build, or derive from, a type of the catalog."""
        return self._builds(type_name, _DEPTH)

    def __contains__(self, name: str) -> bool:
        return self._means(name, _DEPTH)

    @cached_property
    def words(self) -> frozenset[bytes]:
        """The identifiers of the text, those in strings and comments too."""
        return frozenset(self.data.translate(_TO_BLANKS).split())

    def _means(self, name: str, depth: int) -> bool:
        type_name, colon, path = name.partition(":")
        if colon:
            return self._spells(f".{path}") and self._builds(type_name, depth)
        return self._spells(name)

    def _spells(self, name: str) -> bool:
        spelling = self._spellings.spelling(name)
        if not (spelling.words <= self.words and is_imported(spelling.root, self.roots)):
            return False
        return all(piece in self.data for piece in spelling.fragments)

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


@cache
def call_word(name: str) -> str:
    """What a call of `name` has in it, or at least the file that calls it."""
    if is_spelled_out(name):
        return f"{last_name(name)}("
    return _ANY_CALL if name.endswith("__call__") else fixed_part(name) or _ANY_CALL


def is_spelled_out(name: str) -> bool:
    """Whether a call of `name` ends in its last identifier."""
    last = last_name(name)
    return last != "__call__" and "*" not in last


def fixed_part(name: str) -> str:
    """Of `keras.applications.*` the fixed part nearest to the end, which an import may spell."""
    _, colon, path = name.partition(":")
    parts = _SEPARATOR.split(path if colon else name)
    fixed = [max(part.split("*"), key=len) for part in reversed(parts)]
    return next((word for word in fixed if len(word) >= 3), "")
