"""What keeps a text short: a limit on the rows, a slice, a splitter, a look at its length."""

from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.flow import calls_below
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import defined_name
from greenlint.lint.facts.tree import Binding, BindingKind, Block, Call

# A name, and the function it is a name in.
Named = tuple[str, Block | None]

# A text that is itself written for the model is as long as its author made it.
_TEMPLATE_WORDS = (
    *("prompt", "template", "system", "instruct", "persona", "guide", "rubric", "example"),
    *("few_shot", "fewshot", "schema", "jinja", ".j2", "skill", "config"),
)
_MEASURES = ("trim", "trunc", "shorten", "limit", "clip", "chunk", "split", "token", "compress")
_SHOWS = frozenset({"print", "display", "info", "debug", "write", "success", "metric"})
_ROW_LIMITS = ("nrows", "n_rows", "chunksize")

_PLAIN_CALLS = ("os.path.", "pathlib.", "builtins.str", "file.path:", "io.BytesIO", "io.StringIO")
_GIVEN = ("sys", "flask.", "quart.", "streamlit.")


class Bounds:
    """Tells which texts of one module something keeps short."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def is_measured(self, names: frozenset[Named]) -> bool:
        """Whether something looks at the length of what goes by one of the names."""
        return not names.isdisjoint(self._measured)

    def is_limited(self, call: Call) -> bool:
        """Whether what is read or dumped goes elsewhere or is limited by an argument."""
        for role in ("sink", "bound"):
            argument = self._facts.role(call, role)
            none = isinstance(argument.value, cst.Name) and argument.value.value == "None"
            if argument.state is not State.ABSENT and not none:
                return True
        return False

    def reads_few_rows(self, call: Call) -> bool:
        """Whether the table that `call` is a method of was read with a limit on its rows."""
        built = self._facts.construction(call)
        if built is None:
            return False
        given = self._facts.arguments.given(built)
        if any(name in given.named for name in _ROW_LIMITS):
            return True
        texts = (self._facts.text_of(argument).literal for argument in given.positional[:1])
        return any("limit " in part.lower() for literal in texts for part in literal)

    def is_written_for_the_model(self, call: Call, names: frozenset[Named]) -> bool:
        """Whether the file that `call` reads is a prompt or template, or is no text at all."""
        words = [name for name, _ in names]
        for node, block, order in self._facts.flow.sources(call.node, call.block, call.order):
            if any(_opens_binary(found) for found in calls_below(node)):
                return True
            words.extend(self._facts.texts.text(node, block, order).literal)
            words.extend(name.value for name in self._facts.flow.reads(node))
        function = self._facts.function_around(call.block)
        words.append(defined_name(function.node) if function is not None else "")
        return any(part in word.lower() for word in words for part in _TEMPLATE_WORDS)

    def is_fixed(self, node: cst.CSTNode, block: Block, order: int) -> bool:
        """Whether what is read is named in the code itself: always the same file or page."""
        return all(
            self._is_fixed(*source) for source in self._facts.flow.sources(node, block, order)
        )

    def _is_fixed(self, node: cst.BaseExpression, block: Block, order: int) -> bool:
        for found in calls_below(node):
            call = self._facts.tree.call_of.get(found)
            if call is None or not self._is_plain(call):
                return False
        for name in self._facts.flow.reads(node):
            path = self._facts.names.path(name, block, order) or ""
            bindings = self._facts.names.definitions(name.value, block, order)
            if path.startswith(_GIVEN) or not all(self._is_fixed_binding(b) for b in bindings):
                return False
        return True

    def _is_plain(self, call: Call) -> bool:
        """Whether a call only opens, reads or names a file or page."""
        name = self._facts.called(call) or ""
        if name.startswith(_PLAIN_CALLS):
            return True
        if self._facts.catalog.type_built_by(name) is not None:
            return True
        return self._facts.is_a(call, "data")

    def _is_fixed_binding(self, binding: Binding) -> bool:
        match binding.kind:
            case BindingKind.PARAMETER:
                return self._is_given_as_literal(binding)
            case BindingKind.TARGET | BindingKind.UNPACK | BindingKind.OTHER:
                return False
            case _:
                return True

    def _is_given_as_literal(self, binding: Binding) -> bool:
        """Whether every caller in the module gives a parameter as a literal."""
        function = self._facts.function_around(binding.block)
        if function is None or not isinstance(function.node, cst.FunctionDef):
            return False
        positions = [p.name.value for p in function.node.params.params]
        given = [
            self._facts.arguments.given(caller).get(binding.name, positions)
            for caller in self._facts.callers(function)
        ]
        return bool(given) and all(self._facts.known(argument) is not None for argument in given)

    @cached_property
    def _measured(self) -> frozenset[Named]:
        return frozenset(
            (name, self._facts.function_around(call.block))
            for call in self._facts.tree.calls
            if self._measures(call)
            for name in self._read_by(call)
        )

    def _read_by(self, call: Call) -> Iterator[str]:
        for arg in call.node.args:
            for name in self._facts.flow.reads(arg.value):
                yield name.value

    def _measures(self, call: Call) -> bool:
        match call.node.func:
            case cst.Name(value="len"):
                return not self._is_shown(call.node) and not self._is_emptiness(call.node)
            case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
                if name != "split" and any(word in name.lower() for word in _MEASURES):
                    return True
                return self._facts.is_a(call, "data.bound", "data.split")
            case _:
                return False

    def _is_emptiness(self, node: cst.CSTNode) -> bool:
        """Whether a length is only asked for being zero or not."""
        match self._facts.parent(node):
            case cst.Comparison(comparisons=[cst.ComparisonTarget(comparator=cst.Integer(value))]):
                return value in {"0", "1"}
            case _:
                return False

    def _is_shown(self, node: cst.CSTNode) -> bool:
        """Whether a value is only shown to a person."""
        current = self._facts.parent(node)
        while current is not None:
            match current:
                case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
                    return name in _SHOWS
                case cst.Comparison() | cst.BaseCompoundStatement() | cst.Assign():
                    return False
                case _:
                    current = self._facts.parent(current)
        return False


def _opens_binary(node: cst.Call) -> bool:
    """Whether a call is `open(path, "rb")` or the like."""
    modes = [a.value for a in node.args[1:2]] + [
        a.value for a in node.args if a.keyword is not None and a.keyword.value == "mode"
    ]
    return any(isinstance(mode, cst.SimpleString) and "b" in mode.value[1:-1] for mode in modes)
