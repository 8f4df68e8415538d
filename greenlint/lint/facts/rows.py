"""One request per stored row: whether a loop goes through what lies in a file, table or dataset."""

import re
from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.forms import iterated_by
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import last_name
from greenlint.lint.facts.parameters import Parameters
from greenlint.lint.facts.repeats import Repeats, may_repeat
from greenlint.lint.facts.tree import Binding, BindingKind, Block, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact
from greenlint.lint.imports import dotted_name
from greenlint.lint.rule import Subject

_DEPTH = 4
_FEW = 20
_STEPPED = 3  # `range(0, len(text), size)` cuts one text, or batches
_TABLES = ("table.frame", "table.annotated", "rows.dataset", "file.handle")
_STORED = ("rows.read", "data.load.documents", "data.split")
# Functions whose result has the rows of what they are given.
_KEEPS_ROWS = frozenset(
    {"enumerate", "zip", "tqdm", "trange", "list", "tuple", "sorted", "reversed", "iter", "islice"}
    | {
        "track",
        "notebook_tqdm",
        "progress_bar",
        "sample",
        "shuffle",
        "loads",
        "chain",
        "as_completed",
    }
    | {"range", "len"}
)
# Methods whose result has the rows of what they are called on.
_ROW_METHODS = frozenset(
    {
        "iterrows",
        "itertuples",
        "to_dict",
        "to_dicts",
        "tolist",
        "to_list",
        "items",
        "values",
        "keys",
    }
    | {"unique", "head", "tail", "sample", "copy", "dropna", "fillna", "reset_index", "select"}
    | {"read", "readlines", "readline", "splitlines", "split", "strip", "iter_rows", "get", "query"}
    | {"filter", "shuffle", "to_records", "to_pandas", "to_numpy", "iter", "sort_values", "astype"}
    | {"loc", "iloc", "drop", "rows", "to_pylist", "collect"}
)
_WEB = re.compile(r"Web|URL|Url|Wiki|Arxiv|You[Tt]ube|FireCrawl|Playwright|Sitemap|Recursive")
_CUTS = frozenset({"head", "tail", "sample", "take", "limit"})
# Functions of the program itself, or of a module out of sight, that by their name read rows.
_READERS = re.compile(
    r"^_?(load|read|get|iter|parse|open)_\w*(jsonl?|csv|tsv|dataset|data|lines|examples|questions|records"
    r"|rows|corpus|samples|file|dialogs|articles|documents|instances|prompts|tasks)$"
)


class Rows:
    """Tells which requests of one module are sent for one stored row after the other."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._repeats = facts.extension(Repeats)
        self._parameters = facts.extension(Parameters)
        self._given_rows: dict[tuple[Binding, int], bool] = {}

    def words(self, call: Call, argument: Argument) -> frozenset[str]:
        """See the fact `per-row`."""
        return frozenset(self._words(argument, call, 0))

    def _words(self, argument: Argument, call: Call, depth: int) -> Iterator[str]:
        if argument.block is None:
            return
        place = (argument.value, argument.block, argument.order)
        for loop in self._facts.loops_around(call.block):
            if self._repeats.is_retry(loop, call.order) or self._repeats.is_chat(loop):
                continue
            if self._goes_through_rows(loop) and self._facts.flow.is_item_of(loop, *place):
                yield "loop"
        if depth >= _DEPTH:
            return
        for parameter in self._facts.flow.parameters(*place):
            mapping = self._parameters.mapping_of(parameter.block)
            if mapping is not None and self._maps_rows(mapping):
                yield "mapped"
            for caller in self._parameters.callers(parameter.block):
                given = self._parameters.given(caller, parameter.block, parameter.name)
                if set(self._words(given, caller, depth + 1)):
                    yield "caller"

    def _maps_rows(self, mapping: Call) -> bool:
        func = mapping.node.func
        place = (mapping.block, mapping.order)
        if isinstance(func, cst.Attribute) and self._is_stored(func.value, *place, 0):
            return True
        if any(self._is_stored(arg.value, *place, 0) for arg in mapping.node.args[1:]):
            return True
        loops = self._facts.loops_around(mapping.block)
        return any(self._goes_through_rows(loop) for loop in loops)

    def _goes_through_rows(self, loop: Block) -> bool:
        outer = loop if isinstance(loop.node, cst.BaseComp) else loop.parent or loop
        return any(self._is_stored(node, outer, loop.start, 0) for node in iterated_by(loop))

    # -- stored rows -------------------------------------------------------------------------

    def _is_stored(self, node: cst.CSTNode | None, block: Block, order: int, depth: int) -> bool:
        """Whether `node` is rows of a file, table or dataset."""
        if depth > _DEPTH * 2 or node is None:
            return False
        if self._is_table(node, block, order):
            return True
        match node:
            case cst.Name():
                return self._is_stored_name(node, block, order, depth)
            case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Slice(upper=upper))]) if (
                self._is_few(upper, block, order)
            ):
                return False
            case cst.Subscript(value=base) | cst.Attribute(value=base):
                return self._is_stored(base, block, order, depth + 1)
            case cst.ListComp() | cst.GeneratorExp():
                return self._is_stored(node.for_in.iter, block, order, depth + 1)
            case cst.Call():
                return self._is_stored_result(node, block, order, depth)
            case _:
                return False

    def _is_few(self, count: cst.CSTNode | None, block: Block, order: int) -> bool:
        """Whether a count is a literal handful, as in a trial on `rows[:10]`."""
        known = self._facts.constants.value(count, block, order)
        number = known.value if known is not None else None
        return isinstance(number, int) and 0 <= number <= _FEW

    def _reads_web(self, call: Call) -> bool:
        """Whether documents come from the web, where they may have changed."""
        construction = self._facts.construction(call)
        name = self._facts.called(construction) if construction is not None else None
        return _WEB.search(name or "") is not None

    def _is_table(self, node: cst.CSTNode, block: Block, order: int) -> bool:
        path = self._facts.names.path(node, block, order)
        if path is None or not path.endswith(":") or path[:-1] not in _TABLES:
            return False
        makers = self._facts.flow.calls_feeding(node, block, order)
        return all(last_name(maker.node.func) != "read_clipboard" for maker in makers)

    def _is_stored_name(self, name: cst.Name, block: Block, order: int, depth: int) -> bool:
        for binding in self._facts.names.definitions(name.value, block, order):
            if binding.kind is BindingKind.PARAMETER:
                stored = self._is_given_rows(binding, depth)
            else:
                value = binding.value if isinstance(binding.value, cst.BaseExpression) else None
                stored = self._is_stored(value, binding.block, binding.order, depth + 1)
            if stored:
                return True
        return self._is_filled_with_rows(name, order)

    def _is_filled_with_rows(self, name: cst.Name, order: int) -> bool:
        """Whether a loop over stored rows appends to a list or stores into a dict before."""
        return any(
            self._goes_through_rows(loop)
            for place, block in self._fillings(name.value)
            if place < order
            for loop in self._facts.loops_around(block)
            if loop.end < order
        )

    def _fillings(self, name: str) -> Iterator[tuple[int, Block]]:
        for store in self._facts.tree.stores:
            match store.target:
                case cst.Subscript(value=cst.Name(value=base)) if base == name:
                    yield store.order, store.block
        for call in self._facts.tree.calls:
            match call.node.func:
                case cst.Attribute(
                    value=cst.Name(value=base), attr=cst.Name(value="append" | "extend" | "add")
                ) if base == name:
                    yield call.order, call.block

    def _is_given_rows(self, parameter: Binding, depth: int) -> bool:
        known = self._given_rows.get((parameter, depth))
        if known is None:
            known = self._given_rows[parameter, depth] = self._any_gives_rows(parameter, depth)
        return known

    def _any_gives_rows(self, parameter: Binding, depth: int) -> bool:
        for caller in self._parameters.callers(parameter.block):
            given = self._parameters.given(caller, parameter.block, parameter.name)
            if given.state is not State.PRESENT or given.block is None:
                continue
            if self._is_stored(given.value, given.block, given.order, depth + 1):
                return True
        return False

    def _is_stored_result(self, node: cst.Call, block: Block, order: int, depth: int) -> bool:
        call = self._facts.tree.call_of.get(node)
        if call is not None and self._facts.is_a(call, *_STORED):
            return not self._reads_web(call)
        last = (dotted_name(node.func) or "").rsplit(".", 1)[-1]
        if isinstance(node.func, cst.Name) and _READERS.match(last):
            return True
        if isinstance(node.func, cst.Attribute):
            last = node.func.attr.value
            count = node.args[0].value if node.args else None
            if last in _CUTS and self._is_few(count, block, order):
                return False
            if last in _ROW_METHODS and self._is_stored(node.func.value, block, order, depth + 1):
                return True
        if last not in _KEEPS_ROWS or (last == "range" and len(node.args) == _STEPPED):
            return False
        return any(self._is_stored(arg.value, block, order, depth + 1) for arg in node.args)


@fact("per-row", Subject.CALL, possible=may_repeat)
def per_row(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`per-row.ROLE`: how one stored row after the other gets to an argument.

    `loop` (over a file, table or dataset), `mapped` (over a column), `caller` (through a function).
    """
    if not isinstance(unit, Call):
        return None
    argument = facts.argument(unit, detail)
    return Answer(facts.extension(Rows).words(unit, argument))
