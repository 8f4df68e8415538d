"""Facts: what is known of one module, gathered in one walk and answered on demand."""

from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

import libcst as cst

from greenlint.lint.catalog import Catalog, CatalogCall, is_kind
from greenlint.lint.facts.arguments import ABSENT, UNKNOWN, Argument, Arguments, State
from greenlint.lint.facts.constants import Constants, Known
from greenlint.lint.facts.flow import Flow
from greenlint.lint.facts.names import Names
from greenlint.lint.facts.nodes import defined_name, is_exactly
from greenlint.lint.facts.texts import Text, Texts
from greenlint.lint.facts.tree import Block, BlockKind, Call, Tree
from greenlint.lint.facts.walk import walk
from greenlint.lint.forms import is_test_path
from greenlint.lint.imports import dotted_name
from greenlint.policy.settings import PolicyFacts

F = TypeVar("F")


class Facts:
    """What is known of one module.

    `path` is as shown to the user; `notebook` and `accelerator` are what the source says of
    itself. `policy` is what the policy says of running code.
    """

    def __init__(
        self,
        module: cst.Module,
        catalog: Catalog,
        *,
        path: str = "",
        notebook: bool = False,
        accelerator: bool = False,
        policy: PolicyFacts | None = None,
    ) -> None:
        self.path = path
        self.notebook = notebook
        self.accelerator = accelerator
        self.policy = policy or PolicyFacts()
        self.catalog = catalog
        self.tree: Tree = walk(module)
        self.names = Names(self.tree, catalog)
        self.arguments = Arguments(self.tree, self.names)
        self.constants = Constants(self.tree, self.names)
        self.texts = Texts(self.names, self.arguments)
        self.flow = Flow(self.tree, self.names)
        self._called: dict[Call, str | None] = {}
        self._extensions: dict[type, object] = {}

    def release(self) -> None:
        """Let go of the tree and of all that is known of it, whose parts refer to each other.

        It is free at once; leaving it to the search for cycles takes a sixth of all time.
        """
        for block in self.tree.blocks:
            block.bindings.clear()
            block.attributes.clear()
        vars(self).clear()

    def extension(self, kind: type[F]) -> F:
        """The one `kind(facts)` of this module: facts of a domain, built when first asked for."""
        found = self._extensions.get(kind)
        if found is None:
            found = self._extensions[kind] = kind(self)  # type: ignore[call-arg]
        assert isinstance(found, kind)  # noqa: S101
        return found

    # -- calls and what they mean ------------------------------------------------------------

    def called(self, call: Call) -> str | None:
        """The path of what `call` calls, such as `openai.client:embeddings.create`."""
        if call not in self._called:
            self._called[call] = self.names.called(call)
        return self._called[call]

    def meanings(self, call: Call) -> tuple[CatalogCall, ...]:
        """What the catalog knows of `call`."""
        name = self.called(call)
        return tuple(self.catalog.calls_named(name)) if name is not None else ()

    def is_a(self, call: Call, *kinds: str) -> bool:
        """Whether the catalog counts `call` among any of `kinds`."""
        return any(is_kind(m.kind, kind) for m in self.meanings(call) for kind in kinds)

    @cached_property
    def _by_kind(self) -> dict[str, list[Call]]:
        found: dict[str, list[Call]] = {}
        for call in self.tree.calls:
            for kind in {m.kind for m in self.meanings(call)}:
                found.setdefault(kind, []).append(call)
        return found

    def calls_of(self, *kinds: str, within: Block | None = None) -> list[Call]:
        """The calls that the catalog counts among `kinds`, in the order of the text."""
        found = {
            call
            for kind, calls in self._by_kind.items()
            if any(is_kind(kind, wanted) for wanted in kinds)
            for call in calls
            if within is None or within.start < call.order < within.end
        }
        return sorted(found, key=lambda call: call.order)

    def mentions(self, *kinds: str) -> Iterator[cst.BaseExpression]:
        """Names and attributes that refer to something of `kinds` without calling it.

        Decorators without arguments, `dtype=torch.bfloat16`, a class handed over: whatever the
        catalog lists among its calls by a qualified name.
        """
        words = self._aliases.union(*map(self.catalog.last_words, kinds))
        found = sorted(
            place for word in words & self._referring.keys() for place in self._referring[word]
        )
        for _, node in found:
            if any(is_kind(m.kind, k) for m in self.meanings_of(node) for k in kinds):
                yield node

    @cached_property
    def _referring(self) -> dict[str, list[tuple[int, cst.Name | cst.Attribute]]]:
        """By their last words the names and attributes that nothing is called or taken of."""
        found: dict[str, list[tuple[int, cst.Name | cst.Attribute]]] = {}
        for number, (node, parent) in enumerate(self.tree.parents.items()):
            if is_exactly(node, cst.Name):
                word = node.value
            elif is_exactly(node, cst.Attribute):
                word = node.attr.value
            else:
                continue
            called = is_exactly(parent, cst.Call) and parent.func is node
            if not called and not is_exactly(parent, cst.Attribute):
                found.setdefault(word, []).append((number, node))
        return found

    def meanings_of(self, node: cst.CSTNode) -> tuple[CatalogCall, ...]:
        """What the catalog knows of the thing that `node`, a name or attribute, refers to."""
        block = self.block_around(node)
        path = self.names.path(node, block, self._order_in(block))
        return tuple(self.catalog.calls_named(path)) if path is not None else ()

    @cached_property
    def _aliases(self) -> frozenset[str]:
        return frozenset(
            name
            for block in self.tree.blocks
            for name, bindings in block.bindings.items()
            if any(isinstance(b.value, str) for b in bindings)
        )

    @staticmethod
    def _order_in(block: Block) -> int:
        return block.end

    def has(self, *kinds: str, within: Block | None = None) -> bool:
        """Whether anything of `kinds` is called, used as a decorator or mentioned."""
        if self.calls_of(*kinds, within=within):
            return True
        nodes = self.mentions(*kinds)
        if within is None:
            return next(nodes, None) is not None
        return any(self.block_around(node).is_within(within) for node in nodes)

    @cached_property
    def imported(self) -> frozenset[str]:
        """The dotted names that the file imports, and the modules they come from."""
        names = {
            binding.value
            for block in self.tree.blocks
            for bindings in block.bindings.values()
            for binding in bindings
            if isinstance(binding.value, str)
        }
        return frozenset(names | set(self.tree.star_imports))

    # -- places ------------------------------------------------------------------------------

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node around an expression."""
        return self.tree.parents.get(node)

    def block_around(self, node: cst.CSTNode) -> Block:
        """The innermost block that an expression lies in."""
        current: cst.CSTNode | None = node
        while current is not None:
            if isinstance(current, cst.Call) and current in self.tree.call_of:
                return self.tree.call_of[current].block
            if current in self.tree.statement_blocks:
                return self.tree.statement_blocks[current]
            block = self.tree.block_of.get(current)
            if block is not None:
                inner = isinstance(current, (cst.Lambda, cst.BaseComp))
                return block if inner or block.parent is None else block.parent
            current = self.tree.parents.get(current)
        return self.tree.module

    def loops_around(self, block: Block) -> list[Block]:
        """The loops around a place, inside to outside, no further than its function."""
        found = []
        for outer in block.ancestors():
            if outer.kind in {BlockKind.FUNCTION, BlockKind.CLASS}:
                break
            if outer.kind in {BlockKind.FOR, BlockKind.WHILE, BlockKind.COMPREHENSION}:
                found.append(outer)
        return found

    def function_around(self, block: Block) -> Block | None:
        """The function that a place lies in."""
        return next((b for b in block.ancestors() if b.kind is BlockKind.FUNCTION), None)

    def class_around(self, block: Block) -> Block | None:
        """The class that a place lies in."""
        return next((b for b in block.ancestors() if b.kind is BlockKind.CLASS), None)

    def functions(self) -> list[Block]:
        """Every function and method."""
        return self.tree.blocks_of(BlockKind.FUNCTION)

    def decorators(self, function: Block) -> list[cst.BaseExpression]:
        """The decorator expressions of a function or class."""
        node = function.node
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            return [decorator.decorator for decorator in node.decorators]
        return []

    def decorated_by(self, function: Block, *kinds: str) -> bool:
        """Whether a decorator of `function`, bare or called, is one of `kinds`."""
        outer = function.parent or function
        for decorator in self.decorators(function):
            target = decorator.func if isinstance(decorator, cst.Call) else decorator
            path = self.names.path(target, outer, function.start)
            if path is None:
                continue
            if any(is_kind(m.kind, k) for m in self.catalog.calls_named(path) for k in kinds):
                return True
        return False

    def contexts_around(self, block: Block) -> Iterator[tuple[cst.BaseExpression, Block]]:
        """The context managers in force at a place within its function."""
        for outer in block.ancestors():
            if outer.kind is BlockKind.FUNCTION:
                return
            if outer.kind is BlockKind.WITH and isinstance(outer.node, cst.With):
                for item in outer.node.items:
                    yield item.item, outer

    def is_under(self, block: Block, *kinds: str) -> bool:
        """Whether a `with` of any of `kinds` may be in force, also through a variable."""
        for expression, outer in self.contexts_around(block):
            sources = self.flow.sources(expression, outer.parent or outer, outer.start)
            for source, where, when in sources:
                for node in _alternatives(source):
                    target = node.func if isinstance(node, cst.Call) else node
                    path = self.names.path(target, where, when)
                    meanings = self.catalog.calls_named(path) if path is not None else ()
                    if any(is_kind(m.kind, kind) for m in meanings for kind in kinds):
                        return True
        return False

    def callers(self, function: Block) -> list[Call]:
        """The calls of a function or method of this module, as far as they can be told.

        `name(...)` for a function; `self.name(...)` for a method, or `x.name(...)` of an `x` that
        is built in the module.
        """
        node = function.node
        if not isinstance(node, cst.FunctionDef):
            return []
        name = node.name.value
        named = self.calls_by_name.get(name, [])
        owner = function.parent
        if owner is None or owner.kind is not BlockKind.CLASS:
            return [call for call in named if isinstance(call.node.func, cst.Name)]
        path = f".{defined_name(owner.node)}().{name}"
        return [call for call in named if _is_own(call.node) or self.called(call) == path]

    @cached_property
    def calls_by_name(self) -> dict[str, list[Call]]:
        """The calls of names and attributes by the last identifier before their parentheses."""
        found: dict[str, list[Call]] = {}
        for call in self.tree.calls:
            func = call.node.func
            if is_exactly(func, cst.Name):
                found.setdefault(func.value, []).append(call)
            elif is_exactly(func, cst.Attribute):
                found.setdefault(func.attr.value, []).append(call)
        return found

    @cached_property
    def is_test(self) -> bool:
        """Whether the file is a test, or shows the slow way on purpose."""
        return is_test_path(self.path)

    # -- values ------------------------------------------------------------------------------

    def role(self, call: Call, role: str) -> Argument:
        """The argument of `call` that plays a role of the catalog (`prompt`, `output-cap`).

        Present when any of the argument paths of the role is, absent when all are.
        """
        answer = ABSENT
        for meaning in self.meanings(call):
            for path in meaning.arguments.get(role, ()):
                argument = self.arguments.find(call, path, meaning.positions)
                if argument.state is State.PRESENT:
                    return argument
                if argument.state is State.UNKNOWN:
                    answer = UNKNOWN
        return answer

    def argument(self, call: Call, name: str) -> Argument:
        """The argument that plays the role `name`, or that is called so."""
        roles = {role for meaning in self.meanings(call) for role in meaning.arguments}
        if name in roles:
            return self.role(call, name)
        positions = next((m.positions for m in self.meanings(call) if m.positions), ())
        return self.arguments.find(call, name, positions)

    def known(self, argument: Argument) -> Known | None:
        """The constant that an argument is."""
        if argument.block is None:
            return None
        return self.constants.value(argument.value, argument.block, argument.order)

    def text_of(self, argument: Argument) -> Text:
        """The text that an argument is made of."""
        if argument.block is None:
            return Text()
        return self.texts.text(argument.value, argument.block, argument.order)

    def construction(self, call: Call) -> Call | None:
        """The constructor call of the object that `call` is a method of."""
        func: cst.BaseExpression = call.node.func
        while isinstance(func, (cst.Attribute, cst.Call)):
            if isinstance(func, cst.Call):
                found = self.tree.call_of.get(func)
                if found is not None and self._constructs(found):
                    return found
                func = func.func
            elif isinstance(func.value, cst.Name) and func.value.value == "self":
                return self._construction_of_attribute(func.attr.value, call)
            else:
                func = func.value
        return self._construction_of_name(func, call.block, call.order)

    def _constructs(self, call: Call) -> bool:
        name = self.called(call)
        return name is not None and self.catalog.type_built_by(name) is not None

    def _construction_of_name(
        self, node: cst.BaseExpression, block: Block, order: int
    ) -> Call | None:
        for found in self.flow.calls_feeding(node, block, order):
            if self._constructs(found):
                return found
        return None

    def _construction_of_attribute(self, name: str, call: Call) -> Call | None:
        owner = self.class_around(call.block)
        for binding in owner.attributes.get(name, ()) if owner is not None else ():
            if isinstance(binding.value, cst.BaseExpression):
                found = self._construction_of_name(binding.value, binding.block, binding.order)
                if found is not None:
                    return found
        return None

    def callee_text(self, call: Call) -> str:
        """How the source spells what `call` calls, such as `client.embeddings.create`."""
        func = call.node.func
        name = dotted_name(func)
        if name is not None:
            return name
        if isinstance(func, cst.Attribute):
            return f"(…).{func.attr.value}"
        return "(…)"


def _alternatives(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """What a choice (`a if x else b`, `a or b`) may be."""
    match node:
        case cst.IfExp(body=first, orelse=second):
            yield from (*_alternatives(first), *_alternatives(second))
        case cst.BooleanOperation(left=first, right=second):
            yield from (*_alternatives(first), *_alternatives(second))
        case _:
            yield node


def _is_own(node: cst.Call) -> bool:
    """Whether a call is spelled `self.name(...)` or `cls.name(...)`."""
    match node.func:
        case cst.Attribute(value=cst.Name(value="self" | "cls")):
            return True
        case _:
            return False
