"""What one file says about the project it belongs to, when another file's finding hangs on it."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from greenlint.lint.catalog import Catalog
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name
from greenlint.lint.facts.tree import Call

GUARD = "grad.guard"  # the catalog kind of torch.no_grad and its like


@dataclass(frozen=True, slots=True)
class _Asked:
    """A fact that a project is asked for, in its parts.

    A neighbor has the `name` of the module that asks among its imports, or is one of the `modules`
    which that imports.
    """

    question: str
    detail: str
    name: str = ""
    modules: frozenset[str] = frozenset()

    @classmethod
    def read(cls, fact: str) -> "_Asked":
        """The parts of a fact."""
        question, _, detail = fact.partition(":")
        if question != "near":
            return cls(question, detail)
        kind, name, modules = detail.split(":")
        return cls(question, kind, name, frozenset(modules.split(",")))

    def words_in(self, data: bytes, catalog: Catalog) -> frozenset[str]:
        """Those identifiers in a text of which one that provides this must have any."""
        match self.question:
            case "guarded":
                return frozenset({self.detail} if self.detail.encode() in data else ())
            case "kind" | "near":
                return frozenset(
                    word
                    for library, word in catalog.telling_words(self.detail)
                    if word.encode() in data and library.encode() in data
                )
            case _:
                return frozenset()

    def may_be_asked_of(self, module: str, data: bytes) -> bool:
        """Whether a module of that name and text may be a neighbor, if it has to be one."""
        return not self.name or module in self.modules or self.name.encode() in data


_read = lru_cache(maxsize=10_000)(_Asked.read)  # every file of a project is asked the same


def possible_facts(
    wanted: frozenset[str], path: str, data: bytes, *, catalog: Catalog
) -> Mapping[str, frozenset[str]]:
    """Those of `wanted` that a file may provide, and the identifiers that tell."""
    module = module_name(path)
    known: dict[tuple[str, str], frozenset[str]] = {}
    possible: dict[str, frozenset[str]] = {}
    for fact in wanted:
        asked = _read(fact)
        key = asked.question, asked.detail
        if key not in known:
            known[key] = asked.words_in(data, catalog)
        if known[key] and asked.may_be_asked_of(module, data):
            # A function may import its neighbor, which must be in the slice then.
            is_found = not asked.name or module in asked.modules
            possible[fact] = known[key] if is_found else known[key] | {asked.name}
    return possible


def provided(facts: Facts, wanted: Iterable[str]) -> frozenset[str]:
    """Those of `wanted` that this module provides."""
    survey = facts.extension(_Survey)
    return frozenset(fact for fact in wanted if survey.provides(fact))


class _Survey:
    """What one module is asked."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._has: dict[str, bool] = {}

    def provides(self, fact: str) -> bool:
        asked = _read(fact)
        match asked.question:
            case "kind":
                return self._has_kind(asked.detail)
            case "near":
                return self._is_neighbor(asked) and self._has_kind(asked.detail)
            case "guarded":
                return any(map(self._is_guarded, self._called(asked.detail)))
            case _:
                return False

    def _has_kind(self, kind: str) -> bool:
        if kind not in self._has:
            self._has[kind] = self._facts.has(kind)
        return self._has[kind]

    def _is_neighbor(self, asked: _Asked) -> bool:
        return module_name(self._facts.path) in asked.modules or asked.name in self._imported

    @cached_property
    def _imported(self) -> frozenset[str]:
        return _imported_names(self._facts)

    def _called(self, name: str) -> Iterator[Call]:
        return (call for call in self._facts.tree.calls if last_name(call.node.func) == name)

    def _is_guarded(self, call: Call) -> bool:
        function = self._facts.function_around(call.block)
        if function is not None and self._facts.decorated_by(function, GUARD):
            return True
        return self._facts.is_under(call.block, GUARD)


def neighbors(facts: Facts, kind: str) -> str:
    """The question whether a module that this one imports, or that imports it, has a `kind`."""
    return f"near:{kind}:{module_name(facts.path)}:{','.join(sorted(_imported_names(facts)))}"


def module_name(path: str) -> str:
    """What other modules call the one at `path`: the last part of its dotted name."""
    parts = path.rsplit(".", 1)[0].split("/")
    package = parts[-1] == "__init__" and len(parts) > 1
    return parts[-2] if package else parts[-1]


def _imported_names(facts: Facts) -> frozenset[str]:
    """The parts of the dotted names that come from neither the standard library nor the catalog."""
    foreign = sys.stdlib_module_names | facts.catalog.libraries
    own = (name for name in facts.imported if name.split(".", 1)[0] not in foreign)
    return frozenset(part for name in own for part in name.split(".") if part)
