"""PyTorch data loaders: what one item of them costs, and how often a training goes through them."""

import re
from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.epoch_loops import passes
from greenlint.lint.facts.handovers import Handovers, Place
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import OWN, defined_name, last_name, nodes_in, positional_names
from greenlint.lint.facts.training_loops import TrainingLoop, TrainingLoops
from greenlint.lint.facts.tree import Binding, Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

_DEPTH = 3
_ITEM = frozenset({"__getitem__", "__getitems__"})
# A trainer asks these methods for a loader and goes through it once in every epoch.
_HOOKS = frozenset({"train_dataloader", "val_dataloader"})
# Whoever keeps what was read once reads it no more.
_KEEPS = re.compile(r"cache|memo|preload|in_memory|in_ram")

relevant(
    __name__,
    *(*_ITEM, *_HOOKS, "DataLoader"),
    re.compile("epoch", re.IGNORECASE),
    kinds=("data.decoded", "trainer.fit.lightning"),
)


class DataLoaders:
    """The data loaders of one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._handovers = Handovers(facts.tree)
        self._loops = facts.extension(TrainingLoops)

    # -- what an item costs --------------------------------------------------------------------

    def decodes(self, call: Call) -> bool | None:
        """Whether the data set of a loader reads and decodes a file for each item."""
        argument = self._facts.role(call, "dataset")
        if argument.block is None or not isinstance(argument.value, cst.BaseExpression):
            return None
        verdicts = [
            self._verdict(made)
            for made in self._made((argument.value, argument.block, argument.order), _DEPTH)
        ]
        known = [verdict for verdict in verdicts if verdict is not None]
        return any(known) if known else None

    def _made(self, place: Place, depth: int) -> Iterator[Call]:
        """The calls that a data set comes from, through variables, attributes and parameters."""
        flow = self._facts.flow
        yield from flow.calls_feeding(*place)
        if depth == 0:
            return
        for parameter in flow.parameters(*place):
            for given in self._handovers.given(parameter):
                yield from self._made(given, depth - 1)
        for binding in self._stored(place):
            if isinstance(binding.value, cst.BaseExpression):
                yield from self._made((binding.value, binding.block, binding.order), depth - 1)

    def _stored(self, place: Place) -> list[Binding]:
        """What `self.NAME` is set to, where that is what stands in a place."""
        node, block, _ = place
        match node:
            case cst.Attribute(value=cst.Name(value=own), attr=cst.Name(value=name)) if own in OWN:
                owner = self._facts.class_around(block)
                return owner.attributes.get(name, []) if owner is not None else []
            case _:
                return []

    def _verdict(self, made: Call) -> bool | None:
        if self._facts.is_a(made, "data.decoded.set"):
            return True
        block = self._own_class(last_name(made.node.func))
        if block is None:
            return None
        items = [f for f in self._facts.functions() if f.parent is block]
        reads = [f for f in items if defined_name(f.node) in _ITEM]
        return any(map(self._reads_files, reads)) if reads else None

    def _own_class(self, name: str) -> Block | None:
        classes = self._facts.tree.blocks_of(BlockKind.CLASS)
        return next((b for b in classes if defined_name(b.node) == name), None)

    def _reads_files(self, function: Block) -> bool:
        """Whether a function decodes a file, itself or through others, and keeps nothing of it."""
        places = [function, *self._loops.reached(function)]
        if any(self._keeps(place) for place in places):
            return False
        return any(self._facts.has("data.decoded", within=place) for place in places)

    def _keeps(self, function: Block) -> bool:
        return any(
            _KEEPS.search(name.lower()) and any(block.is_within(function) for block in blocks)
            for name, blocks in self._mentions.items()
        )

    # -- how often a training goes through it ----------------------------------------------------

    def use(self, call: Call) -> str | None:
        """How a loader is used.

        `rebuilt` when it is built in an epoch loop, `epochs` when a training of several epochs goes
        through it, `once` when one of a single pass does.
        """
        function = self._facts.function_around(call.block)
        if function is not None and defined_name(function.node) in _HOOKS:
            return "epochs"
        names = frozenset(self._names(call))
        if self._is_handed_to_trainer(names):
            return "epochs"
        if self._loops.all and self._is_cycled(call, names):
            return "epochs"
        uses = {self._use_in(loop, call, names) for loop in self._loops.all}
        return next((use for use in ("rebuilt", "epochs", "once") if use in uses), None)

    def _use_in(self, loop: TrainingLoop, call: Call, names: frozenset[str]) -> str | None:
        outer = loop.epoch or loop.loops[-1]
        if call.block.is_within(outer):
            return "rebuilt" if loop.epoch is not None else "once"
        places = [outer, *self._loops.reached(outer)]
        if not _goes_over(outer, names) and not any(self._reads(p, names) for p in places):
            return None
        return "epochs" if loop.epoch is not None and self._repeats(outer) else "once"

    def _repeats(self, epoch: Block) -> bool:
        answer = passes(self._facts, epoch, "")
        return answer is None or answer.value != 1

    def _reads(self, place: Block, names: frozenset[str]) -> bool:
        return any(
            block.is_within(place) for name in names for block in self._mentions.get(name, ())
        )

    def _is_handed_to_trainer(self, names: frozenset[str]) -> bool:
        return any(
            last_name(arg.value) in names
            for call in self._facts.calls_of("trainer.fit.lightning")
            for arg in call.node.args
        )

    def _is_cycled(self, call: Call, names: frozenset[str]) -> bool:
        """Whether a generator of the module goes through a loader again and again, without end."""
        return any(
            arg.value is call.node or last_name(arg.value) in names
            for other in self._facts.tree.calls
            if any(map(self._cycles, self._functions.get(last_name(other.node.func), ())))
            for arg in other.node.args[:1]
        )

    def _cycles(self, function: Block) -> bool:
        """Whether a function is `while True: for item in given: yield item`."""
        given = positional_names(function.node)[:1]
        return any(
            loop.is_within(function) and _is_pass_in_endless_loop(loop, given)
            for loop in self._facts.tree.blocks_of(BlockKind.FOR)
        )

    @cached_property
    def _mentions(self) -> dict[str, list[Block]]:
        """Every name and attribute that is read, and the blocks in which it is."""
        found: dict[str, list[Block]] = {}
        for node in self._facts.tree.parents:
            if isinstance(node, (cst.Name, cst.Attribute)):
                found.setdefault(last_name(node), []).append(self._facts.block_around(node))
        return found

    def _names(self, call: Call) -> Iterator[str]:
        """The names that a loader goes by, here and in the functions that it is handed to."""
        found = list(self._bound(call.statement, call.block))
        seen: set[str] = set()
        while found:
            name = found.pop()
            if name in seen:
                continue
            seen.add(name)
            yield name
            found.extend(self._parameters(name))

    def _bound(self, statement: cst.CSTNode, block: Block) -> Iterator[str]:
        match statement:
            case cst.Assign(targets=targets):
                for target in targets:
                    yield from _targets(target.target)
            case cst.AnnAssign(target=target):
                yield from _targets(target)
            case _:
                pass
        function = self._facts.function_around(block)
        for caller in self._facts.callers(function) if function is not None else ():
            if isinstance(caller.statement, cst.Assign) and caller.block is not block:
                for target in caller.statement.targets:
                    yield from _targets(target.target)

    def _parameters(self, name: str) -> Iterator[str]:
        """What the functions of the module call what they are given under `name`."""
        for call in self._facts.tree.calls:
            for index, arg in enumerate(call.node.args):
                if last_name(arg.value) != name:
                    continue
                if arg.keyword is not None:
                    yield arg.keyword.value
                    continue
                for function in self._functions.get(last_name(call.node.func), ()):
                    positions = positional_names(function.node)
                    if index < len(positions):
                        yield positions[index]

    @cached_property
    def _functions(self) -> dict[str, list[Block]]:
        found: dict[str, list[Block]] = {}
        for function in self._facts.functions():
            found.setdefault(defined_name(function.node), []).append(function)
        return found


def _is_pass_in_endless_loop(loop: Block, given: tuple[str, ...]) -> bool:
    around = loop.parent
    match loop.node, around.node if around is not None else None:
        case (
            cst.For(iter=cst.Name(value=name), body=body),
            cst.While(test=cst.Name(value="True") | cst.Integer(value="1")),
        ):
            return name in given and any(isinstance(n, cst.Yield) for n in nodes_in(body))
        case _:
            return False


def _goes_over(loop: Block, names: frozenset[str]) -> bool:
    """Whether a loop goes over something of these names itself."""
    match loop.node:
        case cst.For(iter=iterated):
            return any(last_name(part) in names for part in nodes_in(iterated))
        case _:
            return False


def _targets(node: cst.BaseExpression) -> Iterator[str]:
    """The names that an assignment sets, those of attributes and containers included."""
    match node:
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            for element in elements:
                yield from _targets(element.value)
        case cst.Subscript(value=inner):
            yield from _targets(inner)
        case _ if name := last_name(node):
            yield name
        case _:
            return


@fact("items", Subject.CALL)
def items(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """What a data loader does for an item: `decoded` from a file, or `ready`."""
    if not isinstance(unit, Call):
        return None
    decodes = facts.extension(DataLoaders).decodes(unit)
    return None if decodes is None else Answer(frozenset({"decoded" if decodes else "ready"}))


@fact("feeds", Subject.CALL)
def feeds(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """What goes through a data loader: `epochs`, or `once`; `rebuilt` when each has its own."""
    if not isinstance(unit, Call):
        return None
    use = facts.extension(DataLoaders).use(unit)
    return None if use is None else Answer(frozenset({use}))


@fact("written", Subject.CALL)
def written(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`written.NAME`: whether the value of an argument stands as a literal in the call itself.

    `yes` or `no`; for an attribute or a call also its name: `model_max_length`, `cpu_count`.
    """
    if not isinstance(unit, Call):
        return None
    argument = facts.argument(unit, detail)
    if argument.state is not State.PRESENT:
        return None
    literal = isinstance(argument.value, (cst.BaseNumber, cst.SimpleString, cst.Name))
    named = isinstance(argument.value, cst.Name) and argument.value.value not in {"True", "False"}
    called = argument.value.func if isinstance(argument.value, cst.Call) else argument.value
    spelled = {last_name(called)} if called is not argument.value or not literal else set()
    return Answer(frozenset({"yes" if literal and not named else "no", *spelled}))
