"""Code that is switched off where it stands: under `if` of a constant that is false."""

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, yes_or_no
from greenlint.lint.rule import Subject


@fact("dead", *Subject)
def dead(facts: Facts, unit: Unit, _: str) -> Answer:
    """Whether a place can't be reached: `if 0:`, or `RUN = False` and `if RUN:`."""
    block = unit.block if isinstance(unit, Call) else unit
    return yes_or_no(any(_is_switched_off(facts, outer) for outer in block.ancestors()))


def _is_switched_off(facts: Facts, block: Block) -> bool:
    if block.kind is not BlockKind.BRANCH or not isinstance(block.node, cst.If):
        return False
    where = block.parent or block
    known = facts.constants.value(block.node.test, where, block.start)
    return known is not None and not known.assumed and not known.value
