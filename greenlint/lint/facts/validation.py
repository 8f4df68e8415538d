"""Whether a training is held, as it goes, against data that it does not learn from."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.runs import Runs, is_off
from greenlint.lint.facts.tree import BindingKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Subject

_LOADERS = ("model", "train_dataloaders", "val_dataloaders", "datamodule")

_MEASURES = ("eval", "valid", "val_", "test", "infer")

relevant(__name__, "validation_step", "val_dataloader", kinds=("trainer.fit.ignite",))


@fact("validated", Subject.CALL)
def validated(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Whether the training that a call starts measures itself on validation data."""
    if not isinstance(unit, Call):
        return None
    answer = _validated(facts, unit)
    return None if answer is None else yes_or_no(answer)


def _validated(facts: Facts, call: Call) -> bool | None:
    if facts.is_a(call, "trainer.fit.lightning"):
        return _by_lightning(facts, call)
    if facts.is_a(call, "trainer.fit.ignite"):
        return _by_another_engine(facts, call)
    argument = facts.extension(Runs).role(call, "validation")
    match argument.state:
        case State.UNKNOWN:
            return None
        case State.ABSENT:
            return any("validates-itself" in meaning.traits for meaning in facts.meanings(call))
        case _:
            return not is_off(facts, argument) and not _is_training_data(facts, call, argument)


def _by_lightning(facts: Facts, call: Call) -> bool | None:
    loaders = facts.arguments.find(call, "val_dataloaders", _LOADERS)
    if loaders.state is State.PRESENT:
        return not is_off(facts, loaders)
    if not _defines(facts, "validation_step"):
        return None
    module = facts.arguments.find(call, "datamodule", _LOADERS)
    has_loader = module.state is State.PRESENT or _defines(facts, "val_dataloader")
    return True if has_loader else None


def _defines(facts: Facts, name: str) -> bool:
    return any(
        isinstance(function.node, cst.FunctionDef) and function.node.name.value == name
        for function in facts.functions()
    )


def _by_another_engine(facts: Facts, call: Call) -> bool:
    """Whether the file runs a second ignite engine that validates."""
    runs = facts.calls_of("trainer.fit.ignite")
    return any(_evaluates(o) for o in runs if not o.node.func.deep_equals(call.node.func))


def _evaluates(run: Call) -> bool:
    """Whether the engine that a call runs is named for measuring."""
    match run.node.func:
        case cst.Attribute(value=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            return any(word in name.lower() for word in _MEASURES)
        case _:
            return False


def _is_training_data(facts: Facts, call: Call, validation: Argument) -> bool:
    """Whether the only data to measure on is what the training learns from."""
    trained = facts.role(call, "train-data").value
    heads = list(_heads(_unnamed(facts, validation)))
    return bool(heads) and trained is not None and all(h.deep_equals(trained) for h in heads)


def _unnamed(facts: Facts, argument: Argument) -> cst.CSTNode | None:
    """What an argument is, through one variable."""
    if not isinstance(argument.value, cst.Name) or argument.block is None:
        return argument.value
    name = argument.value.value
    binding = facts.names.single_definition(name, argument.block, argument.order)
    if binding is None or binding.kind is not BindingKind.ASSIGN:
        return argument.value
    is_list = isinstance(binding.value, (cst.List, cst.Tuple))
    return binding.value if is_list and isinstance(binding.value, cst.CSTNode) else argument.value


def _heads(node: cst.CSTNode | None) -> Iterator[cst.CSTNode]:
    """The data sets in a list of them: each alone, or first in a pair with labels or a name."""
    match node:
        case cst.Tuple(elements=[cst.Element(value=cst.Tuple() | cst.List()), *_]) | cst.List():
            for element in node.elements:
                yield from _heads(element.value)
        case cst.Tuple(elements=[first, *_]):
            yield first.value
        case None:
            return
        case _:
            yield node
