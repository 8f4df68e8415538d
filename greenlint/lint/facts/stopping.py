"""What can end a training before its budget is spent."""

import enum

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.lists import Item, Lists
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.runs import Runs, is_off
from greenlint.lint.facts.tree import Block, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

# Setting, raising or asking for one of these ends a run, whoever does it.
_FLAGS = frozenset(
    {"stop_training", "should_stop", "should_training_stop", "should_prune", "EarlyStopException"}
    | {"CancelFitException", "TrialPruned"}
)
_ADDERS = frozenset({"add_callback", "add_callbacks", "add_cb", "add_cbs"})
_DEPTH = 4

relevant(__name__, *_FLAGS, *_ADDERS, "configure_callbacks", kinds=("stopper", "callback"))


class Verdict(enum.Enum):
    """What a callback, or all that a training is given, does to its end."""

    STOPS = "some"
    NEUTRAL = "none"
    UNKNOWN = "unknown"


class Stopping:
    """Judges the trainings of one module by what they are handed."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._lists = facts.extension(Lists)
        self._runs = facts.extension(Runs)

    def of(self, call: Call) -> Verdict:
        """What can stop the training that `call` starts."""
        if not _FLAGS.isdisjoint(self._facts.tree.identifiers):
            return Verdict.STOPS
        if _defines_callbacks(self._facts):
            return Verdict.UNKNOWN
        if self._facts.is_a(call, "trainer.fit.ignite") and self._facts.has("stopper.ignite"):
            return Verdict.STOPS
        return worst(
            self._switch(call),
            self._callbacks(self._facts.role(call, "callbacks")),
            self._built_in(call),
            self._added_later(),
        )

    def _switch(self, call: Call) -> Verdict:
        """What an argument such as `early_stopping_rounds` or `patience` says."""
        argument = self._runs.role(call, "stopping")
        by_default = any("stops-itself" in m.traits for m in self._facts.meanings(call))
        match argument.state:
            case State.UNKNOWN:
                return Verdict.UNKNOWN
            case State.ABSENT:
                return Verdict.STOPS if by_default else Verdict.NEUTRAL
            case _:
                return self._given_switch(argument, by_default=by_default)

    def _given_switch(self, argument: Argument, *, by_default: bool) -> Verdict:
        if not is_off(self._facts, argument):
            return Verdict.STOPS
        # Whoever writes `early_stopping_rounds=None` where that is the default means it.
        known = self._facts.known(argument)
        meant = known is not None and known.value is None and not by_default
        return Verdict.UNKNOWN if meant else Verdict.NEUTRAL

    def _built_in(self, call: Call) -> Verdict:
        """The callbacks that the trainer was built with."""
        if not self._runs.is_built(call):
            return Verdict.NEUTRAL
        built = self._runs.built_by(call)
        if built is None:
            return Verdict.UNKNOWN
        return self._callbacks(self._facts.role(built, "callbacks"))

    def _added_later(self) -> Verdict:
        verdicts = [
            self._element(Item(arg.value, call.block, call.order))
            for call in self._facts.tree.calls
            if isinstance(call.node.func, cst.Attribute) and call.node.func.attr.value in _ADDERS
            for arg in call.node.args
        ]
        return worst(*verdicts)

    def _callbacks(self, argument: Argument) -> Verdict:
        if argument.state is State.UNKNOWN:
            return Verdict.UNKNOWN
        if argument.block is None or not isinstance(argument.value, cst.BaseExpression):
            return Verdict.NEUTRAL
        return self._element(Item(argument.value, argument.block, argument.order))

    def _element(self, item: Item, depth: int = 0) -> Verdict:
        """What a callback or a list of them does, through names and functions of the module."""
        found = self._lists.elements(item)
        verdicts = [self._callback(single, depth) for single in found.items]
        return worst(*verdicts, Verdict.NEUTRAL if found.complete else Verdict.UNKNOWN)

    def _callback(self, item: Item, depth: int) -> Verdict:
        match item.node:
            case cst.SimpleString():
                return Verdict.NEUTRAL  # the name in a pair of name and callback
            case cst.Call(func=func, args=args):
                path = self._facts.names.path(func, item.block, item.order)
                if path == "functools.partial" and args:
                    return self._callback(Item(args[0].value, item.block, item.order), depth)
                return self._known(path, depth)
            case cst.Name() | cst.Attribute():
                return self._known(self._facts.names.path(item.node, item.block, item.order), depth)
            case _:
                return Verdict.UNKNOWN

    def _known(self, path: str | None, depth: int) -> Verdict:
        """What the thing of that path, or what calling it gives, does."""
        if path is None:
            return Verdict.UNKNOWN
        kinds = {
            meaning.kind.partition(".")[0] for meaning in self._facts.catalog.calls_named(path)
        }
        if "stopper" in kinds:
            return Verdict.STOPS
        if "callback" in kinds:
            return Verdict.NEUTRAL
        return self._own(path[1:], depth) if path.startswith(".") else Verdict.UNKNOWN

    def _own(self, name: str, depth: int) -> Verdict:
        """What a callback class, or a function that makes callbacks, of the module itself does."""
        bindings = self._facts.tree.module.bindings.get(name, ())
        node = bindings[-1].node if bindings else None
        block = self._facts.tree.block_of.get(node) if node is not None else None
        if block is None or depth >= _DEPTH:
            return Verdict.UNKNOWN
        match block.node:
            case cst.ClassDef(bases=bases):
                where = block.parent or block
                verdicts = [
                    self._callback(Item(base.value, where, block.start), depth + 1)
                    for base in bases
                ]
                return worst(*verdicts) if verdicts else Verdict.UNKNOWN
            case _:
                return self._returned(block, depth)

    def _returned(self, function: Block, depth: int) -> Verdict:
        returns = [
            self._element(Item(jump.node.value, jump.block, jump.order), depth + 1)
            for jump in self._facts.tree.jumps
            if function.start < jump.order < function.end
            and isinstance(jump.node, cst.Return)
            and jump.node.value is not None
        ]
        return worst(*returns) if returns else Verdict.UNKNOWN


def _defines_callbacks(facts: Facts) -> bool:
    """Whether a Lightning module brings callbacks of its own."""
    return any(
        isinstance(function.node, cst.FunctionDef)
        and function.node.name.value == "configure_callbacks"
        for function in facts.functions()
    )


def worst(*verdicts: Verdict) -> Verdict:
    """The verdict on all of them: one that stops is enough, one unknown leaves it open."""
    for verdict in (Verdict.STOPS, Verdict.UNKNOWN):
        if verdict in verdicts:
            return verdict
    return Verdict.NEUTRAL


@fact("stoppers", Subject.CALL)
def stoppers(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Whether `some` or `none` of what a training is handed can end it early."""
    if not isinstance(unit, Call):
        return None
    verdict = facts.extension(Stopping).of(unit)
    return None if verdict is Verdict.UNKNOWN else Answer(frozenset({verdict.value}))
