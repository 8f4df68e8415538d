"""Notebooks: cells, magics, kernels, and where each line lies in the JSON."""

import contextlib
import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlint.lint.finding import Span
from greenlint.lint.forms import Form
from greenlint.lint.magics import python_lines
from greenlint.lint.source import Source, SourceError, parse_source, place_of


def code(*lines: str, **more: Any) -> dict[str, Any]:
    """A code cell of nbformat 4."""
    return {"cell_type": "code", "source": list(lines), **more}


def markdown(text: str) -> dict[str, Any]:
    """A Markdown cell."""
    return {"cell_type": "markdown", "source": text}


def document(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """A notebook of nbformat 4."""
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}


def read(notebook: Any, *, indent: int | None = 1) -> Source:
    """The source of a notebook, through its JSON."""
    data = json.dumps(notebook, indent=indent).encode()
    return parse_source(data, shown="x.ipynb", form=Form.NOTEBOOK)


def python(*lines: str) -> list[str] | None:
    """The lines of a cell once they are Python."""
    return python_lines(list(lines))


# -- cells and kernels ---------------------------------------------------------------------------


def test_code_cells_are_one_text() -> None:
    source = read(document(markdown("# Hi"), code("a = 1\n", "b = 2"), code(), code("c = 3\n")))
    assert source.text == "a = 1\nb = 2\nc = 3\n"
    assert [(cell.number, cell.first_line, cell.line_count) for cell in source.cells] == [
        (2, 1, 2),
        (4, 3, 1),
    ]


def test_source_may_be_a_string() -> None:
    cell = {"cell_type": "code", "source": "a = 1\n\nb = 2\r\nc = 3"}
    assert read(document(cell)).text == "a = 1\n\nb = 2\nc = 3\n"


def test_a_line_may_be_written_in_parts() -> None:
    source = read(document(code("a = ", "b(", "1)\n", "c")))
    assert source.text == "a = b(1)\nc\n"
    place = place_of(source, Span(1, 7, 1, 8))
    assert place.physical is not None
    assert place.physical.line == source.cells[0].pieces[0][0].line + 2


def test_nbformat_3_has_worksheets_and_inputs() -> None:
    sheets = [
        {"cells": [markdown("x"), {"cell_type": "code", "language": "python", "input": ["a = 1"]}]},
        {"cells": [{"cell_type": "code", "language": "ruby", "input": ["puts 1"]},
                   {"cell_type": "code", "input": "b = 2"}]},
    ]  # fmt: skip
    source = read({"nbformat": 3, "metadata": {"name": ""}, "worksheets": sheets})
    assert source.text == "a = 1\nb = 2\n"
    assert [cell.number for cell in source.cells] == [2, 4]


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, "python"),
        ({"kernelspec": {"name": "python3", "language": "python"}}, "python"),
        ({"kernelspec": {"name": "conda-env-x-py"}}, "python"),
        ({"language_info": {"name": "ipython"}}, "python"),
        ({"language_info": {"name": "pyspark"}}, "python"),
        ({"language_info": {"name": "plaintext"}, "kernelspec": {"language": "python"}}, "python"),
        ({"kernelspec": {"name": "ir", "language": "R"}}, "r"),
        ({"kernelspec": {"name": "julia-1.9"}}, "julia-1.9"),
        ({"language_info": {"name": "C++17"}}, "c++17"),
        ({"language_info": "odd", "kernelspec": ["odd"]}, "python"),
    ],
)
def test_only_python_kernels_are_read(metadata: dict[str, Any], language: str) -> None:
    source = read(document(code("a"), **metadata))
    assert source.language == language
    assert bool(source.text) == (language == "python")


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, False),
        ({"accelerator": "GPU"}, True),
        ({"accelerator": "TPU"}, True),
        ({"accelerator": "None"}, False),
        ({"colab": {"gpuType": "T4"}}, True),
        ({"kaggle": {"accelerator": "nvidiaTeslaT4"}}, True),
        ({"kaggle": {"accelerator": "none", "isGpuEnabled": False}}, False),
        ({"kaggle": {"isGpuEnabled": True}}, True),
        ({"accelerator": 7}, False),
    ],
)
def test_metadata_says_whether_there_is_an_accelerator(
    metadata: dict[str, Any], *, expected: bool
) -> None:
    assert read(document(code("a"), **metadata)).accelerator is expected


def test_an_editor_may_give_a_cell_another_language() -> None:
    shell = code("ls", metadata={"vscode": {"languageId": "shellscript"}})
    own = code("a", metadata={"vscode": {"languageId": "python"}})
    assert read(document(shell, own)).text == "a\n"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"cells": [\n  {]}', (2, 4), "not valid JSON"),
        ("", (1, 1), "not valid JSON"),
        ("[1]", (1, 1), "its JSON is not an object"),
        ("{}", (1, 1), "it has no `cells`"),
        ('{"cells": {}}', (1, 1), "it has no `cells`"),
        ("[" * 100_000, (1, 1), "nested too deeply"),
        (f'{{"cells": {"1" * 5000}}}', (1, 1), "not valid JSON"),
        ('{"cells": [],\n "cells": []}', (2, 2), "it has `cells` twice"),
        ('{"cells": [{"source": "a", "sourc\\u0065": "b"}]}', (1, 28), "it has `source` twice"),
        (f'{{"cells": [], "x": {"9" * 5_000}}}', (1, 1), "an integer has thousands of digits"),
    ],
)
def test_what_is_no_notebook_is_refused(text: str, place: tuple[int, int], message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        parse_source(text.encode(), shown="x.ipynb", form=Form.NOTEBOOK)
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    "document",
    [
        '{{"cells": [{{}}], "metadata": {}}}',
        '{{"cells": [{{}}, {}]}}',
        '{{"worksheets": {}, "cells": []}}',
    ],
)
def test_nesting_just_within_the_stack_is_read_or_refused(document: str) -> None:
    """The document is decoded first, and what is in it once more, from a deeper stack."""
    limit = sys.getrecursionlimit()
    for depth in range(limit - 150, limit):
        nested = "[" * depth + "]" * depth
        with contextlib.suppress(SourceError):
            parse_source(document.format(nested).encode(), shown="x.ipynb", form=Form.NOTEBOOK)


def test_bytes_that_are_no_utf8_are_refused() -> None:
    with pytest.raises(SourceError, match="not valid UTF-8") as caught:
        parse_source(b'{"cells":\n"\xff"}', shown="x.ipynb", form=Form.NOTEBOOK)
    assert caught.value.line == 2


def test_code_has_a_limit_of_its_own() -> None:
    with pytest.raises(SourceError, match="the limit is 2 MB"):
        read(document(code("x = 1\n" * 400_000)))


def test_odd_members_are_passed_over() -> None:
    """Cells that are no cells, keys given twice, sources that are no text: none of it matters."""
    text = (
        '{"cells": [7, {"cell_type": "code"}, {"cell_type": "code", "source": {"source": "x"}},'
        '{"cell_type": "code", "source": [["y"], 3, "a\\n"], "metadata": {"source": "no"},'
        '"outputs": [{"source": ["no"], "source": 1}]}, {"cell_type": "code", "metadata": '
        '{"vscode": {"languageId": []}}, "source": "b"}], '
        '"metadata": {"cells": [{"source": "no"}]}}'
    )
    source = parse_source(text.encode(), shown="x.ipynb", form=Form.NOTEBOOK)
    assert source.text == "a\n"


# -- places in the JSON --------------------------------------------------------------------------


def test_columns_count_the_escapes_of_json() -> None:
    source = read(document(code('x = "\té\U0001f600"; y = 1\n')))
    written = json.dumps(document(code('x = "\té\U0001f600"; y = 1\n')), indent=1).splitlines()
    place = place_of(source, Span(1, 12, 1, 13))
    assert (place.cell, place.span) == (1, Span(1, 12, 1, 13))
    physical = place.physical
    assert physical is not None
    assert written[physical.line - 1][physical.column - 1 : physical.end_column - 1] == "y"


def test_a_minified_notebook_has_one_line_and_true_columns() -> None:
    notebook = document(markdown("x"), code("a = 1\n", "b = 2\n"))
    written = json.dumps(notebook)
    physical = place_of(read(notebook, indent=None), Span(2, 1, 2, 6)).physical
    assert physical is not None
    assert physical.line == physical.end_line == 1
    assert written[physical.column - 1 : physical.end_column - 1] == "b = 2"


def test_an_indented_cell_is_python_at_its_own_columns() -> None:
    """IPython runs a cell that is indented as a whole."""
    source = read(document(code("  a = 1\n", "  if a:\n", "    b = 2")))
    assert source.text == "a = 1\nif a:\n  b = 2\n"
    assert place_of(source, Span(1, 1, 1, 2)).span == Span(1, 3, 1, 4)


def test_prompts_are_taken_off() -> None:
    """IPython runs what is pasted from a shell."""
    source = read(document(code(">>> for a in b:\n", "...     a\n", "...\n", ">>> c")))
    assert source.text == "for a in b:\n    a\n\nc\n"
    assert place_of(source, Span(1, 1, 1, 4)).span == Span(1, 5, 1, 8)


def test_a_place_over_several_cells_ends_with_the_first() -> None:
    source = read(document(code("a"), code("b")))
    assert place_of(source, Span(1, 1, 2, 2)).span == Span(1, 1, 1, 2)


def test_places_past_the_end_of_a_line_end_with_it() -> None:
    """As those of syntax errors may be."""
    source = read(document(code("a")), indent=None)
    end = json.dumps(document(code("a"))).index('["a"]') + 4
    assert place_of(source, Span(1, 9, 1, 10)).physical == Span(1, end, 1, end)
    assert place_of(source, Span(1, 1, 1, 1)).physical == Span(1, end - 1, 1, end - 1)


LINES = st.lists(
    st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=12),
    min_size=1,
    max_size=5,
)


@given(
    cells=st.lists(LINES, min_size=1, max_size=4),
    indent=st.sampled_from([None, 0, 1, 4]),
    ascii_only=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    as_string=st.booleans(),
)
def test_every_logical_line_lies_where_its_cell_says(
    *,
    cells: list[list[str]],
    indent: int | None,
    ascii_only: bool,
    newline: str,
    as_string: bool,
) -> None:
    """The physical line holds the JSON of the logical line, whatever the layout."""
    # A mark makes every line findable and keeps IPython's syntax out of the way.
    marked = [[f"m{i}_{j} {line}" for j, line in enumerate(cell)] for i, cell in enumerate(cells)]
    sources: list[Any] = [
        "\n".join(cell) if as_string else [f"{line}\n" for line in cell] for cell in marked
    ]
    notebook = document(*({"cell_type": "code", "source": source} for source in sources))
    text = json.dumps(notebook, indent=indent, ensure_ascii=ascii_only)
    written = text.replace("\n", newline)
    source = parse_source(written.encode(), shown="x.ipynb", form=Form.NOTEBOOK)
    physical_lines = text.split("\n")
    assert len(source.cells) == len(cells)
    for i, cell in enumerate(source.cells):
        for j, pieces in enumerate(cell.pieces):
            line = pieces[0].line
            assert f"m{i}_{j} " in physical_lines[line - 1]
            place = place_of(source, Span(cell.first_line + j, 1, cell.first_line + j, 2))
            assert place.physical is not None
            assert physical_lines[line - 1][place.physical.column - 1 :].startswith(f"m{i}_{j} ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["code", "python"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cells", "cell_type", "source", "input", "worksheets", "metadata",
                             "kernelspec", "language", "vscode", "languageId", "name", "kaggle"]),
            inner, max_size=6)
    ),
    max_leaves=25,
)  # fmt: skip


@given(notebook=JSON, cells=st.lists(JSON, max_size=3))
def test_any_json_gives_a_source_or_a_source_error(notebook: Any, cells: list[Any]) -> None:
    for candidate in (notebook, {"cells": cells}, {"worksheets": cells}):
        try:
            source = read(candidate)
        except SourceError:
            continue
        assert sum(cell.line_count for cell in source.cells) == source.text.count("\n")


# -- magics --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%matplotlib inline", "pass"),
        ("  !ls -l", "  pass"),
        ("!!ls", "pass"),
        ("?model.fit", "pass"),
        ("model.fit??", "pass"),
        ("x = np.array?", "pass"),
        ("files = !ls *.txt", "files = ..."),
        ("a, b = %sql SELECT 1", "a, b = ..."),
        ("x: list[str] = !ls", "x: list[str] = ..."),
        ("%time model.fit(x)", "pass; model.fit(x)"),
        ("%timeit -n 10 -r3 f(x)", "pass;             f(x)"),
        ("%lprun -f model.fit model.fit(x)", "pass;               model.fit(x)"),
        ("%time for x in y: f(x)", "pass"),
        ("%timeit", "pass"),
        ("pip install torch", "pass"),
        ("conda install -y torch", "pass"),
        (", f a b", "pass"),
        ("cd ..", "pass"),
        ("ls ./data", "pass"),
        ("cd = 1", "cd = 1"),
        ("ls(x)", "ls(x)"),
        ("x = 7 % 3", "x = 7 % 3"),
        ("x != y", "x != y"),
        ("x %= y", "x %= y"),
        ("x = '!ls'", "x = '!ls'"),
        ("print('really?')", "print('really?')"),
        ("x = 1  # really?", "x = 1  # really?"),
        ("pip = 3", "pip = 3"),
    ],
)
def test_line_magics(line: str, expected: str) -> None:
    """What IPython would expand is replaced; what stays keeps its column."""
    assert python(line) == [expected]
    if ";" in expected:
        kept = expected.removeprefix("pass;").lstrip()
        assert expected.index(kept) == line.index(kept)


@pytest.mark.parametrize(
    "lines",
    [
        ("x = (7", "% 3)"),
        ("x = '''", "%time", "!ls", "'''"),
        ('"""', "?", '\\"""', "!ls", '"""'),
        ("x = 7 \\", "% 3"),
        ("f({'(': 1,", "  # (((", "!x", "})"),
        ("x = ']'", "y = [", "%x", "]"),
    ],
)
def test_inside_a_statement_nothing_is_a_magic(lines: tuple[str, ...]) -> None:
    assert python(*lines) == list(lines)


def test_options_without_end_take_no_time() -> None:
    assert python_lines(["%time" + " -f" * 5_000]) == ["pass"]


def test_a_backslash_continues_a_magic() -> None:
    assert python("!pip install \\", "  torch \\", "  numpy", "x = 1") == ["pass", "", "", "x = 1"]
    assert python("x = !ls \\", "  -l", "y") == ["x = ...", "", "y"]


@pytest.mark.parametrize("magic", ["%%time", "%%timeit -n 3", "%%capture out", "  %%prun"])
def test_cell_magics_that_run_python_keep_their_body(magic: str) -> None:
    assert python("# first", "", magic, "%%time", "x = 1", "!ls") == [
        "# first",
        "",
        "",
        "",
        "x = 1",
        "pass",
    ]


@pytest.mark.parametrize(
    "magic", ["%%bash", "%%html", "%%javascript", "%%writefile x.py", "%%sql", "%%R -i x", "%md"]
)
def test_cells_in_other_languages_are_left_out(magic: str) -> None:
    assert python(magic, "x = 1") is None


def test_databricks_names_are_line_magics_when_more_follows() -> None:
    assert python("%sql SELECT 1", "x = 1") == ["pass", "x = 1"]


@given(lines=st.lists(st.text(alphabet="%!?=x'\"\\#([])} \t", max_size=8), max_size=6))
def test_magics_never_change_the_number_of_lines(lines: list[str]) -> None:
    result = python(*lines)
    assert result is None or len(result) == len(lines)


def test_keys_may_be_written_with_escapes() -> None:
    """Any JSON writer may do so."""
    text = '{"c\\u0065lls": [{"cell_typ\\u0065": "code", "\\u0073ource": "x = 1"}]}'
    assert parse_source(text.encode(), shown="x.ipynb", form=Form.NOTEBOOK).text == "x = 1\n"


def test_a_nul_byte_costs_no_more_than_its_cell() -> None:
    assert read(document(code("x = '\0'\n"), code("y"))).text == "x = '\ufffd'\ny\n"
