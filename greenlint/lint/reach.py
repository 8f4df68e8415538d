"""What a file's imports can lead to: the libraries it names, and the catalog's names in them."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from greenlint.lint.catalog import Catalog

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
        self._known: dict[frozenset[str], frozenset[str]] = {}

    def words(self, roots: Iterable[str]) -> frozenset[str]:
        """The last identifiers of all names that imports of `roots` can reach."""
        relevant = frozenset(root for root in roots if self._is_root(root))
        known = self._known.get(relevant)
        if known is None:
            found: set[str] = set()
            for root, words in self._by_root.items():
                if root in relevant or root == ANYWHERE or _is_prefixed(root, relevant):
                    found |= words
            known = self._known[relevant] = frozenset(found)
        return known

    def _is_root(self, root: str) -> bool:
        return root in self._by_root or any(_is_prefixed(r, (root,)) for r in self._prefixes)

    @cached_property
    def _prefixes(self) -> tuple[str, ...]:
        return tuple(root for root in self._by_root if "*" in root)

    @cached_property
    def _by_root(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        names = [name for call in self._catalog.calls for name in call.names]
        names.extend(name for kind in self._catalog.types for name in kind.constructors)
        for name in names:
            word = last_name(name)
            if word.isidentifier():
                for root in set(roots_of(name, self._catalog)):
                    found.setdefault(root, set()).add(word)
        return found


def _is_prefixed(root: str, imported: Iterable[str]) -> bool:
    prefix, star, _ = root.partition("*")
    return bool(star) and any(name.startswith(prefix) for name in imported)
