"""What one file says about the project it belongs to, when another file's finding hangs on it."""

import libcst as cst

from greenlint.lint.catalog import Catalog, is_kind
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Call

GUARD = "grad.guard"  # the catalog kind of torch.no_grad and its like


def survey_words(wanted: frozenset[str], catalog: Catalog) -> frozenset[str]:
    """The identifiers without which a file provides none of `wanted`."""
    words: set[str] = set()
    for fact in wanted:
        question, _, detail = fact.partition(":")
        if question == "guarded":
            words.add(detail)
        elif question == "kind":
            words |= {
                name.replace(":", ".").rsplit(".", 1)[-1].strip("*")
                for call in catalog.calls
                if is_kind(call.kind, detail)
                for name in call.names
            }
    return frozenset(words - {""})


def provided(facts: Facts, wanted: frozenset[str]) -> frozenset[str]:
    """Those of `wanted` that this module provides."""
    return frozenset(fact for fact in wanted if _provides(facts, fact))


def _provides(facts: Facts, fact: str) -> bool:
    question, _, detail = fact.partition(":")
    match question:
        case "kind":
            return facts.has(detail)
        case "guarded":
            calls = [call for call in facts.tree.calls if _last_name(call) == detail]
            return any(_is_guarded(facts, call) for call in calls)
        case _:
            return False


def _is_guarded(facts: Facts, call: Call) -> bool:
    function = facts.function_around(call.block)
    if function is not None and facts.decorated_by(function, GUARD):
        return True
    return facts.is_under(call.block, GUARD)


def _last_name(call: Call) -> str | None:
    match call.node.func:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name
        case _:
            return None
