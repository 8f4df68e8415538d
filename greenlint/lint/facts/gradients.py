"""Where no graph for a backward pass is kept, and where one is wanted."""

import re
from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.model_calls import ModelCall
from greenlint.lint.facts.model_modes import Modes, is_given_false
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import defined_name, last_name
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import relevant

_GUARD = "grad.guard"
_LIGHTNING = frozenset({"lightning.module"})
_NETWORKS = frozenset({"torch.model"})
_DEPTH = 3  # callers followed in a row
# How the contexts, decorators and functions of other people say what they do with gradients.
_MAY_GUARD = re.compile(r"eval|infer|grad|predict|test", re.IGNORECASE)
_ATTACKS = re.compile(r"attack|advers|perturb|salien|attribut|grad_?cam|dream", re.IGNORECASE)
# Methods that a framework calls, which decides on the graph by itself.
_HOOK = re.compile(r"^(__init__|forward|__call__|\w+_step|on_\w+)$")
# What is called or stored to where gradients are wanted: training, attribution, attacks.
_WORDS = frozenset(
    {"backward", "manual_backward", "zero_grad", "requires_grad", "requires_grad_", "retain_grad"}
    | {"register_full_backward_hook", "register_backward_hook", "create_graph", "value_and_grad"}
)

relevant(
    __name__,
    "no_grad",
    "inference_mode",
    "set_grad_enabled",
    "volatile",
    "autograd",
    "freeze(",
    *_WORDS,
    kinds=("grad.guard",),
)


class Gradients:
    """Guards against graphs, and uses of gradients, in one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._modes = facts.extension(Modes)

    # -- guards ------------------------------------------------------------------------------

    def is_guarded(self, block: Block, depth: int = 0) -> bool:
        """Whether no graph is kept at a place: a guard around it, or around all its callers."""
        if self._is_switched_off or self._facts.is_under(block, _GUARD):
            return True
        if any(_may_guard(context) for context, _ in self._facts.contexts_around(block)):
            return True
        if any(outer.kind is BlockKind.LAMBDA for outer in block.ancestors()):
            return True  # whoever it is handed to decides
        function = self._facts.function_around(block)
        if function is None:
            return False
        if self._is_decorated(function) or self._is_run_by_framework(function):
            return True
        outer = function.parent
        is_inner = outer is not None and self._facts.function_around(outer) is not None
        if outer is not None and is_inner and self.is_guarded(outer, depth):
            return True
        callers = self.callers(function)
        if self._is_method_of_network(function):
            # Whoever runs a network from outside decides for its methods.
            callers = [call for call in callers if not self._is_in_network(call.block)]
            if not callers:
                return True
        return (
            bool(callers)
            and depth < _DEPTH
            and all(self.is_guarded(c.block, depth + 1) for c in callers)
        )

    def _is_decorated(self, function: Block) -> bool:
        if self._facts.decorated_by(function, _GUARD):
            return True
        return any(_may_guard(decorator) for decorator in self._facts.decorators(function))

    def callers(self, function: Block) -> list[Call]:
        """The calls of a function, its calls of itself left out."""
        return self._modes.callers(function)

    @cached_property
    def _is_switched_off(self) -> bool:
        """Whether gradients are turned off for good: the switch is one for the whole process."""
        return any(
            last_name(call.node.func) == "set_grad_enabled"
            and is_given_false(call)
            and isinstance(self._facts.parent(call.node), cst.Expr)
            for call in self._facts.calls_of(_GUARD)
        )

    def _is_run_by_framework(self, function: Block) -> bool:
        """Whether Lightning's trainer, or what calls a hook, decides on the graph."""
        if self._facts.class_around(function) is None:
            return False
        is_hook = _HOOK.match(defined_name(function.node)) is not None
        return is_hook or self._is_method_of(function, _LIGHTNING)

    def _is_in_network(self, block: Block) -> bool:
        function = self._facts.function_around(block)
        return function is not None and self._is_method_of_network(function)

    def _is_method_of_network(self, function: Block) -> bool:
        """Whether a class derives from PyTorch's modules, or has a `forward` like them."""
        owner = self._facts.class_around(function)
        has_forward = owner is not None and "forward" in owner.bindings
        return has_forward or self._is_method_of(function, _NETWORKS)

    def _is_method_of(self, function: Block, kinds: frozenset[str]) -> bool:
        """Whether a function is a method of a class that derives from one of `kinds`."""
        owner = self._facts.class_around(function)
        if owner is None or not isinstance(owner.node, cst.ClassDef) or owner.parent is None:
            return False
        paths = (
            self._facts.names.path(base.value, owner.parent, owner.start)
            for base in owner.node.bases
        )
        return any(self._is_a(path, owner.parent, kinds) for path in paths if path is not None)

    def _is_a(self, path: str, scope: Block, kinds: frozenset[str]) -> bool:
        kind = self._facts.catalog.type_built_by(path)
        if kind is not None:
            return kind.name in kinds
        bindings = scope.scope.bindings.get(path.removeprefix("."), ()) if path[:1] == "." else ()
        return any(
            self._is_a(base, scope, kinds)
            for binding in bindings
            if isinstance(binding.node, cst.ClassDef)
            for base in self._bases(binding.node, scope)
        )

    def _bases(self, node: cst.ClassDef, scope: Block) -> Iterator[str]:
        for base in node.bases:
            path = self._facts.names.path(base.value, scope, scope.end)
            if path is not None and path != f".{node.name.value}":
                yield path

    # -- wanted gradients --------------------------------------------------------------------

    def are_wanted(self, found: ModelCall) -> bool:
        """Whether anything differentiates, or may differentiate, what a model call computes."""
        function = self._facts.function_around(found.call.block)
        scope = function or self._facts.tree.module
        if self._facts.calls_of("gradient.explicit", within=scope) or self._is_frozen(found):
            return True
        here = found.mode is not None and scope.start < found.mode.order < found.call.order
        start = found.mode.order if here and found.mode is not None else scope.start
        end = self._modes.next_training(found.name, found.call.order, scope.end)
        if any(start < order < end for order in self._uses(scope)):
            return True
        if function is None:
            return False
        name = defined_name(function.node)
        named = "grad" in name or _ATTACKS.search(name) is not None
        return named or (not here and self._feeds_training(function, 0))

    def _feeds_training(self, function: Block, depth: int) -> bool:
        """Whether a caller of `function` trains, so that it may hand back part of a loss."""
        for call in self.callers(function):
            caller = self._facts.function_around(call.block)
            if self.is_guarded(call.block):
                continue
            if self._trains_with(call, caller):
                return True
            if caller is None or self._modes.evaluates(caller, call.order):
                continue
            if depth < _DEPTH and self._feeds_training(caller, depth + 1):
                return True
        return False

    def _trains_with(self, call: Call, caller: Block | None) -> bool:
        """Whether gradients are touched after a call, or in another pass of the same loop."""
        loops = self._facts.loops_around(call.block)
        start = min((loop.start for loop in loops), default=call.order)
        scope = caller or self._facts.tree.module
        return any(order > start for order in self._uses(scope))

    def _is_frozen(self, found: ModelCall) -> bool:
        """Whether parameters are frozen in the same function, class, or at module level."""
        function = self._facts.function_around(found.call.block)
        owner = self._facts.class_around(found.call.block)
        for store in self._facts.tree.stores:
            if last_name(store.target) == "requires_grad":
                where = self._facts.function_around(store.block)
                same_class = owner is not None and store.block.is_within(owner)
                if where is None or where is function or same_class:
                    return True
                if self._is_method_of_network(where):
                    return True  # a network that freezes a part of itself
        return any(_freezes(call) for call in self._facts.tree.calls)

    def _uses(self, scope: Block) -> Iterator[int]:
        """Where a scope touches gradients."""
        for call in self._facts.tree.calls_in(scope):
            name = last_name(call.node.func)
            words = {name, *(a.keyword.value for a in call.node.args if a.keyword is not None)}
            if words & _WORDS or _ATTACKS.search(name):
                yield call.order
        for store in self._facts.tree.stores:
            if scope.start < store.order < scope.end and last_name(store.target) in _WORDS:
                yield store.order


def _freezes(call: Call) -> bool:
    """Whether a call freezes parameters: `requires_grad_(False)`, or Lightning's `freeze()`."""
    name = last_name(call.node.func)
    return name == "freeze" or (name == "requires_grad_" and is_given_false(call))


def _may_guard(node: cst.BaseExpression) -> bool:
    """Whether a context or decorator, known or not, is named like a guard."""
    target = node.func if isinstance(node, cst.Call) else node
    return _MAY_GUARD.search(last_name(target)) is not None
