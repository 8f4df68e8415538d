"""From the plan of a fix to the edits of one place; all other text stays as it is."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile

import libcst as cst

from greenlint.lint.call_edits import with_keyword, with_position, without_keyword
from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import nodes_in
from greenlint.lint.facts.tree import Binding, BindingKind, Call
from greenlint.lint.facts.vocabulary import Unit
from greenlint.lint.finding import Edit, Fix, Span
from greenlint.lint.rule import FixPlan, Step, Verb
from greenlint.lint.slicing import Slice
from greenlint.lint.syntax import Place


class _ImpossibleError(Exception):
    """The code has a shape in which a step can't be done for sure."""


@dataclass(frozen=True, slots=True)
class Editor:
    """Turns plans into edits of one module; `place_of` finds calls and blocks in the whole text."""

    facts: Facts
    piece: Slice
    place_of: Callable[[Unit], Place]

    def fix(self, plan: FixPlan, unit: Unit) -> Fix | None:
        """The edits that the plan comes to at `unit`; None where one of its steps can't be done."""
        try:
            edits = list(self._edits(plan, unit))
        except _ImpossibleError:
            return None
        return Fix(plan.safety, tuple(sorted(set(edits)))) if edits else None

    def _edits(self, plan: FixPlan, unit: Unit) -> Iterator[Edit]:
        on_call = [step for step in plan.steps if step.verb in _ON_CALL]
        if on_call:
            yield from self._changed_call(on_call, unit)
        for step in plan.steps:
            match step.verb:
                case Verb.WRAP_IN_WITH:
                    yield from self._wrapped(step.operand, unit)
                case Verb.DECORATE:
                    yield from self._decorated(step.operand, unit)
                case Verb.ADD_IMPORT:
                    yield from self._imported(step.operand)
                case _:
                    pass

    # -- calls -------------------------------------------------------------------------------

    def _changed_call(self, steps: list[Step], unit: Unit) -> Iterator[Edit]:
        if not isinstance(unit, Call):
            raise _ImpossibleError
        # Parentheses around the call are no part of its span.
        old = unit.node.with_changes(lpar=[], rpar=[])
        renamed = any(step.verb is Verb.RENAME_CALLEE for step in steps)
        if renamed and len(steps) > 1 and _has_positions(old):
            raise _ImpossibleError  # the places may mean something else to the other callee
        new: cst.Call | None = old
        for step in steps:
            if new is None:
                raise _ImpossibleError
            match step.verb:
                case Verb.SET_KEYWORD if (place := self._position(step, unit)) is not None:
                    value, imports = self._spelled_expression(step.value)
                    yield from imports
                    new = with_position(new, place, value)
                case Verb.ADD_KEYWORD | Verb.SET_KEYWORD:
                    self._require_free(step, unit)
                    value, imports = self._spelled_expression(step.value)
                    yield from imports
                    new = with_keyword(new, step.operand, value)
                case Verb.REMOVE_KEYWORD:
                    new = without_keyword(new, step.operand)
                case _:
                    callee, imports = self._spelled(step.operand)
                    yield from imports
                    new = new.with_changes(func=cst.parse_expression(callee))
        where = self.place_of(unit)
        line = self._line(where.statement.line)
        indent = line[: len(line) - len(line.lstrip())]
        if new is None or self._code(old, indent) != self._text(where.span):
            raise _ImpossibleError
        yield from _replaced(self._code(old, indent), self._code(new, indent), where.span)

    def _position(self, step: Step, call: Call) -> int | None:
        """Where a call gives an argument by position; None where it does not."""
        positions = next((m.positions for m in self.facts.meanings(call) if m.positions), ())
        if step.operand not in positions:
            return None
        place = positions.index(step.operand)
        plain = list(takewhile(lambda arg: arg.keyword is None and not arg.star, call.node.args))
        return place if place < len(plain) else None

    def _require_free(self, step: Step, call: Call) -> None:
        """Refuse to give what is given already: by position, through `**kwargs`, or at all."""
        written = {arg.keyword.value for arg in call.node.args if arg.keyword is not None}
        if step.operand in written:
            if step.verb is Verb.ADD_KEYWORD:
                raise _ImpossibleError
            return
        positions = next((m.positions for m in self.facts.meanings(call) if m.positions), ())
        argument = self.facts.arguments.find(call, step.operand, positions)
        if argument.state is not State.ABSENT:
            raise _ImpossibleError

    def _code(self, call: cst.Call, indent: str) -> str:
        """The text of a call in a statement with that indent, which its further lines follow."""
        module = self._module
        if not indent:
            return module.code_for_node(call)
        line = cst.SimpleStatementLine([cst.Expr(call)])
        block = cst.If(cst.Name("True"), cst.IndentedBlock([line], indent=indent))
        code = module.with_changes(header=[], body=[block], footer=[]).code
        return code.partition(module.default_newline)[2].removeprefix(indent).rstrip("\r\n")

    @property
    def _module(self) -> cst.Module:
        module = self.facts.tree.module.node
        assert isinstance(module, cst.Module)  # noqa: S101
        return module

    # -- statements and functions ------------------------------------------------------------

    def _wrapped(self, context: str, unit: Unit) -> Iterator[Edit]:
        """The statement of a call under `with CONTEXT:`, its lines further in."""
        if not isinstance(unit, Call) or not isinstance(unit.statement, cst.BaseSmallStatement):
            raise _ImpossibleError
        if any(_is_long_string(node) for node in nodes_in(unit.statement)):
            raise _ImpossibleError  # what stands in a string must not move
        span = self.place_of(unit).statement
        lines = [self._line(number) for number in range(span.line, span.end_line + 1)]
        before, after = lines[0][: span.column - 1], lines[-1][span.end_column - 1 :].strip()
        if before.strip() or (after and not after.startswith("#")):
            raise _ImpossibleError
        spelled, imports = self._spelled_expression(context)
        yield from imports
        indent = self._module.default_indent
        yield _inserted(span.line, f"{before}with {spelled}:\n{indent}")
        for number, line in enumerate(lines[1:], start=span.line + 1):
            if line.strip():
                yield _inserted(number, indent)

    def _decorated(self, decorator: str, unit: Unit) -> Iterator[Edit]:
        """The function itself, or the one around a call, under one more decorator."""
        block = unit.block if isinstance(unit, Call) else unit
        function = self.facts.function_around(block)
        if function is None:
            raise _ImpossibleError
        number = self.place_of(function).span.line
        line = self._line(number)
        spelled, imports = self._spelled_expression(decorator)
        yield from imports
        yield _inserted(number, f"{line[: len(line) - len(line.lstrip())]}@{spelled}\n")

    def _text(self, span: Span) -> str:
        lines = [self._line(number) for number in range(span.line, span.end_line + 1)]
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return "\n".join(lines)

    def _line(self, number: int) -> str:
        lines = self.piece.text.split("\n")
        return lines[self.piece.lines.index(number) if self.piece.lines else number - 1]

    # -- names and imports -------------------------------------------------------------------

    def _spelled_expression(self, text: str) -> tuple[str, list[Edit]]:
        """An expression such as `torch.no_grad()` as this module would spell it."""
        edits: list[Edit] = []
        for node in reversed(list(_dotted_names(ast.parse(text, mode="eval").body))):
            end = node.end_col_offset or 0
            spelled, more = self._spelled(text[node.col_offset : end])
            text = f"{text[: node.col_offset]}{spelled}{text[end:]}"
            edits += more
        return text, edits

    def _spelled(self, qualified: str) -> tuple[str, list[Edit]]:
        """A qualified name as this module would spell it, and the import that this takes."""
        parts = qualified.split(".")
        for length in range(len(parts), 0, -1):
            target = ".".join(parts[:length])
            for name, bindings in self.facts.tree.module.bindings.items():
                if all(binding.value == target for binding in bindings):
                    return ".".join((name, *parts[length:])), []
        return qualified, list(self._imported(f"import {parts[0]}"))

    def _imported(self, statement: str) -> Iterator[Edit]:
        """The import behind the last of those that the module begins with, unless it is there."""
        name = statement.rpartition(" ")[2]
        bound = self.facts.tree.module.bindings.get(name, [])
        if bound and all(map(_is_import, bound)):
            return
        if bound:
            raise _ImpossibleError
        last = _last_import(ast.parse(self.piece.text).body)
        if last is None:
            raise _ImpossibleError
        number = self.piece.original_line(last.end_lineno or last.lineno)
        end = len(self._line(number)) + 1
        yield Edit(Span(number, end, number, end), f"\n{statement}")


_ON_CALL = frozenset({Verb.ADD_KEYWORD, Verb.SET_KEYWORD, Verb.REMOVE_KEYWORD, Verb.RENAME_CALLEE})


def _has_positions(call: cst.Call) -> bool:
    return any(arg.keyword is None and arg.star != "**" for arg in call.args)


def _is_import(binding: Binding) -> bool:
    return binding.kind is BindingKind.IMPORT


def _dotted_names(node: ast.AST) -> Iterator[ast.Attribute]:
    """The qualified names in a plain expression, which is one line of ASCII."""
    if isinstance(node, ast.Attribute):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _dotted_names(child)


def _is_long_string(node: cst.CSTNode) -> bool:
    match node:
        case cst.SimpleString(value=value):
            return "\n" in value
        case cst.FormattedString(start=start):
            return start.endswith(('"""', "'''"))
        case _:
            return False


def _last_import(body: list[ast.stmt]) -> ast.stmt | None:
    """The last of the first imports at module level; None when there are none."""
    last: ast.stmt | None = None
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            last = statement
        elif last is not None:
            return last
    return last


def _inserted(line: int, text: str) -> Edit:
    return Edit(Span(line, 1, line, 1), text)


def _replaced(old: str, new: str, span: Span) -> Iterator[Edit]:
    """The least edit that makes `new` of `old`, which stands at `span`."""
    if old == new:
        return
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    first = _moved(span.line, span.column, old[:start])
    last = _moved(span.line, span.column, old[: len(old) - end])
    yield Edit(Span(*first, *last), new[start : len(new) - end])


def _moved(line: int, column: int, text: str) -> tuple[int, int]:
    """Where one is after `text`, from a line and column on."""
    newlines = text.count("\n")
    if not newlines:
        return line, column + len(text)
    return line + newlines, len(text) - text.rfind("\n")
