"""Whether a model is asked in order to judge it: evaluations, benchmarks, comparisons."""

import re
from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.forms import iterated_by, words_in
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import nodes_in
from greenlint.lint.facts.parameters import Parameters
from greenlint.lint.facts.tree import Block, Call

_DEPTH = 3
_JUDGES = re.compile(
    r"eval|bench|judge|grad(e|ing)|score|metric|accuracy|leaderboard|experiment|ablation|correct"
    r"|truth|golden|y_true|y_pred|predictions$|preds$|actuals?$|baseline|compar|consisten"
    r"|determinis|reproduc|stress|load_?test|red_?team|attack|perplexity"
    r"|interview|quiz|challenge|(^|_)exam(s|ination)?(_|$)|(^|_)(mae|mse|rmse|f1|acc)(_|\d|$)",
    re.IGNORECASE,
)
_FOLDERS = re.compile(r"(?<!ri)eval|bench|^tests?$|^testing$", re.IGNORECASE)
# Parts of a dataset that are kept apart for judging.
_HELD_OUT = re.compile(
    r"(^|_)(test|eval|dev|valid|validation|gold|golden|grading)(_|$)", re.IGNORECASE
)


class Evaluations:
    """Tells which requests of one module are there to judge a model."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._parameters = facts.extension(Parameters)

    def holds(self, call: Call) -> bool:
        """Whether names around a request, or what its loops gather, speak of an evaluation."""
        *folders, name = self._facts.path.split("/")
        if any(_FOLDERS.search(folder) for folder in folders) or _JUDGES.search(name):
            return True
        return self._is_evaluation(call, 0)

    def _is_evaluation(self, call: Call, depth: int) -> bool:
        if any(_JUDGES.search(name) for name in names_around(call.block)):
            return True
        if any(self._judges(loop) for loop in self._facts.loops_around(call.block)):
            return True
        function = self._facts.function_around(call.block)
        if function is None or depth >= _DEPTH:
            return False
        callers = self._parameters.uses(function)
        return any(self._is_evaluation(caller, depth + 1) for caller in callers)

    def _judges(self, loop: Block) -> bool:
        if any(_JUDGES.search(name) for name in self._gathered_in(loop)):
            return True
        return any(_HELD_OUT.search(word) for node in iterated_by(loop) for word in _spelled(node))

    def _gathered_in(self, loop: Block) -> Iterator[str]:
        """The names that a pass of a loop binds, and those that it appends to."""
        for name, bindings in loop.scope.bindings.items():
            if any(loop.start < binding.order < loop.end for binding in bindings):
                yield name
        for call in self._facts.tree.calls_in(loop):
            match call.node.func:
                case cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value="append")):
                    yield name
                case _:
                    pass
        yield from self._takers_of(loop)

    def _takers_of(self, loop: Block) -> Iterator[str]:
        """The functions that a comprehension is handed to, and the name that it is bound to."""
        if not isinstance(loop.node, cst.BaseComp) or loop.parent is None:
            return
        chain: list[cst.CSTNode] = [loop.node]
        while (outer := self._facts.parent(chain[-1])) is not None:
            chain.append(outer)
        for node in chain:
            if isinstance(node, cst.Call):
                yield from words_in(node.func)
        for name, bindings in loop.parent.scope.bindings.items():
            if any(binding.value is node for binding in bindings for node in chain):
                yield name


def names_around(block: Block) -> Iterator[str]:
    """The names of the functions and classes around a place."""
    for outer in block.ancestors():
        if isinstance(outer.node, (cst.FunctionDef, cst.ClassDef)):
            yield outer.node.name.value


def _spelled(node: cst.CSTNode) -> Iterator[str]:
    yield from words_in(node)
    for part in nodes_in(node):
        if isinstance(part, cst.SimpleString) and isinstance(part.evaluated_value, str):
            yield part.evaluated_value
