"""What is known of other people's APIs, as data: types, how they are built, and what calls mean."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from operator import itemgetter


@dataclass(frozen=True, slots=True)
class CatalogType:
    """A family of classes that behave alike, such as every chat client of one SDK.

    `constructors` are globs of the qualified names that build one (also as annotations);
    `returns_self` are methods whose result is of the same type; `composes` says that `a | b`
    with one of them is one of them again (LangChain's expression language).
    """

    name: str
    constructors: tuple[str, ...]
    returns_self: tuple[str, ...] = ()
    composes: bool = False


@dataclass(frozen=True, slots=True)
class CatalogCall:
    """Calls of one meaning.

    `names` are globs: of qualified names (`litellm.completion`), or of a type and an attribute
    path (`openai.client:chat.completions.create`). `kind` is dotted, from general to special.
    `arguments` maps a role (`prompt`, `output-cap`) to the argument paths that may play it, the
    first of them first: `max_tokens`, or `config.max_output_tokens` for a key of an argument.
    `positions` are parameter names in order, so that positional and keyword arguments are one.
    """

    kind: str
    names: tuple[str, ...]
    provider: str = ""
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    positions: tuple[str, ...] = ()
    traits: frozenset[str] = frozenset()


# Longer names than this match no glob that has a wildcard: it bounds what any glob can cost.
MAX_NAME = 500
_MAX_REMEMBERED = 50_000


_Ends = tuple[str | None, str | None]


class GlobTable:
    """Values by glob: exact names answer at once, patterns are tried in order and remembered.

    In a glob `*` stands for characters within one dotted part and `**` for any characters.
    """

    def __init__(self) -> None:
        self._exact: dict[str, list[object]] = {}
        # By the name's first and last words, or None where a glob leaves one open.
        self._patterns: dict[_Ends, list[tuple[int, str, object]]] = {}
        self._known: dict[str, tuple[object, ...]] = {}
        self._size = 0

    def add(self, glob: str, value: object) -> None:
        """Let names that `glob` covers answer with `value`."""
        self._size += 1
        if "*" not in glob:
            self._exact.setdefault(glob, []).append(value)
            return
        first, last = _ends_of(glob)
        ends = None if "*" in first else first, None if "*" in last else last
        self._patterns.setdefault(ends, []).append((self._size, glob, value))

    def find(self, name: str) -> tuple[object, ...]:
        """Every value whose glob covers `name`, exact ones first."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= _MAX_REMEMBERED:
                self._known.clear()
            known = self._known[name] = (*self._exact.get(name, ()), *self._covering(name))
        return known

    def _covering(self, name: str) -> Iterator[object]:
        first, last = _ends_of(name)
        ends = ((first, last), (first, None), (None, last), (None, None))
        possible = [pattern for end in ends for pattern in self._patterns.get(end, ())]
        for _, glob, value in sorted(possible, key=itemgetter(0)):
            if compiled_glob(glob).fullmatch(name):
                yield value


def _ends_of(name: str) -> tuple[str, str]:
    """The first and the last word of a name, which may be the same."""
    words = name.replace(":", ".").split(".")
    return words[0], words[-1]


def _telling(glob: str) -> tuple[str, str]:
    """Library and last word of a name that a glob may leave open at its end."""
    library, last = _ends_of(glob)
    if last.strip("*"):
        return "", last.strip("*")
    return library, _ends_of(glob.rstrip(".*"))[1].strip("*")


@cache
def compiled_glob(glob: str) -> re.Pattern[str]:
    """The regular expression of a glob, at worst quadratic in the length of a name.

    The first place where a piece between wildcards fits is as good as any later one, because the
    wildcard behind it covers what lies between; so no piece is ever tried again (atomic groups).
    """
    *pieces, last = (piece.split("*") for piece in glob.split("**"))
    text = "(?>.*?".join(_piece(piece) + ")" * (number > 0) for number, piece in enumerate(pieces))
    text += (".*?" if pieces else "") + _piece(last, at_end=True)
    return re.compile(f"(?s)(?=.{{0,{MAX_NAME}}}\\Z){text}")


def _piece(literals: Sequence[str], *, at_end: bool = False) -> str:
    """Literals with `*` between them; only the last one of a name is tried in several places."""
    first, *others = (re.escape(literal) for literal in literals)
    if at_end and others:
        *others, final = others
        return first + "".join(f"(?>[^.]*?{other})" for other in others) + f"[^.]*?{final}"
    return first + "".join(f"(?>[^.]*?{other})" for other in others)


@dataclass(frozen=True)
class Catalog:
    """All types and calls that the rules may speak of."""

    types: tuple[CatalogType, ...] = ()
    calls: tuple[CatalogCall, ...] = ()

    @cached_property
    def libraries(self) -> frozenset[str]:
        """The packages that the names of calls start with."""
        return frozenset(name.split(".", 1)[0] for call in self.calls for name in call.names)

    @cached_property
    def _types(self) -> GlobTable:
        table = GlobTable()
        for kind in self.types:
            for constructor in kind.constructors:
                table.add(constructor, kind)
        return table

    @cached_property
    def _calls(self) -> GlobTable:
        table = GlobTable()
        for call in self.calls:
            for name in call.names:
                table.add(name, call)
        return table

    @cached_property
    def _by_name(self) -> Mapping[str, CatalogType]:
        return {kind.name: kind for kind in self.types}

    def type_built_by(self, constructor: str) -> CatalogType | None:
        """The type that calling `constructor`, a qualified name, builds."""
        return next((t for t in self._types.find(constructor) if isinstance(t, CatalogType)), None)

    def type_named(self, name: str) -> CatalogType | None:
        """The type of that name."""
        return self._by_name.get(name)

    def calls_named(self, name: str) -> Iterator[CatalogCall]:
        """What is known of calling `name` (a qualified name, or `type:attribute.path`)."""
        return (call for call in self._calls.find(name) if isinstance(call, CatalogCall))

    def knows(self, name: str) -> bool:
        """Whether a type is built by, or a call listed under, a qualified name."""
        return self.type_built_by(name) is not None or any(True for _ in self.calls_named(name))

    def last_words(self, kind: str) -> frozenset[str]:
        """The last words of the names of calls of a kind; they may be globs."""
        if kind not in self._last_words:
            self._last_words[kind] = frozenset(
                _ends_of(name)[1]
                for call in self.calls
                if is_kind(call.kind, kind)
                for name in call.names
            )
        return self._last_words[kind]

    def telling_words(self, kind: str) -> frozenset[tuple[str, str]]:
        """Of each call of a kind the last word that code has to spell, and its library.

        The library is left empty where the last word is the call's own, which tells enough.
        """
        if kind not in self._telling_words:
            names = {n for call in self.calls if is_kind(call.kind, kind) for n in call.names}
            self._telling_words[kind] = frozenset(filter(itemgetter(1), map(_telling, names)))
        return self._telling_words[kind]

    @cached_property
    def _telling_words(self) -> dict[str, frozenset[tuple[str, str]]]:
        return {}

    @cached_property
    def _last_words(self) -> dict[str, frozenset[str]]:
        return {}

    def has_kind(self, wanted: str) -> bool:
        """Whether any call is of the kind `wanted`."""
        return wanted in self._kinds

    @cached_property
    def _kinds(self) -> frozenset[str]:
        """The kinds of all calls, and those that these are special cases of."""
        parts = (call.kind.split(".") for call in self.calls)
        return frozenset(".".join(p[:length]) for p in parts for length in range(1, len(p) + 1))


def is_kind(kind: str, wanted: str) -> bool:
    """Whether `kind` is `wanted` or a special case of it."""
    return kind == wanted or kind.startswith(wanted + ".")
