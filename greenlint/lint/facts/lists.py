"""The elements of a list, through the names it is held by and what is added to it later."""

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Binding, BindingKind, Block

_DEPTH = 8
_GROWS = frozenset({"append", "extend", "insert", "add"})
_COPIES = frozenset({"builtins.list", "builtins.tuple", "builtins.set", "builtins.sorted"})
_FOLLOWED = frozenset({BindingKind.ASSIGN, BindingKind.AUGMENT})


@dataclass(frozen=True, slots=True)
class Item:
    """An expression, and where it is evaluated."""

    node: cst.BaseExpression
    block: Block
    order: int


@dataclass(frozen=True, slots=True)
class Elements:
    """What may be in a list; `complete` when there is surely nothing else."""

    items: tuple[Item, ...] = ()
    complete: bool = True

    def __add__(self, other: "Elements") -> "Elements":
        """The elements of both."""
        return Elements((*self.items, *other.items), self.complete and other.complete)


_UNKNOWN = Elements(complete=False)


class Lists:
    """Takes the lists of one module apart. What is no list counts as its own single element."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def elements(self, item: Item, depth: int = 0) -> Elements:
        """What may be in the list that `item` is."""
        if depth > _DEPTH:
            return _UNKNOWN
        match item.node:
            case cst.Name(value="None"):
                return Elements()
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                return self._all((e.value for e in elements), item, depth)
            case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
                return self._all((left, right), item, depth)
            case cst.BooleanOperation(left=left, right=right):
                return self._all((left, right), item, depth)
            case cst.IfExp(body=body, orelse=orelse):
                return self._all((body, orelse), item, depth)
            case cst.Name(value=name):
                return self._named(name, item, depth)
            case cst.Attribute(value=cst.Name(value="self"), attr=cst.Name(value=name)):
                return self._attribute(name, item, depth)
            case cst.Call(args=[cst.Arg(value=inner, keyword=None)]) if self._copies(item):
                return self.elements(Item(inner, item.block, item.order), depth + 1)
            case cst.BaseComp():
                return _UNKNOWN
            case _:
                return Elements((item,))

    def _all(
        self,
        nodes: Iterator[cst.BaseExpression] | tuple[cst.BaseExpression, ...],
        item: Item,
        depth: int,
    ) -> Elements:
        found = Elements()
        for node in nodes:
            found += self.elements(Item(node, item.block, item.order), depth + 1)
        return found

    def _copies(self, item: Item) -> bool:
        node = item.node
        if not isinstance(node, cst.Call):
            return False
        return self._facts.names.path(node.func, item.block, item.order) in _COPIES

    def _named(self, name: str, item: Item, depth: int) -> Elements:
        bindings = self._facts.names.definitions(name, item.block, item.order)
        if not bindings:
            return Elements((item,))
        found = self._values(bindings, item, depth)
        scopes = {binding.block.scope for binding in bindings}
        return found + self._additions(name, scopes, item.order, depth)

    def _attribute(self, name: str, item: Item, depth: int) -> Elements:
        owner = self._facts.class_around(item.block)
        bindings = owner.attributes.get(name, ()) if owner is not None else ()
        if not bindings:
            return _UNKNOWN
        return self._values(tuple(bindings), item, depth)

    def _values(self, bindings: tuple[Binding, ...], item: Item, depth: int) -> Elements:
        found = Elements()
        for binding in bindings:
            if binding.kind in {BindingKind.IMPORT, BindingKind.CLASS, BindingKind.FUNCTION}:
                found += Elements((item,))
            elif binding.kind in _FOLLOWED and isinstance(binding.value, cst.BaseExpression):
                value = Item(binding.value, binding.block, binding.order)
                found += self.elements(value, depth + 1)
            else:
                found += _UNKNOWN
        return found

    def _additions(self, name: str, scopes: set[Block], before: int, depth: int) -> Elements:
        """What `name.append(...)` and its like add in the scopes that bind the name."""
        found = Elements()
        for call in self._facts.tree.calls:
            if call.order >= before or call.block.scope not in scopes or not call.node.args:
                continue
            match call.node.func:
                case cst.Attribute(value=cst.Name(value=base), attr=cst.Name(value=method)):
                    if base == name and method in _GROWS:
                        added = Item(call.node.args[-1].value, call.block, call.order)
                        found += self.elements(added, depth + 1)
                case _:
                    continue
        return found
