"""inference-with-gradients: a model is run for its output alone, and its graph is kept for nothing.

A detector, because whether a graph is wanted follows from the order of modes, calls and backward
passes in a function and in those that call it.
"""

import re
from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.gradients import Gradients
from greenlint.lint.facts.model_calls import PREDICTS, ModelCall, ModelCalls, may_call_models
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import defined_name
from greenlint.lint.facts.tree import Block, Call
from greenlint.lint.finding import Level
from greenlint.lint.matcher import Hit, level_in_place
from greenlint.lint.rule import FixPlan, Rule
from greenlint.lint.site import Site

_STEPS = 8  # names and methods followed from an argument to what made it
_GENERATES = re.compile(
    r"(^|_)(gen\w*|g|z|noise\w*|latents?|decoder|ema\w*|sample)(_|$)", re.IGNORECASE
)
_CONVERTS = re.compile(r"(^|_)(convert|export|trace)")
_DRAWS = re.compile(r"(^|_)(sampl\w*|generate\w*|decode)(_|$)")  # what runs a network on noise
_MADE_UP = re.compile(r"dummy|example_input|fake_x|random_input")


def possible(site: Site) -> bool:
    """Whether a model may be called for its output in a part of a file."""
    part = site.part
    if not part.has_inner_function and _CONVERTS.search(part.name):
        return False
    return may_call_models(site)


def find(facts: Facts, rule: Rule) -> Iterator[Hit]:
    """The first call of each model, function by function, that keeps a graph for nothing."""
    calls = facts.extension(ModelCalls).all
    # `volatile` was the guard of PyTorch before 0.4.
    if not calls or "volatile" in facts.tree.identifiers or facts.has("attribution"):
        return
    gradients = facts.extension(Gradients)
    wasteful: dict[tuple[str, Block | None], list[tuple[ModelCall, Level]]] = {}
    for found in calls:
        function = facts.function_around(found.call.block)
        confidence = _confidence(facts, found, function)
        if confidence is None:
            continue
        if gradients.is_guarded(found.call.block) or gradients.are_wanted(found):
            continue
        wasteful.setdefault((found.name, function), []).append((found, confidence))
    for (found, confidence), *others in wasteful.values():
        # A guard around one of several calls would not end the finding.
        yield _hit(facts, rule, found, confidence, None if others else rule.fix)


def _confidence(facts: Facts, found: ModelCall, function: Block | None) -> Level | None:
    """How sure it is that the call is for its output alone; None when nothing says so."""
    if _is_trial(facts, found) or (function is not None and _is_one_off(function)):
        return None
    if found.mode is not None:
        return Level.HIGH
    if function is None:
        return Level.LOW if found.is_from_hub else None
    name = defined_name(function.node)
    predicts = found.type is not None and PREDICTS.search(name) and "train" not in name
    return Level.MEDIUM if predicts else None


def _is_one_off(function: Block) -> bool:
    """Whether a function is a unit test, or converts a model and compares one output."""
    node = function.node
    if not isinstance(node, cst.FunctionDef):
        return False
    parameters = [param.name.value for param in node.params.params]
    is_test = node.name.value.startswith("test") and parameters in ([], ["self"])
    return is_test or _CONVERTS.search(node.name.value) is not None


def _is_trial(facts: Facts, found: ModelCall) -> bool:
    """Whether a network is only tried out or traced, on made-up numbers.

    Noise is made up, too, but it is what generators in evaluation mode are meant to be fed.
    """
    first = next((a.value for a in found.call.node.args if not a.star), None)
    if first is None or _asks_for_shape(facts, found.call.node):
        return first is not None
    if any(_MADE_UP.search(name.value) for name in facts.flow.reads(first)):
        return True
    words = {found.name, *(name.value for name in facts.flow.reads(first))}
    function = facts.function_around(found.call.block)
    draws = function is not None and _DRAWS.search(defined_name(function.node)) is not None
    named = found.mode is not None and any(_GENERATES.search(word) for word in words)
    generates = draws or named
    kinds = ("data.made-up",) if generates else ("data.made-up", "data.noise")
    return _is_made_by(facts, first, found.call, kinds)


def _asks_for_shape(facts: Facts, node: cst.CSTNode) -> bool:
    """Whether nothing but the shape of an output is read: `model(x)["logits"].shape`."""
    parent = facts.parent(node)
    while isinstance(parent, (cst.Attribute, cst.Subscript)):
        if isinstance(parent, cst.Attribute) and parent.attr.value in {"shape", "size"}:
            return True
        parent = facts.parent(parent)
    return False


def _is_made_by(
    facts: Facts, node: cst.BaseExpression, place: Call, kinds: tuple[str, ...]
) -> bool:
    """Whether `node` is the result of a call of `kinds`, moved or scaled at most."""
    block, order = place.block, place.order
    for _ in range(_STEPS):
        match node:
            case cst.Name(value=name):
                binding = facts.names.single_definition(name, block, order)
                if binding is None or not isinstance(binding.value, cst.BaseExpression):
                    return False
                node, block, order = binding.value, binding.block, binding.order
            case cst.Call() if facts.is_a(facts.tree.call_of[node], *kinds):
                return True
            case cst.Call(func=cst.Attribute(value=inner)):
                node = inner
            case cst.List(elements=[first, *_]) | cst.Tuple(elements=[first, *_]):
                node = first.value
            case cst.BinaryOperation(left=left):
                node = left
            case _:
                return False
    return False


def _hit(facts: Facts, rule: Rule, found: ModelCall, confidence: Level, fix: FixPlan | None) -> Hit:
    function = facts.function_around(found.call.block)
    unseen = function is not None and not facts.extension(Gradients).callers(function)
    return Hit(
        found.call,
        level_in_place(facts, rule.severity),
        confidence,
        rule.message.replace("{model}", found.name),
        rule.advice,
        (f"guarded:{defined_name(function.node)}",) if function is not None and unseen else (),
        fix=fix,
    )
