"""How a training is to run: its fit, what built it and its settings, read as one."""

import re
from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.arguments import ABSENT, UNKNOWN, Argument, State
from greenlint.lint.facts.general import argument_answer
from greenlint.lint.facts.lists import Item, Lists
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Subject

_DURATION = re.compile(r"(\d+)ep")  # Composer's way to say 90 epochs
BUDGET = ("epochs", "rounds", "duration")
_LIMITS = ("steps", "time", "dry-run")

relevant(__name__, "set_params", "add_argument")


class Runs:
    """Reads the roles of the catalog from all calls that together make one training."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def role(self, call: Call, *roles: str) -> Argument:
        """The argument that plays one of `roles` for the training that `call` starts.

        It may stand in the call itself, in the trainer's settings or, for trainers that take no
        settings, in the constructor.
        """
        answer = ABSENT
        for argument in self._arguments(call, roles):
            if argument.state is State.PRESENT:
                return argument
            if argument.state is State.UNKNOWN:
                answer = UNKNOWN
        return answer

    def built_by(self, call: Call) -> Call | None:
        """The constructor of the trainer or estimator that `call` is a method of."""
        return self._facts.construction(call) if self.is_built(call) else None

    def is_built(self, call: Call) -> bool:
        """Whether part of what `call` does is said where its object is built."""
        kinds = (meaning.kind.replace(".fit.", ".build.") for meaning in self._facts.meanings(call))
        return any(".build." in kind and self._facts.catalog.has_kind(kind) for kind in kinds)

    def _arguments(self, call: Call, roles: tuple[str, ...]) -> Iterator[Argument]:
        for role in roles:
            yield self._facts.role(call, role)
        if not self.is_built(call):
            return
        built = self.built_by(call)
        if built is None or self._is_changed(call):
            yield UNKNOWN
            return
        if self._takes_settings(built):
            built = self._settings_of(built)
        for role in roles:
            yield self._facts.role(built, role) if built is not None else UNKNOWN

    def _takes_settings(self, built: Call) -> bool:
        argument = self._facts.role(built, "settings")
        return argument.state is not State.ABSENT

    def _settings_of(self, built: Call) -> Call | None:
        """The one call that makes the settings that `built` takes."""
        argument = self._facts.role(built, "settings")
        if argument.block is None or not isinstance(argument.value, cst.BaseExpression):
            return None
        item = Item(argument.value, argument.block, argument.order)
        found = self._facts.extension(Lists).elements(item)
        if not found.complete or len(found.items) != 1:
            return None
        node = found.items[0].node
        made = self._facts.tree.call_of.get(node) if isinstance(node, cst.Call) else None
        return made if made is not None and self._facts.is_a(made, "trainer.config") else None

    def _is_changed(self, call: Call) -> bool:
        """Whether `set_params` may have changed what the constructor said."""
        func = call.node.func
        if not isinstance(func, cst.Attribute):
            return False
        return any(
            isinstance(other.node.func, cst.Attribute)
            and other.node.func.attr.value == "set_params"
            and other.node.func.value.deep_equals(func.value)
            for other in self._facts.tree.calls
        )


def is_off(facts: Facts, argument: Argument) -> bool:
    """Whether an argument is given and says no: None, False, 0, "no", or an empty list."""
    match argument.value:
        case cst.List(elements=[]) | cst.Tuple(elements=[]):
            return True
        case cst.Attribute(attr=cst.Name(value="NO")):
            return True
        case _:
            pass
    known = facts.known(argument)
    if known is None:
        return False
    if isinstance(known.value, (int, float)):
        return known.value <= 0
    return known.value is None or known.value in {"no", "none", ""}


@fact("budget", Subject.CALL)
def budget(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """How many epochs or rounds a training may take; `absent` when it is left to the default."""
    if not isinstance(unit, Call):
        return None
    answer = argument_answer(facts, facts.extension(Runs).role(unit, *BUDGET))
    if answer is None or not isinstance(answer.value, str):
        return answer
    found = _DURATION.fullmatch(answer.value)
    return Answer(answer.words, int(found.group(1)), answer.assumed) if found else None


@fact("limited", Subject.CALL)
def limited(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Whether something other than epochs bounds a training: steps, time, a dry run."""
    if not isinstance(unit, Call):
        return None
    argument = facts.extension(Runs).role(unit, *_LIMITS)
    if argument.state is State.UNKNOWN:
        return None
    return yes_or_no(argument.state is State.PRESENT and not is_off(facts, argument))
