"""Places: where the calls and blocks of a module are.

libcst's nodes carry no positions. `ast` has them for nothing, so calls and blocks are paired up by
their order in the text.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from greenlint.lint.finding import Span
from greenlint.lint.parsing import Parsed
from greenlint.lint.slicing import Slice


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is, and the statement (or the header of one) that holds it."""

    span: Span
    statement: Span


@dataclass(slots=True)
class Places:
    """The places of a module's calls and blocks, each list in the order of the text."""

    calls: list[Place] = field(default_factory=list)
    blocks: dict[str, list[Place]] = field(default_factory=dict)

    def block(self, kind: str, index: int) -> Place:
        """The place of the `index`-th block of a kind (`for`, `while`, `function`, ...)."""
        return self.blocks[kind][index]


def places_in(parsed: Parsed) -> Places:
    """The places of every call and block of a slice, in lines of the whole text."""
    finder = _Finder(parsed.piece)
    for node in parsed.tree.body:
        finder.visit(node)
    return finder.places


class _Finder:
    """Walks an `ast` in the order of the text, as `facts.walk` does with libcst."""

    def __init__(self, source: Slice) -> None:
        self.places = Places()
        self._source = source
        self._lines = source.text.split("\n")
        self._statement = Span(1, 1, 1, 1)

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            self._statement = self._header(node)
        match node:
            case ast.Call():
                self.visit(node.func)
                self.places.calls.append(Place(self._span(node), self._statement))
                arguments: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
                arguments.sort(key=_position)
                self._all(arguments)
                return
            case ast.For() | ast.AsyncFor():
                self.visit(node.iter)
                self._block("for", self._statement)
                self._all((*node.body, *node.orelse))
                return
            case ast.While():
                self._block("while", self._statement)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
                return
            case ast.ClassDef():
                self._all(node.decorator_list)
                self._all((*node.bases, *node.keywords))
                self._block("class", self._statement)
                self._all(node.body)
                return
            case ast.Lambda():
                self.visit(node.args)
                self._block("lambda", self._span(node))
                self.visit(node.body)
                return
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._block("comprehension", self._span(node))
            case _:
                pass
        self._all(_in_text_order(node))

    def _all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        header = self._statement
        self._all(node.decorator_list)
        self.visit(node.args)
        if node.returns is not None:
            self.visit(node.returns)
        self._block("function", header)
        self._all(node.body)

    def _block(self, kind: str, span: Span) -> None:
        self.places.blocks.setdefault(kind, []).append(Place(span, self._statement))

    def _header(self, node: ast.stmt | ast.ExceptHandler | ast.match_case) -> Span:
        """A simple statement whole; of a compound one, what stands before its body."""
        end: ast.AST = node
        match node:
            case ast.For(iter=last) | ast.AsyncFor(iter=last):
                end = last
            case ast.While(test=last) | ast.If(test=last):
                end = last
            case ast.With(items=items) | ast.AsyncWith(items=items):
                end = items[-1].optional_vars or items[-1].context_expr
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return self._name_span(node)
            case ast.match_case(pattern=pattern, guard=guard):
                return self._between(pattern, guard or pattern)
            case ast.ExceptHandler(type=kind):
                return self._between(node, kind) if kind is not None else self._first_line(node)
            case ast.Try() | ast.TryStar() | ast.Match():
                return self._first_line(node)
            case _:
                pass
        return self._between(node, end)

    def _name_span(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
        """From the keyword to the end of the name."""
        line = self._lines[node.lineno - 1]
        start = self._column(node.lineno, node.col_offset)
        found = line.find(f" {node.name}", start - 1)
        end = found + len(node.name) + 2 if found >= 0 else len(line) + 1
        number = self._source.original_line(node.lineno)
        return Span(number, start, number, end)

    def _first_line(self, node: ast.AST) -> Span:
        line = getattr(node, "lineno", 1)
        number = self._source.original_line(line)
        text = self._lines[line - 1]
        start = len(text) - len(text.lstrip()) + 1
        return Span(number, start, number, len(text) + 1)

    def _span(self, node: ast.AST) -> Span:
        return self._between(node, node)

    def _between(self, first: ast.AST, last: ast.AST) -> Span:
        line, column = getattr(first, "lineno", 1), getattr(first, "col_offset", 0)
        end_line, end_column = getattr(last, "end_lineno", line), getattr(last, "end_col_offset", 0)
        return Span(
            self._source.original_line(line),
            self._column(line, column),
            self._source.original_line(end_line),
            self._column(end_line, end_column),
        )

    def _column(self, line: int, offset: int) -> int:
        """From a byte offset to a column in characters, from 1."""
        text = self._lines[line - 1]
        if text.isascii():
            return offset + 1
        return len(text.encode()[:offset].decode(errors="replace")) + 1


def _in_text_order(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from (body, test, orelse)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if key is not None:
                    yield key
                yield value
        case ast.arguments():
            yield from _parameters(node)
        case ast.AugAssign(target=target, value=value):
            yield from (target, value)
        case ast.NamedExpr(target=target, value=value):
            yield from (target, value)
        case _:
            yield from ast.iter_child_nodes(node)


def _parameters(node: ast.arguments) -> Iterator[ast.AST]:
    """Annotations and defaults, parameter by parameter."""
    plain = [*node.posonlyargs, *node.args]
    missing = len(plain) - len(node.defaults)
    for index, parameter in enumerate(plain):
        yield from ast.iter_child_nodes(parameter)
        if index >= missing:
            yield node.defaults[index - missing]
    if node.vararg is not None:
        yield from ast.iter_child_nodes(node.vararg)
    for parameter, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        yield from ast.iter_child_nodes(parameter)
        if default is not None:
            yield default
    if node.kwarg is not None:
        yield from ast.iter_child_nodes(node.kwarg)


def _position(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return node.lineno, node.col_offset
