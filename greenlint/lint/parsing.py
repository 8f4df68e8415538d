"""Parsing with `ast`: whether text is Python at all, and the places in it."""

import ast
import warnings
from collections.abc import Iterator

# The time that libcst takes grows with the cube of the depth. Nobody writes half of this by hand.
_MAX_DEPTH = 500


def parse(text: str) -> ast.Module:
    """The syntax tree of `text`; SyntaxError, ValueError, RecursionError or MemoryError if none.

    RecursionError also stands for expressions that only `ast` could take in reasonable time.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes of the checked code are not our news
        tree = ast.parse(text)
    if any(map(_is_deep, _large_expressions(tree))):
        raise RecursionError
    return tree


def _large_expressions(tree: ast.Module) -> Iterator[ast.expr]:
    """The outermost expressions with room for a nesting that matters."""
    pending: list[ast.AST] = [tree]
    while pending:
        for child in ast.iter_child_nodes(pending.pop()):
            if not isinstance(child, ast.expr):
                pending.append(child)
            elif child.end_lineno != child.lineno or (
                (child.end_col_offset or 0) - child.col_offset > _MAX_DEPTH
            ):
                yield child


def _is_deep(expression: ast.expr) -> bool:
    level: list[ast.AST] = [expression]
    for _ in range(_MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True
