"""Requests that a loop or mapping sends for each of its items, apart from chats and retries."""

from collections.abc import Iterator, Sequence

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.parameters import Parameters
from greenlint.lint.facts.repeats import Repeats
from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, yes_or_no
from greenlint.lint.rule import Subject

Source = tuple[cst.BaseExpression, Block, int]

# How many calls are followed from a request to the loop that runs it.
_DEPTH = 2
_CONVERSATIONS = ("history", "conversation", "dialog", "transcript", "chat_log")


class Items:
    """Tells which requests of one module are sent once for each item."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._repeats = facts.extension(Repeats)
        self._parameters = facts.extension(Parameters)

    def is_per_item(self, call: Call) -> bool:
        """Whether a loop or mapping sends the request for each of its items."""
        if self._keeps_conversation(call):
            return False
        loops = self._facts.loops_around(call.block)
        if any(self._asks_about_item(call, loop) for loop in loops):
            return True
        if "mapped" in self._repeats.words(call.block, call.order):
            return True
        function = self._facts.function_around(call.block)
        if function is None:
            return False
        return any(self._is_handed_item(*s, 0) for s in self._flowing_into(call, function))

    def _is_handed_item(
        self, node: cst.CSTNode | None, block: Block, order: int, depth: int
    ) -> bool:
        """Whether a loop calls the function around `node` for each item that goes into it."""
        for parameter in self._facts.flow.parameters(node, block, order):
            for caller in self._parameters.callers(parameter.block):
                given = self._parameters.given(caller, parameter.block, parameter.name)
                if given.block is None:
                    continue
                place = (given.value, given.block, given.order)
                for loop in self._facts.loops_around(caller.block):
                    if self._goes_through_items(loop, caller) and self._facts.flow.is_item_of(
                        loop, *place
                    ):
                        return True
                if depth < _DEPTH and self._is_handed_item(*place, depth + 1):
                    return True
        return False

    def _goes_through_items(self, loop: Block, call: Call) -> bool:
        if loop.kind is BlockKind.WHILE or self._repeats.is_retry(loop, call.order):
            return False
        return not self._repeats.is_chat(loop)

    def _asks_about_item(self, call: Call, loop: Block) -> bool:
        return self._goes_through_items(loop, call) and any(
            binding.kind is BindingKind.TARGET and loop.start < binding.order < loop.end
            for node, block, order in self._flowing_into(call, loop)
            for name in self._facts.flow.reads(node)
            for binding in self._facts.names.definitions(name.value, block, order)
        )

    def _flowing_into(self, call: Call, loop: Block) -> Iterator[Source]:
        """The expressions that flow into a prompt, also by what a pass appends to its messages."""
        names: set[str] = set()
        for argument in self._prompt(call):
            for source in self._facts.flow.sources(argument, call.block, call.order):
                yield source
                names.update(name.value for name in self._facts.flow.reads(source[0]))
        for other in self._facts.tree.calls_in(loop):
            match other.node.func:
                case cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value="append")):
                    if name in names and other.order < call.order:
                        for arg in other.node.args:
                            yield from self._facts.flow.sources(arg.value, other.block, other.order)
                case _:
                    continue

    def _prompt(self, call: Call) -> Iterator[cst.CSTNode | None]:
        for role in ("prompt", "system", "query"):
            yield self._facts.role(call, role).value

    def _keeps_conversation(self, call: Call) -> bool:
        """Whether the messages are a list that lives on from one pass to the next."""
        roles = ("tools", "conversation")
        if any(self._facts.role(call, role).state is not State.ABSENT for role in roles):
            return True
        if any("remembers" in meaning.traits for meaning in self._facts.meanings(call)):
            return True
        loops = self._facts.loops_around(call.block)
        for argument in self._prompt(call):
            for node, block, order in self._facts.flow.sources(argument, call.block, call.order):
                for name in self._facts.flow.reads(node):
                    if any(word in name.value.lower() for word in _CONVERSATIONS):
                        return True
                    bound = self._facts.names.definitions(name.value, block, order)
                    if any(self._lives_on(name.value, bound, loop) for loop in loops):
                        return True
        return False

    def _lives_on(self, name: str, bound: Sequence[Binding], loop: Block) -> bool:
        """Whether a loop changes something that was there before it."""
        if name not in self._facts.flow.changed_in(loop):
            return False
        return any(not loop.start < binding.order < loop.end for binding in bound)


@fact("per-item", Subject.CALL)
def per_item(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """`yes` when a loop or mapping sends the request for each of its items."""
    if not isinstance(unit, Call):
        return None
    return yes_or_no(facts.extension(Items).is_per_item(unit))
