"""Loops that go on until something outside of them lets them end: `while True` without a limit."""

import libcst as cst

from greenlint.lint.facts.general import is_endless
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name, nodes_in
from greenlint.lint.facts.tree import Block

# Whoever looks at a clock or at what was spent has a limit in mind.
_CLOCKS = frozenset({"time", "monotonic", "perf_counter", "now", "utcnow", "process_time"})
# Parts of names that hold a limit, or what is counted up to one.
_LIMITS = frozenset(
    {"max", "maximum", "limit", "limits", "budget", "timeout", "deadline", "attempt", "attempts"}
    | {"retries", "retry", "tries", "turn", "turns", "step", "steps", "round", "rounds", "count"}
    | {"iteration", "iterations", "iter", "tokens", "cost"}
)


class Limits:
    """Tells which endless loops of one module have a limit of their own."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._known: dict[Block, bool] = {}

    def endless_loop(self, block: Block) -> Block | None:
        """The innermost loop around a place, where that is `while True` without a limit."""
        loop = next(iter(self._facts.loops_around(block)), None)
        if loop is None or not is_endless(loop) or self.has_limit(loop):
            return None
        return loop

    def has_limit(self, loop: Block) -> bool:
        """Whether a pass compares something that counts, a clock, or what is called a limit."""
        known = self._known.get(loop)
        if known is None:
            counted = self._counted(loop)
            known = self._known[loop] = any(
                self._limits(node, counted)
                for node in nodes_in(loop.node)
                if isinstance(node, cst.Comparison)
            )
        return known

    def _limits(self, comparison: cst.Comparison, counted: frozenset[str]) -> bool:
        names = {last_name(node) for node in nodes_in(comparison)} - {""}
        if names & (counted | _CLOCKS):
            return True
        return any(not _LIMITS.isdisjoint(name.lower().split("_")) for name in names)

    def _counted(self, loop: Block) -> frozenset[str]:
        """The names that a pass adds to or takes from."""
        return frozenset(
            last_name(node.target)
            for node in nodes_in(loop.node)
            if isinstance(node, cst.AugAssign)
        )
