"""Requests that are tried again: by a decorator or by hand, and whether that ever ends."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.limits import Limits
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name
from greenlint.lint.facts.repeats import Repeats
from greenlint.lint.facts.tree import BindingKind, Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, kinds_of, yes_or_no
from greenlint.lint.rule import Subject
from greenlint.lint.site import Site

_ENDLESS = "retry.endless"
_MODELS = ("llm", "local")
_ASKS_ERROR = frozenset({"str", "isinstance", "any", "hasattr", "getattr", "type", "repr"})
_ENDS_PROGRAM = frozenset({"exit", "quit", "_exit", "abort", "kill"})
# How many calls are followed from what is tried again to the request.
_DEPTH = 1


class Retries:
    """Tells what one module tries again, and which of it goes on forever."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._limits = facts.extension(Limits)
        self._repeats = facts.extension(Repeats)

    def tries_model(self, retry: Call) -> bool:
        """Whether what `retry` tries again sends requests to a model."""
        return any(self.asks_model(block, 0) for block in self._tried(retry))

    def asks_model(self, block: Block, depth: int) -> bool:
        """Whether a function or loop asks a model, and an error of that gets out of it."""
        if any(self._fails(call, block) for call in self._facts.calls_of(*_MODELS, within=block)):
            return True
        if depth >= _DEPTH:
            return False
        return any(
            caller.block.is_within(block)
            and self._fails(caller, block)
            and self.asks_model(function, depth + 1)
            for function in self._facts.functions()
            if function is not block
            for caller in self._facts.callers(function)
        )

    def _fails(self, call: Call, block: Block) -> bool:
        """Whether no `try` around a call keeps all its errors from leaving a function or loop."""
        around = (b for b in call.block.ancestors() if b.kind is BlockKind.TRY)
        return not any(
            _takes_all(handler) and not self._raises(handler)
            for attempt in around
            if attempt.is_within(block)
            for handler in self._handlers(attempt)
        )

    def _raises(self, block: Block) -> bool:
        return any(
            block.start < jump.order < block.end and isinstance(jump.node, cst.Raise)
            for jump in self._facts.tree.jumps
        )

    def _tried(self, retry: Call) -> Iterator[Block]:
        """The functions that `retry` decorates or is given, and the loop that it runs."""
        node = retry.node
        for function in self._facts.functions():
            if any(decorator is node for decorator in self._facts.decorators(function)):
                yield function
        for loop in self._facts.tree.blocks_of(BlockKind.FOR):
            if isinstance(loop.node, cst.For) and loop.node.iter is node:
                yield loop
        for name in self._given(node):
            for binding in self._facts.names.definitions(name, retry.block, retry.order):
                block = self._facts.tree.block_of.get(binding.node) if binding.node else None
                if block is not None and block.kind is BlockKind.FUNCTION:
                    yield block

    def _given(self, node: cst.Call) -> Iterator[str]:
        """The names of functions that are handed to `retry(...)(f)` or `retry_call(f)`."""
        outer = self._facts.parent(node)
        calls = (node, outer) if isinstance(outer, cst.Call) and outer.func is node else (node,)
        for call in calls:
            yield from (arg.value.value for arg in call.args if isinstance(arg.value, cst.Name))

    def is_endless(self, request: Call) -> bool:
        """Whether `while True` sends `request` until it works, however often it fails."""
        loop = self._limits.endless_loop(request.block)
        if loop is None or not self._repeats.is_retry(loop, request.order):
            return False
        if self._facts.calls_of("llm", within=loop)[0] is not request:
            return False  # one finding for a loop
        tries = [b for b in request.block.ancestors() if b.kind is BlockKind.TRY]
        attempt = next((b for b in tries if b.is_within(loop) and b is not loop), None)
        return attempt is not None and any(
            not self._leaves(handler) for handler in self._handlers(attempt)
        )

    def _handlers(self, attempt: Block) -> Iterator[Block]:
        """The `except` blocks of a `try`."""
        handlers = attempt.node.handlers if isinstance(attempt.node, cst.Try) else ()
        for handler in handlers:
            block = self._facts.tree.block_of.get(handler)
            if block is not None:
                yield block

    def _leaves(self, handler: Block) -> bool:
        """Whether an `except` block may end the loop."""
        for jump in self._facts.tree.jumps:
            if not isinstance(jump.node, (cst.Return, cst.Raise, cst.Break)):
                continue
            inside = handler.start < jump.order < handler.end
            if inside and not self._is_for_some_errors(jump.block, handler):
                return True
        calls = self._facts.tree.calls_in(handler)
        return any(last_name(call.node.func) in _ENDS_PROGRAM for call in calls)

    def _is_for_some_errors(self, block: Block, handler: Block) -> bool:
        """Whether an arm of an `except` block is for errors of one kind only: others go on."""
        arms = [b for b in block.ancestors() if b.is_within(handler)]
        arm = next((b for b in arms if b.kind is BlockKind.BRANCH), None)
        if arm is None or not isinstance(handler.node, cst.ExceptHandler):
            return False
        test = self._facts.tree.condition(arm)
        error = handler.node.name.name if handler.node.name is not None else None
        if test is None or not isinstance(error, cst.Name):
            return False
        names = {name.value for name in self._facts.flow.reads(test)}
        others = names - {error.value} - _ASKS_ERROR
        return error.value in names and all(self._is_imported(name, arm) for name in others)

    def _is_imported(self, name: str, block: Block) -> bool:
        found = self._facts.names.definitions(name, block, block.start)
        return bool(found) and all(binding.kind is BindingKind.IMPORT for binding in found)


def _takes_all(handler: Block) -> bool:
    """Whether an `except` block is for every error."""
    kind = handler.node.type if isinstance(handler.node, cst.ExceptHandler) else None
    return kind is None or last_name(kind) in {"Exception", "BaseException"}


def _is_decorated(site: Site) -> bool:
    decorated = site.part.is_decorated or site.part.has_inner_function
    return decorated and bool(site.spelled.names(_ENDLESS))


def _may_retry(site: Site) -> bool:
    return site.part.words.issuperset({"while", "try", "except"})


def _may_ask(site: Site) -> bool:
    """Whether anything in the file may ask a model."""
    return any(map(site.spelled.names, _MODELS))


@kinds_of(Subject.FUNCTION, "retried.endless", possible=_is_decorated)
def retried_kinds(facts: Facts, block: Block) -> Iterator[str]:
    """Whether a bare decorator tries a function again forever."""
    for decorator in facts.decorators(block):
        if not isinstance(decorator, cst.Call):
            path = facts.names.path(decorator, block.parent or block, block.start)
            calls = facts.catalog.calls_named(path) if path is not None else ()
            if any(call.kind.startswith(_ENDLESS) for call in calls):
                yield "retried.endless"


@fact("tries-model", Subject.CALL, Subject.FUNCTION, possible=_may_ask)
def tries_model(facts: Facts, unit: Unit, _: str) -> Answer:
    """`yes` when what a retry tries again, or a function that is tried again, asks a model."""
    retries = facts.extension(Retries)
    if isinstance(unit, Call):
        return yes_or_no(retries.tries_model(unit))
    return yes_or_no(retries.asks_model(unit, 0))


@fact("tried", Subject.CALL, possible=_may_retry)
def tried(facts: Facts, unit: Unit, _: str) -> Answer:
    """`endless` when `while True` sends a request until it works, however often it fails."""
    endless = isinstance(unit, Call) and facts.extension(Retries).is_endless(unit)
    return Answer(frozenset({"endless"} if endless else ()))
