"""Code that runs once although it stands where much runs: guarded by a test for what is there."""

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Block, BlockKind, Statement

_ASKS = frozenset({"hasattr", "getattr", "get", "locals", "globals"})


class Lazy:
    """Tells which places of one module are reached only while something is not there yet."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def is_guarded(self, block: Block, order: int, within: Block | None = None) -> bool:
        """Whether a place is the lazy half of `if x is None: x = ...` or its like.

        Guards around the loop `within` do not count: they are passed once, the place many times.
        """
        around = []
        for outer in block.ancestors():
            if outer.kind is BlockKind.FUNCTION or outer is within:
                break
            around.append(outer)
        if any(outer.kind is BlockKind.EXCEPT for outer in around):
            return True
        if any(self._tests_presence(outer) for outer in around):
            return True
        return any(
            self._leaves_before(jump, block, order)
            for jump in self._facts.tree.jumps
            if within is None or jump.order > within.start
        )

    def _leaves_before(self, jump: Statement, block: Block, order: int) -> bool:
        """Whether a guard returns before the place when the thing is there already."""
        if jump.order > order or not isinstance(jump.node, (cst.Return, cst.Continue)):
            return False
        guard = jump.block
        if guard.kind is BlockKind.WITH and guard.parent is not None:
            guard = guard.parent
        return (
            guard.parent is not None
            and block.is_within(guard.parent)
            and guard.scope is block.scope
            and self._tests_presence(guard)
        )

    def _tests_presence(self, block: Block) -> bool:
        """Whether a block is an arm of an `if` that asks whether something is there."""
        if block.kind is not BlockKind.BRANCH:
            return False
        if isinstance(block.node, cst.If):
            return asks_for_presence(block.node.test)
        arms = (b for b in self._facts.tree.blocks if b.branch == block.branch)
        return any(isinstance(b.node, cst.If) and asks_for_presence(b.node.test) for b in arms)


def _lists_texts(node: cst.BaseExpression) -> bool:
    """Whether it is a list of texts, which keeps nothing: `if model in ["small", "large"]`."""
    if not isinstance(node, cst.List | cst.Tuple | cst.Set):
        return False
    return all(isinstance(element.value, cst.SimpleString) for element in node.elements)


def asks_for_presence(test: cst.BaseExpression) -> bool:
    """Whether a condition asks for None, membership, an attribute or a flag that says so."""
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=cst.Name() | cst.Attribute()):
            return True
        case cst.Comparison(left=cst.BinaryOperation()):
            return False
        case cst.Comparison(
            comparisons=[cst.ComparisonTarget(operator=operator, comparator=other)]
        ):
            if isinstance(operator, (cst.In, cst.NotIn)):
                return not _lists_texts(other)
            if isinstance(other, cst.Name) and other.value == "None":
                return True
            return isinstance(other, cst.Integer) and other.value in {"0", "1"}
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            return name in _ASKS
        case cst.UnaryOperation(expression=inner):
            return asks_for_presence(inner)
        case cst.BooleanOperation():
            return asks_for_presence(test.left) or asks_for_presence(test.right)
        case _:
            return False
