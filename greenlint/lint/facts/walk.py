"""The walk that fills a `Tree` from a libcst module, in one pass and in the order of the text.

It reads the nodes' fields itself: libcst's visitors cost several times as much, and its metadata
providers more again.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import libcst as cst

from greenlint.lint.facts.binder import Binder
from greenlint.lint.facts.nodes import children, parameters_of
from greenlint.lint.facts.tree import BindingKind, Block, BlockKind, Call, Statement, Tree
from greenlint.lint.imports import imported_names


def walk(module: cst.Module) -> Tree:
    """Everything the facts need to know of `module`."""
    root = Block(BlockKind.MODULE, module, None, 0)
    tree = Tree(root)
    _Walker(tree).module(module)
    return tree


class _Walker(Binder):
    """Visits every node that holds code, once."""

    # -- blocks ------------------------------------------------------------------------------

    def module(self, module: cst.Module) -> None:
        self.tree.blocks.append(self.block)
        self.tree.block_of[module] = self.block
        self.statements(module.body)
        self.block.end = self.next()

    def body(self, kind: BlockKind, node: cst.CSTNode, suite: cst.BaseSuite, branch: int) -> None:
        block = self.open(kind, node, branch)
        self.suite(suite)
        self.close(block)

    def suite(self, suite: cst.BaseSuite) -> None:
        if isinstance(suite, cst.SimpleStatementSuite):
            self.line(suite)
        else:
            self.statements(suite.body)

    def statements(self, body: Sequence[cst.CSTNode]) -> None:
        for node in body:
            self.statement = node
            visitor(type(node))(self, node)

    # -- statements --------------------------------------------------------------------------

    def line(self, node: cst.SimpleStatementLine | cst.SimpleStatementSuite) -> None:
        for small in node.body:
            self.statement = small
            self.tree.statement_blocks[small] = self.block
            visitor(type(small))(self, small)

    def while_(self, node: cst.While) -> None:
        block = self.open(BlockKind.WHILE, node)
        self.expression(node.test, node)
        self.suite(node.body)
        self.close(block)
        self.orelse(node.orelse)

    def function(self, node: cst.FunctionDef) -> None:
        for decorator in node.decorators:
            self.expression(decorator.decorator, node)
        self.bind(node.name.value, BindingKind.FUNCTION, node=node)
        # Defaults and annotations belong to the scope around the function.
        for param in parameters_of(node.params):
            self.parameter_parts(param, node)
        if node.returns is not None:
            self.expression(node.returns.annotation, node)
        block = self.open(BlockKind.FUNCTION, node)
        self.parameters(node.params)
        self.suite(node.body)
        self.close(block)

    def parameter_parts(self, param: cst.Param, parent: cst.CSTNode) -> None:
        if param.annotation is not None:
            self.expression(param.annotation.annotation, parent)
        if param.default is not None:
            self.expression(param.default, parent)

    def parameters(self, params: cst.Parameters) -> None:
        for param in parameters_of(params):
            annotation = param.annotation.annotation if param.annotation is not None else None
            self.bind(
                param.name.value,
                BindingKind.PARAMETER,
                param.default,
                annotation=annotation,
                node=param,
            )

    def class_(self, node: cst.ClassDef) -> None:
        for decorator in node.decorators:
            self.expression(decorator.decorator, node)
        self.bind(node.name.value, BindingKind.CLASS, node=node)
        for arg in (*node.bases, *node.keywords):
            self.expression(arg.value, node)
        self.body(BlockKind.CLASS, node, node.body, 0)

    def for_(self, node: cst.For) -> None:
        self.expression(node.iter, node)
        block = self.open(BlockKind.FOR, node)
        self.target(node.target, BindingKind.TARGET, node.iter)
        self.suite(node.body)
        self.close(block)
        self.orelse(node.orelse)

    def orelse(self, node: cst.Else | None) -> None:
        if node is not None:
            self.branches += 1
            self.body(BlockKind.BRANCH, node, node.body, self.branches)

    def if_(self, node: cst.If) -> None:
        self.branches += 1
        branch = self.branches
        arm: cst.If | cst.Else | None = node
        while isinstance(arm, cst.If):
            self.statement = arm
            self.expression(arm.test, arm)
            self.body(BlockKind.BRANCH, arm, arm.body, branch)
            arm = arm.orelse
        if arm is not None:
            self.body(BlockKind.BRANCH, arm, arm.body, branch)

    def with_(self, node: cst.With) -> None:
        for item in node.items:
            self.expression(item.item, node)
        block = self.open(BlockKind.WITH, node)
        for item in node.items:
            if item.asname is not None:
                self.target(item.asname.name, BindingKind.WITH, item.item)
        self.suite(node.body)
        self.close(block)

    def try_(self, node: cst.Try | cst.TryStar) -> None:
        self.branches += 1
        branch = self.branches
        self.body(BlockKind.TRY, node, node.body, branch)
        for handler in node.handlers:
            self.statement = handler
            if handler.type is not None:
                self.expression(handler.type, handler)
            block = self.open(BlockKind.EXCEPT, handler, branch)
            if handler.name is not None:
                self.target(handler.name.name, BindingKind.OTHER, None)
            self.suite(handler.body)
            self.close(block)
        self.orelse(node.orelse)
        if node.finalbody is not None:
            self.body(BlockKind.FINALLY, node.finalbody, node.finalbody.body, 0)

    def match(self, node: cst.Match) -> None:
        self.expression(node.subject, node)
        self.branches += 1
        branch = self.branches
        for case in node.cases:
            self.statement = case
            block = self.open(BlockKind.BRANCH, case, branch)
            self.expression(case.pattern, case)
            if case.guard is not None:
                self.expression(case.guard, case)
            self.suite(case.body)
            self.close(block)

    def assign(self, node: cst.Assign) -> None:
        # The text has the targets first, so calls in `f()[0] = g()` keep their order.
        for target in node.targets:
            self.subscripts(target.target, node)
        self.expression(node.value, node)
        for target in node.targets:
            self.target(target.target, BindingKind.ASSIGN, node.value)

    def annotated(self, node: cst.AnnAssign) -> None:
        self.subscripts(node.target, node)
        self.expression(node.annotation.annotation, node)
        if node.value is not None:
            self.expression(node.value, node)
        self.target(node.target, BindingKind.ASSIGN, node.value, node.annotation.annotation)

    def augmented(self, node: cst.AugAssign) -> None:
        self.subscripts(node.target, node)
        self.expression(node.value, node)
        self.target(node.target, BindingKind.AUGMENT, node.value)

    def jump(self, node: cst.CSTNode) -> None:
        self.tree.jumps.append(Statement(node, self.block, self.next()))
        self.below(node)

    def elsewhere(self, node: cst.Global | cst.Nonlocal) -> None:
        for item in node.names:
            self.bind(item.name.value, BindingKind.OTHER, node=node)

    def import_(self, node: cst.Import | cst.ImportFrom) -> None:
        for imported in imported_names(node):
            if imported.name == "*":
                self.tree.star_imports.append(imported.target)
            else:
                self.bind(imported.name, BindingKind.IMPORT, imported.target, node=node)

    # -- expressions -------------------------------------------------------------------------

    def subscripts(self, target: cst.BaseExpression, parent: cst.CSTNode) -> None:
        """Walk the expressions in an assignment target, which may hold calls."""
        if not isinstance(target, cst.Name):
            self.expression(target, parent)

    def expression(self, node: cst.CSTNode, parent: cst.CSTNode) -> None:
        if node is not parent:
            self.tree.parents[node] = parent
        visitor(type(node))(self, node)

    def below(self, node: cst.CSTNode) -> None:
        for child in children(node):
            self.tree.parents[child] = node
            visitor(type(child))(self, child)

    def nothing(self, _: cst.CSTNode) -> None:
        pass

    def name(self, node: cst.Name) -> None:
        self.tree.identifiers.add(node.value)

    def attribute_of(self, node: cst.Attribute) -> None:
        self.tree.identifiers.add(node.attr.value)
        self.expression(node.value, node)

    def named(self, node: cst.NamedExpr) -> None:
        self.expression(node.value, node)
        self.target(node.target, BindingKind.ASSIGN, node.value)

    def call(self, node: cst.Call) -> None:
        self.expression(node.func, node)
        call = Call(node, self.block, self.next(), len(self.tree.calls), self.statement)
        self.tree.calls.append(call)
        self.tree.call_of[node] = call
        for arg in node.args:
            self.tree.parents[arg] = node
            if arg.keyword is not None:
                self.tree.identifiers.add(arg.keyword.value)
            self.expression(arg.value, arg)

    def lambda_(self, node: cst.Lambda) -> None:
        for param in parameters_of(node.params):
            self.parameter_parts(param, node)
        block = self.open(BlockKind.LAMBDA, node)
        self.parameters(node.params)
        self.expression(node.body, node)
        self.close(block)

    def comprehension(
        self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp
    ) -> None:
        block = self.open(BlockKind.COMPREHENSION, node)
        # Bound first, because the element, which stands before the loop, reads the targets.
        clause: cst.CompFor | None = node.for_in
        while clause is not None:
            self.target(clause.target, BindingKind.TARGET, clause.iter)
            clause = clause.inner_for_in
        if isinstance(node, cst.DictComp):
            self.expression(node.key, node)
            self.expression(node.value, node)
        else:
            self.expression(node.elt, node)
        self.clauses(node.for_in, node)
        self.close(block)

    def clauses(self, clause: cst.CompFor, parent: cst.CSTNode) -> None:
        self.tree.parents[clause] = parent
        self.expression(clause.iter, clause)
        for condition in clause.ifs:
            self.expression(condition.test, clause)
        if clause.inner_for_in is not None:
            self.clauses(clause.inner_for_in, clause)


_VISITORS: dict[type[cst.CSTNode], Callable[[_Walker, Any], None]] = {
    cst.SimpleStatementLine: _Walker.line,
    cst.FunctionDef: _Walker.function,
    cst.ClassDef: _Walker.class_,
    cst.For: _Walker.for_,
    cst.While: _Walker.while_,
    cst.If: _Walker.if_,
    cst.With: _Walker.with_,
    cst.Try: _Walker.try_,
    cst.TryStar: _Walker.try_,
    cst.Match: _Walker.match,
    cst.Assign: _Walker.assign,
    cst.AnnAssign: _Walker.annotated,
    cst.AugAssign: _Walker.augmented,
    cst.Import: _Walker.import_,
    cst.ImportFrom: _Walker.import_,
    **dict.fromkeys((cst.Return, cst.Raise, cst.Break, cst.Continue, cst.Assert), _Walker.jump),
    cst.Global: _Walker.elsewhere,
    cst.Nonlocal: _Walker.elsewhere,
    cst.Name: _Walker.name,
    cst.Call: _Walker.call,
    cst.Attribute: _Walker.attribute_of,
    cst.Lambda: _Walker.lambda_,
    **dict.fromkeys(
        (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp), _Walker.comprehension
    ),
    cst.NamedExpr: _Walker.named,
    **dict.fromkeys((cst.SimpleString, cst.Integer, cst.Float), _Walker.nothing),
}


@cache
def visitor(kind: type) -> Callable[[_Walker, Any], None]:
    """What visits nodes of a class. Asking each node what it is an instance of takes far longer."""
    return next((_VISITORS[base] for base in kind.__mro__ if base in _VISITORS), _Walker.below)
