"""libcst's nodes without their layout, made from what `ast` parsed.

Rules are matched on libcst's nodes, but only a fix needs their white space and punctuation, and
these take libcst nearly all of its time. A bare module has the same nodes with the same fields;
what is layout has the value that libcst gives it by default. `tests/lint/test_bare_tree.py` holds
bare modules equal to parsed ones.
"""

import ast
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import libcst as cst

from greenlint.lint import bare_nodes as bare

N = TypeVar("N", bound=cst.CSTNode)

_MOST_BITS = 1_000  # of an integer that is written in decimal


class UnknownSyntaxError(Exception):
    """The code has syntax that there are no bare nodes for, such as `match`."""


def bare_module(tree: ast.Module) -> cst.Module:
    """The bare form of a module; UnknownSyntaxError where only libcst can read it."""
    return bare.Module(_statements(tree.body))


class _Makers(dict[type[ast.AST], Callable[[Any], N]]):
    """What makes the bare form of each kind of `ast` node."""

    def __missing__(self, kind: type[ast.AST]) -> Callable[[Any], N]:
        raise UnknownSyntaxError(kind.__name__)


# -- expressions ---------------------------------------------------------------------------------


def _expression(node: ast.expr) -> cst.BaseExpression:
    return _EXPRESSIONS[type(node)](node)


def _possibly(node: ast.expr | None) -> cst.BaseExpression | None:
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
    made = [_positional(arg) for arg in args]
    if node.keywords:
        made += map(_keyword, node.keywords)
        if args and _position(args[-1]) > _position(node.keywords[0]):
            given: list[ast.expr | ast.keyword] = [*args, *node.keywords]
            order = sorted(range(len(given)), key=lambda index: _position(given[index]))
            made = [made[index] for index in order]
    return bare.Call(_expression(node.func), made)


def _position(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _positional(node: ast.expr) -> cst.Arg:
    if isinstance(node, ast.Starred):
        return bare.Arg(_expression(node.value), None, "*")
    return bare.Arg(_EXPRESSIONS[type(node)](node), None, "")


def _keyword(node: ast.keyword) -> cst.Arg:
    if node.arg is None:
        return bare.Arg(_expression(node.value), None, "**")
    return bare.Arg(_expression(node.value), bare.Name(node.arg), "")


def _formatted(node: ast.JoinedStr) -> cst.FormattedString:
    return bare.FormattedString(_formatted_parts(node))


def _formatted_parts(node: ast.JoinedStr) -> list[cst.BaseFormattedStringContent]:
    parts: list[cst.BaseFormattedStringContent] = []
    for part in node.values:
        match part:
            case ast.FormattedValue(value=value, conversion=code, format_spec=spec):
                conversion = chr(code) if code >= 0 else None
                inner = _formatted_parts(spec) if isinstance(spec, ast.JoinedStr) else None
                parts.append(bare.FormattedStringExpression(_expression(value), conversion, inner))
            case ast.Constant(value=text):
                parts.append(bare.FormattedStringText(text))
            case _:
                raise UnknownSyntaxError(type(part).__name__)
    return parts


def _binary(node: ast.BinOp) -> cst.BinaryOperation:
    return bare.BinaryOperation(
        _expression(node.left), bare.OPERATORS[type(node.op)], _expression(node.right)
    )


def _boolean(node: ast.BoolOp) -> cst.BaseExpression:
    operator = bare.OPERATORS[type(node.op)]
    first, *others = map(_expression, node.values)
    for other in others:
        first = bare.BooleanOperation(first, operator, other)
    return first


def _unary(node: ast.UnaryOp) -> cst.UnaryOperation:
    return bare.UnaryOperation(bare.OPERATORS[type(node.op)], _expression(node.operand))


def _comparison(node: ast.Compare) -> cst.Comparison:
    targets = [
        bare.ComparisonTarget(bare.OPERATORS[type(operator)], _expression(value))
        for operator, value in zip(node.ops, node.comparators, strict=True)
    ]
    return bare.Comparison(_expression(node.left), targets)


def _subscript(node: ast.Subscript) -> cst.Subscript:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return bare.Subscript(
        _expression(node.value), [bare.SubscriptElement(_part(part)) for part in parts]
    )


def _part(node: ast.expr) -> cst.BaseSlice:
    match node:
        case ast.Slice(lower=lower, upper=upper, step=step):
            return bare.Slice(_possibly(lower), _possibly(upper), _possibly(step))
        case ast.Starred(value=value):
            return bare.Index(_expression(value), "*")
        case _:
            return bare.Index(_expression(node), None)


def _elements(nodes: Iterable[ast.expr]) -> list[cst.BaseElement]:
    return [
        bare.StarredElement(_expression(node.value))
        if isinstance(node, ast.Starred)
        else bare.Element(_EXPRESSIONS[type(node)](node))
        for node in nodes
    ]


def _dict(node: ast.Dict) -> cst.Dict:
    return bare.Dict(
        [
            bare.StarredDictElement(_expression(value))
            if key is None
            else bare.DictElement(_expression(key), _expression(value))
            for key, value in zip(node.keys, node.values, strict=True)
        ]
    )


def _clauses(generators: Sequence[ast.comprehension]) -> cst.CompFor | None:
    clause: cst.CompFor | None = None
    for node in reversed(generators):
        clause = bare.CompFor(
            _expression(node.target),
            _expression(node.iter),
            [bare.CompIf(_expression(test)) for test in node.ifs],
            clause,
            bare.ASYNCHRONOUS if node.is_async else None,
        )
    return clause


def _lambda(node: ast.Lambda) -> cst.Lambda:
    return bare.Lambda(_parameters(node.args), _expression(node.body))


def _parameters(node: ast.arguments) -> cst.Parameters:
    plain = [*node.posonlyargs, *node.args]
    defaults = [*[None] * (len(plain) - len(node.defaults)), *node.defaults]
    made = [_param(arg, default) for arg, default in zip(plain, defaults, strict=True)]
    positional = len(node.posonlyargs)
    star: cst.Param | cst.ParamStar | cst.MaybeSentinel = cst.MaybeSentinel.DEFAULT
    if node.vararg is not None:
        star = _param(node.vararg, None)
    elif node.kwonlyargs:
        star = cst.ParamStar()
    return bare.Parameters(
        made[positional:],
        star,
        [_param(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True)],
        _param(node.kwarg, None) if node.kwarg is not None else None,
        made[:positional],
    )


def _param(node: ast.arg, default: ast.expr | None) -> cst.Param:
    return bare.Param(bare.Name(node.arg), _annotation(node.annotation), _possibly(default))


def _annotation(node: ast.expr | None) -> cst.Annotation | None:
    return None if node is None else bare.Annotation(_expression(node))


_EXPRESSIONS: _Makers[cst.BaseExpression] = _Makers(
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
        ast.Tuple: lambda node: bare.Tuple(_elements(node.elts)),
        ast.List: lambda node: bare.List(_elements(node.elts)),
        ast.Set: lambda node: bare.Set(_elements(node.elts)),
        ast.Dict: _dict,
        ast.ListComp: lambda node: bare.ListComp(_expression(node.elt), _clauses(node.generators)),
        ast.SetComp: lambda node: bare.SetComp(_expression(node.elt), _clauses(node.generators)),
        ast.GeneratorExp: lambda node: bare.GeneratorExp(
            _expression(node.elt), _clauses(node.generators)
        ),
        ast.DictComp: lambda node: bare.DictComp(
            _expression(node.key), _expression(node.value), _clauses(node.generators)
        ),
        ast.Lambda: _lambda,
        ast.IfExp: lambda node: bare.IfExp(
            _expression(node.test), _expression(node.body), _expression(node.orelse)
        ),
        ast.Await: lambda node: bare.Await(_expression(node.value)),
        ast.Yield: lambda node: bare.Yield(_possibly(node.value)),
        ast.YieldFrom: lambda node: bare.Yield(bare.From(_expression(node.value))),
        ast.NamedExpr: lambda node: bare.NamedExpr(
            _expression(node.target), _expression(node.value)
        ),
        # On its own: the target of `for *a in b`, or what is returned or yielded.
        ast.Starred: lambda node: bare.StarredElement(_expression(node.value)),
    }
)


# -- statements ----------------------------------------------------------------------------------


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
        _parameters(node.args),
        _block(node.body),
        _decorators(node),
        _annotation(node.returns),
        _asynchronous(node),
    )


def _class(node: ast.ClassDef) -> cst.ClassDef:
    _refuse_type_parameters(node)
    return bare.ClassDef(
        bare.Name(node.name),
        _block(node.body),
        [_positional(base) for base in node.bases],
        [_keyword(keyword) for keyword in node.keywords],
        _decorators(node),
    )


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[cst.Decorator]:
    return [bare.Decorator(_expression(decorator)) for decorator in node.decorator_list]


def _refuse_type_parameters(node: ast.AST) -> None:
    if getattr(node, "type_params", None):
        raise UnknownSyntaxError("type parameters")


def _if(node: ast.If) -> cst.If:
    return bare.If(_expression(node.test), _block(node.body), _orelse_of_if(node))


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
        _expression(node.target),
        _expression(node.iter),
        _block(node.body),
        _orelse(node.orelse),
        _asynchronous(node),
    )


def _while(node: ast.While) -> cst.While:
    return bare.While(_expression(node.test), _block(node.body), _orelse(node.orelse))


def _with(node: ast.With | ast.AsyncWith) -> cst.With:
    items = [
        bare.WithItem(
            _expression(item.context_expr),
            None if item.optional_vars is None else bare.AsName(_expression(item.optional_vars)),
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
            _possibly(h.type),
            None if h.name is None else bare.AsName(bare.Name(h.name)),
        )
        for h in node.handlers
    ]
    finalbody = bare.Finally(_block(node.finalbody)) if node.finalbody else None
    parts = (_block(node.body), handlers, _orelse(node.orelse), finalbody)
    return bare.Try(*parts) if is_plain else bare.TryStar(*parts)


def _augmented(node: ast.AugAssign) -> cst.AugAssign:
    operator = bare.ASSIGNED_OPERATORS[type(node.op)]
    return bare.AugAssign(_expression(node.target), operator, _expression(node.value))


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
        _possibly(node.exc), None if node.cause is None else bare.From(_expression(node.cause))
    )


def _del(node: ast.Delete) -> cst.Del:
    if len(node.targets) == 1:
        return bare.Del(_expression(node.targets[0]))
    return bare.Del(bare.Tuple(_elements(node.targets)))


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
_SIMPLE: _Makers[cst.BaseSmallStatement] = _Makers(
    {
        ast.Expr: lambda node: bare.Expr(_expression(node.value)),
        ast.Assign: lambda node: bare.Assign(
            [bare.AssignTarget(_expression(target)) for target in node.targets],
            _expression(node.value),
        ),
        ast.AnnAssign: lambda node: bare.AnnAssign(
            _expression(node.target), _annotation(node.annotation), _possibly(node.value)
        ),
        ast.AugAssign: _augmented,
        ast.Return: lambda node: bare.Return(_possibly(node.value)),
        ast.Raise: _raise,
        ast.Assert: lambda node: bare.Assert(_expression(node.test), _possibly(node.msg)),
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
