"""How large the networks of a module are, as far as literals tell, and what they compute.

Large means that lower precision pays: about a million parameters, a hub or zoo model, a
transformer. Whatever can't be told is left unknown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant_words
from greenlint.lint.rule import Subject

_WIDE_CONV = 128  # output channels that make a convolution large, whatever its input
_CONV = 64  # ... or channels on both sides
_WIDE_LINEAR = 1024
_WIDE_RECURRENT = 512
_WIDE_ATTENTION = 128
_TRANSFORMER = re.compile(r"Attention|Transformer|(^|_|[a-z])(GPT|BERT|ViT|Bert|Vit|Llama)")
_WIDTHS = frozenset(
    {"d_model", "n_embd", "embed_dim", "embed_size", "embedding_dim", "emb_dim", "hidden_dim"}
    | {"hidden_size", "dim", "emb_size", "d_embed", "n_embed", "model_dim", "projection_dim"}
)

relevant_words("from_pretrained", "from_config", "Conv2d", "Linear", "Conv2D", "MultiheadAttention")


@dataclass(frozen=True, slots=True)
class Network:
    """One trace of a network: `family` is `conv`, `attention`, `matrix` or `mixed`."""

    family: str
    is_large: bool


class Networks:
    """The networks of one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @cached_property
    def traces(self) -> frozenset[Network]:
        """Every trace whose size can be told."""
        found = {*self._ready(), *self._layers(), *self._blocks()}
        return frozenset({*found, *self._transformers(found)})

    @property
    def families(self) -> frozenset[str]:
        """The families that large networks belong to."""
        return frozenset(trace.family for trace in self.traces if trace.is_large)

    def _ready(self) -> Iterator[Network]:
        """Models of hubs and zoos, which are large whatever their arguments."""
        for family, kinds in _READY.items():
            if self._facts.calls_of(*kinds) or any(True for _ in self._facts.mentions(*kinds)):
                yield Network(family, is_large=True)

    def _layers(self) -> Iterator[Network]:
        for call in self._facts.calls_of("layer"):
            for family, size in _LAYERS.items():
                if self._facts.is_a(call, f"layer.{family}"):
                    large = size(self, call)
                    if large is not None:
                        yield Network("matrix" if family in _MATRIX else family, large)

    # -- layers ------------------------------------------------------------------------------

    def width(self, call: Call, role: str) -> float | None:
        """The number that an argument of a layer is."""
        known = self._facts.known(self._facts.argument(call, role))
        if known is None or isinstance(known.value, bool):
            return None
        return known.value if isinstance(known.value, (int, float)) else None

    def is_large_conv(self, call: Call) -> bool | None:
        """Whether a convolution has many channels."""
        out = self.width(call, "out")
        if out is None:
            return None
        return out >= _WIDE_CONV or (out >= _CONV and (self.width(call, "in") or 0) >= _CONV)

    def is_large_linear(self, call: Call) -> bool | None:
        """Whether a linear layer is wide on both sides."""
        sides = (self.width(call, "in"), self.width(call, "out"))
        known = [side for side in sides if side is not None]
        return min(known) >= _WIDE_LINEAR if len(known) == len(sides) else None

    def is_large_recurrent(self, call: Call) -> bool | None:
        """Whether a recurrent layer is wide."""
        out = self.width(call, "out")
        return out >= _WIDE_RECURRENT if out is not None else None

    def is_large_attention(self, call: Call) -> bool | None:
        """Whether attention is wide; a width that can't be told is taken for a real one."""
        out = self.width(call, "out")
        heads, head_width = self.width(call, "heads"), self.width(call, "head-width")
        if out is None and heads is not None and head_width is not None:
            out = heads * head_width
        if out is not None:
            return out >= _WIDE_ATTENTION
        return not self._has_narrow_width

    # -- networks of the module itself -------------------------------------------------------

    def _blocks(self) -> Iterator[Network]:
        """Calls of the module's own convolution blocks with many channels: `block(256, 512)`."""
        makers = self._conv_makers
        for call in self._facts.tree.calls if makers else ():
            if _called_name(call) in makers:
                widths = [
                    self._facts.constants.value(a.value, call.block, call.order)
                    for a in call.node.args
                ]
                numbers = [w.value for w in widths if w is not None and type(w.value) is int]
                if numbers and max(numbers) >= _WIDE_CONV:
                    yield Network("conv", is_large=True)

    @cached_property
    def _conv_makers(self) -> frozenset[str]:
        """The functions and classes that hold convolutions whose channels are parameters."""
        found = set()
        for call in self._facts.calls_of("layer.conv"):
            if self.width(call, "out") is None:
                for outer in call.block.ancestors():
                    name = _defined_name(outer)
                    if name is not None and name != "__init__":
                        found.add(name)
        return frozenset(found)

    def _transformers(self, found: set[Network]) -> Iterator[Network]:
        """Attention written by hand, known by the names of the module's own classes."""
        if any(trace.family == "attention" for trace in found):
            return
        classes = self._facts.tree.blocks_of(BlockKind.CLASS)
        if any(self._is_transformer(owner) for owner in classes):
            yield Network("attention", is_large=not self._has_narrow_width)

    def _is_transformer(self, owner: Block) -> bool:
        name = _defined_name(owner)
        if name is None or not _TRANSFORMER.search(name):
            return False
        return bool(self._facts.calls_of("layer.linear", within=owner))

    @cached_property
    def _has_narrow_width(self) -> bool:
        """Whether the widths that the module names are all small."""
        widths = list(self._named_widths())
        return bool(widths) and max(widths) < _WIDE_ATTENTION

    def _named_widths(self) -> Iterator[float]:
        for block in self._facts.tree.blocks:
            for name in _WIDTHS & block.bindings.keys():
                for binding in block.bindings[name]:
                    value = binding.value
                    if isinstance(value, cst.BaseExpression):
                        known = self._facts.constants.value(value, binding.block, binding.order)
                        if known is not None and type(known.value) is int:
                            yield known.value
        for call in self._facts.tree.calls:
            for argument in call.node.args:
                if argument.keyword is not None and argument.keyword.value in _WIDTHS:
                    known = self._facts.constants.value(argument.value, call.block, call.order)
                    if known is not None and type(known.value) is int:
                        yield known.value


_LAYERS = {
    "conv": Networks.is_large_conv,
    "linear": Networks.is_large_linear,
    "recurrent": Networks.is_large_recurrent,
    "attention": Networks.is_large_attention,
}
_MATRIX = frozenset({"linear", "recurrent"})
_READY = {
    "conv": ("network.conv",),
    "mixed": ("network.mixed",),
    "attention": ("network.attention", "network.huggingface"),
}


def _called_name(call: Call) -> str | None:
    match call.node.func:
        case (
            cst.Name(value=name)
            | cst.Attribute(value=cst.Name(value="self"), attr=cst.Name(value=name))
        ):
            return name
        case _:
            return None


def _defined_name(block: Block) -> str | None:
    match block.node:
        case cst.FunctionDef(name=cst.Name(value=name)) | cst.ClassDef(name=cst.Name(value=name)):
            return name
        case _:
            return None


@fact("network", *Subject)
def network(facts: Facts, _: Unit, __: str) -> Answer | None:
    """The networks of the file: `large` or `small`, and `conv-only` where no other is large."""
    networks = facts.extension(Networks)
    families = networks.families
    if not families:
        return Answer(frozenset({"small"})) if networks.traces else None
    return Answer(frozenset({"large", "conv-only"} if families == {"conv"} else {"large"}))


@fact("checkpoint", *Subject)
def checkpoint(facts: Facts, _: Unit, __: str) -> Answer | None:
    """What the hub checkpoints of the file are stored in: kinds of the catalog's `checkpoint`.

    `none` when the file loads none; unknown when their names are no literals.
    """
    calls = facts.calls_of("network.huggingface")
    words: set[str] = set()
    for call in calls:
        known = facts.known(facts.role(call, "checkpoint"))
        if known is None or not isinstance(known.value, str):
            return None
        meanings = facts.catalog.calls_named(f"checkpoint:{known.value.lower()}")
        words |= {meaning.kind for meaning in meanings} or {"checkpoint.single"}
    return Answer(frozenset(words or {"none"}))
