"""How wide the layers are that a module builds, as far as literals and defaults tell."""

from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import defined_name, last_name, positional_names
from greenlint.lint.facts.tree import BindingKind, Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import relevant

# A convolution is large with many output channels, or with many on both sides. One-dimensional
# ones do a fraction of the work, so they need more.
_CONV = {"1": (256, 128), "2": (128, 64), "3": (128, 64)}
_MASSIVE_CONV = 512  # on both sides that is over two million weights, whatever the data
_LINEAR = 1024
_RECURRENT = 512
_ATTENTION = 192
_NARROWEST = 8
_DEPTH = 3  # classes and functions that a width is handed through
_WIDTHS = frozenset(
    {"d_model", "n_embd", "embed_dim", "embed_size", "embedding_dim", "emb_dim", "hidden_dim"}
    | {
        "hidden_size",
        "dim",
        "emb_size",
        "d_embed",
        "n_embed",
        "model_dim",
        "dim_model",
        "projection_dim",
    }
)
_INNER_WIDTHS = frozenset(
    {"dim_feedforward", "d_ff", "dim_ff", "ff_dim", "ffn_dim", "intermediate_size"}
)
_NAMES_OF_WIDTHS = (_WIDTHS, _INNER_WIDTHS)

relevant(__name__, kinds=("layer",))


class Layers:
    """Sizes of the layers of one module; None is what can't be told."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def is_large(self, call: Call) -> bool | None:
        """Whether a layer is so large that lower precision pays."""
        if self._facts.is_a(call, "layer.conv"):
            return self._is_large_conv(call)
        if self._facts.is_a(call, "layer.linear"):
            sides = self.width(call, "in"), self.width(call, "out")
            return None if None in sides else min(s for s in sides if s is not None) >= _LINEAR
        if self._facts.is_a(call, "layer.recurrent"):
            return _at_least(self.width(call, "out"), _RECURRENT)
        return self._is_large_attention(call)

    def _is_large_conv(self, call: Call) -> bool | None:
        name = self._facts.called(call) or ""
        alone, both = next((_CONV[d] for d in _CONV if f"{d}d" in name.lower()), _CONV["2"])
        out = self.width(call, "out")
        if out is None:
            return None
        return out >= alone or min(out, self.width(call, "in") or 0) >= both

    def is_massive(self, call: Call) -> bool:
        """Whether a layer is so large that small data make it no smaller."""
        flat = "1d" in (self._facts.called(call) or "").lower()
        if flat or not self._facts.is_a(call, "layer.conv"):
            return False
        sides = self.width(call, "in") or 0, self.width(call, "out") or 0
        return min(sides) >= _MASSIVE_CONV

    def _is_large_attention(self, call: Call) -> bool | None:
        """A width that can't be told is taken for a real one, unless all that are named are not."""
        if self._facts.role(call, "head-width").state is State.PRESENT:
            return self._has_large_heads(call)
        out = self.width(call, "out") or self.width(call, "inner")
        return not self.has_narrow_widths if out is None else out >= _ATTENTION

    def _has_large_heads(self, call: Call) -> bool | None:
        """Whether heads are wide, and layers beside them too: heads alone say little of a model."""
        heads, width = self.width(call, "heads"), self.width(call, "head-width")
        if heads is None or width is None:
            return None
        return heads * width >= _ATTENTION and self._has_wide_linear

    @cached_property
    def _has_wide_linear(self) -> bool:
        widths = (self.width(call, "out") for call in self._facts.calls_of("layer.linear"))
        return any(width is not None and width >= _ATTENTION for width in widths)

    # -- widths ------------------------------------------------------------------------------

    def width(self, call: Call, role: str) -> int | None:
        """The number that an argument of a layer is, in the largest network built of it."""
        return self._number(self._facts.argument(call, role), _DEPTH)

    def _number(self, argument: Argument, depth: int = 0) -> int | None:
        handed = [given for given in self._handed(argument, depth) if given is not None]
        if handed:
            return max(handed)
        known = self._facts.known(argument)
        return known.value if known is not None and type(known.value) is int else None

    def _handed(self, argument: Argument, depth: int) -> Iterator[int | None]:
        """What the module's own code hands over for an argument that is a parameter itself."""
        if depth == 0 or not isinstance(argument.value, cst.Name) or argument.block is None:
            return
        name = argument.value.value
        binding = self._facts.names.single_definition(name, argument.block, argument.order)
        if binding is None or binding.kind is not BindingKind.PARAMETER:
            return
        positions = positional_names(binding.block.node)
        for call in self._facts.calls_by_name.get(_owner_name(binding.block), ()):
            given = self._facts.arguments.given(call).get(name, positions)
            if given.value is not argument.value:
                yield self._number(given, depth - 1)

    @cached_property
    def has_narrow_widths(self) -> bool:
        """Whether all the widths that the module names (`d_model=32`) are small.

        Where it names none, those between the two layers of a block (`dim_feedforward=16`) tell:
        they are mostly four times as wide.
        """
        named = ([w for w in self._named_widths(n) if w is not None] for n in _NAMES_OF_WIDTHS)
        widths = next(filter(None, named), [])
        # `dim=-1` names an axis, no width.
        return max(widths, default=0) in range(_NARROWEST, _ATTENTION)

    def _named_widths(self, names: frozenset[str]) -> Iterator[int | None]:
        for block in self._facts.tree.blocks:
            for name in names & block.bindings.keys():
                for b in block.bindings[name]:
                    value = b.value if isinstance(b.value, cst.BaseExpression) else None
                    yield self._constant(value, b.block, b.order)
        for call in self._facts.tree.calls:
            for argument in call.node.args:
                if argument.keyword is not None and argument.keyword.value in names:
                    yield self._constant(argument.value, call.block, call.order)
        for node in self._facts.tree.parents:
            if isinstance(node, cst.DictElement) and _key(node) in names:
                block = self._facts.block_around(node)
                yield self._constant(node.value, block, block.end)

    def _constant(self, node: cst.CSTNode | None, block: Block, order: int) -> int | None:
        known = self._facts.constants.value(node, block, order)
        return known.value if known is not None and type(known.value) is int else None

    # -- blocks of the module's own ------------------------------------------------------------

    def is_wide_block(self, call: Call) -> bool:
        """Whether the module's own block of convolutions is built wide: `Block(256, 512)`."""
        if last_name(call.node.func) not in self._conv_makers:
            return False
        values = (self._constant(a.value, call.block, call.order) for a in call.node.args)
        return any(value is not None and value >= _CONV["2"][0] for value in values)

    @cached_property
    def _conv_makers(self) -> frozenset[str]:
        """The functions and classes that hold convolutions whose channels are parameters."""
        found: set[str] = set()
        for call in self._facts.calls_of("layer.conv"):
            flat = "1d" in last_name(call.node.func).lower()
            if not flat and self._number(self._facts.argument(call, "out")) is None:
                found.update(defined_name(outer.node) for outer in call.block.ancestors())
        return frozenset(found - {"", "__init__"})


def _key(element: cst.DictElement) -> str:
    """The text that an element of a dict literal stands under; empty where it is no text."""
    return element.key.raw_value if isinstance(element.key, cst.SimpleString) else ""


def _at_least(number: int | None, limit: int) -> bool | None:
    return None if number is None else number >= limit


def _owner_name(function: Block) -> str:
    """What a caller calls to reach a function: its name, or the class of an `__init__`."""
    name = defined_name(function.node)
    owner = function.parent
    if name == "__init__" and owner is not None and owner.kind is BlockKind.CLASS:
        return defined_name(owner.node)
    return name
