"""What one definition of a module says to a file that imports it: of networks, and of devices.

How questions and answers are spelled is in `questions`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from greenlint.lint.facts.accelerators import Accelerators
from greenlint.lint.facts.lineage import Lineages, join, merged
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.networks import Networks
from greenlint.lint.facts.precision import Precision
from greenlint.lint.facts.tree import Block, Call
from greenlint.lint.questions import CALLERS, ELSEWHERE, QUIET, Handover


def described(facts: Facts, question: str) -> Iterator[str]:
    """What a module that holds little but one definition answers to a question on it."""
    topic, _, name = question.partition(":")
    found = _handed_over(facts, name) if name.startswith(CALLERS) else _defined(facts, name)
    if topic == "accelerator" and facts.extension(Accelerators).wanted:
        yield f"{question} yes"
    if topic == "network":
        if not facts.has("exempt"):
            yield from (f"{question} {family}" for family in found.large_families(facts))
        # Callers are in the run, where every neighbor is asked for its precision anyway.
        if not name.startswith(CALLERS) and found.blocks and facts.extension(Precision).is_low:
            yield f"{question} {QUIET}"
    yield from (f"{question} {ELSEWHERE}{reference}" for reference in found.references(facts))


@dataclass(frozen=True, slots=True)
class _Found:
    """What makes an object: calls, definitions in the module, and names of others."""

    calls: frozenset[Call]
    blocks: frozenset[Block]
    paths: frozenset[str]

    def large_families(self, facts: Facts) -> frozenset[str]:
        """The families of the large networks that it is built or made of, or promises to be."""
        networks = facts.extension(Networks)
        traces = [*networks.of_calls(self.calls)]
        for block in self.blocks:
            traces.extend(networks.built_in(block))
        return frozenset(trace.family for trace in traces if trace.is_large)

    def references(self, facts: Facts) -> frozenset[str]:
        """The names of other modules that it is made with."""
        reference = facts.extension(Lineages).reference
        called = facts.extension(Networks).references_of(self.calls)
        return called.union(filter(None, map(reference, self.paths)))


def _handed_over(facts: Facts, reference: str) -> _Found:
    handed = merged(facts.extension(Lineages).handed_over(Handover.read(reference)))
    networks = facts.extension(Networks)
    return _found(facts, networks.reached(handed.calls), frozenset(), handed.paths)


def _found(
    facts: Facts, calls: frozenset[Call], blocks: frozenset[Block], paths: frozenset[str]
) -> _Found:
    """All of it, with the definitions that are called and what these are made of and take."""
    lineages = facts.extension(Lineages)
    blocks = blocks | facts.extension(Networks).definitions(calls)
    lent = (path for block in blocks for path in (*lineages.bases(block), *lineages.taken(block)))
    return _Found(calls, blocks, paths.union(lent))


def _defined(facts: Facts, name: str) -> _Found:
    """A class, function or value at the top of the module."""
    networks, lineages = facts.extension(Networks), facts.extension(Lineages)
    blocks: set[Block] = set()
    calls: set[Call] = set()
    paths: set[str] = set()
    bindings = facts.tree.module.bindings.get(name, [])
    for binding in bindings:
        if isinstance(binding.value, str):
            paths.add(binding.value)
        elif isinstance(binding.value, cst.BaseExpression):
            lineage = lineages.of(binding.value, binding.block, binding.order)
            calls.update(networks.reached(lineage.calls))
            paths |= lineage.paths
        block = facts.tree.block_of.get(binding.node) if binding.node is not None else None
        if block is not None:
            blocks.add(block)
            calls.update(networks.reached_in(block))
    if not bindings:
        paths.update(join(module, name) for module in facts.tree.star_imports)
    return _found(facts, frozenset(calls), frozenset(blocks), frozenset(paths))
