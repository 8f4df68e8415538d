"""Direct calls of PyTorch models, and the mode that the model is in when it is called.

A model is known by its type, or because its mode is switched by `model.eval()`: pipelines and
Keras models have no such method.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import positional_names
from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import relevant
from greenlint.lint.imports import dotted_name
from greenlint.lint.site import Site

_HUB_MODEL = "huggingface.model"
_MODELS = frozenset({"torch.model", "torch.parallel", _HUB_MODEL})

# Functions named for their output, which may call a model and nothing else that is known.
PREDICTS = re.compile(
    r"(^|_)(eval\w*|valid\w*|val|test|testing|predict\w*|infer\w*|embed\w*|sample|sampling"
    r"|generate|visuali[sz]e\w*|stylize|decode|classify|recogni[sz]e|extract_features?|score)(_|$)"
)

# Modules that are no networks: losses, and what prepares the input.
_CLASS = re.compile(r"[A-Z][a-z]")
_NO_NETWORK = re.compile(
    r"loss|criteri|transform|augment|preprocess|metric|ssim|psnr|dice|iou|mel_?(model|spec)|spectro|stft|fbank",
    re.IGNORECASE,
)

# The name before `.eval()`, or a sign that an expression without one stands there.
_SWITCHED = re.compile(r"(\b\w++|[^\w\s])\s*+\.\s*+(?:eval|train)\s*\(")
_ASSIGNED = re.compile(r"\b(\w++)[ \t]*+(?::[^=\n]{0,200}+)?=(?!=)")
_DEFINED = re.compile(r"\bdef[ \t]+(\w+)")

relevant(__name__, "eval(", "train(")


@dataclass(frozen=True, slots=True)
class Mode:
    """A call of `eval()` or `train()` on a model."""

    call: Call
    trains: bool


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A direct call of a model, spelled `name(...)` or `name.forward(...)`.

    `type` is the catalog's type of the model, if known; `mode` the `eval()` in force, if seen.
    """

    call: Call
    name: str
    type: str | None
    mode: Call | None

    @property
    def is_from_hub(self) -> bool:
        """Whether a hub loader made the model, which puts it into evaluation mode."""
        return self.type == _HUB_MODEL


class ModelCalls:
    """The direct model calls of one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @cached_property
    def all(self) -> tuple[ModelCall, ...]:
        """Every direct call of what is known to be a model."""
        return tuple(self._found())

    def _found(self) -> Iterator[ModelCall]:
        for call in self._facts.tree.calls:
            node = _model_of(call)
            name = dotted_name(node)
            if node is None or name is None or _NO_NETWORK.search(name):
                continue
            kind = self._type(node, call)
            mode = self._mode(name, call)
            if mode is None and _CLASS.match(name.rsplit(".", 1)[-1]):
                continue
            if kind in _MODELS or (mode is not None and self._uses_torch):
                yield ModelCall(call, name, kind, mode)

    @cached_property
    def _uses_torch(self) -> bool:
        return any(name.split(".", 1)[0] == "torch" for name in self._facts.imported)

    # -- types -------------------------------------------------------------------------------

    def _type(self, node: cst.BaseExpression, call: Call) -> str | None:
        found = self._facts.names.type_name(node, call.block, call.order)
        if found is not None or not isinstance(node, cst.Name):
            return found
        binding = self._facts.names.single_definition(node.value, call.block, call.order)
        if binding is None or binding.kind is not BindingKind.PARAMETER:
            return None
        return next((kind for kind in self._handed(binding) if kind in _MODELS), None)

    def _handed(self, parameter: Binding) -> Iterator[str | None]:
        """The types of what the module's own callers hand over for a parameter."""
        positions = positional_names(parameter.block.node)
        for caller in self._facts.callers(parameter.block):
            given = self._facts.arguments.given(caller).get(parameter.name, positions)
            if given.value is not None and given.block is not None:
                yield self._facts.names.type_name(given.value, given.block, given.order)

    # -- modes -------------------------------------------------------------------------------

    def next_training(self, found: ModelCall, end: int) -> int:
        """Where, before `end`, the model is next put back into training mode."""
        later = [
            mode.call.order
            for mode in self._modes.get(found.name, ())
            if mode.trains and found.call.order < mode.call.order < end
        ]
        return min(later, default=end)

    def _mode(self, name: str, call: Call) -> Call | None:
        """The `name.eval()` that is in force at `call`, with no `name.train()` after it."""
        modes = self._modes.get(name, [])
        function = self._facts.function_around(call.block)
        here = [m for m in modes if self._facts.function_around(m.call.block) is function]
        if here:
            earlier = [
                m
                for m in here
                if m.call.order < call.order and _may_precede(m.call.block, call.block)
            ]
            return earlier[-1].call if earlier and not earlier[-1].trains else None
        elsewhere = [m for m in modes if self._is_shared(m, name, call)]
        if not elsewhere or any(m.trains for m in elsewhere):
            return None
        return elsewhere[0].call

    def _is_shared(self, mode: Mode, name: str, call: Call) -> bool:
        """Whether a mode set elsewhere concerns the same object: `self.x`, or a global name."""
        if name.startswith("self."):
            owner = self._facts.class_around(call.block)
            return owner is not None and owner is self._facts.class_around(mode.call.block)
        if self._facts.function_around(mode.call.block) is not None or "." in name:
            return False
        bindings = self._facts.names.definitions(name, call.block, call.order)
        return bool(bindings) and all(b.block.scope.kind is BlockKind.MODULE for b in bindings)

    @cached_property
    def _modes(self) -> dict[str, list[Mode]]:
        """By model: its `eval()` and `train()` calls in the order of the text."""
        found: dict[str, list[Mode]] = {}
        for call in self._facts.tree.calls:
            func = call.node.func
            if not isinstance(func, cst.Attribute) or func.attr.value not in {"eval", "train"}:
                continue
            name = _chained_name(call)
            if name is not None and not (func.attr.value == "eval" and call.node.args):
                trains = func.attr.value == "train" and not is_given_false(call)
                found.setdefault(name, []).append(Mode(call, trains))
        return found


def _model_of(call: Call) -> cst.BaseExpression | None:
    """`model` of `model(x)`, `model.forward(x)` and `model.module(x)`."""
    match call.node.func:
        case cst.Attribute(value=model, attr=cst.Name(value="forward" | "module")):
            return model
        case cst.Name() | cst.Attribute() as model:
            return model
        case _:
            return None


def _chained_name(call: Call) -> str | None:
    """`model` of `model.eval()` and of `model = Net().to(device).eval()`."""
    func = call.node.func
    name = dotted_name(func.value) if isinstance(func, cst.Attribute) else None
    if name is not None:
        return name
    match call.statement:
        case cst.Assign(targets=[cst.AssignTarget(target=target)], value=value):
            return dotted_name(target) if _ends_in(value, call.node) else None
        case _:
            return None


def _ends_in(value: cst.BaseExpression, call: cst.Call) -> bool:
    """Whether `call` is among the calls chained up in `value`."""
    current: cst.BaseExpression = value
    while isinstance(current, cst.Call):
        if current is call:
            return True
        current = current.func.value if isinstance(current.func, cst.Attribute) else current.func
    return False


def is_given_false(call: Call) -> bool:
    """Whether a switch is turned off: `model.train(False)`, `set_grad_enabled(mode=False)`."""
    match call.node.args:
        case [cst.Arg(value=cst.Name(value="False"))]:
            return True
        case _:
            return False


def _may_precede(earlier: Block, later: Block) -> bool:
    """Whether the two places can lie on one path: not on different arms of one `if`."""
    arms = {b.branch: b for b in earlier.ancestors() if b.kind is BlockKind.BRANCH}
    return all(arms.get(b.branch, b) is b for b in later.ancestors() if b.kind is BlockKind.BRANCH)


def may_call_models(site: Site) -> bool:
    """Whether a part of a file may call a model for its output.

    Either the model is switched to evaluation somewhere, or its type is known and the function is
    named for what it gives.
    """
    words = site.part.words
    by_method = not words.isdisjoint({"forward(", "module("})
    if any(f"{name}(" in words or (by_method and name in words) for name in _switched(site)):
        return True
    if not any(map(site.spelled.builds, _MODELS)):
        return False
    return not site.part.name or any(map(PREDICTS.search, _DEFINED.findall(site.part.code)))


def _switched(site: Site) -> frozenset[str]:
    """The last identifiers of what may be switched to evaluation anywhere in the file."""
    names = site.outline.found(_SWITCHED)
    if any(not name.isidentifier() for name in names):
        return names | site.outline.found(_ASSIGNED)
    return names
