"""Bare modules are what libcst parses, less the layout."""

import ast
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import libcst as cst
import pytest

from greenlint.lint.bare_tree import UnknownSyntaxError, bare_module
from greenlint.lint.facts.nodes import child_fields

LIBRARY = Path(sysconfig.get_path("stdlib"))
MODULES = (
    *("argparse.py", "tarfile.py", "asyncio/tasks.py", "enum.py", "ast.py"),
    *("_pydecimal.py", "email/header.py", "inspect.py", "string.py"),
    *("test/test_generators.py", "test/test_coroutines.py", "test/test_except_star.py"),
    *(
        "test/test_unpack_ex.py",
        "test/test_named_expressions.py",
        "test/test_positional_only_arg.py",
    ),
)
# What tells nodes of one class apart and is no node.
WORDS = ("name", "value", "star", "asynchronous", "operator")


def spelled(node: object) -> object:
    """A node as nested tuples, in which the same code is the same whatever its layout."""
    match node:
        case None | str() | cst.MaybeSentinel():
            return node if isinstance(node, str) else None
        case list() | tuple():
            return [spelled(item) for item in node]
        case cst.SimpleString() | cst.ConcatenatedString() | cst.FormattedString():
            return ["string", *joined(strings(node))]
        case cst.Integer() | cst.Float() | cst.Imaginary():
            return ["number", hash(ast.literal_eval(node.value))]
        case cst.IndentedBlock(body=body) | cst.SimpleStatementSuite(body=body):
            return ["block", *statements(body)]
        case cst.Module(body=body):
            return ["module", *statements(body)]
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index(value=cst.Tuple() as key))]):
            # `a[(1, 2)]` is `a[1, 2]`.
            parts = [index_of(element) for element in key.elements]
            return ["Subscript", spelled(node.value), parts]
    assert isinstance(node, cst.CSTNode)
    name = type(node).__name__.removeprefix("Bare")
    words = (word for word in WORDS if hasattr(node, word))
    names = dict.fromkeys((*child_fields(type(node)), *words))
    if isinstance(node, cst.Param):
        del names["star"]  # the parameters around it tell
    return [name, *(spelled(getattr(node, field)) for field in names)]


def index_of(element: cst.BaseElement) -> list[object]:
    star = "*" if isinstance(element, cst.StarredElement) else None
    return ["SubscriptElement", ["Index", spelled(element.value), star]]


def statements(body: object) -> Iterator[object]:
    """One by one, also where several stand in one line."""
    assert isinstance(body, list | tuple)
    for node in body:
        if isinstance(node, cst.SimpleStatementLine):
            yield from map(spelled, node.body)
        else:
            yield spelled(node)


def strings(node: cst.CSTNode) -> Iterator[object]:
    """The text and the expressions of a string, f-string or several in a row."""
    match node:
        case cst.ConcatenatedString(left=left, right=right):
            yield from strings(left)
            yield from strings(right)
        case cst.SimpleString():
            yield node.evaluated_value
        case cst.FormattedString(parts=parts):
            yield from content(parts, raw="r" in getattr(node, "start", "").lower())


def content(parts: object, *, raw: bool) -> Iterator[object]:
    assert isinstance(parts, list | tuple)
    for part in parts:
        if isinstance(part, cst.FormattedStringText):
            is_bare = type(part).__name__.startswith("Bare")
            yield part.value if is_bare else evaluated(part.value, raw=raw)
        else:
            assert isinstance(part, cst.FormattedStringExpression)
            spec = [*joined(content(part.format_spec or (), raw=raw))]
            yield [spelled(part.expression), part.conversion, spec]


def evaluated(text: str, *, raw: bool) -> object:
    text = text.replace("{{", "{").replace("}}", "}")
    return text if raw else ast.literal_eval('"""' + text.replace('"', '\\"') + '"""')


def joined(parts: Iterator[object]) -> Iterator[object]:
    """With text in one piece wherever it stands in a row."""
    text: str | bytes | None = None
    for part in parts:
        if isinstance(part, str | bytes):
            text = part if text is None else text + part  # type: ignore[operator]
        else:
            if text:
                yield text
            text = None
            yield part
    if text:
        yield text


def assert_same(text: str) -> None:
    bare = bare_module(ast.parse(text))
    assert spelled(bare) == spelled(cst.parse_module(text))


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_real_modules_are_the_same(module: str) -> None:
    """Modules of the standard library, with every kind of syntax."""
    assert_same((LIBRARY / module).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "f(a, *b, c=1, *d, **e)",
        "x = a[1, ::2, b:c, *d]",
        "if a: b\nelif c: d\nelse:\n    if e: f",
        "if a:\n    b\nelse:\n    if c:\n        d\n    elif e: f",
        "def f(a, /, b: int = 1, *, c, d=2, **e) -> g: return",
        "async def f(*args):\n    async with a() as b, c: yield\n    async for d in e: await f",
        "x = f'{a!r:>{width}} {{b}} ' 'c' f\"{d['e']:.2f}\"",
        "x = 0xFF + 1_000 + 1e999 + 2j + -3 if ... else b'a' b'c'",
        "a = b = c, *d = yield e\nf: int\ng: str = h\ni //= j",
        "del a, b[c]\nassert d, e\nraise f from g\nglobal h, i",
        "import a.b as c, d\nfrom ..e import f as g, h\nfrom . import *",
        "x = [a async for b, *c in d if e if f for g in h]",
        "try: a\nexcept* (b, c) as d: e\nelse: f\nfinally: g",
        "x = not a is not b in c < d and e or (f := g)",
        "@a.b(c)\nclass D(E, metaclass=F, **g):\n    x = lambda *h, i=1: {**j, k: {l, m}}",
    ],
)
def test_odd_syntax_is_the_same(text: str) -> None:
    assert_same(text)


@pytest.mark.parametrize("text", ["match a:\n    case [b]: c", "x = 0x" + "f" * 10_000])
def test_what_there_are_no_bare_nodes_for(text: str) -> None:
    """Large numbers are no problem; `match` is left to libcst."""
    if text.startswith("match"):
        with pytest.raises(UnknownSyntaxError):
            bare_module(ast.parse(text))
    else:
        assert_same(text)


def test_layout_is_at_its_default() -> None:
    """So code can be written from bare nodes, if plainly."""
    text = dedent("""
        import   a
        def f( x , y = 'b' ) :  # comment
            return a . b( x,y )[ 0 ]
    """)
    expected = "import a\ndef f(x, y = 'b'):\n    return a.b(x, y)[0]\n"
    assert cst.Module([]).code_for_node(bare_module(ast.parse(text))) == expected
