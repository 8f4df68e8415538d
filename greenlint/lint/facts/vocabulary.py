"""The words that rules are written in: facts of calls, loops and functions, by name.

A fact answers with words, with a constant, or with nothing at all when it can't be told. Modules
of this package add facts with `@fact`; the registry finds the modules by itself.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from greenlint.lint.catalog import is_kind
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Block, Call
from greenlint.lint.rule import Scalar, Subject
from greenlint.lint.site import Possible

Unit = Call | Block


@dataclass(frozen=True, slots=True)
class Answer:
    """What a fact says of a subject.

    `words` are matched as words or dotted kinds, `value` as a constant; `assumed` marks what
    rests on a default that a caller may override. `open_to_project` says that the answer may
    still be made true by another file of the project; `question` is what to ask it, where that
    is not simply the fact's own name. `words_if` are words that hold too if modules that the file
    imports grant the question beside them.
    """

    words: frozenset[str] = frozenset()
    value: Scalar | None = None
    assumed: bool = False
    open_to_project: bool = False
    question: str = ""
    words_if: Mapping[str, str] = field(default_factory=dict)


def yes_or_no(holds: bool) -> Answer:  # noqa: FBT001  (a sentence where it is used)
    """The answer to a question that is never unknown."""
    return Answer(frozenset({"yes" if holds else "no"}))


@dataclass(frozen=True, slots=True)
class Declared:
    """What the facts of a module look for anywhere in a file."""

    words: frozenset[str] = frozenset()
    patterns: tuple[re.Pattern[str], ...] = ()
    kinds: frozenset[str] = frozenset()


FactFunction = Callable[[Facts, Unit, str], Answer | None]
KindFunction = Callable[[Facts, Block], Iterable[str]]

_facts: dict[Subject, dict[str, FactFunction]] = {subject: {} for subject in Subject}
_kinds: dict[Subject, dict[KindFunction, tuple[str, ...]]] = {subject: {} for subject in Subject}
_relevant: dict[str, "Declared"] = {}
_possible: dict[FactFunction | KindFunction, Possible] = {}
_possible_words: dict[FactFunction, Mapping[str, Possible]] = {}


def fact(
    name: str,
    *subjects: Subject,
    possible: Possible | None = None,
    possible_words: Mapping[str, Possible] | None = None,
) -> Callable[[FactFunction], FactFunction]:
    """Let rules use a function as the fact `name` of `subjects`.

    `possible` tells where its answer can have any words or a value at all, `possible_words` where
    it can have some of them.
    """

    def register(function: FactFunction) -> FactFunction:
        for subject in subjects:
            if name in _facts[subject]:
                raise ValueError(f"a {subject} has the fact `{name}` twice")
            _facts[subject][name] = function
        if possible is not None:
            _possible[function] = possible
        if possible_words is not None:
            _possible_words[function] = possible_words
        return function

    return register


def kinds_of(
    subject: Subject, *names: str, possible: Possible | None = None
) -> Callable[[KindFunction], KindFunction]:
    """Let rules select loops or functions by the kinds `names`, which a function tells apart.

    `possible` tells where there can be any of these kinds.
    """

    def register(function: KindFunction) -> KindFunction:
        _kinds[subject][function] = names
        if possible is not None:
            _possible[function] = possible
        return function

    return register


def relevant(module: str, *words: str | re.Pattern[str], kinds: Iterable[str] = ()) -> None:
    """Say what the facts of `module` look for anywhere in a file, so that no slice leaves it out.

    Words are identifiers, patterns are searched for in identifiers, and kinds are the catalog's.
    What is looked for only near the start of a case need not be said.
    """
    _relevant[module] = Declared(
        frozenset(word for word in words if isinstance(word, str)),
        tuple(word for word in words if isinstance(word, re.Pattern)),
        frozenset(kinds),
    )


@cache
def _load() -> None:
    package = importlib.import_module("greenlint.lint.facts")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)


def fact_named(subject: Subject, name: str) -> FactFunction | None:
    """The fact of that name, if there is one."""
    _load()
    return _facts[subject].get(name)


def known_facts(subject: Subject) -> frozenset[str]:
    """The names of all facts of a subject."""
    _load()
    return frozenset(_facts[subject])


def known_kinds(subject: Subject) -> frozenset[str]:
    """The kinds of loops or functions that rules may select."""
    _load()
    return frozenset(name for names in _kinds[subject].values() for name in names)


def relevant_in(module: str) -> Declared:
    """What the facts of a module look for anywhere in a file."""
    _load()
    return _relevant.get(module, Declared())


def possible_with(function: FactFunction | KindFunction) -> Possible | None:
    """Where a fact can have an answer, or a kind be found; None if that is everywhere."""
    return _possible.get(function)


def possible_with_any(function: FactFunction, words: Iterable[Scalar]) -> Possible | None:
    """Where a fact can answer with any of `words`; None if that is everywhere."""
    known = _possible_words.get(function, {})
    wanted = frozenset(map(str, words))
    if not wanted or not wanted <= known.keys():
        return None
    needs = frozenset(known[word] for word in wanted)
    return lambda site: any(need(site) for need in needs)


def kind_functions(subject: Subject, wanted: Iterable[str]) -> frozenset[KindFunction]:
    """What tells whether a loop or function is of any of the kinds `wanted`."""
    _load()
    wanted = tuple(wanted)
    return frozenset(
        function
        for function, names in _kinds[subject].items()
        if any(is_kind(name, word) for name in names for word in wanted)
    )


def block_kinds(facts: Facts, subject: Subject, block: Block) -> frozenset[str]:
    """The kinds of a loop or function."""
    _load()
    return frozenset(kind for function in _kinds[subject] for kind in function(facts, block))
