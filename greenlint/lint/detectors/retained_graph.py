"""retained-graph: the graph of a training step is kept although nothing goes through it again.

A detector, because a tensor's `backward` has no name that the catalog could know, and whether a
graph is needed again follows from the order of the backward passes in a step.
"""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name
from greenlint.lint.facts.training_loops import TrainingLoop, TrainingLoops, may_train
from greenlint.lint.facts.tree import Block, Call
from greenlint.lint.matcher import Hit
from greenlint.lint.rule import Rule
from greenlint.lint.site import Site

_BACKWARD = frozenset({"backward", "manual_backward"})


def possible(site: Site) -> bool:
    """Whether a part of a file may train a network in earnest."""
    return may_train(site)


def find(facts: Facts, rule: Rule) -> Iterator[Hit]:
    """The backward passes that keep a graph which no later pass of their step goes through."""
    loops = facts.extension(TrainingLoops)
    trainings: dict[Call, list[TrainingLoop]] = {}
    for loop in loops.all:
        trainings.setdefault(loop.backward, []).append(loop)
    for call, around in trainings.items():
        if _retains(call) and all(_is_last(facts, loop) for loop in around):
            text = facts.callee_text(call)
            message = rule.message.replace("{call}", text)
            yield Hit(call, rule.severity, rule.confidence, message, rule.advice, fix=rule.fix)


def _retains(call: Call) -> bool:
    return any(
        arg.keyword is not None
        and arg.keyword.value == "retain_graph"
        and isinstance(arg.value, cst.Name)
        and arg.value.value == "True"
        for arg in call.node.args
    )


def _is_last(facts: Facts, loop: TrainingLoop) -> bool:
    """Whether the step ends with this backward pass, and the next one starts a new graph."""
    call = loop.backward
    inner = facts.loops_around(call.block)
    if inner and inner[0] is not loop.batch:
        return False  # several losses in turn may share one graph
    function = facts.function_around(call.block)
    for other in _passes(facts, loop):
        elsewhere = facts.function_around(other.block) is not function
        if other is not call and (elsewhere or other.order > call.order):
            return False
    return not _is_carried(facts, loop)


def _passes(facts: Facts, loop: TrainingLoop) -> Iterator[Call]:
    """The backward passes of one step, those of the functions that it calls included."""
    loops = facts.extension(TrainingLoops)
    function = facts.function_around(loop.backward.block)
    places: list[Block] = [loop.batch, *loops.reached(loop.batch)]
    for place in (*places, *([function] if function is not None else [])):
        for call in facts.tree.calls_in(place):
            if last_name(call.node.func) in _BACKWARD or facts.is_a(call, "gradient.explicit"):
                yield call


def _is_carried(facts: Facts, loop: TrainingLoop) -> bool:
    """Whether what is differentiated goes back to the step before, as the state of an RNN does."""
    call = loop.backward
    loss = call.node.func.value if isinstance(call.node.func, cst.Attribute) else None
    parts = [loss, *(arg.value for arg in call.node.args if arg.keyword is None)]
    return any(
        binding.order >= when and loop.batch.start < binding.order < loop.batch.end
        for part in parts
        for node, block, when in facts.flow.sources(part, call.block, call.order)
        for name in facts.flow.reads(node)
        for binding in facts.names.definitions(name.value, block, when)
    )
