"""The names of rules that a policy and a command line use, checked against the rules there are."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.errors import Problem
from greenlint.policy.settings import LintSettings

if TYPE_CHECKING:
    from greenlint.yaml_document import Document, Location, Place

_LISTS = ("select", "extend_select", "ignore", "mandatory")


def check_rule_names(
    subject: "LintSettings | Document", known: Mapping[str, str]
) -> tuple[Problem, ...]:
    """What is wrong with the names that settings, or a merged policy, use.

    `known` maps each rule to its family. A name in the policy file has its place; one that came
    from a command line has none.
    """
    configurable = {name for name, family in known.items() if family}
    words = {*known, *known.values(), "ALL"} - {""}
    mentions = list(_mentions(subject))
    wrong = [
        (at, word, valid)
        for at, word in mentions
        if word not in (valid := configurable if at == ("rules",) else words)
    ]
    ignored = {word for at, word in mentions if at == ("ignore",)}
    clashes = [word for at, word in mentions if at == ("mandatory",) and word in ignored]
    if not wrong and not clashes:
        return ()
    document = _document(subject) if isinstance(subject, LintSettings) else subject
    problems = [_unknown(document, at, word, valid) for at, word, valid in wrong]
    problems += [_clash(document, word) for word in clashes]
    return tuple(sorted(dict.fromkeys(problems), key=_order))


def place_in_policy(
    settings: LintSettings, *location: str | int, key: bool = False
) -> "Place | None":
    """Where the policy writes a value below `lint`, such as "rules", NAME, OPTION, or its `key`."""
    document = _document(settings)
    at = ("lint", *location)
    if document is None or at not in document.values:
        return None
    return document.place(at, key=key)


def _mentions(subject: "LintSettings | Document") -> "Iterator[tuple[Location, str]]":
    """Every rule word with the list (or mapping) that holds it, below `lint`."""
    if not isinstance(subject, LintSettings):
        yield from _mentions_in_data(subject.data)
        return
    for key in _LISTS:
        yield from (((key,), word) for word in getattr(subject, key) or ())
    yield from ((("rules",), word) for word in subject.rules)
    for path in subject.per_path:
        yield from ((("per_path", path.pattern, "select"), word) for word in path.select)
        yield from ((("per_path", path.pattern, "ignore"), word) for word in path.ignore)


def _mentions_in_data(data: object) -> "Iterator[tuple[Location, str]]":
    """The same in a document that need not be valid."""
    lint = _mapping(data).get("lint")
    for key in _LISTS:
        yield from (((key,), word) for word in _words(_mapping(lint).get(key)))
    yield from ((("rules",), word) for word in _mapping(_mapping(lint).get("rules")))
    for pattern, change in _mapping(_mapping(lint).get("per_path")).items():
        for key in ("select", "ignore"):
            at = ("per_path", pattern, key)
            yield from ((at, word) for word in _words(_mapping(change).get(key)))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _words(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (word for word in value if isinstance(word, str))


def _document(settings: LintSettings) -> "Document | None":
    """The merged policy as it is now; None when there is none or it has become unreadable."""
    from greenlint.errors import PolicyError
    from greenlint.policy.loading import merge_policy

    if settings.policy is None:
        return None
    try:
        return merge_policy(Path(settings.policy)).document
    except PolicyError:
        return None


def _unknown(
    document: "Document | None", location: "Location", word: str, words: Iterable[str]
) -> Problem:
    from greenlint.yaml_document import nearest

    kind = "rule" if location == ("rules",) else "rule or family"
    place = _place(document, location, word)
    message = f"no {kind} is called `{word}`"
    hint = nearest(word, set(words))
    if hint is None or not hint.startswith("did"):
        hint = "`greenlint rules` lists them"
    return place.problem(message, hint) if place else Problem(message, hint=hint)


def _clash(document: "Document | None", word: str) -> Problem:
    message = f"`{word}` is mandatory and cannot be ignored"
    place = _place(document, ("ignore",), word)
    mandatory = _place(document, ("mandatory",), word)
    hint = f"mandatory by {mandatory}" if mandatory else None
    return place.problem(message, hint) if place else Problem(message, hint=hint)


def _place(document: "Document | None", location: "Location", word: str) -> "Place | None":
    """Where `word` stands in the list (or mapping) at `location`; None if it does not."""
    if document is None:
        return None
    at: Location = ("lint", *location)
    if location == ("rules",):
        return document.keys.get((*at, word))
    data = document.data
    for part in at:
        data = data.get(part) if isinstance(data, dict) else None
    if not isinstance(data, list) or word not in data:
        return None
    return document.place((*at, data.index(word)))


def _order(problem: Problem) -> tuple[str, int, int]:
    return (problem.path or "", problem.line or 0, problem.column or 0)
