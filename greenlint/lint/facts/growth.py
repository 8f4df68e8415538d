"""Conversations that grow without end: a list of messages that a chat adds to and never trims."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.general import is_endless
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.parameters import Parameters
from greenlint.lint.facts.repeats import Repeats
from greenlint.lint.facts.tree import Binding, BindingKind, Block, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.imports import dotted_name
from greenlint.lint.rule import Subject

_GROWS = frozenset({"append", "extend", "insert"})
_SHRINKS = frozenset({"pop", "popleft", "clear", "remove"})
_TRIMS = ("trim", "trunc", "summar", "compact", "compress", "prune", "limit", "window", "manage")

# How many calls are followed from a request to the chat that it belongs to.
_DEPTH = 2
_STATE = ("st.session_state.", "streamlit.session_state.")

relevant(__name__, *_GROWS, *_SHRINKS, kinds=("data.bound", "ask.person"))


class Growth:
    """Tells which lists of one module only ever grow."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._repeats = facts.extension(Repeats)
        self._parameters = facts.extension(Parameters)

    def grows(self, call: Call) -> bool:
        """Whether the messages that `call` sends grow with every turn of an endless chat."""
        if self._facts.has("data.bound"):
            return False
        messages = self._facts.role(call, "prompt").value
        return any(self._grows(name, call.block, 0) for name in _lists_in(messages))

    def _grows(self, name: str, block: Block, depth: int) -> bool:
        """Whether every turn of the chat around `block` adds to the list, and nothing cuts it."""
        if name.startswith(_STATE):
            return self._grows_in_session(name)
        loop = self._endless_loop(block)
        if loop is not None:
            return self._adds(loop, name) and not self._is_cut(loop, name)
        function = self._facts.function_around(block)
        if function is None or depth >= _DEPTH:
            return False
        callers = list(self._parameters.callers(function))
        if any(b.kind is BindingKind.PARAMETER for b in function.bindings.get(name, ())):
            given = (self._parameters.given(caller, function, name).value for caller in callers)
            return any(
                self._grows(own, caller.block, depth + 1)
                for caller, node in zip(callers, given, strict=True)
                for own in _lists_in(node)
            )
        if name in function.bindings or not self._adds(function, name):
            return False
        chats = (self._endless_loop(caller.block) for caller in callers)
        return any(chats) and not self._is_cut(function, name)

    def _is_cut(self, block: Block, name: str) -> bool:
        return self._begins_anew(block, name) or self._shrinks(name)

    def _grows_in_session(self, name: str) -> bool:
        """Whether a script that runs again at every message keeps them all for the session."""
        if not self._repeats.is_script or not self._facts.calls_of("ask.person"):
            return False
        stores = (s for s in self._facts.tree.stores if _spelled(s.target) == name)
        if any(store.block is self._facts.tree.module for store in stores):
            return False  # only the last turn is kept
        return self._adds(self._facts.tree.module, name) and not self._shrinks(name)

    def _endless_loop(self, block: Block) -> Block | None:
        """The endless loop that asks a person in every pass, around a place."""
        loops = self._facts.loops_around(block)
        is_chat = self._repeats.is_chat
        return next((loop for loop in loops if is_endless(loop) and is_chat(loop)), None)

    def _adds(self, block: Block, name: str) -> bool:
        if any(_method_of(call.node, name) in _GROWS for call in self._facts.tree.calls_in(block)):
            return True
        return any(b.kind is BindingKind.AUGMENT for b in self._bindings(block, name))

    def _begins_anew(self, block: Block, name: str) -> bool:
        """Whether a loop or function, or a branch of it, sets the list to something else."""
        return any(b.kind is not BindingKind.AUGMENT for b in self._bindings(block, name))

    def _bindings(self, block: Block, name: str) -> Iterator[Binding]:
        """What binds `name` or `self.name` within a loop or function."""
        base, _, attribute = name.partition(".")
        owner = self._facts.class_around(block)
        bound = block.scope.bindings.get(name, ())
        if base == "self" and owner is not None:
            bound = owner.attributes.get(attribute, ())
        return (b for b in bound if block.start < b.order < block.end)

    def _shrinks(self, name: str) -> bool:
        """Whether anything in the module shortens the list, or looks at how long it is."""
        for call in self._facts.tree.calls:
            if _method_of(call.node, name) in _SHRINKS:
                return True
            if any(_spelled(arg.value) == name for arg in call.node.args) and _looks(call.node):
                return True
        return any(
            _is_part(node, name, cut=not isinstance(parent, cst.Del))
            for node, parent in self._facts.tree.parents.items()
        )


def _spelled(node: cst.CSTNode | None) -> str:
    """A dotted name; `state["messages"]` is spelled as `state.messages` is. Empty if none."""
    match node:
        case cst.Subscript(
            value=base,
            slice=[cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString() as key))],
        ):
            owner = _spelled(base)
            return f"{owner}.{key.raw_value}" if owner else ""
        case cst.BaseExpression():
            return dotted_name(node) or ""
        case _:
            return ""


def _lists_in(node: cst.CSTNode | None) -> Iterator[str]:
    """The lists that messages are made of, whole: `history`, `[system, *history]`, ..."""
    match node:
        case cst.Name() | cst.Attribute() | cst.Subscript():
            if name := _spelled(node):
                yield name
        case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
            yield from _lists_in(left)
            yield from _lists_in(right)
        case cst.List(elements=elements):
            for element in elements:
                if isinstance(element, cst.StarredElement):
                    yield from _lists_in(element.value)
        case cst.ListComp(for_in=cst.CompFor(iter=iterated, ifs=[])):
            yield from _lists_in(iterated)
        case _:
            return


def _method_of(node: cst.Call, name: str) -> str:
    """The method of `name` that a call is of; empty when it is none."""
    match node.func:
        case cst.Attribute(value=base, attr=cst.Name(value=method)):
            return method if _spelled(base) == name else ""
        case _:
            return ""


def _looks(node: cst.Call) -> bool:
    match node.func:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name == "len" or any(word in name.lower() for word in _TRIMS)
        case _:
            return False


def _is_part(node: cst.CSTNode, name: str, *, cut: bool) -> bool:
    """Whether an expression is a part of the list; with `cut`, a slice of it."""
    match node:
        case cst.Subscript(value=base, slice=[cst.SubscriptElement(slice=part)]):
            return _spelled(base) == name and (isinstance(part, cst.Slice) or not cut)
        case _:
            return False


@fact("history-grows", Subject.CALL)
def history_grows(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """`yes` when an endless chat adds to the messages that are sent and never trims them."""
    return yes_or_no(isinstance(unit, Call) and facts.extension(Growth).grows(unit))
