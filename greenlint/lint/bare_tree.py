"""libcst's nodes without their layout, made from what `ast` parsed.

Rules are matched on libcst's nodes, but only a fix needs their white space and punctuation, and
these take libcst nearly all of its time. A bare module has the same nodes with the same fields;
what is layout has the value that libcst gives it by default. `tests/lint/test_bare_tree.py` holds
bare modules equal to parsed ones.
"""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import libcst as cst

from greenlint.lint import bare_nodes as bare
from greenlint.lint.bare_expressions import (
    Makers,
    UnknownSyntaxError,
    annotation,
    elements,
    expression,
    keyword,
    parameters,
    positional,
    possibly,
)

__all__ = ["UnknownSyntaxError", "bare_module"]


def bare_module(tree: ast.Module) -> cst.Module:
    """The bare form of a module; UnknownSyntaxError where only libcst can read it."""
    return bare.Module(_statements(tree.body))


def _statements(nodes: Iterable[ast.stmt]) -> list[cst.BaseStatement]:
    made: list[cst.BaseStatement] = []
    for node in nodes:
        compound = _COMPOUND.get(type(node))
        if compound is not None:
            made.append(compound(node))
        else:
            made.append(bare.SimpleStatementLine([_SIMPLE[type(node)](node)]))
    return made


def _block(nodes: Iterable[ast.stmt]) -> cst.IndentedBlock:
    return bare.IndentedBlock(_statements(nodes))


def _asynchronous(node: ast.stmt) -> cst.Asynchronous | None:
    return bare.ASYNCHRONOUS if type(node).__name__.startswith("Async") else None


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> cst.FunctionDef:
    _refuse_type_parameters(node)
    return bare.FunctionDef(
        bare.Name(node.name),
        parameters(node.args),
        _block(node.body),
        _decorators(node),
        annotation(node.returns),
        _asynchronous(node),
    )


def _class(node: ast.ClassDef) -> cst.ClassDef:
    _refuse_type_parameters(node)
    return bare.ClassDef(
        bare.Name(node.name),
        _block(node.body),
        [positional(base) for base in node.bases],
        [keyword(given) for given in node.keywords],
        _decorators(node),
    )


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[cst.Decorator]:
    return [bare.Decorator(expression(decorator)) for decorator in node.decorator_list]


def _refuse_type_parameters(node: ast.AST) -> None:
    if getattr(node, "type_params", None):
        raise UnknownSyntaxError("type parameters")


def _if(node: ast.If) -> cst.If:
    return bare.If(expression(node.test), _block(node.body), _orelse_of_if(node))


def _orelse_of_if(node: ast.If) -> cst.If | cst.Else | None:
    """An `elif` starts in the column of its `if`; an `if` below `else` stands further in."""
    match node.orelse:
        case [ast.If() as arm] if arm.col_offset == node.col_offset:
            return _if(arm)
        case _:
            return _orelse(node.orelse)


def _orelse(nodes: Sequence[ast.stmt]) -> cst.Else | None:
    return bare.Else(_block(nodes)) if nodes else None


def _for(node: ast.For | ast.AsyncFor) -> cst.For:
    return bare.For(
        expression(node.target),
        expression(node.iter),
        _block(node.body),
        _orelse(node.orelse),
        _asynchronous(node),
    )


def _while(node: ast.While) -> cst.While:
    return bare.While(expression(node.test), _block(node.body), _orelse(node.orelse))


def _with(node: ast.With | ast.AsyncWith) -> cst.With:
    items = [
        bare.WithItem(
            expression(item.context_expr),
            None if item.optional_vars is None else bare.AsName(expression(item.optional_vars)),
        )
        for item in node.items
    ]
    return bare.With(items, _block(node.body), _asynchronous(node))


def _try(node: ast.Try | ast.TryStar) -> cst.Try | cst.TryStar:
    is_plain = isinstance(node, ast.Try)
    handler = bare.ExceptHandler if is_plain else bare.ExceptStarHandler
    handlers = [
        handler(
            _block(h.body),
            possibly(h.type),
            None if h.name is None else bare.AsName(bare.Name(h.name)),
        )
        for h in node.handlers
    ]
    finalbody = bare.Finally(_block(node.finalbody)) if node.finalbody else None
    parts = (_block(node.body), handlers, _orelse(node.orelse), finalbody)
    return bare.Try(*parts) if is_plain else bare.TryStar(*parts)


def _augmented(node: ast.AugAssign) -> cst.AugAssign:
    operator = bare.ASSIGNED_OPERATORS[type(node.op)]
    return bare.AugAssign(expression(node.target), operator, expression(node.value))


def _names(nodes: Iterable[ast.alias]) -> list[cst.ImportAlias]:
    return [
        bare.ImportAlias(
            _dotted(node.name), None if node.asname is None else bare.AsName(bare.Name(node.asname))
        )
        for node in nodes
    ]


def _dotted(name: str) -> cst.Name | cst.Attribute:
    head, *others = name.split(".")
    made: cst.Name | cst.Attribute = bare.Name(head)
    for other in others:
        made = bare.Attribute(made, bare.Name(other))
    return made


def _import_from(node: ast.ImportFrom) -> cst.ImportFrom:
    return bare.ImportFrom(
        None if node.module is None else _dotted(node.module),
        cst.ImportStar() if node.names[0].name == "*" else _names(node.names),
        [cst.Dot()] * node.level,
    )


def _raise(node: ast.Raise) -> cst.Raise:
    return bare.Raise(
        possibly(node.exc), None if node.cause is None else bare.From(expression(node.cause))
    )


def _del(node: ast.Delete) -> cst.Del:
    if len(node.targets) == 1:
        return bare.Del(expression(node.targets[0]))
    return bare.Del(bare.Tuple(elements(node.targets)))


_COMPOUND: Mapping[type[ast.stmt], Callable[[Any], cst.BaseCompoundStatement]] = {
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
}
_SIMPLE: Makers[cst.BaseSmallStatement] = Makers(
    {
        ast.Expr: lambda node: bare.Expr(expression(node.value)),
        ast.Assign: lambda node: bare.Assign(
            [bare.AssignTarget(expression(target)) for target in node.targets],
            expression(node.value),
        ),
        ast.AnnAssign: lambda node: bare.AnnAssign(
            expression(node.target), annotation(node.annotation), possibly(node.value)
        ),
        ast.AugAssign: _augmented,
        ast.Return: lambda node: bare.Return(possibly(node.value)),
        ast.Raise: _raise,
        ast.Assert: lambda node: bare.Assert(expression(node.test), possibly(node.msg)),
        ast.Delete: _del,
        ast.Pass: lambda _: cst.Pass(),
        ast.Break: lambda _: cst.Break(),
        ast.Continue: lambda _: cst.Continue(),
        ast.Global: lambda node: bare.Global(
            [bare.NameItem(bare.Name(name)) for name in node.names]
        ),
        ast.Nonlocal: lambda node: bare.Nonlocal(
            [bare.NameItem(bare.Name(name)) for name in node.names]
        ),
        ast.Import: lambda node: bare.Import(_names(node.names)),
        ast.ImportFrom: _import_from,
    }
)
