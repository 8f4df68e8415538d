"""Makers of libcst's nodes without their layout, by the names of their classes.

`bare_tree` uses them; what they leave out has the value that libcst gives it by default.
"""

import ast
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, fields
from types import new_class
from typing import Any, TypeVar, cast

import libcst as cst

N = TypeVar("N", bound=cst.CSTNode)


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
    setters: list[Any] = [getattr(kind, name).__set__ for name in names]

    def make(*values: object) -> N:
        node = object.__new__(bare)
        for set_value, value in zip(setters, values, strict=True):
            set_value(node, value)
        return node

    if len(names) > 3:
        return make
    first, second, third = [*setters, *setters, *setters][:3]  # some may go unused

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


Name = _maker(cst.Name, "value")
Attribute = _maker(cst.Attribute, "value", "attr")
Call = _maker(cst.Call, "func", "args")
Arg = _maker(cst.Arg, "value", "keyword", "star")
Integer = _maker(cst.Integer, "value")
Float = _maker(cst.Float, "value")
Imaginary = _maker(cst.Imaginary, "value")
FormattedString = _maker(cst.FormattedString, "parts")
FormattedStringText = _maker(cst.FormattedStringText, "value")
FormattedStringExpression = _maker(
    cst.FormattedStringExpression, "expression", "conversion", "format_spec"
)
BinaryOperation = _maker(cst.BinaryOperation, "left", "operator", "right")
BooleanOperation = _maker(cst.BooleanOperation, "left", "operator", "right")
UnaryOperation = _maker(cst.UnaryOperation, "operator", "expression")
Comparison = _maker(cst.Comparison, "left", "comparisons")
ComparisonTarget = _maker(cst.ComparisonTarget, "operator", "comparator")
Subscript = _maker(cst.Subscript, "value", "slice")
SubscriptElement = _maker(cst.SubscriptElement, "slice")
Index = _maker(cst.Index, "value", "star")
Slice = _maker(cst.Slice, "lower", "upper", "step")
Tuple = _maker(cst.Tuple, "elements")
List = _maker(cst.List, "elements")
Set = _maker(cst.Set, "elements")
Element = _maker(cst.Element, "value")
StarredElement = _maker(cst.StarredElement, "value")
Dict = _maker(cst.Dict, "elements")
DictElement = _maker(cst.DictElement, "key", "value")
StarredDictElement = _maker(cst.StarredDictElement, "value")
ListComp = _maker(cst.ListComp, "elt", "for_in")
SetComp = _maker(cst.SetComp, "elt", "for_in")
GeneratorExp = _maker(cst.GeneratorExp, "elt", "for_in")
DictComp = _maker(cst.DictComp, "key", "value", "for_in")
CompFor = _maker(cst.CompFor, "target", "iter", "ifs", "inner_for_in", "asynchronous")
CompIf = _maker(cst.CompIf, "test")
Lambda = _maker(cst.Lambda, "params", "body")
Parameters = _maker(
    cst.Parameters, "params", "star_arg", "kwonly_params", "star_kwarg", "posonly_params"
)
Param = _maker(cst.Param, "name", "annotation", "default")
Annotation = _maker(cst.Annotation, "annotation")
IfExp = _maker(cst.IfExp, "test", "body", "orelse")
Await = _maker(cst.Await, "expression")
Yield = _maker(cst.Yield, "value")
From = _maker(cst.From, "item")
NamedExpr = _maker(cst.NamedExpr, "target", "value")
FunctionDef = _maker(
    cst.FunctionDef, "name", "params", "body", "decorators", "returns", "asynchronous"
)
ClassDef = _maker(cst.ClassDef, "name", "body", "bases", "keywords", "decorators")
Decorator = _maker(cst.Decorator, "decorator")
IndentedBlock = _maker(cst.IndentedBlock, "body")
SimpleStatementLine = _maker(cst.SimpleStatementLine, "body")
Expr = _maker(cst.Expr, "value")
Assign = _maker(cst.Assign, "targets", "value")
AssignTarget = _maker(cst.AssignTarget, "target")
AnnAssign = _maker(cst.AnnAssign, "target", "annotation", "value")
AugAssign = _maker(cst.AugAssign, "target", "operator", "value")
Return = _maker(cst.Return, "value")
Raise = _maker(cst.Raise, "exc", "cause")
Assert = _maker(cst.Assert, "test", "msg")
Del = _maker(cst.Del, "target")
Global = _maker(cst.Global, "names")
Nonlocal = _maker(cst.Nonlocal, "names")
NameItem = _maker(cst.NameItem, "name")
Import = _maker(cst.Import, "names")
ImportFrom = _maker(cst.ImportFrom, "module", "names", "relative")
ImportAlias = _maker(cst.ImportAlias, "name", "asname")
AsName = _maker(cst.AsName, "name")
If = _maker(cst.If, "test", "body", "orelse")
Else = _maker(cst.Else, "body")
For = _maker(cst.For, "target", "iter", "body", "orelse", "asynchronous")
While = _maker(cst.While, "test", "body", "orelse")
With = _maker(cst.With, "items", "body", "asynchronous")
WithItem = _maker(cst.WithItem, "item", "asname")
Try = _maker(cst.Try, "body", "handlers", "orelse", "finalbody")
TryStar = _maker(cst.TryStar, "body", "handlers", "orelse", "finalbody")
ExceptHandler = _maker(cst.ExceptHandler, "body", "type", "name")
ExceptStarHandler = _maker(cst.ExceptStarHandler, "body", "type", "name")
Finally = _maker(cst.Finally, "body")
Module = _maker(cst.Module, "body")

ASYNCHRONOUS = cst.Asynchronous()
OPERATORS: dict[type[ast.AST], cst.CSTNode] = {
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
ASSIGNED_OPERATORS: dict[type[ast.AST], cst.CSTNode] = {
    theirs: getattr(cst, f"{type(ours).__name__}Assign")()
    for theirs, ours in OPERATORS.items()
    if issubclass(theirs, ast.operator)
}


class BareString(_bare(cst.SimpleString, ("value",))):  # type: ignore[misc]
    """A string or bytes literal, or several next to one another, with its value at hand."""

    __slots__ = ("evaluated_value",)  # pyright: ignore[reportIncompatibleMethodOverride]

    @property
    def value(self) -> str:
        """How it could be written."""
        return repr(self.evaluated_value)

    @property
    def raw_value(self) -> str:
        """Its text, in which libcst leaves escapes as they are written."""
        text = self.evaluated_value
        return text if isinstance(text, str) else text.decode("latin-1")


_set_string: Any = vars(BareString)["evaluated_value"].__set__


def SimpleString(value: str | bytes) -> cst.SimpleString:  # noqa: N802 - as the others
    """A bare string of that value."""
    node = object.__new__(BareString)
    _set_string(node, value)
    return node
