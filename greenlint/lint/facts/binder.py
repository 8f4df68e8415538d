"""The walk's place in a module: the block it is in, the numbers it gives, the names it binds."""

from collections.abc import Sequence

import libcst as cst

from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Store, Tree


class Binder:
    """Opens and closes blocks, and binds names in the one that is open."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.block = tree.module
        self.statement: cst.CSTNode = tree.module.node
        self.order = 0
        self.branches = 0

    def next(self) -> int:
        """Count on: the number of what comes next in the text."""
        self.order += 1
        return self.order

    def open(self, kind: BlockKind, node: cst.CSTNode, branch: int = 0) -> Block:
        """Enter a block of a kind; arms of one branch share a number."""
        block = Block(kind, node, self.block, self.next(), branch=branch)
        self.tree.blocks.append(block)
        self.tree.block_of.setdefault(node, block)
        self.block = block
        return block

    def close(self, block: Block) -> None:
        """Leave `block` for the one around it."""
        block.end = self.next()
        self.block = block.parent or block

    def bind(
        self,
        name: str,
        kind: BindingKind,
        value: cst.BaseExpression | str | None = None,
        *,
        annotation: cst.BaseExpression | None = None,
        node: cst.CSTNode | None = None,
    ) -> None:
        """Bind a name in the scope that is open."""
        binding = Binding(name, kind, self.block, self.next(), value, annotation, node)
        self.block.scope.bindings.setdefault(name, []).append(binding)

    def target(
        self,
        target: cst.BaseExpression,
        kind: BindingKind,
        value: cst.BaseExpression | None,
        annotation: cst.BaseExpression | None = None,
    ) -> None:
        """Bind whatever an assignment target holds."""
        match target:
            case cst.Name(value=name):
                self.bind(name, kind, value, annotation=annotation, node=target)
            case cst.Tuple(elements=elements) | cst.List(elements=elements):
                self.unpack(elements, kind, value)
            case cst.StarredElement(value=inner):
                self.target(inner, BindingKind.UNPACK, None)
            case cst.Attribute(value=cst.Name(value="self" | "cls"), attr=cst.Name(value=name)):
                self.store(target, value)
                self.attribute(name, kind, value, annotation)
            case _:
                self.store(target, value)

    def unpack(
        self,
        elements: Sequence[cst.BaseElement],
        kind: BindingKind,
        value: cst.BaseExpression | None,
    ) -> None:
        """Bind the parts of a tuple or list, to the parts of the value where they pair up."""
        values: Sequence[cst.BaseElement] = ()
        if kind is BindingKind.ASSIGN and isinstance(value, (cst.Tuple, cst.List)):
            values = value.elements
        paired = len(values) == len(elements) and not any(
            isinstance(item, cst.StarredElement) for item in (*values, *elements)
        )
        for index, element in enumerate(elements):
            if paired:
                self.target(element.value, BindingKind.ASSIGN, values[index].value)
            elif kind is BindingKind.TARGET:
                self.target(element.value, BindingKind.TARGET, value)
            else:
                self.target(element.value, BindingKind.UNPACK, value)

    def attribute(
        self,
        name: str,
        kind: BindingKind,
        value: cst.BaseExpression | None,
        annotation: cst.BaseExpression | None,
    ) -> None:
        """Note a store to `self.name` with the class around it."""
        owner = next((b for b in self.block.ancestors() if b.kind is BlockKind.CLASS), None)
        if owner is None:
            return
        binding = Binding(name, kind, self.block, self.next(), value, annotation)
        owner.attributes.setdefault(name, []).append(binding)

    def store(self, target: cst.BaseExpression, value: cst.BaseExpression | None) -> None:
        """Note an assignment to an attribute or subscript."""
        self.tree.stores.append(Store(target, value, self.block, self.next()))
