"""The form of an input: one text, image or document, or a list of many."""

import enum
import re
from collections.abc import Iterator, Sequence

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import nodes_in
from greenlint.lint.facts.tree import Binding, BindingKind, Block

_DEPTH = 6
_TEXT_METHODS = frozenset(
    {"strip", "lstrip", "rstrip", "replace", "lower", "upper", "format", "join", "title"}
    | {"capitalize", "removeprefix", "removesuffix", "casefold", "translate", "decode"}
    | {"get_content", "get_text", "getvalue", "extract_text", "dumps"}
)
_LIST_METHODS = frozenset({"tolist", "to_list", "split", "splitlines"})
_BATCH_WORDS = re.compile(
    r"batch|chunk_list|chunked|chunks_of|group|window|partition|dataloader|array_split|bulk"
    r"|_list$|lists$",
    re.IGNORECASE,
)
_TABLES = re.compile(r"^(df|data|frame|table|dataset)$|_df$|^df_")
_SEQUENCES = re.compile(r"\b(list|List|Sequence|Iterable|tuple|Tuple|ndarray|Series)\b")


class Form(enum.Enum):
    """How many inputs an expression is."""

    ONE = "one"
    MANY = "many"
    OPEN = "open"  # a parameter: the callers say


class Forms:
    """Tells the forms of one module's expressions."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def of(self, node: cst.BaseExpression, block: Block, order: int, depth: int = 0) -> Form | None:
        """How many inputs `node` is; None when that can't be told."""
        if depth > _DEPTH:
            return None
        match node:
            case cst.SimpleString() | cst.FormattedString() | cst.ConcatenatedString():
                return Form.ONE
            case cst.BinaryOperation(operator=cst.Multiply()):
                return Form.MANY  # `[prompt] * samples`
            case cst.BinaryOperation(left=left, right=right):
                forms = {self.of(part, block, order, depth + 1) for part in (left, right)}
                return next((form for form in (Form.MANY, Form.ONE) if form in forms), None)
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                return self._of_list(elements, block, order, depth)
            case cst.ListComp() | cst.GeneratorExp() | cst.SetComp():
                return Form.MANY
            case cst.Subscript(value=base, slice=parts):
                return None if self._is_table(base, block, order) else _of_subscript(base, parts)
            case cst.Attribute(attr=cst.Name(value=name)):
                return None if _sounds_plural(name) or _mentions_batch(node) else Form.ONE
            case cst.Call():
                return _of_call(node)
            case cst.Await(expression=inner):
                return self.of(inner, block, order, depth + 1)
            case cst.Name(value=name):
                return self._of_name(name, block, order, depth)
            case _:
                return None

    def _of_list(
        self, elements: Sequence[cst.BaseElement], block: Block, order: int, depth: int
    ) -> Form | None:
        if not elements or any(isinstance(element, cst.StarredElement) for element in elements):
            return None
        if all(isinstance(element.value, cst.Dict) for element in elements):
            return Form.ONE  # the messages of one conversation
        first = elements[0].value
        if len(elements) > 1:
            return Form.MANY
        # A display in a list is a pair or a conversation, a variable that holds a list is not.
        nested = not isinstance(first, (cst.Tuple, cst.List))
        if nested and self.of(first, block, order, depth + 1) is Form.MANY:
            return Form.MANY
        return Form.ONE

    def _is_table(self, base: cst.BaseExpression, block: Block, order: int) -> bool:
        """Whether a key of `base` may be a whole column."""
        if not isinstance(base, cst.Name):
            return False
        if (self._facts.names.type_name(base, block, order) or "").startswith("table."):
            return True
        bindings = self._facts.names.definitions(base.value, block, order)
        return _TABLES.search(base.value) is not None and any(
            binding.kind is not BindingKind.TARGET for binding in bindings
        )

    def _of_name(self, name: str, block: Block, order: int, depth: int) -> Form | None:
        bindings = self._facts.names.definitions(name, block, order)
        forms = {self._of_binding(binding, depth) for binding in bindings}
        return forms.pop() if len(forms) == 1 else None

    def _of_binding(self, binding: Binding, depth: int) -> Form | None:
        if _BATCH_WORDS.search(binding.name):
            return None
        value = binding.value
        match binding.kind:
            case BindingKind.TARGET:
                return self._of_target(binding, depth)
            case BindingKind.ASSIGN if isinstance(value, cst.BaseExpression):
                return self.of(value, binding.block, binding.order, depth + 1)
            case BindingKind.PARAMETER:
                return _of_parameter(binding)
            case _:
                return None

    def _of_target(self, binding: Binding, depth: int) -> Form | None:
        """What a loop variable is: an item, unless batches are looped over."""
        iterated = binding.value
        if not isinstance(iterated, cst.BaseExpression) or _sounds_plural(binding.name):
            return None
        sources = self._facts.flow.sources(iterated, binding.block, binding.order)
        for node, block, order in sources:
            if _mentions_batch(node):
                return None
            match node:
                case cst.ListComp(elt=element) | cst.GeneratorExp(elt=element):
                    if self.of(element, block, order, depth + 1) is Form.MANY:
                        return Form.MANY
                case _:
                    pass
        return Form.ONE


def iterated_by(loop: Block) -> list[cst.BaseExpression]:
    """What a `for` loop or comprehension goes through; nothing for a `while`."""
    match loop.node:
        case cst.For(iter=iterated):
            return [iterated]
        case cst.ListComp() | cst.SetComp() | cst.GeneratorExp() | cst.DictComp():
            clause: cst.CompFor | None = loop.node.for_in
            found = []
            while clause is not None:
                found.append(clause.iter)
                clause = clause.inner_for_in
            return found
        case _:
            return []


def words_in(node: cst.CSTNode) -> Iterator[str]:
    """The names and attribute names that an expression spells."""
    return (part.value for part in nodes_in(node) if isinstance(part, cst.Name))


def _mentions_batch(node: cst.CSTNode) -> bool:
    return any(_BATCH_WORDS.search(word) for word in words_in(node))


def _sounds_plural(name: str) -> bool:
    lower = name.lower()
    return lower.endswith("s") and not lower.endswith(("ss", "us", "is", "news"))


def _of_subscript(base: cst.BaseExpression, parts: Sequence[cst.SubscriptElement]) -> Form | None:
    if any(isinstance(part.slice, cst.Slice) for part in parts):
        return Form.MANY
    if _mentions_batch(base):
        return None
    match parts:
        case [cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString() as key))]:
            text = key.evaluated_value
            return None if isinstance(text, str) and _sounds_plural(text) else Form.ONE
        case _:
            return Form.ONE


def _of_call(node: cst.Call) -> Form | None:
    match node.func:
        case cst.Name(value="str"):
            return Form.ONE
        case cst.Name(value="list" | "tuple" | "sorted"):
            return Form.MANY
        case cst.Attribute(attr=cst.Name(value=name)) if name in _LIST_METHODS:
            return Form.MANY
        case cst.Attribute(attr=cst.Name(value=name)) if name in _TEXT_METHODS:
            return Form.ONE
        case _:
            return None


def _of_parameter(binding: Binding) -> Form | None:
    if binding.annotation is None:
        return None if _sounds_plural(binding.name) else Form.OPEN
    words = " ".join(words_in(binding.annotation))
    if _SEQUENCES.search(words):
        return Form.MANY
    return Form.ONE if words == "str" else Form.OPEN
