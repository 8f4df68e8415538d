"""Where a text comes from: followed back to tables, files, pages, documents and binaries."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import libcst as cst

from greenlint.lint.facts.bounds import Bounds, Named
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import positional_names
from greenlint.lint.facts.texts import Text
from greenlint.lint.facts.tree import Binding, BindingKind, Block, Call

_DEPTH = 8
# Names that are made of each other lead to ever more of them; no text that anyone wrote needs this.
_MOST_STEPS = 2_000
# What the catalog calls a source of unbounded text, and what the rules call it.
_SOURCES = {
    "data.dump.table": "table",
    "data.read.file": "file",
    "data.read.pdf": "file",
    "data.read.page": "page",
    "data.load.documents": "documents",
    "data.base64": "base64",
}
_LENGTHS = frozenset({"file", "page", "documents"})
# Functions that hand on all of the text they are given.
_WHOLE = frozenset(
    {"builtins.str", "builtins.repr", "builtins.list", "builtins.tuple", "builtins.sorted"}
    | {"json.dumps", "orjson.dumps", "textwrap.dedent", "html.unescape", "builtins.reversed"}
)
_WHOLE_METHODS = frozenset({"strip", "lstrip", "rstrip", "lower", "replace", "decode", "encode"})
# Functions that go through all of what they are given, or count it.
_SAME_ITEMS = frozenset({"enumerate", "range", "len", "tqdm", "list", "reversed", "sorted"})
_PAGES = frozenset({"pages", "paragraphs", "page_count", "numPages"})
_SAYS_ENCODED = ";base64,"


@dataclass(frozen=True, slots=True)
class _Trace:
    """An expression whose text is followed back, and the names it went by on the way."""

    node: cst.CSTNode | None
    block: Block
    order: int
    depth: int = 0
    names: frozenset[Named] = frozenset()

    def to(self, node: cst.CSTNode | None) -> "_Trace":
        """The same place, one expression further."""
        return replace(self, node=node, depth=self.depth + 1)

    def at(self, node: cst.CSTNode | None, block: Block, order: int) -> "_Trace":
        """Another place, one step further."""
        return replace(self, node=node, block=block, order=order, depth=self.depth + 1)


class Origins:
    """Follows the texts of one module back to where they come from."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._bounds = facts.extension(Bounds)
        self._steps = 0

    def of(self, text: Text) -> frozenset[str]:
        """What flows whole into a text: `table`, `file`, `page`, `documents`, `base64`.

        `fixed-file` and the like are those that the code names: always the same.
        """
        names = self._named(text)
        if self._bounds.is_measured(names):
            return frozenset()
        self._steps = 0
        found = {
            origin
            for node, block, order in text.dynamic
            for origin in self._origins(_Trace(node, block, order, names=names))
        }
        is_encoded = any(_SAYS_ENCODED in part for part in text.literal)
        return frozenset(found - {"base64"} if is_encoded else found)

    def _named(self, text: Text) -> frozenset[Named]:
        return frozenset((n, self._facts.function_around(block)) for n, block in text.names)

    def _origins(self, trace: _Trace) -> Iterator[str]:
        self._steps += 1
        if trace.depth > _DEPTH or self._steps > _MOST_STEPS:
            return
        match trace.node:
            case cst.Call():
                yield from self._of_call(trace, trace.node)
            case cst.Name(value=name):
                yield from self._of_name(trace, name)
            case cst.Attribute(value=base, attr=cst.Name(value="text" | "content")):
                response = self._facts.names.type_name(base, trace.block, trace.order)
                if response == "web.response":
                    yield self._said("page", trace)
            case cst.ListComp() | cst.GeneratorExp():
                yield from self._of_comprehension(trace, trace.node)
            case cst.IfExp(body=body, orelse=orelse):
                yield from self._origins(trace.to(body))
                yield from self._origins(trace.to(orelse))
            case cst.BooleanOperation(left=left, right=right):
                yield from self._origins(trace.to(left))
                yield from self._origins(trace.to(right))
            case cst.Await(expression=inner):
                yield from self._origins(trace.to(inner))
            case cst.FormattedString() | cst.BinaryOperation() | cst.List() | cst.Dict():
                text = self._facts.texts.text(trace.node, trace.block, trace.order)
                if self._bounds.is_measured(self._named(text)):
                    return
                for node, block, order in text.dynamic:
                    if node is not trace.node:
                        yield from self._origins(trace.at(node, block, order))
            case _:
                return

    def _of_call(self, trace: _Trace, node: cst.Call) -> Iterator[str]:
        call = self._facts.tree.call_of.get(node)
        if call is None:
            return
        source = self._source(call)
        if source is not None:
            if not self._is_bounded(call, source, trace.names):
                yield self._said(source, trace)
            return
        if self._hands_on(call):
            yield from self._of_arguments(trace, node)
            return
        function = self._own_function(call)
        if function is not None:
            yield from self._of_function(trace, function)

    def _said(self, source: str, trace: _Trace) -> str:
        """`source`, or `fixed-` before it where it is always the same."""
        if source not in _LENGTHS or trace.node is None:
            return source
        is_fixed = self._bounds.is_fixed(trace.node, trace.block, trace.order)
        return f"fixed-{source}" if is_fixed else source

    def _of_arguments(self, trace: _Trace, node: cst.Call) -> Iterator[str]:
        if isinstance(node.func, cst.Attribute):
            yield from self._origins(trace.to(node.func.value))
        for arg in node.args:
            yield from self._origins(trace.to(arg.value))

    def _hands_on(self, call: Call) -> bool:
        match call.node.func:
            case cst.Attribute(attr=cst.Name(value="join" | "format")):
                return True
            case cst.Attribute(attr=cst.Name(value=name)) if name in _WHOLE_METHODS:
                return True
            case _:
                return self._facts.called(call) in _WHOLE

    def _own_function(self, call: Call) -> Block | None:
        match call.node.func:
            case cst.Name(value=name):
                binding = self._facts.names.single_definition(name, call.block, call.order)
            case cst.Attribute(value=cst.Name(value="self"), attr=cst.Name(value=name)):
                owner = self._facts.class_around(call.block)
                bindings = owner.bindings.get(name, []) if owner is not None else []
                binding = bindings[0] if len(bindings) == 1 else None
            case _:
                return None
        if binding is None or binding.kind is not BindingKind.FUNCTION or binding.node is None:
            return None
        return self._facts.tree.block_of.get(binding.node)

    def _of_function(self, trace: _Trace, function: Block) -> Iterator[str]:
        """What a function of the module returns."""
        for jump in self._facts.tree.jumps:
            if jump.block.scope is function and isinstance(jump.node, cst.Return):
                yield from self._origins(trace.at(jump.node.value, jump.block, jump.order))

    def _of_name(self, trace: _Trace, name: str) -> Iterator[str]:
        function = self._facts.function_around(trace.block)
        named = replace(trace, names=trace.names | {(name, function)})
        if self._bounds.is_measured(named.names):
            return
        for binding in self._facts.names.definitions(name, trace.block, trace.order):
            here = named.at(_expression(binding), binding.block, binding.order)
            match binding.kind:
                case BindingKind.ASSIGN:
                    yield from self._origins(here)
                    yield from self._of_list(here, binding)
                case BindingKind.AUGMENT:
                    yield from self._of_addition(here)
                case BindingKind.PARAMETER:
                    yield from self._of_parameter(here, binding)
                case _:
                    continue

    def _of_addition(self, trace: _Trace) -> Iterator[str]:
        """What `text += ...` adds: in a loop over documents or pages, all of them."""
        yield from self._origins(trace)
        yield from self._of_items(trace)

    def _of_items(self, trace: _Trace) -> Iterator[str]:
        """What is gathered where the items of a loop are added to something, one by one."""
        loop = next(iter(self._facts.loops_around(trace.block)), None)
        if loop is None or not isinstance(loop.node, cst.For) or trace.node is None:
            return
        place = (trace.node, trace.block, trace.order)
        if any(self._facts.is_a(c, "llm", "local") for c in self._facts.flow.calls_feeding(*place)):
            return  # what a model made of the items
        if self._facts.flow.is_item_of(loop, *place):
            yield from self._of_iterable(trace, loop.node.iter)

    def _of_list(self, trace: _Trace, binding: Binding) -> Iterator[str]:
        """What is appended to a list that begins empty."""
        if not isinstance(binding.value, cst.List) or binding.value.elements:
            return
        for call in self._facts.tree.calls_in(binding.block.scope):
            match call.node:
                case cst.Call(
                    func=cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value="append")),
                    args=[cst.Arg(value=item)],
                ) if name == binding.name and call.block.scope is binding.block.scope:
                    yield from self._of_items(trace.at(item, call.block, call.order))
                case _:
                    continue

    def _of_parameter(self, trace: _Trace, binding: Binding) -> Iterator[str]:
        """What every caller in the module hands over."""
        function = self._facts.function_around(binding.block)
        if function is None or not isinstance(function.node, cst.FunctionDef):
            return
        positions = positional_names(function.node)
        found: list[set[str]] = []
        for caller in self._facts.callers(function):
            argument = self._facts.arguments.given(caller).get(binding.name, positions)
            if argument.block is None:
                return
            there = trace.at(argument.value, argument.block, argument.order)
            found.append(set(self._origins(there)))
        if found:
            yield from set.intersection(*found)

    def _of_comprehension(
        self, trace: _Trace, node: cst.ListComp | cst.GeneratorExp
    ) -> Iterator[str]:
        clause = node.for_in
        if clause.ifs or clause.inner_for_in is not None:
            return
        yield from self._of_iterable(trace, clause.iter)

    def _of_iterable(self, trace: _Trace, node: cst.BaseExpression) -> Iterator[str]:
        """What going through all of `node` gives: a document set, or the pages of a file."""
        match node:
            case cst.Call(func=cst.Name(value=name), args=[cst.Arg(value=inner)]) if (
                name in _SAME_ITEMS
            ):
                yield from self._of_iterable(trace, inner)
            case cst.Attribute(value=base, attr=cst.Name(value=name)) if name in _PAGES:
                if self._facts.names.type_name(base, trace.block, trace.order) == "file.pdf":
                    yield self._said("file", trace.to(base))
            case _:
                if self._facts.names.type_name(node, trace.block, trace.order) == "file.pdf":
                    yield self._said("file", trace.to(node))
                    return
                yield from (s for s in self._origins(trace.to(node)) if s.endswith("documents"))

    # -- origins and their bounds ------------------------------------------------------------

    def _source(self, call: Call) -> str | None:
        for meaning in self._facts.meanings(call):
            if meaning.kind in _SOURCES:
                return _SOURCES[meaning.kind]
        return None

    def _is_bounded(self, call: Call, source: str, names: frozenset[Named]) -> bool:
        bounds = self._bounds
        if bounds.is_limited(call):
            return True
        if source == "table":
            return bounds.reads_few_rows(call)
        return source == "file" and bounds.is_written_for_the_model(call, names)


def _expression(binding: Binding) -> cst.BaseExpression | None:
    return binding.value if isinstance(binding.value, cst.BaseExpression) else None
