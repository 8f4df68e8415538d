"""Expressions of `ast` as bare nodes of libcst."""

import ast
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import libcst as cst

from greenlint.lint import bare_nodes as bare

N = TypeVar("N", bound=cst.CSTNode)

_MOST_BITS = 1_000  # of an integer that is written in decimal


class UnknownSyntaxError(Exception):
    """The code has syntax that there are no bare nodes for, such as `match`."""


class Makers(dict[type[ast.AST], Callable[[Any], N]]):
    """What makes the bare form of each kind of `ast` node."""

    def __missing__(self, kind: type[ast.AST]) -> Callable[[Any], N]:
        raise UnknownSyntaxError(kind.__name__)


def expression(node: ast.expr) -> cst.BaseExpression:
    """The bare form of an expression."""
    return _EXPRESSIONS[type(node)](node)


def possibly(node: ast.expr | None) -> cst.BaseExpression | None:
    """The same, of what may not be there."""
    return None if node is None else _EXPRESSIONS[type(node)](node)


def _constant(node: ast.Constant) -> cst.BaseExpression:
    value = node.value
    match value:
        case str() | bytes():
            return bare.SimpleString(value)
        case None | bool():
            return bare.Name(str(value))
        case int():
            return bare.Integer(str(value) if value.bit_length() < _MOST_BITS else hex(value))
        case float():
            return bare.Float("1e999" if math.isinf(value) else repr(value))
        case complex():
            return bare.Imaginary(repr(value))
        case _:
            return cst.Ellipsis()


def _attribute(node: ast.Attribute) -> cst.Attribute:
    value = node.value
    return bare.Attribute(_EXPRESSIONS[type(value)](value), bare.Name(node.attr))


def _call(node: ast.Call) -> cst.Call:
    args = node.args
    made = [positional(arg) for arg in args]
    if node.keywords:
        made += map(keyword, node.keywords)
        if args and _position(args[-1]) > _position(node.keywords[0]):
            given: list[ast.expr | ast.keyword] = [*args, *node.keywords]
            order = sorted(range(len(given)), key=lambda index: _position(given[index]))
            made = [made[index] for index in order]
    return bare.Call(expression(node.func), made)


def _position(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return node.lineno, node.col_offset


def positional(node: ast.expr) -> cst.Arg:
    """An argument by position, or several behind a star."""
    if isinstance(node, ast.Starred):
        return bare.Arg(expression(node.value), None, "*")
    return bare.Arg(_EXPRESSIONS[type(node)](node), None, "")


def keyword(node: ast.keyword) -> cst.Arg:
    """An argument by keyword, or several behind two stars."""
    if node.arg is None:
        return bare.Arg(expression(node.value), None, "**")
    return bare.Arg(expression(node.value), bare.Name(node.arg), "")


def _formatted(node: ast.JoinedStr) -> cst.FormattedString:
    return bare.FormattedString(_formatted_parts(node))


def _formatted_parts(node: ast.JoinedStr) -> list[cst.BaseFormattedStringContent]:
    parts: list[cst.BaseFormattedStringContent] = []
    for part in node.values:
        match part:
            case ast.FormattedValue(value=value, conversion=code, format_spec=spec):
                conversion = chr(code) if code >= 0 else None
                inner = _formatted_parts(spec) if isinstance(spec, ast.JoinedStr) else None
                parts.append(bare.FormattedStringExpression(expression(value), conversion, inner))
            case ast.Constant(value=text):
                parts.append(bare.FormattedStringText(text))
            case _:
                raise UnknownSyntaxError(type(part).__name__)
    return parts


def _binary(node: ast.BinOp) -> cst.BinaryOperation:
    return bare.BinaryOperation(
        expression(node.left), bare.OPERATORS[type(node.op)], expression(node.right)
    )


def _boolean(node: ast.BoolOp) -> cst.BaseExpression:
    operator = bare.OPERATORS[type(node.op)]
    first, *others = map(expression, node.values)
    for other in others:
        first = bare.BooleanOperation(first, operator, other)
    return first


def _unary(node: ast.UnaryOp) -> cst.UnaryOperation:
    return bare.UnaryOperation(bare.OPERATORS[type(node.op)], expression(node.operand))


def _comparison(node: ast.Compare) -> cst.Comparison:
    targets = [
        bare.ComparisonTarget(bare.OPERATORS[type(operator)], expression(value))
        for operator, value in zip(node.ops, node.comparators, strict=True)
    ]
    return bare.Comparison(expression(node.left), targets)


def _subscript(node: ast.Subscript) -> cst.Subscript:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return bare.Subscript(
        expression(node.value), [bare.SubscriptElement(_part(part)) for part in parts]
    )


def _part(node: ast.expr) -> cst.BaseSlice:
    match node:
        case ast.Slice(lower=lower, upper=upper, step=step):
            return bare.Slice(possibly(lower), possibly(upper), possibly(step))
        case ast.Starred(value=value):
            return bare.Index(expression(value), "*")
        case _:
            return bare.Index(expression(node), None)


def elements(nodes: Iterable[ast.expr]) -> list[cst.BaseElement]:
    """The elements of a tuple, list or set."""
    return [
        bare.StarredElement(expression(node.value))
        if isinstance(node, ast.Starred)
        else bare.Element(_EXPRESSIONS[type(node)](node))
        for node in nodes
    ]


def _dict(node: ast.Dict) -> cst.Dict:
    return bare.Dict(
        [
            bare.StarredDictElement(expression(value))
            if key is None
            else bare.DictElement(expression(key), expression(value))
            for key, value in zip(node.keys, node.values, strict=True)
        ]
    )


def _clauses(generators: Sequence[ast.comprehension]) -> cst.CompFor | None:
    clause: cst.CompFor | None = None
    for node in reversed(generators):
        clause = bare.CompFor(
            expression(node.target),
            expression(node.iter),
            [bare.CompIf(expression(test)) for test in node.ifs],
            clause,
            bare.ASYNCHRONOUS if node.is_async else None,
        )
    return clause


def _lambda(node: ast.Lambda) -> cst.Lambda:
    return bare.Lambda(parameters(node.args), expression(node.body))


def parameters(node: ast.arguments) -> cst.Parameters:
    """The parameters of a function or lambda."""
    plain = [*node.posonlyargs, *node.args]
    defaults = [*[None] * (len(plain) - len(node.defaults)), *node.defaults]
    made = [_param(arg, default) for arg, default in zip(plain, defaults, strict=True)]
    only = len(node.posonlyargs)
    star: cst.Param | cst.ParamStar | cst.MaybeSentinel = cst.MaybeSentinel.DEFAULT
    if node.vararg is not None:
        star = _param(node.vararg, None)
    elif node.kwonlyargs:
        star = cst.ParamStar()
    return bare.Parameters(
        made[only:],
        star,
        [_param(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True)],
        _param(node.kwarg, None) if node.kwarg is not None else None,
        made[:only],
    )


def _param(node: ast.arg, default: ast.expr | None) -> cst.Param:
    return bare.Param(bare.Name(node.arg), annotation(node.annotation), possibly(default))


def annotation(node: ast.expr | None) -> cst.Annotation | None:
    """An annotation, if there is one."""
    return None if node is None else bare.Annotation(expression(node))


_EXPRESSIONS: Makers[cst.BaseExpression] = Makers(
    {
        ast.Name: lambda node: bare.Name(node.id),
        ast.Attribute: _attribute,
        ast.Call: _call,
        ast.Constant: _constant,
        ast.JoinedStr: _formatted,
        ast.BinOp: _binary,
        ast.BoolOp: _boolean,
        ast.UnaryOp: _unary,
        ast.Compare: _comparison,
        ast.Subscript: _subscript,
        ast.Tuple: lambda node: bare.Tuple(elements(node.elts)),
        ast.List: lambda node: bare.List(elements(node.elts)),
        ast.Set: lambda node: bare.Set(elements(node.elts)),
        ast.Dict: _dict,
        ast.ListComp: lambda node: bare.ListComp(expression(node.elt), _clauses(node.generators)),
        ast.SetComp: lambda node: bare.SetComp(expression(node.elt), _clauses(node.generators)),
        ast.GeneratorExp: lambda node: bare.GeneratorExp(
            expression(node.elt), _clauses(node.generators)
        ),
        ast.DictComp: lambda node: bare.DictComp(
            expression(node.key), expression(node.value), _clauses(node.generators)
        ),
        ast.Lambda: _lambda,
        ast.IfExp: lambda node: bare.IfExp(
            expression(node.test), expression(node.body), expression(node.orelse)
        ),
        ast.Await: lambda node: bare.Await(expression(node.value)),
        ast.Yield: lambda node: bare.Yield(possibly(node.value)),
        ast.YieldFrom: lambda node: bare.Yield(bare.From(expression(node.value))),
        ast.NamedExpr: lambda node: bare.NamedExpr(expression(node.target), expression(node.value)),
        # On its own: the target of `for *a in b`, or what is returned or yielded.
        ast.Starred: lambda node: bare.StarredElement(expression(node.value)),
    }
)
