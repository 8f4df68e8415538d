"""Values that are the same in every run of a function: made of literals, paths and constants."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.flow import calls_below
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import OWN, children
from greenlint.lint.facts.tree import BindingKind, Block, Call

# What differs from one request or session to the next, although it is no argument.
_PER_REQUEST = (
    *("flask.request", "flask.session", "flask.g", "quart.request", "quart.session"),
    *("bottle.request", "streamlit.session_state", "streamlit.query_params", "sanic.request"),
)
_FIXED_CALLS = (
    *("builtins.str", "builtins.int", "os.", "pathlib.", "file.path:", "torch.device"),
    *("torch.cuda.is_available", "importlib.resources.", "huggingface_hub.hf_hub_download"),
    *("huggingface_hub.snapshot_download", "transformers.BitsAndBytesConfig", "builtins.open"),
)


class Fixed:
    """Tells which values of one module stay the same from run to run."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def is_fixed(
        self, value: cst.CSTNode | None, block: Block, order: int, function: Block | None
    ) -> bool:
        """Whether `value`, evaluated at a place, is the same in every run of `function`."""
        for node, where, when in self._facts.flow.sources(value, block, order):
            if self._reads_request(node, where, when):
                return False
            for name in self._facts.flow.reads(node):
                if not self._is_fixed_name(name, where, when, function):
                    return False
            if not all(self._is_fixed_call(call) for call in self._calls_in(node)):
                return False
        return True

    def _reads_request(self, node: cst.CSTNode, block: Block, order: int) -> bool:
        """Whether an expression reads what differs from one request to the next."""
        if isinstance(node, cst.Name | cst.Attribute):
            path = self._facts.names.path(node, block, order) or ""
            if path.startswith(_PER_REQUEST):
                return True
        return any(self._reads_request(child, block, order) for child in children(node))

    def _is_fixed_name(
        self, name: cst.Name, block: Block, order: int, function: Block | None
    ) -> bool:
        for binding in self._facts.names.definitions(name.value, block, order):
            # The object that a method belongs to counts as one that stays.
            if binding.name in OWN or binding.kind in {BindingKind.IMPORT, BindingKind.CLASS}:
                continue
            local = function is not None and binding.block.is_within(function)
            if local and binding.kind in {BindingKind.PARAMETER, BindingKind.TARGET}:
                return False
        return True

    def _calls_in(self, node: cst.CSTNode) -> Iterator[Call]:
        known = self._facts.tree.call_of
        return (known[found] for found in calls_below(node) if found in known)

    def _is_fixed_call(self, call: Call) -> bool:
        name = self._facts.called(call)
        if name is not None and name.startswith(_FIXED_CALLS):
            return True
        if self._facts.is_a(call, "model.load"):
            return True
        match call.node.func:
            case cst.Attribute(value=cst.SimpleString() | cst.FormattedString()):
                return True
            case _:
                return False
