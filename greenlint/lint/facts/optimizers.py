"""What the optimizers of a module change: a model's parameters, or single tensors.

Style transfer, adversarial examples and latent searches descend on an image or a code; no model
is trained, however large the one they look through.
"""

from collections.abc import Iterable, Iterator

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import children
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Subject

_PARAMETERS = frozenset(
    {"parameters", "named_parameters", "trainable_parameters"}
    | {"trainable_variables", "trainable_weights"}
)
_BACKWARD = frozenset({"backward", "manual_backward"})

relevant(__name__, kinds=("optimizer.build",))


def _goals(facts: Facts, calls: Iterable[Call]) -> Iterator[str]:
    """For each optimizer: `parameters`, `tensors`, or nothing when it can't be told."""
    for call in calls:
        argument = facts.role(call, "params")
        if argument.value is None or argument.block is None:
            continue
        sources = list(facts.flow.sources(argument.value, argument.block, argument.order))
        if any(_reads_parameters(node) for node, _, _ in sources):
            yield "parameters"
        elif isinstance(argument.value, cst.List) and _holds_tensors(argument.value):
            yield "tensors"


def _reads_parameters(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Attribute) and node.attr.value in _PARAMETERS:
        return True
    return any(_reads_parameters(child) for child in children(node))


def _holds_tensors(node: cst.List) -> bool:
    return bool(node.elements) and all(
        isinstance(element.value, (cst.Name, cst.Attribute, cst.Call)) for element in node.elements
    )


@fact("optimizes", *Subject)
def optimizes(facts: Facts, unit: Unit, _: str) -> Answer:
    """What a gradient tape, or else what the optimizers of the file are given.

    `parameters`, else `tensors`, else nothing known.
    """
    taped = isinstance(unit, Call) and facts.is_a(unit, "gradient.tape")
    calls = [unit] if isinstance(unit, Call) and taped else facts.calls_of("optimizer.build")
    goals = frozenset(_goals(facts, calls))
    return Answer(goals - {"tensors"} if "parameters" in goals else goals)


@fact("trains", *Subject)
def trains(facts: Facts, _: Unit, __: str) -> Answer:
    """Whether the file runs a backward pass."""
    return yes_or_no(any(_is_backward(call) for call in facts.tree.calls))


def _is_backward(call: Call) -> bool:
    func = call.node.func
    return isinstance(func, cst.Attribute) and func.attr.value in _BACKWARD
