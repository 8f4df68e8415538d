"""Conversations that grow without end: a list of messages that a chat adds to and never trims."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.general import is_endless
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.repeats import Repeats
from greenlint.lint.facts.tree import Binding, BindingKind, Block, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.imports import dotted_name
from greenlint.lint.rule import Subject

_GROWS = frozenset({"append", "extend", "insert"})
_SHRINKS = frozenset({"pop", "popleft", "clear", "remove"})
_TRIMS = ("trim", "trunc", "summar", "compact", "compress", "prune", "limit", "window", "manage")

relevant(__name__, *_GROWS, *_SHRINKS, kinds=("data.bound",))


class Growth:
    """Tells which lists of one module only ever grow."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def grows(self, call: Call) -> bool:
        """Whether the messages that `call` sends grow with every turn of an endless chat."""
        messages = self._facts.role(call, "prompt").value
        name = dotted_name(messages) if isinstance(messages, cst.BaseExpression) else None
        loop = self._endless_loop(call.block)
        if name is None or loop is None:
            return False
        if not self._adds(loop, name) or self._begins_anew(loop, name):
            return False
        return not self._facts.has("data.bound") and not self._shrinks(name)

    def _endless_loop(self, block: Block) -> Block | None:
        """The endless loop that asks a person in every pass, around a place."""
        loops = self._facts.loops_around(block)
        is_chat = self._facts.extension(Repeats).is_chat
        return next((loop for loop in loops if is_endless(loop) and is_chat(loop)), None)

    def _adds(self, loop: Block, name: str) -> bool:
        if any(_method_of(call.node, name) in _GROWS for call in self._facts.tree.calls_in(loop)):
            return True
        return any(b.kind is BindingKind.AUGMENT for b in self._bindings(loop, name))

    def _begins_anew(self, loop: Block, name: str) -> bool:
        """Whether the loop, or a branch of it, sets the list to something else."""
        return any(b.kind is not BindingKind.AUGMENT for b in self._bindings(loop, name))

    def _bindings(self, loop: Block, name: str) -> Iterator[Binding]:
        """What binds `name` or `self.name` in a pass of the loop."""
        base, _, attribute = name.partition(".")
        owner = self._facts.class_around(loop)
        bound = loop.scope.bindings.get(name, ())
        if base == "self" and owner is not None:
            bound = owner.attributes.get(attribute, ())
        return (b for b in bound if loop.start < b.order < loop.end)

    def _shrinks(self, name: str) -> bool:
        """Whether anything in the module shortens the list, or looks at how long it is."""
        for call in self._facts.tree.calls:
            if _method_of(call.node, name) in _SHRINKS:
                return True
            if any(dotted_name(arg.value) == name for arg in call.node.args) and _looks(call.node):
                return True
        return any(
            _is_part(node, name, cut=not isinstance(parent, cst.Del))
            for node, parent in self._facts.tree.parents.items()
        )


def _method_of(node: cst.Call, name: str) -> str:
    """The method of `name` that a call is of; empty when it is none."""
    match node.func:
        case cst.Attribute(value=base, attr=cst.Name(value=method)):
            return method if dotted_name(base) == name else ""
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
            return dotted_name(base) == name and (isinstance(part, cst.Slice) or not cut)
        case _:
            return False


@fact("history-grows", Subject.CALL)
def history_grows(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """`yes` when an endless chat adds to the messages that are sent and never trims them."""
    return yes_or_no(isinstance(unit, Call) and facts.extension(Growth).grows(unit))
