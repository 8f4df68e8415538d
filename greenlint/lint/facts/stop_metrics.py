"""The metric that ends a training, where a callback watches one."""

import libcst as cst

from greenlint.lint.facts.general import argument_answer
from greenlint.lint.facts.lists import Item, Lists
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

relevant(__name__, kinds=("stopper.keras",))


@fact("stop-metric", Subject.CALL)
def stop_metric(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """What the one early-stopping callback of a Keras training watches; `absent` by default."""
    if not isinstance(unit, Call):
        return None
    callbacks = facts.role(unit, "callbacks")
    if callbacks.block is None or not isinstance(callbacks.value, cst.BaseExpression):
        return None
    item = Item(callbacks.value, callbacks.block, callbacks.order)
    found = facts.extension(Lists).elements(item)
    stoppers = [stopper for single in found.items if (stopper := _stopper(facts, single))]
    if len(stoppers) != 1:
        return None
    return argument_answer(facts, facts.role(stoppers[0], "metric"))


def _stopper(facts: Facts, item: Item) -> Call | None:
    """The call that makes an early-stopping callback, if an element of a list is one."""
    if not isinstance(item.node, cst.Call):
        return None
    made = facts.tree.call_of.get(item.node)
    return made if made is not None and facts.is_a(made, "stopper.keras") else None
