"""The shape of libcst's nodes: which fields hold code, what they are called, what is below them."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from types import NoneType
from typing import TypeGuard, TypeVar

import libcst as cst

N = TypeVar("N", bound=cst.CSTNode)

# Fields that hold layout or punctuation, never an expression.
_LAYOUT = frozenset(
    {
        *("lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "bracket", "quote"),
        *("comma", "semicolon", "dot", "equal", "operator", "star", "colon", "separator"),
        *("first_colon", "second_colon", "asynchronous", "conversion", "start", "end", "prefix"),
        *("header", "footer", "leading_lines", "lines_after_decorators", "indent", "first_line"),
        *("trailing_whitespace", "default_indent", "has_trailing_newline", "posonly_ind"),
    }
)
# Where the order of the fields is not the order of the text.
_ORDER: dict[type, tuple[str, ...]] = {
    cst.IfExp: ("body", "test", "orelse"),
    cst.Arg: ("value",),
    cst.Param: ("annotation", "default"),
    cst.Attribute: ("value",),
    cst.NamedExpr: ("target", "value"),
}
# What else than nodes, and lists of nodes, stands in fields.
_NO_NODES = frozenset({NoneType, str, bool, cst.MaybeSentinel})
# What methods call the object or class that they belong to.
OWN = frozenset({"self", "cls"})


def is_exactly(node: cst.CSTNode | None, kind: type[N]) -> TypeGuard[N]:
    """Whether a node is of just that class of libcst's; `isinstance` takes far longer to tell."""
    return node is not None and _libcst_class(type(node)) is kind


@cache
def _libcst_class(kind: type[cst.CSTNode]) -> type:
    return next(base for base in kind.__mro__ if base.__module__.startswith("libcst."))


@cache
def child_fields(kind: type) -> tuple[str, ...]:
    """The fields of a node class that hold code, in the order of the text."""
    orders = (_ORDER[base] for base in kind.__mro__ if base in _ORDER)
    return next(orders, None) or _fields_below(kind)


@cache
def _fields_below(kind: type) -> tuple[str, ...]:
    """All fields of a node class but layout; more than hold code, and in no order."""
    names = (field.name for field in fields(kind))
    return tuple(n for n in names if n not in _LAYOUT and not n.startswith("whitespace"))


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes directly below `node` that hold code, in the order of the text."""
    return _nodes_at(node, child_fields(type(node)))


def _nodes_at(node: cst.CSTNode, names: Iterable[str]) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []
    for name in names:
        value = getattr(node, name)
        kind = type(value)
        if kind is list or kind is tuple:
            found += value
        elif kind not in _NO_NODES:
            found.append(value)
    return found


def parameters_of(parameters: cst.Parameters) -> list[cst.Param]:
    """All parameters in the order of the text."""
    found = [*parameters.posonly_params, *parameters.params]
    if isinstance(parameters.star_arg, cst.Param):
        found.append(parameters.star_arg)
    found.extend(parameters.kwonly_params)
    if parameters.star_kwarg is not None:
        found.append(parameters.star_kwarg)
    return found


def positional_names(node: cst.CSTNode) -> tuple[str, ...]:
    """The parameters that callers may give a function by position, in order, without `self`."""
    if not isinstance(node, cst.FunctionDef):
        return ()
    names = (param.name.value for param in (*node.params.posonly_params, *node.params.params))
    return tuple(name for name in names if name not in OWN)


def nodes_in(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and everything below it but layout, in no particular order."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(_nodes_at(current, _fields_below(type(current))))


def last_name(node: cst.CSTNode | None) -> str:
    """The identifier that an expression ends in: `epochs` of `args.epochs`; empty if none."""
    match node:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name
        case _:
            return ""


def root_name(node: cst.BaseExpression) -> str | None:
    """The name at the bottom of `name.a[b].c`."""
    while isinstance(node, (cst.Attribute, cst.Subscript)):
        node = node.value
    return node.value if isinstance(node, cst.Name) else None


def defined_name(node: cst.CSTNode) -> str:
    """The name of a function or class; empty for other nodes."""
    match node:
        case cst.FunctionDef(name=cst.Name(value=name)) | cst.ClassDef(name=cst.Name(value=name)):
            return name
        case _:
            return ""


def is_none(node: object) -> bool:
    """Whether an expression is `None`."""
    return isinstance(node, cst.Name) and node.value == "None"
