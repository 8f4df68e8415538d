"""libcst's nodes without their layout, made from what `ast` parsed.

Rules are matched on libcst's nodes, but only a fix needs their white space and punctuation, and
these take libcst nearly all of its time. A bare module has the same nodes with the same fields;
what is layout has the value that libcst gives it by default. `tests/lint/test_bare_tree.py` holds
bare modules equal to parsed ones.
"""

import ast
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, Field, fields
from types import new_class
from typing import Any, TypeVar, cast

import libcst as cst

N = TypeVar("N", bound=cst.CSTNode)

_MOST_BITS = 1_000  # of an integer that is written in decimal


class UnknownSyntaxError(Exception):
    """The code has syntax that there are no bare nodes for, such as `match`."""


def bare_module(tree: ast.Module) -> cst.Module:
    """The bare form of a module; UnknownSyntaxError where only libcst can read it."""
    try:
        return _module(_statements(tree.body))
    except KeyError as error:
        raise UnknownSyntaxError from error


# -- nodes ---------------------------------------------------------------------------------------


def _default(field: "Field[Any]") -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return None if field.default is MISSING else field.default


# libcst has the same hash, but written in Python.
_OF_ALL = {"__slots__": (), "__hash__": object.__hash__}


def _bare(kind: type[N], names: Sequence[str]) -> type[N]:
    """A class of such nodes that are given `names` and share all else."""
    body = _OF_ALL | {f.name: _default(f) for f in fields(kind) if f.name not in names}
    bare = new_class(f"Bare{kind.__name__}", (kind,), exec_body=lambda space: space.update(body))
    return cast("type[N]", bare)


def _maker(kind: type[N], *names: str) -> Callable[..., N]:
    """What makes bare nodes of a kind, given the values of `names` in that order.

    It goes past the constructor, which sets and checks twice as many fields as matter here.
    """
    bare = _bare(kind, names)
    setters = [getattr(kind, name).__set__ for name in names]

    def make(*values: object) -> N:
        node = object.__new__(bare)
        for set_value, value in zip(setters, values, strict=True):
            set_value(node, value)
        return node

    if len(names) > 3:
        return make
    first, second, third = (*setters, None, None)[:3]

    def make_of_one(value: object) -> N:
        node = object.__new__(bare)
        first(node, value)
        return node

    def make_of_two(value: object, other: object) -> N:
        node = object.__new__(bare)
        first(node, value)
        second(node, other)
        return node

    def make_of_three(value: object, other: object, last: object) -> N:
        node = object.__new__(bare)
        first(node, value)
        second(node, other)
        third(node, last)
        return node

    return (make_of_one, make_of_two, make_of_three)[len(names) - 1]


_Name = _maker(cst.Name, "value")
_Attribute = _maker(cst.Attribute, "value", "attr")
_Call = _maker(cst.Call, "func", "args")
_Arg = _maker(cst.Arg, "value", "keyword", "star")
_Integer = _maker(cst.Integer, "value")
_Float = _maker(cst.Float, "value")
_Imaginary = _maker(cst.Imaginary, "value")
_FormattedString = _maker(cst.FormattedString, "parts")
_FormattedStringText = _maker(cst.FormattedStringText, "value")
_FormattedStringExpression = _maker(
    cst.FormattedStringExpression, "expression", "conversion", "format_spec"
)
_BinaryOperation = _maker(cst.BinaryOperation, "left", "operator", "right")
_BooleanOperation = _maker(cst.BooleanOperation, "left", "operator", "right")
_UnaryOperation = _maker(cst.UnaryOperation, "operator", "expression")
_Comparison = _maker(cst.Comparison, "left", "comparisons")
_ComparisonTarget = _maker(cst.ComparisonTarget, "operator", "comparator")
_Subscript = _maker(cst.Subscript, "value", "slice")
_SubscriptElement = _maker(cst.SubscriptElement, "slice")
_Index = _maker(cst.Index, "value", "star")
_Slice = _maker(cst.Slice, "lower", "upper", "step")
_Tuple = _maker(cst.Tuple, "elements")
_List = _maker(cst.List, "elements")
_Set = _maker(cst.Set, "elements")
_Element = _maker(cst.Element, "value")
_StarredElement = _maker(cst.StarredElement, "value")
_Dict = _maker(cst.Dict, "elements")
_DictElement = _maker(cst.DictElement, "key", "value")
_StarredDictElement = _maker(cst.StarredDictElement, "value")
_ListComp = _maker(cst.ListComp, "elt", "for_in")
_SetComp = _maker(cst.SetComp, "elt", "for_in")
_GeneratorExp = _maker(cst.GeneratorExp, "elt", "for_in")
_DictComp = _maker(cst.DictComp, "key", "value", "for_in")
_CompFor = _maker(cst.CompFor, "target", "iter", "ifs", "inner_for_in", "asynchronous")
_CompIf = _maker(cst.CompIf, "test")
_Lambda = _maker(cst.Lambda, "params", "body")
_Parameters = _maker(
    cst.Parameters, "params", "star_arg", "kwonly_params", "star_kwarg", "posonly_params"
)
_Param = _maker(cst.Param, "name", "annotation", "default")
_Annotation = _maker(cst.Annotation, "annotation")
_IfExp = _maker(cst.IfExp, "test", "body", "orelse")
_Await = _maker(cst.Await, "expression")
_Yield = _maker(cst.Yield, "value")
_From = _maker(cst.From, "item")
_NamedExpr = _maker(cst.NamedExpr, "target", "value")
_FunctionDef = _maker(
    cst.FunctionDef, "name", "params", "body", "decorators", "returns", "asynchronous"
)
_ClassDef = _maker(cst.ClassDef, "name", "body", "bases", "keywords", "decorators")
_Decorator = _maker(cst.Decorator, "decorator")
_IndentedBlock = _maker(cst.IndentedBlock, "body")
_SimpleStatementLine = _maker(cst.SimpleStatementLine, "body")
_Expr = _maker(cst.Expr, "value")
_Assign = _maker(cst.Assign, "targets", "value")
_AssignTarget = _maker(cst.AssignTarget, "target")
_AnnAssign = _maker(cst.AnnAssign, "target", "annotation", "value")
_AugAssign = _maker(cst.AugAssign, "target", "operator", "value")
_Return = _maker(cst.Return, "value")
_Raise = _maker(cst.Raise, "exc", "cause")
_Assert = _maker(cst.Assert, "test", "msg")
_Del = _maker(cst.Del, "target")
_Global = _maker(cst.Global, "names")
_Nonlocal = _maker(cst.Nonlocal, "names")
_NameItem = _maker(cst.NameItem, "name")
_Import = _maker(cst.Import, "names")
_ImportFrom = _maker(cst.ImportFrom, "module", "names", "relative")
_ImportAlias = _maker(cst.ImportAlias, "name", "asname")
_AsName = _maker(cst.AsName, "name")
_If = _maker(cst.If, "test", "body", "orelse")
_Else = _maker(cst.Else, "body")
_For = _maker(cst.For, "target", "iter", "body", "orelse", "asynchronous")
_While = _maker(cst.While, "test", "body", "orelse")
_With = _maker(cst.With, "items", "body", "asynchronous")
_WithItem = _maker(cst.WithItem, "item", "asname")
_Try = _maker(cst.Try, "body", "handlers", "orelse", "finalbody")
_TryStar = _maker(cst.TryStar, "body", "handlers", "orelse", "finalbody")
_ExceptHandler = _maker(cst.ExceptHandler, "body", "type", "name")
_ExceptStarHandler = _maker(cst.ExceptStarHandler, "body", "type", "name")
_Finally = _maker(cst.Finally, "body")
_module = _maker(cst.Module, "body")

_ASYNCHRONOUS = cst.Asynchronous()
_OPERATORS: dict[type[ast.AST], cst.CSTNode] = {
    getattr(ast, theirs): getattr(cst, ours)()
    for theirs, ours in (
        *(("Add", "Add"), ("Sub", "Subtract"), ("Mult", "Multiply"), ("Div", "Divide")),
        *(("FloorDiv", "FloorDivide"), ("Mod", "Modulo"), ("Pow", "Power")),
        *(("MatMult", "MatrixMultiply"), ("LShift", "LeftShift"), ("RShift", "RightShift")),
        *(("BitOr", "BitOr"), ("BitAnd", "BitAnd"), ("BitXor", "BitXor"), ("And", "And")),
        *(("Or", "Or"), ("Not", "Not"), ("UAdd", "Plus"), ("USub", "Minus"), ("Is", "Is")),
        *(("Invert", "BitInvert"), ("Eq", "Equal"), ("NotEq", "NotEqual"), ("Lt", "LessThan")),
        *(("LtE", "LessThanEqual"), ("Gt", "GreaterThan"), ("GtE", "GreaterThanEqual")),
        *(("IsNot", "IsNot"), ("In", "In"), ("NotIn", "NotIn")),
    )
}
_ASSIGNED_OPERATORS: dict[type[ast.AST], cst.CSTNode] = {
    theirs: getattr(cst, f"{type(ours).__name__}Assign")()
    for theirs, ours in _OPERATORS.items()
    if issubclass(theirs, ast.operator)
}


class _SimpleString(_bare(cst.SimpleString, ("value",))):  # type: ignore[misc]
    """A string or bytes literal, or several next to one another, with its value at hand."""

    __slots__ = ("evaluated_value",)

    @property
    def value(self) -> str:
        """How it could be written."""
        return repr(self.evaluated_value)

    @property
    def raw_value(self) -> str:
        """What stands between the quotes."""
        text = self.evaluated_value
        return text if isinstance(text, str) else text.decode("latin-1")


_set_string = _SimpleString.evaluated_value.__set__


# -- expressions ---------------------------------------------------------------------------------


def _expression(node: ast.expr) -> cst.BaseExpression:
    return _EXPRESSIONS[type(node)](node)


def _possibly(node: ast.expr | None) -> cst.BaseExpression | None:
    return None if node is None else _EXPRESSIONS[type(node)](node)


def _constant(node: ast.Constant) -> cst.BaseExpression:
    value = node.value
    match value:
        case str() | bytes():
            string = object.__new__(_SimpleString)
            _set_string(string, value)
            return string
        case None | bool():
            return _Name(str(value))
        case int():
            return _Integer(str(value) if value.bit_length() < _MOST_BITS else hex(value))
        case float():
            return _Float("1e999" if math.isinf(value) else repr(value))
        case complex():
            return _Imaginary(repr(value))
        case _:
            return cst.Ellipsis()


def _attribute(node: ast.Attribute) -> cst.Attribute:
    value = node.value
    return _Attribute(_EXPRESSIONS[type(value)](value), _Name(node.attr))


def _call(node: ast.Call) -> cst.Call:
    args = node.args
    made = [_positional(arg) for arg in args]
    if node.keywords:
        made += map(_keyword, node.keywords)
        if args and _position(args[-1]) > _position(node.keywords[0]):
            given: list[ast.expr | ast.keyword] = [*args, *node.keywords]
            order = sorted(range(len(given)), key=lambda index: _position(given[index]))
            made = [made[index] for index in order]
    return _Call(_expression(node.func), made)


def _position(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _positional(node: ast.expr) -> cst.Arg:
    if isinstance(node, ast.Starred):
        return _Arg(_expression(node.value), None, "*")
    return _Arg(_EXPRESSIONS[type(node)](node), None, "")


def _keyword(node: ast.keyword) -> cst.Arg:
    if node.arg is None:
        return _Arg(_expression(node.value), None, "**")
    return _Arg(_expression(node.value), _Name(node.arg), "")


def _formatted(node: ast.JoinedStr) -> cst.FormattedString:
    return _FormattedString(_formatted_parts(node))


def _formatted_parts(node: ast.JoinedStr) -> list[cst.BaseFormattedStringContent]:
    parts: list[cst.BaseFormattedStringContent] = []
    for part in node.values:
        match part:
            case ast.FormattedValue(value=value, conversion=code, format_spec=spec):
                conversion = chr(code) if code >= 0 else None
                inner = _formatted_parts(spec) if isinstance(spec, ast.JoinedStr) else None
                parts.append(_FormattedStringExpression(_expression(value), conversion, inner))
            case ast.Constant(value=text):
                parts.append(_FormattedStringText(text))
            case _:
                raise KeyError(type(part))
    return parts


def _binary(node: ast.BinOp) -> cst.BinaryOperation:
    return _BinaryOperation(
        _expression(node.left), _OPERATORS[type(node.op)], _expression(node.right)
    )


def _boolean(node: ast.BoolOp) -> cst.BaseExpression:
    operator = _OPERATORS[type(node.op)]
    first, *others = map(_expression, node.values)
    for other in others:
        first = _BooleanOperation(first, operator, other)
    return first


def _unary(node: ast.UnaryOp) -> cst.UnaryOperation:
    return _UnaryOperation(_OPERATORS[type(node.op)], _expression(node.operand))


def _comparison(node: ast.Compare) -> cst.Comparison:
    targets = [
        _ComparisonTarget(_OPERATORS[type(operator)], _expression(value))
        for operator, value in zip(node.ops, node.comparators, strict=True)
    ]
    return _Comparison(_expression(node.left), targets)


def _subscript(node: ast.Subscript) -> cst.Subscript:
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return _Subscript(_expression(node.value), [_SubscriptElement(_part(part)) for part in parts])


def _part(node: ast.expr) -> cst.BaseSlice:
    match node:
        case ast.Slice(lower=lower, upper=upper, step=step):
            return _Slice(_possibly(lower), _possibly(upper), _possibly(step))
        case ast.Starred(value=value):
            return _Index(_expression(value), "*")
        case _:
            return _Index(_expression(node), None)


def _elements(nodes: Iterable[ast.expr]) -> list[cst.BaseElement]:
    return [
        _StarredElement(_expression(node.value))
        if isinstance(node, ast.Starred)
        else _Element(_EXPRESSIONS[type(node)](node))
        for node in nodes
    ]


def _dict(node: ast.Dict) -> cst.Dict:
    return _Dict(
        [
            _StarredDictElement(_expression(value))
            if key is None
            else _DictElement(_expression(key), _expression(value))
            for key, value in zip(node.keys, node.values, strict=True)
        ]
    )


def _clauses(generators: Sequence[ast.comprehension]) -> cst.CompFor | None:
    clause: cst.CompFor | None = None
    for node in reversed(generators):
        clause = _CompFor(
            _expression(node.target),
            _expression(node.iter),
            [_CompIf(_expression(test)) for test in node.ifs],
            clause,
            _ASYNCHRONOUS if node.is_async else None,
        )
    return clause


def _lambda(node: ast.Lambda) -> cst.Lambda:
    return _Lambda(_parameters(node.args), _expression(node.body))


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
    return _Parameters(
        made[positional:],
        star,
        [_param(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True)],
        _param(node.kwarg, None) if node.kwarg is not None else None,
        made[:positional],
    )


def _param(node: ast.arg, default: ast.expr | None) -> cst.Param:
    return _Param(_Name(node.arg), _annotation(node.annotation), _possibly(default))


def _annotation(node: ast.expr | None) -> cst.Annotation | None:
    return None if node is None else _Annotation(_expression(node))


_EXPRESSIONS: dict[type[ast.expr], Callable[[Any], cst.BaseExpression]] = {
    ast.Name: lambda node: _Name(node.id),
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Constant: _constant,
    ast.JoinedStr: _formatted,
    ast.BinOp: _binary,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.Compare: _comparison,
    ast.Subscript: _subscript,
    ast.Tuple: lambda node: _Tuple(_elements(node.elts)),
    ast.List: lambda node: _List(_elements(node.elts)),
    ast.Set: lambda node: _Set(_elements(node.elts)),
    ast.Dict: _dict,
    ast.ListComp: lambda node: _ListComp(_expression(node.elt), _clauses(node.generators)),
    ast.SetComp: lambda node: _SetComp(_expression(node.elt), _clauses(node.generators)),
    ast.GeneratorExp: lambda node: _GeneratorExp(_expression(node.elt), _clauses(node.generators)),
    ast.DictComp: lambda node: _DictComp(
        _expression(node.key), _expression(node.value), _clauses(node.generators)
    ),
    ast.Lambda: _lambda,
    ast.IfExp: lambda node: _IfExp(
        _expression(node.test), _expression(node.body), _expression(node.orelse)
    ),
    ast.Await: lambda node: _Await(_expression(node.value)),
    ast.Yield: lambda node: _Yield(_possibly(node.value)),
    ast.YieldFrom: lambda node: _Yield(_From(_expression(node.value))),
    ast.NamedExpr: lambda node: _NamedExpr(_expression(node.target), _expression(node.value)),
    # On its own: the target of `for *a in b`, or what is returned or yielded.
    ast.Starred: lambda node: _StarredElement(_expression(node.value)),
}


# -- statements ----------------------------------------------------------------------------------


def _statements(nodes: Iterable[ast.stmt]) -> list[cst.BaseStatement]:
    made: list[cst.BaseStatement] = []
    for node in nodes:
        compound = _COMPOUND.get(type(node))
        if compound is not None:
            made.append(compound(node))
        else:
            made.append(_SimpleStatementLine([_SIMPLE[type(node)](node)]))
    return made


def _block(nodes: Iterable[ast.stmt]) -> cst.IndentedBlock:
    return _IndentedBlock(_statements(nodes))


def _asynchronous(node: ast.stmt) -> cst.Asynchronous | None:
    return _ASYNCHRONOUS if type(node).__name__.startswith("Async") else None


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> cst.FunctionDef:
    _refuse_type_parameters(node)
    return _FunctionDef(
        _Name(node.name),
        _parameters(node.args),
        _block(node.body),
        _decorators(node),
        _annotation(node.returns),
        _asynchronous(node),
    )


def _class(node: ast.ClassDef) -> cst.ClassDef:
    _refuse_type_parameters(node)
    return _ClassDef(
        _Name(node.name),
        _block(node.body),
        [_positional(base) for base in node.bases],
        [_keyword(keyword) for keyword in node.keywords],
        _decorators(node),
    )


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[cst.Decorator]:
    return [_Decorator(_expression(decorator)) for decorator in node.decorator_list]


def _refuse_type_parameters(node: ast.AST) -> None:
    if getattr(node, "type_params", None):
        raise KeyError(type(node))


def _if(node: ast.If) -> cst.If:
    return _If(_expression(node.test), _block(node.body), _orelse_of_if(node))


def _orelse_of_if(node: ast.If) -> cst.If | cst.Else | None:
    """An `elif` starts in the column of its `if`; an `if` below `else` stands further in."""
    match node.orelse:
        case [ast.If() as arm] if arm.col_offset == node.col_offset:
            return _if(arm)
        case _:
            return _orelse(node.orelse)


def _orelse(nodes: Sequence[ast.stmt]) -> cst.Else | None:
    return _Else(_block(nodes)) if nodes else None


def _for(node: ast.For | ast.AsyncFor) -> cst.For:
    return _For(
        _expression(node.target),
        _expression(node.iter),
        _block(node.body),
        _orelse(node.orelse),
        _asynchronous(node),
    )


def _while(node: ast.While) -> cst.While:
    return _While(_expression(node.test), _block(node.body), _orelse(node.orelse))


def _with(node: ast.With | ast.AsyncWith) -> cst.With:
    items = [
        _WithItem(
            _expression(item.context_expr),
            None if item.optional_vars is None else _AsName(_expression(item.optional_vars)),
        )
        for item in node.items
    ]
    return _With(items, _block(node.body), _asynchronous(node))


def _try(node: ast.Try | ast.TryStar) -> cst.Try | cst.TryStar:
    is_plain = isinstance(node, ast.Try)
    handler = _ExceptHandler if is_plain else _ExceptStarHandler
    handlers = [
        handler(
            _block(h.body),
            _possibly(h.type),
            None if h.name is None else _AsName(_Name(h.name)),
        )
        for h in node.handlers
    ]
    finalbody = _Finally(_block(node.finalbody)) if node.finalbody else None
    parts = (_block(node.body), handlers, _orelse(node.orelse), finalbody)
    return _Try(*parts) if is_plain else _TryStar(*parts)


def _augmented(node: ast.AugAssign) -> cst.AugAssign:
    operator = _ASSIGNED_OPERATORS[type(node.op)]
    return _AugAssign(_expression(node.target), operator, _expression(node.value))


def _names(nodes: Iterable[ast.alias]) -> list[cst.ImportAlias]:
    return [
        _ImportAlias(
            _dotted(node.name), None if node.asname is None else _AsName(_Name(node.asname))
        )
        for node in nodes
    ]


def _dotted(name: str) -> cst.Name | cst.Attribute:
    head, *others = name.split(".")
    made: cst.Name | cst.Attribute = _Name(head)
    for other in others:
        made = _Attribute(made, _Name(other))
    return made


def _import_from(node: ast.ImportFrom) -> cst.ImportFrom:
    return _ImportFrom(
        None if node.module is None else _dotted(node.module),
        cst.ImportStar() if node.names[0].name == "*" else _names(node.names),
        [cst.Dot()] * node.level,
    )


def _raise(node: ast.Raise) -> cst.Raise:
    return _Raise(
        _possibly(node.exc), None if node.cause is None else _From(_expression(node.cause))
    )


def _del(node: ast.Delete) -> cst.Del:
    if len(node.targets) == 1:
        return _Del(_expression(node.targets[0]))
    return _Del(_Tuple(_elements(node.targets)))


_COMPOUND: dict[type[ast.stmt], Callable[[Any], cst.BaseCompoundStatement]] = {
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
_SIMPLE: dict[type[ast.stmt], Callable[[Any], cst.BaseSmallStatement]] = {
    ast.Expr: lambda node: _Expr(_expression(node.value)),
    ast.Assign: lambda node: _Assign(
        [_AssignTarget(_expression(target)) for target in node.targets], _expression(node.value)
    ),
    ast.AnnAssign: lambda node: _AnnAssign(
        _expression(node.target), _annotation(node.annotation), _possibly(node.value)
    ),
    ast.AugAssign: _augmented,
    ast.Return: lambda node: _Return(_possibly(node.value)),
    ast.Raise: _raise,
    ast.Assert: lambda node: _Assert(_expression(node.test), _possibly(node.msg)),
    ast.Delete: _del,
    ast.Pass: lambda _: cst.Pass(),
    ast.Break: lambda _: cst.Break(),
    ast.Continue: lambda _: cst.Continue(),
    ast.Global: lambda node: _Global([_NameItem(_Name(name)) for name in node.names]),
    ast.Nonlocal: lambda node: _Nonlocal([_NameItem(_Name(name)) for name in node.names]),
    ast.Import: lambda node: _Import(_names(node.names)),
    ast.ImportFrom: _import_from,
}
