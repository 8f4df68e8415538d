"""How large the networks of a module are, and what they compute.

Large means that lower precision pays: about a million parameters, a hub or zoo model, a
transformer. A training is asked for the network that it trains, where the module tells; else for
all networks of the module. Whatever can't be told is left unknown.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from greenlint.lint.catalog import is_kind
from greenlint.lint.facts.layers import Layers
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import defined_name
from greenlint.lint.facts.training_loops import TrainingLoops
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

_TRANSFORMER = re.compile(r"Attention|Transformer|(^|_|[a-z])(GPT|BERT|ViT|Bert|Vit|Llama)")
_TRAINS = ("optimizer.build", "trainer.build", "trainer.fit", "gradient.tape", "gradient.function")
_FAMILIES = {
    "conv": ("layer.conv", "network.conv"),
    "attention": ("layer.attention", "network.attention", "network.huggingface"),
    "matrix": ("layer.linear", "layer.recurrent"),
    "mixed": ("network.mixed",),
}

# The modules that layers and zoo models are taken from, and what is imported by name.
relevant(
    __name__,
    _TRANSFORMER,
    *("nn", "models", "layers", "applications", "timm", "smp", "hub", "nnx", "linen", "add"),
    *("from_pretrained", "from_config", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose2d", "Conv2D"),
    *("resnet18", "resnet34", "resnet50", "resnet101", "vgg16", "vgg19", "densenet121"),
    kinds=("network", "layer", "data.small", "data.other", *_TRAINS),
)


@dataclass(frozen=True, slots=True)
class Trace:
    """What one call tells of a network.

    Its family is `conv`, `attention`, `matrix`, or `mixed` where that depends on a name.
    """

    family: str
    is_large: bool


class Networks:
    """The networks of one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._layers = facts.extension(Layers)
        self._loops = facts.extension(TrainingLoops)

    def of(self, unit: Unit) -> frozenset[Trace]:
        """The traces of the network that a loop, a fit or a trainer trains."""
        made_of = {inner for call in self._feeding(unit) for inner in self._reached(call)}
        if any(self._facts.is_a(call, "layer", "network") for call in made_of):
            return frozenset({*self._traces(made_of), *self._named(made_of)})
        return self._all

    @cached_property
    def _all(self) -> frozenset[Trace]:
        """The traces of whatever the code that trains builds."""
        made = {inner for call in self._roots() for inner in self._reached(call)}
        mentioned = (
            Trace(family, is_large=True)
            for family, kinds in _FAMILIES.items()
            if any(self._is_foreign(node) for node in self._facts.mentions(*kinds))
        )
        return frozenset({*self._traces(made), *self._named(made), *mentioned})

    def _is_foreign(self, node: cst.BaseExpression) -> bool:
        """Whether what is mentioned is a whole network from elsewhere."""
        block = self._facts.block_around(node)
        path = self._facts.names.path(node, block, block.end) or "."
        known = self._facts.catalog.calls_named(path)
        return not path.startswith(".") and any(is_kind(c.kind, "network") for c in known)

    def _roots(self) -> Iterator[Call]:
        """The calls at module level, and in the functions and classes that train something."""
        training = {self._outermost(call.block) for call in self._facts.calls_of(*_TRAINS)}
        training |= {self._outermost(loop.backward.block) for loop in self._loops.all}
        for call in self._facts.tree.calls:
            outer = self._outermost(call.block)
            if outer is None or outer in training:
                yield call

    @staticmethod
    def _outermost(block: Block) -> Block | None:
        """The function or class at module level that a place lies in."""
        around = [b for b in block.ancestors() if b.kind in {BlockKind.FUNCTION, BlockKind.CLASS}]
        return around[-1] if around else None

    # -- traces ------------------------------------------------------------------------------

    def _traces(self, calls: Iterable[Call]) -> Iterator[Trace]:
        for call in calls:
            trace = self._trace(call)
            if trace is not None:
                yield trace

    def _trace(self, call: Call) -> Trace | None:
        family = next((f for f, kinds in _FAMILIES.items() if self._facts.is_a(call, *kinds)), None)
        if family is None:
            wide = self._layers.is_wide_block(call) and not self._is_small_data
            return Trace("conv", is_large=True) if wide else None
        if self._facts.is_a(call, "network"):
            if self._definition(call) is not None:
                return None  # what its name promises, the definition tells
            configured = is_configured(self._facts, call)
            return Trace(family, not (configured and self._layers.has_narrow_widths))
        large = self._layers.is_large(call)
        return None if large is None else Trace(family, large and not self._is_small_data)

    @cached_property
    def _is_small_data(self) -> bool:
        """Whether the data are so small (MNIST) that a network made for them is small too."""
        if any(self._loads_digits(call) for call in self._facts.calls_of("data.other.named")):
            return True
        return self._facts.has("data.small") and not self._facts.has("data.other")

    def _loads_digits(self, call: Call) -> bool:
        known = self._facts.known(self._facts.role(call, "name"))
        return known is not None and "mnist" in str(known.value)

    def _by_name(self, owner: Block) -> Iterator[Trace]:
        """Attention written by hand, known by the names of the module's own classes."""
        named = _TRANSFORMER.search(defined_name(owner.node)) is not None
        if named and self._facts.calls_of("layer.linear", within=owner):
            large = not self._layers.has_narrow_widths and not self._is_small_data
            yield Trace("attention", large)

    # -- what is trained ---------------------------------------------------------------------

    def _reached(self, call: Call, seen: frozenset[Block] = frozenset()) -> Iterator[Call]:
        """A call and those in the module's own definitions that it leads to."""
        yield call
        definition = self._definition(call)
        if definition is not None and definition not in seen:
            for inner in self._facts.tree.calls_in(definition):
                yield from self._reached(inner, seen | {definition})

    def _named(self, calls: Iterable[Call]) -> Iterator[Trace]:
        """The traces of the classes that are called."""
        definitions = {self._definition(call) for call in calls} - {None}
        for block in definitions:
            if block is not None and block.kind is BlockKind.CLASS:
                yield from self._by_name(block)

    def _definition(self, call: Call) -> Block | None:
        """The function or class of this module that is called."""
        path = self._facts.called(call) or ""
        if not path.startswith(".") or path.count(".") != 1:
            return None
        for binding in self._facts.tree.module.bindings.get(path[1:], ()):
            if isinstance(binding.node, (cst.FunctionDef, cst.ClassDef)):
                return self._facts.tree.block_of.get(binding.node)
        return None

    def _feeding(self, unit: Unit) -> Iterator[Call]:
        """The calls that make the model which `unit` trains."""
        for node, block, order in self._trained(unit):
            yield from self._facts.flow.calls_feeding(node, block, order)
            if isinstance(node, cst.Name):
                yield from self._added_to(node.value, order)

    def _trained(self, unit: Unit) -> Iterator[tuple[cst.BaseExpression, Block, int]]:
        if isinstance(unit, Block):
            yield from self._optimized(unit)
            return
        func = unit.node.func
        if self._facts.is_a(unit, "trainer.fit.keras") and isinstance(func, cst.Attribute):
            yield func.value, unit.block, unit.order
        elif self._facts.is_a(unit, "gradient.tape"):
            yield from self._given(unit)

    def _optimized(self, loop: Block) -> Iterator[tuple[cst.BaseExpression, Block, int]]:
        """What the optimizers that `loop` steps were built with; all of the module's if unclear."""
        steps = self._loops.steps_in(loop)
        built = [self._facts.construction(step) for step in steps]
        optimizers = [call for call in built if call is not None]
        for call in optimizers or self._facts.calls_of("optimizer.build"):
            yield from self._given(call)

    def _given(self, call: Call) -> Iterator[tuple[cst.BaseExpression, Block, int]]:
        """The parameters that an optimizer or a gradient is given."""
        argument = self._facts.role(call, "params")
        if argument.value is not None and argument.block is not None:
            yield argument.value, argument.block, argument.order

    def _added_to(self, name: str, order: int) -> Iterator[Call]:
        """What `name.add(...)` adds before a place."""
        for call in self._facts.tree.calls:
            if call.order < order and _is_addition(call, name):
                for argument in call.node.args:
                    yield from self._facts.flow.calls_feeding(
                        argument.value, call.block, call.order
                    )


def _is_addition(call: Call, name: str) -> bool:
    match call.node.func:
        case cst.Attribute(value=cst.Name(value=owner), attr=cst.Name(value="add")):
            return owner == name
        case _:
            return False


@fact("network", *Subject)
def network(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """The network that is trained: `large` or `small`; `conv-only` where nothing else is large."""
    traces = facts.extension(Networks).of(unit)
    families = {trace.family for trace in traces if trace.is_large}
    if not families:
        return Answer(frozenset({"small"})) if traces else None
    return Answer(frozenset({"large", "conv-only"} if families == {"conv"} else {"large"}))


@fact("checkpoint", *Subject)
def checkpoint(facts: Facts, _: Unit, __: str) -> Answer | None:
    """What the hub checkpoints of the file are stored in: kinds of the catalog's `checkpoint`.

    `none` when the file loads none; unknown when a name is no literal.
    """
    words: set[str] = set()
    for call in facts.calls_of("network.huggingface"):
        found = _stored_in(facts, call)
        if found is None:
            return None
        words |= found
    return Answer(frozenset(words or {"none"}))


def _stored_in(facts: Facts, call: Call) -> set[str] | None:
    """The kinds of one checkpoint; a model built of its configuration starts in 32 bits."""
    if is_configured(facts, call):
        return {"checkpoint.single"}
    known = facts.known(facts.role(call, "checkpoint"))
    if known is None or not isinstance(known.value, str):
        return None
    meanings = facts.catalog.calls_named(f"checkpoint:{known.value.lower()}")
    return {meaning.kind for meaning in meanings} or {"checkpoint.single"}


def is_configured(facts: Facts, call: Call) -> bool:
    """Whether a model of transformers is built of a configuration, not loaded."""
    name = facts.called(call) or ""
    return name.startswith("transformers.") and not name.endswith(".from_pretrained")
