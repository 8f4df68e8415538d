"""What a file's imports can lead to: the libraries it names, and the catalog's names in them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from greenlint.lint.catalog import Catalog, is_kind

ANYWHERE = ""  # the root of names that no import leads to, such as builtins

# A relative import never leads to a library.
_FROM = re.compile(rb"(?:^|[;:])[ \t]*from[ \t]+(\w+)[^;]*$")
_NEAR = 1_000  # bytes; a whole file may be one line of imports
_DEPTH = 5  # types that are built by methods of types


def imported_roots(data: bytes) -> frozenset[str]:
    """The first parts of all absolute names that Python text imports."""
    roots: set[bytes] = set()
    for found in _places(data, b"import"):
        head = _statement_to(data, found).strip()
        if not head or head[-1:] in {b";", b":"}:
            roots.update(_plain_roots(_statement_from(data, found + 6)))
        elif b"from" in head and (match := _FROM.search(head)):
            roots.add(match[1])
    return frozenset(root.decode(errors="replace") for root in roots)


def _places(data: bytes, word: bytes) -> Iterator[int]:
    """Where a word stands that does not go on."""
    found = data.find(word)
    while found >= 0:
        end = found + len(word)
        if not data[end : end + 1].isalnum() and data[end : end + 1] != b"_":
            yield found
        found = data.find(word, end)


def _statement_to(data: bytes, end: int) -> bytes:
    """The lines of a statement up to a place, which backslashes join; no more than is near."""
    near = max(0, end - _NEAR)
    start = max(near, data.rfind(b"\n", near, end) + 1)
    while start > near and data.endswith(b"\\\n", near, start):
        start = max(near, data.rfind(b"\n", near, start - 1) + 1)
    return data[start:end]


def _statement_from(data: bytes, start: int) -> bytes:
    """The rest of a statement, without the backslashes that join its lines, if it is near."""
    near = data[start : start + _NEAR].replace(b"\\\n", b" ")
    return near.partition(b"\n")[0]


def _plain_roots(names: bytes) -> Iterator[bytes]:
    """The first parts of the names behind `import`."""
    names = names.partition(b"#")[0].partition(b";")[0]
    for name in names.split(b","):
        yield name.strip().split(b".")[0].split(b" ")[0]


def last_name(name: str) -> str:
    """The last identifier of a qualified name, or of a type and an attribute path."""
    return name.replace(":", ".").rsplit(".", 1)[-1]


def root_of(name: str) -> str:
    """The library that a qualified name belongs to, in the terms of `roots_of`."""
    root = name.partition(".")[0]
    return ANYWHERE if root in {"", "builtins", "**"} else root


def roots_of(name: str, catalog: Catalog, depth: int = _DEPTH) -> Iterator[str]:
    """The libraries one of which has to be imported for `name` to be reached.

    A root that ends in `*` is a prefix; ANYWHERE needs no import.
    """
    type_name, colon, _ = name.partition(":")
    if not colon:
        yield root_of(name)
        return
    kind = catalog.type_named(type_name)
    if kind is None or depth == 0:
        yield ANYWHERE
        return
    for constructor in kind.constructors:
        yield from roots_of(constructor, catalog, depth - 1)


class Reach:
    """The names of the catalog that stand for something, given what a file imports.

    What is asked for is a kind of the catalog, or a glob of names.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._by_root: dict[str, _ByRoot] = {}
        self._makers: dict[str, frozenset[str]] = {}
        self._makers_of_callables: dict[str, frozenset[str]] = {}

    def roots(self, wanted: str) -> frozenset[str]:
        """The libraries that lead to anything `wanted` stands for, in the terms of `roots_of`."""
        return self._rooted(wanted).roots

    def names(self, wanted: str, roots: frozenset[str]) -> Iterator[str]:
        """The names that `wanted` stands for and that imports of `roots` can lead to."""
        by_root = self._rooted(wanted)
        return by_root.names(by_root.near(roots))

    def makers(self, wanted: str) -> frozenset[str]:
        """The names of what builds the objects that `wanted` stands for attributes of."""
        found = self._makers.get(wanted)
        if found is None:
            found = self._makers[wanted] = frozenset(self._makers_of(self._meant(wanted)))
        return found

    def makers_of_callables(self, wanted: str) -> frozenset[str]:
        """The names of what builds the objects that are called themselves, as `llm(prompt)` is."""
        found = self._makers_of_callables.get(wanted)
        if found is None:
            types = (n.partition(":")[0] for n in self._meant(wanted) if n.endswith(":__call__"))
            kinds = (self._catalog.type_named(name) for name in types)
            found = frozenset(maker for kind in kinds if kind for maker in kind.constructors)
            self._makers_of_callables[wanted] = found
        return found

    def _makers_of(self, names: Iterable[str]) -> Iterator[str]:
        seen: set[str] = set()
        stack = list(names)
        while stack:
            type_name, colon, _ = stack.pop().partition(":")
            kind = self._catalog.type_named(type_name) if colon else None
            if kind is not None and type_name not in seen:
                seen.add(type_name)
                stack.extend(kind.constructors)
                yield from kind.constructors

    def _rooted(self, wanted: str) -> "_ByRoot":
        """By the library that has to be imported, the names that `wanted` stands for."""
        found = self._by_root.get(wanted)
        if found is None:
            by_root: dict[str, list[str]] = {}
            for name in self._meant(wanted):
                for root in set(roots_of(name, self._catalog)):
                    by_root.setdefault(root, []).append(name)
            found = self._by_root[wanted] = _ByRoot(by_root)
        return found

    def _meant(self, wanted: str) -> tuple[str, ...]:
        if not self._catalog.has_kind(wanted):
            return (wanted,)
        calls = (call for call in self._catalog.calls if is_kind(call.kind, wanted))
        return tuple(dict.fromkeys(name for call in calls for name in call.names))


class _ByRoot:
    """Names by the library that has to be imported, in the terms of `roots_of`."""

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self._names = names
        self.roots = frozenset(names)
        self._always = self.roots & {ANYWHERE}
        self._prefixes = tuple(root for root in names if "*" in root)

    def near(self, roots: frozenset[str]) -> frozenset[str]:
        """Those of its libraries that imports of `roots` lead to."""
        near = (self.roots & roots) | self._always
        prefixes = [prefix for prefix in self._prefixes if is_imported(prefix, roots)]
        return near.union(prefixes) if prefixes else near

    def names(self, near: frozenset[str]) -> Iterator[str]:
        """The names in some of its libraries; one that is in several comes several times."""
        for root in near:
            yield from self._names[root]


def is_imported(root: str, roots: frozenset[str]) -> bool:
    """Whether imports of `roots` lead to the library `root`, in the terms of `roots_of`."""
    if root in roots or root == ANYWHERE:
        return True
    prefix, star, _ = root.partition("*")
    return bool(star) and any(name.startswith(prefix) for name in roots)
