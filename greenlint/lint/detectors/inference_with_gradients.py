"""inference-with-gradients: a model is run for its output alone, and its graph is kept for nothing.

A detector, because whether a graph is wanted follows from the order of modes, calls and backward
passes in a function and in those that call it.
"""

from collections.abc import Iterator

from greenlint.lint.facts.gradients import Gradients
from greenlint.lint.facts.layers import defined_name
from greenlint.lint.facts.model_calls import PREDICTS, ModelCall, ModelCalls
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Block
from greenlint.lint.finding import Level
from greenlint.lint.matcher import Hit, level_in_place
from greenlint.lint.rule import Rule


def find(facts: Facts, rule: Rule) -> Iterator[Hit]:
    """The first call of each model, function by function, that keeps a graph for nothing."""
    # `volatile` was the guard of PyTorch before 0.4.
    if "volatile" in facts.tree.identifiers or facts.has("attribution"):
        return
    gradients = facts.extension(Gradients)
    reported: set[tuple[str, Block | None]] = set()
    for found in facts.extension(ModelCalls).all:
        function = facts.function_around(found.call.block)
        confidence = _confidence(facts, found, function)
        if confidence is None or (found.name, function) in reported:
            continue
        if gradients.is_guarded(found.call.block, found.call.order) or gradients.are_wanted(found):
            continue
        reported.add((found.name, function))
        yield _hit(facts, rule, found, confidence)


def _confidence(facts: Facts, found: ModelCall, function: Block | None) -> Level | None:
    """How sure it is that the call is for its output alone; None when nothing says so."""
    in_test = facts.is_test and function is not None and defined_name(function).startswith("test")
    if in_test:
        return None
    if found.mode is not None:
        return Level.HIGH
    if function is None:
        return Level.LOW if found.is_from_hub else None
    predicts = PREDICTS.search(defined_name(function)) and "train" not in defined_name(function)
    if found.type is None or not predicts or _is_trial(facts, found):
        return None
    return Level.MEDIUM


def _is_trial(facts: Facts, found: ModelCall) -> bool:
    """Whether a network is only tried out, on made-up numbers."""
    return any(
        facts.is_a(call, "data.made-up")
        for argument in found.call.node.args
        for call in facts.flow.calls_feeding(argument.value, found.call.block, found.call.order)
    )


def _hit(facts: Facts, rule: Rule, found: ModelCall, confidence: Level) -> Hit:
    function = facts.function_around(found.call.block)
    unseen = function is not None and not facts.extension(Gradients).callers(function)
    return Hit(
        found.call,
        level_in_place(facts, rule.severity),
        confidence,
        rule.message.replace("{model}", found.name),
        rule.advice,
        (f"guarded:{defined_name(function)}",) if function is not None and unseen else (),
    )
