"""The names of rules that a policy and a command line use, checked against the rules there are."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from greenlint.errors import Problem
from greenlint.policy.announced import ANNOUNCED
from greenlint.policy.settings import LintSettings
from greenlint.yaml_document import Document, Location, Place, nearest

FAMILIES = (
    "llm-calls",
    "prompts",
    "training",
    "tuning",
    "inference",
    "data",
    "regions",
    "governance",
    "deployment",
)


def check_rule_names(settings: LintSettings, known: Mapping[str, str]) -> tuple[Problem, ...]:
    """What is wrong with the names in `settings`; `known` maps each rule to its family.

    A name that stands in the policy file has its place; one from a command line has none.
    """
    rules = {*known, *ANNOUNCED}
    words = {*rules, *known.values(), *FAMILIES, "ALL"} - {""}
    wrong = [
        (location, word)
        for location, word in _mentions(settings)
        if word not in (rules if location == ("rules",) else words)
    ]
    clashes = [word for word in settings.mandatory if word in settings.ignore]
    if not wrong and not clashes:
        return ()
    document = _document(settings)
    problems = [_unknown(document, location, word, words) for location, word in wrong]
    problems += [_clash(document, word) for word in clashes]
    return tuple(sorted(dict.fromkeys(problems), key=_order))


def announced_names(settings: LintSettings, known: Mapping[str, str]) -> tuple[str, ...]:
    """The rules that the policy names though this release does not have them yet."""
    return tuple(sorted({w for _, w in _mentions(settings)} & (ANNOUNCED - set(known))))


def place_in_policy(settings: LintSettings, *location: str | int) -> Place | None:
    """Where the policy says something about `lint`, such as "rules", NAME, OPTION; or None."""
    document = _document(settings)
    if document is None:
        return None
    at = ("lint", *location)
    return document.place(at) if at in document.values else None


def _mentions(settings: LintSettings) -> Iterator[tuple[Location, str]]:
    """Every rule word with the list that holds it, below `lint`."""
    lists: list[tuple[Location, Iterable[str]]] = [
        (("select",), settings.select or ()),
        (("extend_select",), settings.extend_select),
        (("ignore",), settings.ignore),
        (("mandatory",), settings.mandatory),
        (("rules",), settings.rules),
    ]
    for path in settings.per_path:
        lists.append((("per_path", path.pattern, "select"), path.select))
        lists.append((("per_path", path.pattern, "ignore"), path.ignore))
    for location, words in lists:
        yield from ((location, word) for word in words)


def _document(settings: LintSettings) -> Document | None:
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
    document: Document | None, location: Location, word: str, words: Iterable[str]
) -> Problem:
    kind = "rule" if location == ("rules",) else "rule or family"
    place = _place(document, location, word)
    message = f"no {kind} is called `{word}`"
    hint = nearest(word, set(words))
    return place.problem(message, hint) if place else Problem(message, hint=hint)


def _clash(document: Document | None, word: str) -> Problem:
    message = f"`{word}` is mandatory and cannot be ignored"
    place = _place(document, ("ignore",), word)
    mandatory = _place(document, ("mandatory",), word)
    hint = f"mandatory by {mandatory}" if mandatory else None
    return place.problem(message, hint) if place else Problem(message, hint=hint)


def _place(document: Document | None, location: Location, word: str) -> Place | None:
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
