"""Hand-written training loops: which loops run a backward pass and an optimizer step, and how.

A loop may hold the two directly or through functions and methods of the same module, up to a
small depth. The *batch loop* is the innermost loop that does both; the *epoch loop* is the one
around it that counts passes over the data.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import defined_name, last_name
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, kinds_of, relevant
from greenlint.lint.rule import Subject
from greenlint.lint.site import Site

_DEPTH = 4  # callers followed from the backward pass outwards
_OPTIMIZER_WORDS = ("opt", "solver", "adam", "sgd", "trainer_g", "trainer_d")
_STEPS = frozenset({"step", "optimizer_step", "step_and_update_lr"})
_VALIDATION_WORDS = ("val", "eval", "test", "dev")

relevant(__name__, "backward(", "manual_backward(", "eval(", "DataLoader")


@dataclass(frozen=True, slots=True)
class TrainingLoop:
    """One backward pass and the loops that repeat it, from inside to outside.

    `plain` says that it is `loss.backward()` of a tensor; otherwise something else runs it:
    `accelerator.backward(loss)`, `engine.backward(loss)`, `scaler.scale(loss).backward()`.
    """

    backward: Call
    loops: tuple[Block, ...]
    plain: bool

    @property
    def batch(self) -> Block:
        """The innermost loop that runs both the backward pass and the step."""
        return self.loops[0]

    @property
    def epoch(self) -> Block | None:
        """The loop over epochs; None when there is one loop and it goes over batches."""
        named = next((loop for loop in self.loops if _counts_epochs(loop)), None)
        if named is not None:
            return named
        return next((loop for loop in self.loops[1:] if _counts(loop)), None)


class TrainingLoops:
    """The training loops of one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @cached_property
    def all(self) -> tuple[TrainingLoop, ...]:
        """Every training loop, in the order of its backward pass."""
        return tuple(self._found())

    def with_batch(self, block: Block) -> Iterator[TrainingLoop]:
        """The training loops whose batch loop is `block`."""
        return (loop for loop in self.all if loop.batch is block)

    def with_epoch(self, block: Block) -> Iterator[TrainingLoop]:
        """The training loops whose epoch loop is `block`."""
        return (loop for loop in self.all if loop.epoch is block)

    def _found(self) -> Iterator[TrainingLoop]:
        for call in self._facts.tree.calls:
            if _method(call) not in {"backward", "manual_backward"}:
                continue
            for chain in dict.fromkeys(self._chains(call.block, frozenset())):
                loops = self._stepping(chain)
                if loops:
                    yield TrainingLoop(call, loops, _is_plain(call))

    def _chains(self, block: Block, seen: frozenset[Block]) -> Iterator[tuple[Block, ...]]:
        """The loops around a place, through every caller of its function."""
        loops = tuple(self._facts.loops_around(block))
        function = self._facts.function_around(block)
        if function is None or function in seen or len(seen) >= _DEPTH:
            yield loops
            return
        outer = [c.block for c in self._facts.callers(function) if not _inside(c, function)]
        if not outer and function.parent is not None and _is_nested(function):
            outer = [function.parent]  # a closure is run where it is handed over
        if not outer:
            yield loops
        for place in outer:
            for rest in self._chains(place, seen | {function}):
                yield loops + rest

    def _stepping(self, chain: tuple[Block, ...]) -> tuple[Block, ...]:
        """`chain` from the first loop on that also steps an optimizer."""
        for index, loop in enumerate(chain):
            if loop.kind is not BlockKind.COMPREHENSION and any(self.steps_in(loop)):
                return tuple(b for b in chain[index:] if b.kind is not BlockKind.COMPREHENSION)
        return ()

    def steps_in(self, block: Block) -> Iterator[Call]:
        """The calls in `block`, or in functions that it leads to, that step an optimizer."""
        for place in (block, *self.reached(block)):
            yield from (call for call in self._facts.tree.calls_in(place) if self._is_step(call))

    def reached(self, block: Block) -> list[Block]:
        """The functions of this module that `block` leads to, through a few calls in a row."""
        found: list[Block] = []
        frontier = [block]
        for _ in range(_DEPTH):
            called = [f for place in frontier for f in self.called_functions(place)]
            frontier = [f for f in dict.fromkeys(called) if f not in found]
            found.extend(frontier)
        return found

    def _is_step(self, call: Call) -> bool:
        if _method(call) not in _STEPS:
            return False
        if self._facts.is_a(call, "optimizer.step"):
            return True
        func = call.node.func
        if not isinstance(func, cst.Attribute):
            return False
        if self._facts.names.type_name(func.value, call.block, call.order) == "torch.scheduler":
            return False
        owner = _last_word(func.value).lower()
        # What the optimizer is was decided elsewhere: a parameter, or a helper's result.
        return any(word in owner for word in _OPTIMIZER_WORDS) or owner.endswith(
            ("scaler", "engine")
        )

    def called_functions(self, block: Block) -> list[Block]:
        """The functions and methods of this module that are called in `block`."""
        called = {last_name(call.node.func) for call in self._facts.tree.calls_in(block)} - {""}
        return [f for f in self._facts.functions() if defined_name(f.node) in called and f != block]

    def validates(self, loop: TrainingLoop) -> bool:
        """Whether the epoch loop also runs the model on data that it does not learn from."""
        epoch = loop.epoch
        if epoch is None:
            return False
        calls = self._facts.tree.calls_in(epoch)
        switches = [c for c in calls if _method(c) == "eval" and not c.node.args]
        if any(_is_validation(last_name(c.node.func)) for c in calls if c not in switches):
            return True
        inner = (b for b in self._facts.tree.blocks_of(BlockKind.FOR) if b.is_within(epoch))
        if any(isinstance(b.node, cst.For) and _is_validation(_words(b.node.iter)) for b in inner):
            return True
        # Between two batches `model.eval()` serves to look at samples; a pass over data stands
        # beside the loop over batches.
        return any(loop.batch is epoch or not c.block.is_within(loop.batch) for c in switches)


def _inside(call: Call, function: Block) -> bool:
    """Whether a call of `function` is recursion."""
    return call.block.is_within(function)


def _is_nested(function: Block) -> bool:
    outer = function.parent
    return outer is not None and outer.kind not in {BlockKind.MODULE, BlockKind.CLASS}


def _is_plain(call: Call) -> bool:
    """Whether a tensor's own `backward` is called: it takes no loss, and keywords at most."""
    func = call.node.func
    if not isinstance(func, cst.Attribute) or func.attr.value != "backward":
        return False
    return not isinstance(func.value, cst.Call) and not _takes_loss(call)


def _takes_loss(call: Call) -> bool:
    return any("loss" in _words(a.value).lower() for a in call.node.args if a.keyword is None)


def _counts_epochs(loop: Block) -> bool:
    match loop.node:
        case cst.For(target=target):
            return "epoch" in _words(target).lower()
        case cst.While(test=test):
            return "epoch" in _words(test).lower()
        case _:
            return False


def _counts(loop: Block) -> bool:
    """Whether a loop goes over numbers (`range`, `trange`) rather than over data."""
    match loop.node:
        case cst.For(iter=cst.Call(func=func)):
            return _last_word(func) in {"range", "trange", "tqdm", "count", "master_bar"}
        case cst.While():
            return True
        case _:
            return False


def _is_validation(words: str | None) -> bool:
    parts = (words or "").lower().replace(".", "_").split("_")
    return any(part.startswith(_VALIDATION_WORDS) for part in parts) and "train" not in parts


def _method(call: Call) -> str | None:
    func = call.node.func
    return func.attr.value if isinstance(func, cst.Attribute) else None


def _last_word(node: cst.BaseExpression) -> str:
    """The identifier that an expression ends in: `optimizer` of `self.optimizer[0]`."""
    match node:
        case cst.Subscript(value=inner) | cst.Call(func=inner):
            return _last_word(inner)
        case _:
            return last_name(node)


def _words(node: cst.CSTNode) -> str:
    """The identifiers in an expression, joined."""
    match node:
        case cst.Name(value=name):
            return name
        case cst.Attribute(value=inner, attr=cst.Name(value=name)):
            return f"{_words(inner)}_{name}"
        case cst.Call(func=func, args=args):
            return "_".join([_words(func), *(_words(a.value) for a in args)])
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return "_".join(_words(element.value) for element in elements)
        case cst.Comparison(left=left, comparisons=[first, *_]):
            return f"{_words(left)}_{_words(first.comparator)}"
        case cst.Subscript(value=inner):
            return _words(inner)
        case _:
            return ""


def may_train(site: Site) -> bool:
    """Whether a part of a file may hold a loop around a backward pass."""
    return site.part.has_loop and site.leads_to_word("backward", "manual_backward")


@kinds_of(
    Subject.LOOP,
    *("training.batch-loop.plain", "training.batch-loop.wrapped", "training.epoch-loop"),
    possible=may_train,
)
def loop_kinds(facts: Facts, block: Block) -> Iterable[str]:
    """Whether a loop trains, over batches or over epochs."""
    loops = facts.extension(TrainingLoops)
    for loop in loops.with_batch(block):
        yield "training.batch-loop.plain" if loop.plain else "training.batch-loop.wrapped"
    if any(True for _ in loops.with_epoch(block)):
        yield "training.epoch-loop"


@fact("validates", Subject.LOOP)
def validates(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Whether an epoch loop also runs the model on data that it does not learn from."""
    if not isinstance(unit, Block):
        return None
    loops = facts.extension(TrainingLoops)
    found = any(loops.validates(loop) for loop in loops.with_epoch(unit))
    return Answer(frozenset({"yes" if found else "no"}))


@fact("step", Subject.CALL, possible=may_train)
def step(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """How often a training makes a call, on no branch: in every `batch`, in every `epoch`."""
    if not isinstance(unit, Call):
        return None
    words = set()
    for loop in facts.extension(TrainingLoops).all:
        if _always_in(loop.batch, unit.block):
            words.add("batch")
        elif loop.epoch is not None and _always_in(loop.epoch, unit.block):
            words.add("epoch")
    return Answer(frozenset(words))


def _always_in(loop: Block, block: Block) -> bool:
    around = block.ancestors()
    if loop not in around:
        return False
    between = around[: around.index(loop)]
    return all(outer.kind in {BlockKind.WITH, BlockKind.TRY} for outer in between)
