"""Data flow within a function: what an expression is made of, and whether a loop changes it."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.names import Names
from greenlint.lint.facts.nodes import OWN, children, is_exactly, last_name, root_name
from greenlint.lint.facts.tree import Binding, BindingKind, Block, Call, Tree

# Methods that change the object they are called on.
MUTATORS = frozenset(
    {"append", "extend", "insert", "add", "update", "pop", "popleft", "appendleft", "remove"}
    | {"clear", "setdefault", "discard", "sort", "reverse", "write", "put"}
)
# Calls of the standard library whose result follows from their arguments alone.
_PURE = frozenset(
    {"str", "len", "int", "float", "repr", "format", "join", "dedent", "strip", "replace", "dict"}
    | {"list", "tuple", "sorted", "min", "max", "sum", "round", "abs", "lower", "upper", "split"}
    | {"title", "lstrip", "rstrip", "encode", "decode", "range", "zip", "set", "dumps", "bool"}
)
_DEPTH = 10


class Flow:
    """Answers questions on the data flow of one module."""

    def __init__(self, tree: Tree, names: Names) -> None:
        self._tree = tree
        self._names = names
        self._changed: dict[Block, frozenset[str]] = {}
        self._varying: dict[tuple[Binding, Block, int], bool | None] = {}

    def reads(self, node: cst.CSTNode) -> Iterator[cst.Name]:
        """The names that evaluating `node` reads, itself included; attribute names are none."""
        stack = [node]
        while stack:
            current = stack.pop()
            if is_exactly(current, cst.Name):
                yield current
                continue
            stack.extend(reversed(_code_below(current)))

    def sources(
        self, node: cst.CSTNode | None, block: Block, order: int
    ) -> Iterator[tuple[cst.BaseExpression, Block, int]]:
        """`node` and, through the names it reads, every expression whose value flows into it."""
        seen: set[Binding] = set()
        stack: list[tuple[cst.CSTNode | None, Block, int]] = [(node, block, order)]
        while stack:
            current, where, when = stack.pop()
            if not isinstance(current, cst.BaseExpression):
                continue
            yield current, where, when
            for name in self.reads(current):
                for binding in self._names.definitions(name.value, where, when):
                    if binding not in seen and binding.kind is not BindingKind.PARAMETER:
                        seen.add(binding)
                        if isinstance(binding.value, cst.BaseExpression):
                            stack.append((binding.value, binding.block, binding.order))

    def bindings(self, node: cst.CSTNode | None, block: Block, order: int) -> Iterator[Binding]:
        """The bindings of all names that flow into `node`."""
        for source, where, when in self.sources(node, block, order):
            for name in self.reads(source):
                yield from self._names.definitions(name.value, where, when)

    def parameters(self, node: cst.CSTNode | None, block: Block, order: int) -> Iterator[Binding]:
        """The parameters among them that callers give a value: not `self`."""
        for binding in self.bindings(node, block, order):
            if binding.kind is BindingKind.PARAMETER and binding.name not in OWN:
                yield binding

    def calls_feeding(self, node: cst.CSTNode | None, block: Block, order: int) -> Iterator[Call]:
        """The calls whose results flow into `node`, in no particular order."""
        for expression, _, _ in self.sources(node, block, order):
            for call_node in calls_below(expression):
                call = self._tree.call_of.get(call_node)
                if call is not None:
                    yield call

    def is_item_of(self, loop: Block, node: cst.CSTNode | None, block: Block, order: int) -> bool:
        """Whether `node` is made of the item that `loop` is at."""
        return any(
            binding.kind is BindingKind.TARGET and loop.start < binding.order < loop.end
            for binding in self.bindings(node, block, order)
        )

    def changed_in(self, loop: Block) -> frozenset[str]:
        """The names that a pass of `loop` binds or changes in place."""
        known = self._changed.get(loop)
        if known is None:
            known = self._changed[loop] = frozenset(filter(None, self._changes(loop)))
        return known

    def _changes(self, loop: Block) -> Iterator[str | None]:
        for scope in {loop.scope, *(b for b in self._tree.blocks if b.is_within(loop))}:
            for name, bindings in scope.bindings.items():
                if any(loop.start < b.order < loop.end for b in bindings):
                    yield name
        for store in self._tree.stores:
            if loop.start < store.order < loop.end:
                yield root_name(store.target)
        for call in self._tree.calls_in(loop):
            func = call.node.func
            if isinstance(func, cst.Attribute) and func.attr.value in MUTATORS:
                yield root_name(func.value)

    def varies(
        self, node: cst.CSTNode | None, loop: Block, block: Block, order: int
    ) -> bool | None:
        """Whether the value of `node` may differ between two passes of `loop`.

        True when it is made of what the loop binds or changes, False when nothing in it can
        change, None when that can't be told (it calls something unknown).
        """
        return self._varies(node, loop, (block, order), 0)

    def _varies(
        self, node: cst.CSTNode | None, loop: Block, place: tuple[Block, int], depth: int
    ) -> bool | None:
        if node is None:
            return False
        if depth > _DEPTH:
            return None
        answers = [self._name_varies(n, loop, place, depth) for n in self.reads(node)]
        if any(answers):
            return True
        if None in answers or any(not _is_pure(call) for call in calls_below(node)):
            return None
        return False

    def _name_varies(
        self, name: cst.Name, loop: Block, place: tuple[Block, int], depth: int
    ) -> bool | None:
        if name.value not in self.changed_in(loop):
            return False
        answers: set[bool | None] = set()
        bindings = self._names.definitions(name.value, *place)
        if not bindings:
            return True
        for binding in bindings:
            inside = loop.start < binding.order < loop.end
            plain = binding.kind is BindingKind.ASSIGN and isinstance(
                binding.value, cst.BaseExpression
            )
            if not inside:
                answers.add(self._changed_in_place(name.value, loop))
            elif not plain or self._changed_in_place(name.value, loop):
                return True
            else:
                answers.add(self._value_varies(binding, loop, depth + 1))
        if True in answers:
            return True
        return None if None in answers else False

    def _value_varies(self, binding: Binding, loop: Block, depth: int) -> bool | None:
        """Worked out once: names that are made of each other lead here in ever more ways."""
        key = binding, loop, depth
        if key not in self._varying:
            value = binding.value if isinstance(binding.value, cst.BaseExpression) else None
            place = binding.block, binding.order
            self._varying[key] = self._varies(value, loop, place, depth)
        return self._varying[key]

    def _changed_in_place(self, name: str, loop: Block) -> bool:
        for store in self._tree.stores:
            if loop.start < store.order < loop.end and root_name(store.target) == name:
                return True
        for call in self._tree.calls_in(loop):
            func = call.node.func
            if not isinstance(func, cst.Attribute) or func.attr.value not in MUTATORS:
                continue
            if root_name(func.value) == name:
                return True
        return False


def _code_below(node: cst.CSTNode) -> list[cst.CSTNode]:
    if is_exactly(node, cst.Attribute) or is_exactly(node, cst.Arg):
        return [node.value]
    return [] if is_exactly(node, cst.Lambda) else children(node)


def calls_below(node: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls that evaluating `node` makes, itself included; lambdas are not entered."""
    stack: list[cst.CSTNode] = [node]
    while stack:
        current = stack.pop()
        if is_exactly(current, cst.Call):
            yield current
        stack.extend(_code_below(current))


def _is_pure(call: cst.Call) -> bool:
    name = last_name(call.func)
    # A constructor makes the same object of the same arguments.
    return name in _PURE or name[:1].isupper()
