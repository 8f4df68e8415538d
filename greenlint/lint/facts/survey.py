"""What one file says about the project it belongs to, when another file's finding hangs on it."""

import sys

from greenlint.lint.catalog import Catalog, is_kind
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name
from greenlint.lint.facts.tree import Call

GUARD = "grad.guard"  # the catalog kind of torch.no_grad and its like


def survey_words(wanted: frozenset[str], catalog: Catalog) -> frozenset[str]:
    """The identifiers without which a file provides none of `wanted`."""
    words: set[str] = set()
    for fact in wanted:
        question, _, detail = fact.partition(":")
        if question == "guarded":
            words.add(detail)
        elif question in {"kind", "near"}:
            kind = detail.partition(":")[0]
            words |= {
                name.replace(":", ".").rsplit(".", 1)[-1].strip("*")
                for call in catalog.calls
                if is_kind(call.kind, kind)
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
        case "near":
            kind, name, modules = detail.split(":")
            return _is_neighbor(facts, name, frozenset(modules.split(","))) and facts.has(kind)
        case "guarded":
            calls = [call for call in facts.tree.calls if last_name(call.node.func) == detail]
            return any(_is_guarded(facts, call) for call in calls)
        case _:
            return False


def neighbors(facts: Facts, kind: str) -> str:
    """The question whether a module that this one imports, or that imports it, has a `kind`."""
    return f"near:{kind}:{module_name(facts)}:{','.join(sorted(_imported_names(facts)))}"


def _is_neighbor(facts: Facts, name: str, modules: frozenset[str]) -> bool:
    return module_name(facts) in modules or name in _imported_names(facts)


def module_name(facts: Facts) -> str:
    """What other modules call this one: the last part of its dotted name."""
    parts = facts.path.rsplit(".", 1)[0].split("/")
    package = parts[-1] == "__init__" and len(parts) > 1
    return parts[-2] if package else parts[-1]


def _imported_names(facts: Facts) -> frozenset[str]:
    """The parts of the dotted names that come from neither the standard library nor the catalog."""
    foreign = sys.stdlib_module_names | facts.catalog.libraries
    own = (name for name in facts.imported if name.split(".", 1)[0] not in foreign)
    return frozenset(part for name in own for part in name.split(".") if part)


def _is_guarded(facts: Facts, call: Call) -> bool:
    function = facts.function_around(call.block)
    if function is not None and facts.decorated_by(function, GUARD):
        return True
    return facts.is_under(call.block, GUARD)
