"""Across calls within a module: what a parameter is where its function is called or handed over."""

from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.arguments import ABSENT, Argument, State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import parameters_of, positional_names
from greenlint.lint.facts.tree import Binding, Block, BlockKind, Call

# Methods that run a function for each row, whatever they are methods of.
_MAPPING_METHODS = frozenset(
    {"apply", "map", "applymap", "progress_apply", "parallel_apply", "map_elements"}
    | {"progress_map", "swifter_apply", "imap", "imap_unordered", "thread_map"}
)
# Those that run it once per call, and so for each item only in a loop.
_SUBMITTING_METHODS = frozenset({"submit", "apply_async", "run_in_executor", "to_thread"})
_FUNCTIONS = frozenset({BlockKind.FUNCTION, BlockKind.LAMBDA})


class Parameters:
    """Follows parameters of one module's functions to what they are given."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def given(self, caller: Call, function: Block, name: str) -> Argument:
        """What `caller` gives `function` for its parameter `name`, its default if nothing."""
        node = function.node
        if not isinstance(node, cst.FunctionDef):
            return ABSENT
        positions = positional_names(node)
        argument = self._facts.arguments.given(caller).get(name, positions)
        if argument.state is not State.ABSENT:
            return argument
        parameters = parameters_of(node.params)
        default = next((p.default for p in parameters if p.name.value == name), None)
        outer = function.parent or function
        return Argument(State.PRESENT, default, outer, function.start) if default else ABSENT

    def callers(self, function: Block) -> Iterator[Call]:
        """The calls of a function from outside of it."""
        for caller in self._facts.callers(function):
            if not caller.block.is_within(function):
                yield caller

    def uses(self, function: Block) -> Iterator[Call]:
        """The calls of a function from outside of it, and what is handed it to run."""
        yield from self.callers(function)
        mapping = self._mapped.get(function)
        if mapping is not None and not mapping.block.is_within(function):
            yield mapping

    def is_mapped(self, function: Block) -> bool:
        """Whether a function or lambda is handed to something that runs it for each row."""
        return function in self._mapped

    @cached_property
    def _mapped(self) -> dict[Block, Call]:
        """The functions and lambdas that run once for each row, and the call that makes them."""
        return {
            function: call
            for call in self._facts.tree.calls
            for node in self._handed_over(call)
            if (function := self._function(node, call)) is not None
        }

    def mapping_of(self, function: Block) -> Call | None:
        """The call that runs a function for each row."""
        return self._mapped.get(function)

    def _handed_over(self, call: Call) -> Iterator[cst.BaseExpression]:
        if not self._maps(call) or self._hands_over_batches(call):
            return
        for arg in call.node.args:
            if isinstance(arg.value, (cst.Name, cst.Attribute, cst.Lambda)) and not arg.star:
                yield arg.value

    def _maps(self, call: Call) -> bool:
        if self._facts.called(call) == "builtins.map":
            return True
        func = call.node.func
        name = func.attr.value if isinstance(func, cst.Attribute) else ""
        if name in _MAPPING_METHODS:
            return True
        return name in _SUBMITTING_METHODS and bool(self._facts.loops_around(call.block))

    def _hands_over_batches(self, call: Call) -> bool:
        batched = self._facts.arguments.find(call, "batched")
        known = self._facts.known(batched)
        return batched.state is not State.ABSENT and (known is None or known.value is not False)

    def _function(self, node: cst.BaseExpression, call: Call) -> Block | None:
        found: Block | None = None
        match node:
            case cst.Lambda():
                found = self._facts.tree.block_of.get(node)
            case cst.Name(value=name):
                binding = self._facts.names.single_definition(name, call.block, call.order)
                found = self._block(binding)
            case cst.Attribute(value=cst.Name(value="self"), attr=cst.Name(value=name)):
                owner = self._facts.class_around(call.block)
                bindings = owner.bindings.get(name, []) if owner is not None else []
                found = self._block(bindings[-1] if bindings else None)
            case _:
                pass
        return found if found is not None and found.kind in _FUNCTIONS else None

    def _block(self, binding: Binding | None) -> Block | None:
        node = binding.node if binding is not None else None
        return self._facts.tree.block_of.get(node) if node is not None else None
