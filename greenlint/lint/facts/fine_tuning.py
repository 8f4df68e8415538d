"""Which loaded model is trained, whole or in part, and how large its name says it is."""

import re
from collections.abc import Iterator

from greenlint.lint.facts.arguments import Argument
from greenlint.lint.facts.model_modes import is_given_false
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

# `7b`, `1.5B`, `8x7B`, as a part of its own: not the `4b` of `4bit`.
_BILLIONS = re.compile(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?![a-z0-9])", re.IGNORECASE)

relevant(
    __name__,
    *("requires_grad", "requires_grad_", "parameters"),
    re.compile("^freeze"),
    kinds=("trainer.build", "optimizer.build"),
)


@fact("trained", Subject.CALL)
def trained(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Whether the model that a call loads is trained: `whole`, `partly`, or `no` as far as seen."""
    if not isinstance(unit, Call):
        return None
    if not any(unit in _feeding(facts, argument) for argument in _trained(facts)):
        return Answer(frozenset({"no"}))
    return Answer(frozenset({"partly" if _freezes(facts) else "whole"}))


def _trained(facts: Facts) -> Iterator[Argument]:
    """What trainers are given as their model, and optimizers as their parameters."""
    for call in facts.calls_of("trainer.build"):
        yield facts.role(call, "model")
    for call in facts.calls_of("optimizer.build"):
        yield facts.role(call, "params")


def _feeding(facts: Facts, argument: Argument) -> set[Call]:
    if argument.block is None:
        return set()
    return set(facts.flow.calls_feeding(argument.value, argument.block, argument.order))


def _freezes(facts: Facts) -> bool:
    """Whether anything in the module switches gradients of parameters off."""
    if any(last_name(store.target) == "requires_grad" for store in facts.tree.stores):
        return True
    return any(
        last_name(call.node.func).startswith("freeze")
        or (last_name(call.node.func) == "requires_grad_" and is_given_false(call))
        for call in facts.tree.calls
    )


@fact("billions", Subject.CALL)
def billions(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`billions.NAME`: how many billions of parameters a model has, going by its name."""
    if not isinstance(unit, Call):
        return None
    known = facts.known(facts.argument(unit, detail))
    if known is None or not isinstance(known.value, str):
        return None
    found = _BILLIONS.search(known.value)
    if found is None:
        return None
    experts, size = found.groups()
    total = float(size) * int(experts or 1)
    return Answer(value=int(total) if total.is_integer() else total, assumed=known.assumed)
