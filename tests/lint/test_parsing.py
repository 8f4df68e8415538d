"""What is read by `ast`, by libcst, and by neither."""

import sys

import libcst as cst
import pytest

from greenlint.lint.checker import DeepStack
from greenlint.lint.facts.walk import walk
from greenlint.lint.forms import Form
from greenlint.lint.parsing import Parsed
from greenlint.lint.slicing import Slice
from greenlint.lint.source import SourceError, parse_source

DEEP = (
    "x = a" + ".b" * 600,
    "x = a" + "()" * 600,
    "x = (1" + "\n+ 1" * 600 + ")",
    "def f(\n    x=a" + "[0]" * 600 + "): pass",
)


def parsed(text: str, piece: str | None = None) -> Parsed:
    source = parse_source(text.encode(), shown="a.py", form=Form.PYTHON)
    return Parsed.of(source, Slice(text if piece is None else piece, (1, 7)))


@pytest.mark.parametrize("code", DEEP)
def test_what_libcst_would_take_forever_for_is_not_given_to_it(code: str) -> None:
    """The time that libcst takes grows with a power of the depth; bare nodes are made at once."""
    with pytest.raises(SourceError, match="nested too deeply"):
        parsed(code).exact_module()
    with DeepStack():
        assert isinstance(parsed(code).module(), cst.Module)


def test_what_is_deeper_than_the_stack_is_refused() -> None:
    """Wherever it is walked: in conditions, for places, or for questions of other files."""

    def walk_down() -> None:
        walk_down()

    before = sys.getrecursionlimit()
    with pytest.raises(SourceError, match="nested too deeply"), DeepStack():
        walk_down()
    assert sys.getrecursionlimit() == before


def test_long_code_is_not_deep() -> None:
    """Neither many lines nor long ones, nor the nesting that people write."""
    code = "x = [\n" + "1,\n" * 5_000 + "]\ny = " + "[1], " * 5_000 + "\nz = a" + ".b" * 400
    assert len(parsed(code).exact_module().body) == 3


def test_a_slice_that_is_no_python_is_left_for_the_whole() -> None:
    assert parsed("f()\ng()\n", piece="f(").piece == Slice("f()\ng()\n")
    with pytest.raises(SourceError, match="this is no Python") as caught:
        parsed("f()\ng(\n", piece="f(")
    assert (caught.value.line, caught.value.column) == (2, 2)


def test_what_has_no_bare_nodes_is_parsed_by_libcst() -> None:
    calls = walk(parsed("match f():\n    case 1: g()\n").module()).calls
    assert [call.node.func.value for call in calls] == ["f", "g"]


def test_lines_of_a_slice_are_told_as_lines_of_the_whole() -> None:
    """Those of errors too, should `ast` read what libcst does not."""
    odd = Parsed(Slice("f()\nx = ;\n", (1, 7)), parsed("f()").tree)
    with pytest.raises(SourceError, match="libcst cannot parse it") as caught:
        odd.exact_module()
    assert caught.value.line == 7
