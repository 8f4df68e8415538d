"""One item per request: whether what a request is given is one item of many that are at hand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.forms import Form, Forms, iterated_by, words_in
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import OWN
from greenlint.lint.facts.parameters import Parameters
from greenlint.lint.facts.repeats import Repeats, may_repeat
from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact
from greenlint.lint.rule import Subject

_DEPTH = 2
_SEARCHES = frozenset(
    {"query", "search", "similarity_search", "knn_query", "query_points", "search_points", "knn"}
    | {"near_vector", "vector_search", "similarity_search_by_vector", "aggregate", "argsort", "rpc"}
    | {"topk", "semantic_search", "find_similar", "hybrid"}
)
# Items that come one at a time, so that there is nothing to gather.
_STREAM_WORDS = re.compile(
    r"stream|consumer|queue|listen|subscri|websocket|stdin|events?$|poll|watch|iter_content"
    r"|as_completed|receive",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Value:
    """An expression, where it is evaluated, and what has been found out of its form."""

    node: cst.BaseExpression
    block: Block
    order: int
    form: Form | None = None


class Batching:
    """Tells which requests of one module are sent for one item after the other."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._forms = facts.extension(Forms)
        self._repeats = facts.extension(Repeats)
        self._parameters = facts.extension(Parameters)

    def reasons(self, call: Call, argument: Argument) -> frozenset[str]:
        """How the items get to the request: `loop`, `comprehension`, `mapped`, `caller`."""
        value = self._value(argument)
        if value is None or self._is_compared(call):
            return frozenset()
        return frozenset(self._reasons(value, call, 0))

    def _is_compared(self, call: Call) -> bool:
        """Whether a test holds the answers for single items against those for a batch."""
        if not self._facts.is_test:
            return False
        function = self._facts.function_around(call.block)
        names = (
            [self._facts.called(other) for other in self._facts.tree.calls_in(function)]
            if function
            else []
        )
        return names.count(self._facts.called(call)) > 1

    def _value(self, argument: Argument) -> _Value | None:
        node = argument.value
        if argument.block is None or not isinstance(node, cst.BaseExpression):
            return None
        form = self._forms.of(node, argument.block, argument.order)
        return _Value(node, argument.block, argument.order, form)

    def _reasons(self, value: _Value, call: Call, depth: int) -> Iterator[str]:
        made_of = self._facts.flow.bindings(value.node, value.block, value.order)
        if any(binding.kind is BindingKind.AUGMENT for binding in made_of):
            return  # made of the answers before it
        if value.form is Form.ONE:
            yield from self._reasons_of_loops(value, call)
        if value.form in {Form.ONE, Form.OPEN} and depth < _DEPTH:
            yield from self._reasons_of_function(value, call, depth)

    def _reasons_of_loops(self, value: _Value, call: Call) -> Iterator[str]:
        for loop in self._facts.loops_around(call.block):
            if not self._is_item_loop(loop, call):
                continue
            if not self._facts.flow.is_item_of(loop, value.node, value.block, value.order):
                continue
            if not self._others_vary(call, value, loop):
                yield "comprehension" if loop.kind is BlockKind.COMPREHENSION else "loop"

    def _reasons_of_function(self, value: _Value, call: Call, depth: int) -> Iterator[str]:
        for parameter in self._facts.flow.parameters(value.node, value.block, value.order):
            function = parameter.block
            if self._others_read(call, value, parameter) or self._searches(function):
                continue
            if self._parameters.is_mapped(function) and self._is_first(parameter):
                yield "mapped"
            for caller in self._parameters.callers(function):
                given = self._value(self._parameters.given(caller, function, parameter.name))
                if given is None or given.form is Form.MANY:
                    continue
                form = Form.ONE if value.form is Form.ONE else given.form
                outer = _Value(given.node, given.block, given.order, form)
                if set(self._reasons(outer, caller, depth + 1)):
                    yield "caller"

    def _searches(self, function: Block) -> bool:
        """Whether a function looks up what is like one query, whoever calls it how often."""
        return any(
            isinstance(call.node.func, cst.Attribute) and call.node.func.attr.value in _SEARCHES
            for call in self._facts.tree.calls_in(function)
        )

    # -- loops -------------------------------------------------------------------------------

    def _is_item_loop(self, loop: Block, call: Call) -> bool:
        if isinstance(loop.node, cst.For) and loop.node.asynchronous is not None:
            return False
        iterated = iterated_by(loop)
        if not iterated or self._repeats.is_retry(loop, call.order) or self._repeats.is_chat(loop):
            return False
        return not any(_STREAM_WORDS.search(word) for node in iterated for word in words_in(node))

    def _others_vary(self, call: Call, value: _Value, loop: Block) -> bool:
        """Whether anything else that the request is given differs from item to item."""
        func = call.node.func
        receiver = func.value if isinstance(func, cst.Attribute) else func
        return any(
            self._facts.flow.varies(node, loop, call.block, call.order) is True
            for node in (receiver, *_others(call, value))
        )

    def _others_read(self, call: Call, value: _Value, parameter: Binding) -> bool:
        """Whether anything else that the request is given is made of the same parameter."""
        return any(
            other is parameter
            for node in _others(call, value)
            for other in self._facts.flow.parameters(node, call.block, call.order)
        )

    # -- parameters --------------------------------------------------------------------------

    def _is_first(self, parameter: Binding) -> bool:
        bindings = [
            binding
            for found in parameter.block.bindings.values()
            for binding in found
            if binding.kind is BindingKind.PARAMETER and binding.name not in OWN
        ]
        return min(bindings, key=lambda binding: binding.order) is parameter


def _others(call: Call, value: _Value) -> list[cst.BaseExpression]:
    return [arg.value for arg in call.node.args if arg.value is not value.node and not arg.star]


@fact("one-by-one", Subject.CALL, possible=may_repeat)
def one_by_one(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`one-by-one.ROLE`: how one item after the other gets to an argument.

    `loop`, `comprehension`, `mapped` (a function that is run for each row) or `caller` (a loop
    around a call of the function); nothing when the argument is a batch or can't be told.
    """
    if not isinstance(unit, Call):
        return None
    argument = facts.argument(unit, detail)
    if argument.state is not State.PRESENT:
        return None
    return Answer(facts.extension(Batching).reasons(unit, argument))


@fact("spelled", Subject.CALL)
def spelled(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`spelled.ROLE`: the names that an argument is spelled with, in lower case."""
    if not isinstance(unit, Call):
        return None
    argument = facts.argument(unit, detail)
    words = words_in(argument.value) if argument.value is not None else ()
    return Answer(value=" ".join(words).lower())
