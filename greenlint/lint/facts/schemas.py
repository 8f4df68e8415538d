"""The classes that structured answers have to fit, and which of their fields are free text."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import is_none, last_name
from greenlint.lint.facts.tree import Binding

_FIXED = frozenset({"bool", "int", "float", "Decimal", "date", "datetime", "time", "UUID", "Enum"})
_OF_ALL_PARTS = frozenset({"Optional", "Union", "Annotated", "tuple", "Tuple", "SkipJsonSchema"})
_OF_CHOICES = frozenset({"list", "List", "set", "Set", "frozenset", "FrozenSet", "Sequence"})
_LONGEST_TEXT = 100  # characters that a field may be limited to and still be short
_DEPTH = 4  # classes in classes

Fields = dict[str, Binding]


class Schemas:
    """Reads the classes of one module as forms that an answer fills in."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def is_fixed(self, node: cst.BaseExpression | None) -> bool:
        """Whether a type has numbers, truth values and choices only, so that its size is bounded.

        A list is bounded only if it is one of choices, each of which is needed once at most.
        """
        return node is not None and self._is_fixed_type(node, 0)

    def is_field(self, name: str) -> bool:
        """Whether any class has a field of that name."""
        return any(name in fields for fields in self._all_fields)

    def has_text_beside(self, name: str) -> bool:
        """Whether a class has free text beside its field `name`."""
        for fields in self._all_fields:
            others = (bound for field, bound in fields.items() if field != name)
            if name in fields and not all(self._is_fixed_field(other, 0) for other in others):
                return True
        return False

    def _is_fixed_class(self, node: cst.ClassDef, depth: int) -> bool:
        fields = [*self._fields(node).values(), *self._inherited(node)]
        return bool(fields) and all(self._is_fixed_field(field, depth) for field in fields)

    def _fields(self, node: cst.CSTNode | None) -> Fields:
        """The annotated fields of a class, by name."""
        block = self._facts.tree.block_of.get(node) if isinstance(node, cst.ClassDef) else None
        bound = (b for own in block.bindings.values() for b in own) if block is not None else ()
        return {b.name: b for b in bound if b.annotation is not None}

    def _inherited(self, node: cst.ClassDef) -> Iterator[Binding]:
        """The fields of the classes of the module that a class derives from."""
        for base in node.bases:
            for definition in self._classes(last_name(base.value)):
                if definition is not node:
                    yield from self._fields(definition).values()

    def _is_fixed_field(self, field: Binding, depth: int) -> bool:
        if field.annotation is None or self._is_fixed_type(field.annotation, depth):
            return True
        return _is_limited(field.value)

    def _is_fixed_type(self, node: cst.BaseExpression, depth: int) -> bool:
        match node:
            case cst.Subscript(value=base):
                return self._is_fixed_generic(last_name(base), list(_parts(node)), depth)
            case cst.BinaryOperation(left=left, operator=cst.BitOr(), right=right):
                return all(is_none(n) or self._is_fixed_type(n, depth) for n in (left, right))
            case cst.Name() | cst.Attribute():
                name = last_name(node)
                return name in _FIXED or self._is_fixed_name(name, depth)
            case _:
                return False

    def _is_fixed_generic(self, name: str, parts: Sequence[cst.BaseExpression], depth: int) -> bool:
        if name == "Literal":
            return True
        if name in _OF_CHOICES:
            return all(map(self._is_choice, parts))
        if name == "Annotated":
            return self._is_fixed_type(parts[0], depth) or any(map(_is_limited, parts[1:]))
        return name in _OF_ALL_PARTS and all(
            is_none(part) or self._is_fixed_type(part, depth) for part in parts
        )

    def _is_fixed_name(self, name: str, depth: int) -> bool:
        return any(
            _is_enum(node) or (depth < _DEPTH and self._is_fixed_class(node, depth + 1))
            for node in self._classes(name)
        )

    def _is_choice(self, node: cst.BaseExpression) -> bool:
        if isinstance(node, cst.Subscript):
            return last_name(node.value) == "Literal"
        return any(_is_enum(definition) for definition in self._classes(last_name(node)))

    def _classes(self, name: str) -> Iterator[cst.ClassDef]:
        for binding in self._facts.tree.module.bindings.get(name, ()):
            if isinstance(binding.node, cst.ClassDef):
                yield binding.node

    @cached_property
    def _all_fields(self) -> list[Fields]:
        bindings = self._facts.tree.module.bindings.values()
        return [self._fields(b.node) for own in bindings for b in own]


def _parts(node: cst.Subscript) -> Iterator[cst.BaseExpression]:
    for element in node.slice:
        if isinstance(element.slice, cst.Index):
            yield element.slice.value


def _is_enum(node: cst.ClassDef) -> bool:
    return any(last_name(base.value).endswith("Enum") for base in node.bases)


def _is_limited(node: cst.BaseExpression | str | None) -> bool:
    """Whether `Field(max_length=...)` or its like keeps a text short."""
    if not isinstance(node, cst.Call):
        return False
    return any(
        arg.keyword is not None
        and arg.keyword.value == "max_length"
        and isinstance(arg.value, cst.Integer)
        and arg.value.evaluated_value <= _LONGEST_TEXT
        for arg in node.args
    )
