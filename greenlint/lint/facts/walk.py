"""The walk that fills a `Tree` from a libcst module, in one pass and in the order of the text.

It reads the nodes' fields itself: libcst's visitors cost several times as much, and its metadata
providers more again.
"""

from collections.abc import Sequence

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
            for small in suite.body:
                self.small(small)
        else:
            self.statements(suite.body)

    def statements(self, body: Sequence[cst.CSTNode]) -> None:
        for node in body:
            if isinstance(node, cst.SimpleStatementLine):
                for small in node.body:
                    self.small(small)
            else:
                self.compound(node)

    # -- statements --------------------------------------------------------------------------

    def compound(self, node: cst.CSTNode) -> None:
        self.statement = node
        match node:
            case cst.FunctionDef():
                self.function(node)
            case cst.ClassDef():
                self.class_(node)
            case cst.For():
                self.for_(node)
            case cst.While():
                block = self.open(BlockKind.WHILE, node)
                self.expression(node.test, node)
                self.suite(node.body)
                self.close(block)
                self.orelse(node.orelse)
            case cst.If():
                self.if_(node)
            case cst.With():
                self.with_(node)
            case cst.Try() | cst.TryStar():
                self.try_(node)
            case cst.Match():
                self.match(node)
            case _:
                self.expression(node, node)

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

    def small(self, node: cst.CSTNode) -> None:
        self.statement = node
        self.tree.statement_blocks[node] = self.block
        match node:
            case cst.Assign(targets=targets, value=value):
                # The text has the targets first, so calls in `f()[0] = g()` keep their order.
                for target in targets:
                    self.subscripts(target.target, node)
                self.expression(value, node)
                for target in targets:
                    self.target(target.target, BindingKind.ASSIGN, value)
            case cst.AnnAssign(target=target, annotation=annotation, value=value):
                self.subscripts(target, node)
                self.expression(annotation.annotation, node)
                if value is not None:
                    self.expression(value, node)
                self.target(target, BindingKind.ASSIGN, value, annotation.annotation)
            case cst.AugAssign(target=target, value=value):
                self.subscripts(target, node)
                self.expression(value, node)
                self.target(target, BindingKind.AUGMENT, value)
            case cst.Import() | cst.ImportFrom():
                self.import_(node)
            case cst.Return() | cst.Raise() | cst.Break() | cst.Continue() | cst.Assert():
                self.tree.jumps.append(Statement(node, self.block, self.next()))
                self.expression(node, node)
            case cst.Global(names=names) | cst.Nonlocal(names=names):
                for item in names:
                    self.bind(item.name.value, BindingKind.OTHER, node=node)
            case _:
                self.expression(node, node)

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
        match node:
            case cst.Name(value=name):
                self.tree.identifiers.add(name)
            case cst.Call():
                self.call(node)
            case cst.Attribute(value=value, attr=attr):
                self.tree.identifiers.add(attr.value)
                self.expression(value, node)
            case cst.Lambda():
                self.lambda_(node)
            case cst.ListComp() | cst.SetComp() | cst.GeneratorExp() | cst.DictComp():
                self.comprehension(node)
            case cst.NamedExpr(target=target, value=value):
                self.expression(value, node)
                self.target(target, BindingKind.ASSIGN, value)
            case cst.SimpleString() | cst.Integer() | cst.Float():
                pass
            case _:
                for child in children(node):
                    self.expression(child, node)

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
