"""The shape of libcst's nodes: which fields hold code, in the order of the text."""

from dataclasses import fields

import libcst as cst

# Fields that hold layout or punctuation, never an expression.
_LAYOUT = frozenset(
    {
        *("lpar", "rpar", "lbracket", "rbracket", "lbrace", "rbrace", "bracket", "quote"),
        *("comma", "semicolon", "dot", "equal", "operator", "star", "colon", "separator"),
        *("first_colon", "second_colon", "asynchronous", "conversion", "start", "end", "prefix"),
        *("header", "footer", "leading_lines", "lines_after_decorators", "indent", "first_line"),
        *("trailing_whitespace", "default_indent", "has_trailing_newline"),
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
_child_fields: dict[type, tuple[str, ...]] = {}


def child_fields(kind: type) -> tuple[str, ...]:
    """The fields of a node class that hold code, in the order of the text."""
    names = _child_fields.get(kind)
    if names is None:
        names = _ORDER.get(kind) or tuple(
            f.name
            for f in fields(kind)
            if f.name not in _LAYOUT and not f.name.startswith("whitespace")
        )
        _child_fields[kind] = names
    return names


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes directly below `node` that hold code, in the order of the text."""
    found: list[cst.CSTNode] = []
    for name in child_fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found.extend(item for item in value if isinstance(item, cst.CSTNode))
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
