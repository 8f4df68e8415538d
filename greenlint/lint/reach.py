"""What a file's imports can lead to: the libraries it names, and the catalog's names in them."""

import re
from collections.abc import Iterable, Iterator, Mapping

from greenlint.lint.catalog import Catalog, is_kind

ANYWHERE = ""  # the root of names that no import leads to, such as builtins

# What an import statement names. A relative import never leads to a library.
_IMPORT = re.compile(rb"(?:^|\n|;)[ \t]*(?:from[ \t]+(\w+)|import[ \t]+([^\n;#]+))")
_DEPTH = 5  # types that are built by methods of types


def imported_roots(data: bytes) -> frozenset[str]:
    """The first parts of all absolute names that Python text imports."""
    roots: set[str] = set()
    for match in _IMPORT.finditer(data):
        for name in (match[1] or match[2]).split(b","):
            roots.add(name.strip().split(b".")[0].split(b" ")[0].decode(errors="replace"))
    return frozenset(roots)


def last_name(name: str) -> str:
    """The last identifier of a qualified name, or of a type and an attribute path."""
    return name.replace(":", ".").rsplit(".", 1)[-1]


def roots_of(name: str, catalog: Catalog, depth: int = _DEPTH) -> Iterator[str]:
    """The libraries one of which has to be imported for `name` to be reached.

    A root that ends in `*` is a prefix; ANYWHERE needs no import.
    """
    type_name, colon, _ = name.partition(":")
    if not colon:
        root = name.partition(".")[0]
        yield ANYWHERE if root in {"", "builtins", "**"} else root
        return
    kind = catalog.type_named(type_name)
    if kind is None or depth == 0:
        yield ANYWHERE
        return
    for constructor in kind.constructors:
        yield from roots_of(constructor, catalog, depth - 1)


class Reach:
    """The identifiers of the catalog that stand for something, given what a file imports."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[tuple[frozenset[str], frozenset[str]], frozenset[str]] = {}
        self._by_kinds: dict[frozenset[str], Mapping[str, frozenset[str]]] = {}

    def words(self, kinds: frozenset[str], roots: frozenset[str]) -> frozenset[str]:
        """The last identifiers of all names of `kinds` that imports of `roots` can reach."""
        by_root = self._by_kinds.get(kinds)
        if by_root is None:
            by_root = self._by_kinds[kinds] = self._rooted(kinds)
        near = frozenset(r for r in by_root if r in roots or r == ANYWHERE or _is_prefix(r, roots))
        known = self._known.get((kinds, near))
        if known is None:
            words = frozenset(word for root in near for word in by_root[root])
            known = self._known[kinds, near] = words
        return known

    def makers(self, kinds: frozenset[str]) -> frozenset[str]:
        """What builds the objects that are called themselves, as `llm(prompt)` is."""
        types = (name.partition(":")[0] for name in self._names(kinds) if name.endswith("__call__"))
        found = (self._catalog.type_named(name) for name in types)
        return frozenset(last_name(c) for kind in found if kind for c in kind.constructors)

    def _rooted(self, kinds: frozenset[str]) -> Mapping[str, frozenset[str]]:
        """By the library that has to be imported, the last identifiers of the names in it."""
        found: dict[str, set[str]] = {}
        for name in self._names(kinds):
            word = last_name(name)
            if word.isidentifier():
                # A variable may well be called `input`; only its call is the builtin's.
                word += "(" * name.startswith("builtins.")
                for root in set(roots_of(name, self._catalog)):
                    found.setdefault(root, set()).add(word)
        return {root: frozenset(words) for root, words in found.items()}

    def _names(self, kinds: frozenset[str]) -> set[str]:
        """The names of all calls of `kinds`, and of what builds the objects they are called on."""
        found: set[str] = set()
        stack = [
            name
            for call in self._catalog.calls
            if any(is_kind(call.kind, kind) for kind in kinds)
            for name in call.names
        ]
        while stack:
            name = stack.pop()
            if name not in found:
                found.add(name)
                type_name, colon, _ = name.partition(":")
                kind = self._catalog.type_named(type_name) if colon else None
                stack.extend(kind.constructors if kind is not None else ())
        return found


def _is_prefix(root: str, imported: Iterable[str]) -> bool:
    prefix, star, _ = root.partition("*")
    return bool(star) and any(name.startswith(prefix) for name in imported)
