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
from greenlint.lint.facts.handovers import Place
from greenlint.lint.facts.layers import Layers
from greenlint.lint.facts.lineage import Lineage, Lineages, merged
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import defined_name, last_name
from greenlint.lint.facts.training_loops import TrainingLoops
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.questions import project_question
from greenlint.lint.rule import Subject

_TRANSFORMER = re.compile(r"Attention|Transformer|(^|_|[a-z])(GPT|BERT|ViT|Bert|Vit|Llama)")
_TRAINS = ("optimizer.build", "trainer.build", "trainer.fit", "gradient.tape", "gradient.function")
_FAMILIES = {
    "conv": ("layer.conv", "network.conv"),
    "attention": ("layer.attention", "network.attention", "network.huggingface"),
    "matrix": ("layer.linear", "layer.recurrent"),
    "mixed": ("network.mixed",),
}
_PRETRAINED = "PreTrainedModel"
_PARAMETERS = frozenset({"parameters", "named_parameters"})
_SIZES = ("conv-only", "large")

# The modules that layers and zoo models are taken from, and what is imported by name.
relevant(
    __name__,
    _TRANSFORMER,
    *(
        _PRETRAINED,
        "nn",
        "models",
        "layers",
        "applications",
        "timm",
        "smp",
        "hub",
        "nnx",
        "linen",
        "add",
    ),
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
        self._lineages = facts.extension(Lineages)
        self._known: dict[Unit, Lineage] = {}

    def of(self, unit: Unit) -> frozenset[Trace]:
        """The traces of the network that a loop, a fit or a trainer trains."""
        for calls in (self._feeding(unit), self._lineage(unit).calls):
            made_of = self.reached(calls)
            if any(self._facts.is_a(call, "layer", "network") for call in made_of):
                return self.of_calls(made_of)
        return self._all

    def of_calls(self, calls: Iterable[Call]) -> frozenset[Trace]:
        """The traces of the networks that some calls build."""
        calls = tuple(calls)
        return frozenset({*self._traces(calls), *self._named(calls)})

    def references(self, unit: Unit) -> frozenset[str]:
        """Where else in the project the network that `unit` trains may be told, as in `Lineage`.

        Nowhere if the data or the widths that the module names make any network a small one.
        """
        if self._is_small_data or self._layers.has_narrow_widths:
            return frozenset()
        lineage = self._lineage(unit)
        inner = self.reached(lineage.calls)
        found = lineage.references | self.references_of(inner)
        if not found and not any(self._facts.is_a(call, "layer", "network") for call in inner):
            return frozenset(map(str, self._lineages.handovers(lineage.given)))
        return found

    def references_of(self, calls: Iterable[Call]) -> frozenset[str]:
        """The names of other modules that some calls call."""
        paths = (path for call in calls for path in self._lineages.called(call))
        return frozenset(filter(None, map(self._lineages.reference, paths)))

    def _lineage(self, unit: Unit) -> Lineage:
        """Where the model comes from that `unit` trains."""
        if unit not in self._known:
            trained = [self._lineages.of(*place) for place in self._trained(unit)]
            if not trained and isinstance(unit, Block):
                trained = [self._lineages.of(*place) for place in self._with_parameters()]
            self._known[unit] = merged(trained)
        return self._known[unit]

    def _with_parameters(self) -> Iterator[Place]:
        """What is asked for its parameters, where it is not told what optimizers are given."""
        for call in self._facts.tree.calls:
            func = call.node.func
            if isinstance(func, cst.Attribute) and func.attr.value in _PARAMETERS:
                yield func.value, call.block, call.order

    @cached_property
    def _all(self) -> frozenset[Trace]:
        """The traces of whatever the code that trains builds."""
        made = self.reached(self._roots())
        mentioned = (
            Trace(family, is_large=True)
            for family, kinds in _FAMILIES.items()
            if any(self._is_foreign(node) for node in self._facts.mentions(*kinds))
        )
        return frozenset({*self.of_calls(made), *mentioned, *self._expected()})

    def _expected(self) -> Iterator[Trace]:
        """What code says that tells a checkpoint of a hub from other models."""
        for node in self._facts.tree.parents:
            if isinstance(node, cst.Name | cst.Attribute) and last_name(node) == _PRETRAINED:
                block = self._facts.block_around(node)
                yield from self._promised([self._facts.names.path(node, block, block.end)])

    @staticmethod
    def _promised(paths: Iterable[str | None]) -> Iterator[Trace]:
        """The traces of classes that stand for any checkpoint of a hub."""
        for path in paths:
            if path is not None and path.startswith("transformers.") and _PRETRAINED in path:
                yield Trace("attention", is_large=True)

    def built_in(self, block: Block) -> Iterator[Trace]:
        """What else a class or function tells than its calls: name, bases, parameters, mentions."""
        if block.kind is BlockKind.CLASS:
            yield from self._by_name(block)
        bases = list(self._lineages.bases(block))
        yield from self._promised([*bases, *self._lineages.taken(block)])
        for family, kinds in _FAMILIES.items():
            known = [m for path in bases for m in self._facts.catalog.calls_named(path)]
            inherits = any(
                is_kind(m.kind, "network") and is_kind(m.kind, k) for m in known for k in kinds
            )
            mentions = (
                self._is_foreign(node)
                for node in self._facts.mentions(*kinds)
                if self._facts.block_around(node).is_within(block)
            )
            if inherits or any(mentions):
                yield Trace(family, is_large=True)

    def reached_in(self, definition: Block) -> frozenset[Call]:
        """The calls in a class or function of the module, and in those that it leads to."""
        return self.reached(self._calls_in(definition))

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
        if large is None:
            return None
        kept = not self._is_small_data or self._layers.is_massive(call)
        return Trace(family, large and kept)

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

    def reached(self, calls: Iterable[Call]) -> frozenset[Call]:
        """Some calls and those in the module's own definitions that they lead to."""
        found: set[Call] = set()
        entered: set[Block] = set()
        pending = list(calls)
        while pending:
            call = pending.pop()
            found.add(call)
            definition = self._definition(call)
            if definition is not None and definition not in entered:
                entered.add(definition)
                pending.extend(self._calls_in(definition))
        return frozenset(found)

    def _calls_in(self, definition: Block) -> Iterator[Call]:
        """The calls in a definition, and in the classes of the module that it is made of."""
        yield from self._facts.tree.calls_in(definition)
        for path in self._lineages.bases(definition):
            base = self._defined(path)
            if base is not None and base is not definition:
                yield from self._facts.tree.calls_in(base)

    def _named(self, calls: Iterable[Call]) -> Iterator[Trace]:
        """The traces of the classes that are called."""
        for block in self.definitions(calls):
            if block.kind is BlockKind.CLASS:
                yield from self._by_name(block)

    def definitions(self, calls: Iterable[Call]) -> frozenset[Block]:
        """The classes and functions of the module that are called."""
        return frozenset(filter(None, map(self._definition, calls)))

    def _definition(self, call: Call) -> Block | None:
        """The function or class of this module that is called."""
        return self._defined(self._facts.called(call) or "")

    def _defined(self, path: str) -> Block | None:
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
    """The network that is trained: `large` or `small`; `conv-only` where nothing else is large.

    The modules that it is imported from may say so too.
    """
    networks = facts.extension(Networks)
    traces = networks.of(unit)
    families = {trace.family for trace in traces if trace.is_large}
    if families:
        return Answer(frozenset({"large", "conv-only"} if families == {"conv"} else {"large"}))
    words = frozenset({"small"} if traces else ())
    references = networks.references(unit)
    if not references:
        return Answer(words) if words else None
    asked = {size: project_question(f"network-{size}", references) for size in _SIZES}
    return Answer(words, words_if=asked)


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
