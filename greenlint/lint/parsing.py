"""Parsing: what of a source is Python, as `ast` reads it, and as libcst does.

`ast` is several times as fast as libcst, so it does the reading: libcst's nodes are made from its
tree (`bare_tree.py`). Only fixes, and syntax that there are no bare nodes for, need libcst's own.
"""

import ast
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenlint.lint.slicing import Slice
from greenlint.lint.source import Source, SourceError

if TYPE_CHECKING:
    import libcst as cst

# The time that libcst takes grows with the cube of the depth. Nobody writes half of this by hand.
_MAX_DEPTH = 500
TOO_DEEP = "the code is nested too deeply to be checked"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A slice that is Python, or the whole source where the slice is not."""

    piece: Slice
    tree: ast.Module

    @classmethod
    def of(cls, source: Source, piece: Slice) -> "Parsed":
        """The slice parsed; SourceError when not even the whole source is Python."""
        try:
            return cls(piece, parse(piece.text))
        except (SyntaxError, ValueError):
            return cls(Slice(source.text), _parse_whole(source.text))
        except (RecursionError, MemoryError):
            raise SourceError(TOO_DEEP) from None

    def module(self) -> "cst.Module":
        """Libcst's nodes, without their layout where that is possible; SourceError if none."""
        from greenlint.lint.bare_tree import UnknownSyntaxError, bare_module

        try:
            return bare_module(self.tree)
        except UnknownSyntaxError:
            return self.exact_module()
        except RecursionError:
            raise SourceError(TOO_DEEP) from None

    def exact_module(self) -> "cst.Module":
        """What libcst parses, to the last blank; SourceError if it can't."""
        import libcst as cst

        if any(map(_is_deep, _large_expressions(self.tree))):
            raise SourceError(TOO_DEEP)
        try:
            return cst.parse_module(self.piece.text)
        except cst.ParserSyntaxError as error:
            line = self.piece.original_line(error.raw_line)
            raise SourceError(f"libcst cannot parse it: {error.message}", line) from None
        except RecursionError:
            raise SourceError(TOO_DEEP) from None


def parse(text: str) -> ast.Module:
    """The `ast` of `text`; SyntaxError, ValueError, RecursionError or MemoryError if none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes of the checked code are not our news
        return ast.parse(text)


def _parse_whole(text: str) -> ast.Module:
    try:
        return parse(text)
    except SyntaxError as error:
        message = f"this is no Python that {sys.version_info[0]}.{sys.version_info[1]} can parse"
        raise SourceError(f"{message}: {error.msg}", error.lineno or 1, error.offset or 1) from None
    except (RecursionError, MemoryError):
        raise SourceError(TOO_DEEP) from None
    except ValueError as error:
        raise SourceError(str(error)) from None


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
