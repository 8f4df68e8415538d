"""Direct calls of PyTorch models, and the mode that the model is in when it is called.

A model is known by its type, or because its mode is switched by `model.eval()`: pipelines and
Keras models have no such method.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.model_modes import MODELS, Modes
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import OWN, defined_name, is_exactly, positional_names
from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Call
from greenlint.lint.imports import dotted_name
from greenlint.lint.part import WORD
from greenlint.lint.site import FileWords, Site

_HUB_MODEL = "huggingface.model"

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

_SWITCH = re.compile(r"\.\s*+(?:eval|train)\s*\(")
_SWITCHED_OFF = re.compile(r"\.\s*+(?:eval\s*+\(\s*+\)|train\s*+\((?:\s*+\w++\s*+=)?\s*+False\b)")
_NOT_IN_NAME = re.compile(r"\W")
_LONGEST_NAME = 200  # characters, with the blanks behind it
_ASSIGNED = re.compile(r"\b(\w++)[ \t]*+(?::[^=\n]{0,200}+)?=(?!=)")
_HEADER = re.compile(r"\bdef[ \t]+\w+[ \t]*\(([^)]*)")
_PARAMETER = re.compile(r"(?:^|,)\s*\*{0,2}(\w+)")
_METHOD = re.compile(r"\.\s*+(?:forward|module)\s*+\(")
_CLASSES = re.compile(r"\bclass[ \t]+(\w+)[ \t]*\(([^)]*)")


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
        self._modes = facts.extension(Modes)

    @cached_property
    def all(self) -> tuple[ModelCall, ...]:
        """Every direct call of what is known to be a model, where its output may be all it is for.

        That is: in evaluation mode, at module level, or in a function named for what it gives.
        """
        return tuple(self._found())

    def _found(self) -> Iterator[ModelCall]:
        for call in self._facts.tree.calls:
            node = _model_of(call)
            name = dotted_name(node)
            if node is None or name is None or _NO_NETWORK.search(name):
                continue
            mode = self._modes.in_force(name, call)
            if mode is None and not self._may_predict(name, call):
                continue
            kind = self._type(node, call)  # far dearer to tell than the mode
            if kind in MODELS or (mode is not None and self._uses_torch):
                yield ModelCall(call, name, kind, mode)

    def _may_predict(self, name: str, call: Call) -> bool:
        if _CLASS.match(name.rsplit(".", 1)[-1]):
            return False
        function = self._facts.function_around(call.block)
        return function is None or PREDICTS.search(defined_name(function.node)) is not None

    @cached_property
    def _uses_torch(self) -> bool:
        return any(name.split(".", 1)[0] == "torch" for name in self._facts.imported)

    # -- types -------------------------------------------------------------------------------

    def _type(self, node: cst.BaseExpression, call: Call) -> str | None:
        found = self._facts.names.type_name(node, call.block, call.order)
        if found is not None:
            return found
        match node:
            case cst.Attribute(value=cst.Name(value=own), attr=cst.Name(value=name)) if own in OWN:
                return self._stored(self._facts.class_around(call.block), name)
            case cst.Attribute(value=owner, attr=cst.Name(value=name)):
                return self._part(self._type(owner, call), name)
            case cst.Name():
                return self._given(node, call)
            case _:
                return None

    def _stored(self, owner: Block | None, name: str) -> str | None:
        """The type of model in an attribute that is bound more than once: `DataParallel(it)`."""
        bindings = owner.attributes.get(name, ()) if owner is not None else ()
        kinds = {kind for kind in map(self._bound_type, bindings) if kind is not None}
        return min(kinds, default=None) if kinds <= MODELS else None

    def _part(self, owner: str | None, name: str) -> str | None:
        """The type of `name` of a model, where a class of the module keeps a model so named."""
        return owner if owner in MODELS and name in self._parts else None

    @cached_property
    def _parts(self) -> frozenset[str]:
        return frozenset(
            name
            for owner in self._facts.tree.blocks_of(BlockKind.CLASS)
            for name, bindings in owner.attributes.items()
            if any(self._bound_type(binding) in MODELS for binding in bindings)
        )

    def _bound_type(self, binding: Binding) -> str | None:
        if not isinstance(binding.value, cst.BaseExpression):
            return None
        return self._facts.names.type_name(binding.value, binding.block, binding.order)

    def _given(self, node: cst.Name, call: Call) -> str | None:
        """The type of model that the module's own callers hand over for a parameter."""
        binding = self._facts.names.single_definition(node.value, call.block, call.order)
        if binding is None or binding.kind is not BindingKind.PARAMETER:
            return None
        return next((kind for kind in self._handed(binding) if kind in MODELS), None)

    def _handed(self, parameter: Binding) -> Iterator[str | None]:
        """The types of what the module's own callers hand over for a parameter."""
        positions = positional_names(parameter.block.node)
        for caller in self._modes.callers(parameter.block):
            given = self._facts.arguments.given(caller).get(parameter.name, positions)
            if given.value is not None and given.block is not None:
                yield self._facts.names.type_name(given.value, given.block, given.order)


def _model_of(call: Call) -> cst.BaseExpression | None:
    """`model` of `model(x)`, `model.forward(x)` and `model.module(x)`."""
    func = call.node.func
    if is_exactly(func, cst.Attribute):
        return func.value if func.attr.value in {"forward", "module"} else func
    return func if is_exactly(func, cst.Name) else None


def may_call_models(site: Site) -> bool:
    """Whether a part of a file may call a model for its output.

    Either the model is switched to evaluation somewhere, or its type is known and the function is
    named for what it gives.
    """
    switched = site.file.once(_switched)
    if switched and _calls_any(site, switched, switched=True):
        return True
    if not _may_predict(site):
        return False
    if _calls_any(site, _parameters(site)):
        return True
    # What is given a value at all is known sooner than what is given a model.
    given = site.outline.found(_ASSIGNED)
    return _calls_any(site, given) and _calls_any(site, site.file.once(_models))


def _may_predict(site: Site) -> bool:
    """Whether a model of a known type may be there, in a function that is named for its output."""
    if not any(map(site.spelled.builds, MODELS)):
        return False
    if not site.part.name and site.spelled.builds(_HUB_MODEL):
        return True
    return any(PREDICTS.search(name) and "train" not in name for name in site.part.defined_words)


def _calls_any(site: Site, names: frozenset[str], *, switched: bool = False) -> bool:
    """Whether any of these is called in a part of a file, itself or by the method of a model.

    What is spelled like a loss is no model, nor is a class, unless it is `switched`.
    """
    part = site.part
    called = (name for name in names & part.called_words if not _NO_NETWORK.search(name))
    if any(switched or not _CLASS.match(name) for name in called):
        return True
    return not names.isdisjoint(part.words) and _METHOD.search(part.code) is not None


def _models(file: FileWords) -> frozenset[str]:
    """What may be given a model anywhere in the file."""
    makers = frozenset().union(*(file.makers(kind) for kind in MODELS))
    classes = file.outline.found(_CLASSES)
    size = -1
    while size < len(makers):
        size = len(makers)
        derived = (name for name, bases in classes if not makers.isdisjoint(WORD.findall(bases)))
        makers = makers.union(derived)
    return file.outline.names_from(makers) & file.outline.given


def _parameters(site: Site) -> frozenset[str]:
    """What a function, or one within it, is handed."""
    headers = _HEADER.findall(site.part.code) if site.part.name else ()
    return frozenset(_PARAMETER.findall(", ".join(headers)))


def _switched(file: FileWords) -> frozenset[str]:
    """The last identifiers of what may be switched to evaluation anywhere in the file."""
    code = file.outline.code
    if not _SWITCHED_OFF.search(code):
        return frozenset()
    places = (match.start() for match in _SWITCH.finditer(code))
    before = (code[max(0, place - _LONGEST_NAME) : place].rstrip() for place in places)
    names = frozenset(_NOT_IN_NAME.split(text)[-1] for text in before)
    # An expression without a name may stand before it.
    return names | file.outline.found(_ASSIGNED) if "" in names else names
