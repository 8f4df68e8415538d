"""The classes that structured answers have to fit, and which of their fields are free text."""

from functools import cached_property

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.imports import dotted_name

_FIXED_FIELDS = frozenset({"bool", "int", "float", "Literal", "Enum", "date", "datetime"})

Fields = dict[str, cst.BaseExpression]


class Schemas:
    """Reads the classes of one module as forms that an answer fills in."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def is_fixed(self, name: str) -> bool:
        """Whether the class `name` has numbers, truth values and choices only."""
        for binding in self._facts.tree.module.bindings.get(name, ()):
            if isinstance(binding.node, cst.ClassDef):
                return self._is_fixed_class(binding.node)
        return False

    def is_field(self, name: str) -> bool:
        """Whether any class has a field of that name."""
        return any(name in fields for fields in self._all_fields)

    def _is_fixed_class(self, node: cst.ClassDef) -> bool:
        fields = self._fields(node)
        return bool(fields) and all(self._is_fixed_type(field) for field in fields.values())

    def _fields(self, node: cst.CSTNode | None) -> dict[str, cst.BaseExpression]:
        """The annotated fields of a class, by name."""
        block = self._facts.tree.block_of.get(node) if isinstance(node, cst.ClassDef) else None
        bound = (b for own in block.bindings.values() for b in own) if block is not None else ()
        return {b.name: b.annotation for b in bound if b.annotation is not None}

    def has_text_beside(self, name: str) -> bool:
        """Whether a class has free text beside its field `name`."""
        for fields in self._all_fields:
            others = (a for field, a in fields.items() if field != name)
            if name in fields and not all(self._is_fixed_type(other) for other in others):
                return True
        return False

    def _is_fixed_type(self, node: cst.BaseExpression) -> bool:
        match node:
            case cst.Subscript(value=base):
                return (dotted_name(base) or "").rsplit(".", 1)[-1] == "Literal"
            case cst.Name(value=name) if name in _FIXED_FIELDS:
                return True
            case cst.Name(value=name):
                bindings = self._facts.tree.module.bindings.get(name, ())
                return any(_is_enum(binding.node) for binding in bindings)
            case _:
                return False

    @cached_property
    def _all_fields(self) -> list[dict[str, cst.BaseExpression]]:
        bindings = self._facts.tree.module.bindings.values()
        return [self._fields(b.node) for own in bindings for b in own]


def _is_enum(node: cst.CSTNode | None) -> bool:
    if not isinstance(node, cst.ClassDef):
        return False
    bases = ((dotted_name(base.value) or "").rsplit(".", 1)[-1] for base in node.bases)
    return any(base.endswith("Enum") for base in bases)
