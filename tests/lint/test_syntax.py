"""Calls and blocks of libcst are paired with the places that `ast` knows."""

import sysconfig
from pathlib import Path
from textwrap import dedent

import libcst as cst
import pytest

from greenlint.lint.facts.tree import BlockKind
from greenlint.lint.facts.walk import walk
from greenlint.lint.finding import Span
from greenlint.lint.parsing import Parsed, parse
from greenlint.lint.slicing import Slice
from greenlint.lint.syntax import Places, places_in

LIBRARY = Path(sysconfig.get_path("stdlib"))
# Modules with every kind of syntax, decorators and nested f-strings among them.
MODULES = ("argparse.py", "dataclasses.py", "asyncio/tasks.py", "typing.py", "enum.py", "ast.py")
BLOCKS = ("for", "while", "function", "class", "lambda", "comprehension")


def places_of(piece: Slice) -> Places:
    return places_in(Parsed(piece, parse(piece.text)))


def assert_paired(text: str) -> None:
    tree = walk(cst.parse_module(text))
    places = places_of(Slice(text))
    lines = text.split("\n")
    assert len(places.calls) == len(tree.calls)
    for call, place in zip(tree.calls, places.calls, strict=True):
        code = cst.Module([]).code_for_node(call.node.func).lstrip("(").split("\n")[0]
        rest = lines[place.span.line - 1][place.span.column - 1 :].lstrip("(")
        assert rest.startswith(code.split("(")[0].rstrip(")")), (code, rest)
    for kind in BLOCKS:
        assert len(tree.blocks_of(BlockKind(kind))) == len(places.blocks.get(kind, [])), kind


@pytest.mark.parametrize("module", MODULES)
def test_real_modules_are_paired(module):
    """Every call and block of a module of the standard library finds its place."""
    assert_paired((LIBRARY / module).read_text(encoding="utf-8"))


def test_odd_orders_are_paired():
    """Where fields are not in the order of the text, the text wins."""
    assert_paired(
        dedent("""
        @d1(a())
        def f(x: t1() = v1(), *args: t2(), y: t3() = v2(), **kw: t4()) -> r(): body()
        class C(b1(), metaclass=m1()): k()
        z = p() if q() else s()
        g(k=a(), *b(), **c())
        {h(): i(), **j()}
        {l() for m in n() if o()}
        [a() for b in c() for d in e()]
        (lambda x=u(): w())()
        f"{a()!r:{b()}}" f"{c()}"
        with A() as a, B() as b: c()
        while x(): y()
        else: z()
        for i in j(): k()
        else: l()
        match m():
            case P(x=1) if g(): h()
        try: a()
        except E(): b()
        finally: c()
        x: t() = v()
        a()[b()] = c()
        d()[e()] += f()
        if (n := a()): b()
        elif c(): d()
        async def co():
            async with a() as b: await c()
            async for d in e(): yield f()
        assert a(), b()
        print(a() < b() < c(), not d(), -e(), f() @ g(), *h())
        """)
    )


def span_of(text: str, index: int = 0) -> Span:
    return places_of(Slice(text)).calls[index].span


def test_columns_count_characters():
    """A two-byte letter is one column."""
    assert span_of("é = 'ü' + f('ö')") == Span(1, 11, 1, 17)


def test_a_statement_is_the_whole_of_a_simple_one_and_the_header_of_a_compound_one():
    """What a suppression at a line applies to."""
    places = places_of(Slice("x = f(\n  1,\n)\nfor a in g(\n  1\n):\n    h()\n"))
    assert [place.statement for place in places.calls] == [
        Span(1, 1, 3, 2),
        Span(4, 1, 6, 2),
        Span(7, 5, 7, 8),
    ]


def test_a_function_is_placed_at_its_name():
    """Not at its decorators, and not over its body."""
    text = "@d\nasync def f(x):\n    pass\n"
    assert places_of(Slice(text)).block("function", 0).span == Span(2, 1, 2, 12)


def test_lines_of_a_slice_are_lines_of_the_whole():
    """A slice's third line may be the whole's tenth."""
    assert places_of(Slice("a = 1\nb = 2\nf()", (1, 5, 10))).calls[0].span.line == 10


def test_parse_keeps_quiet_about_the_escapes_of_others(recwarn):
    """Warnings about checked code are not ours to raise."""
    parse("x = '\\d'")
    assert not recwarn
