"""How pages are read, so that no promise on a page is overlooked."""

import json
import textwrap
from pathlib import Path

from pages import blocks, examples, headings, section

FENCE = "`" * 3

PAGE = textwrap.dedent(f"""\
    # some-waste

    ## What it does

    Text.

    {FENCE}python
    # not a heading
    call()  # finding: some-waste confidence=low severity=high
    fine()
    {FENCE}

    {FENCE}console
    $ ls  # finding: some-waste
    {FENCE}

    ## Edge cases

    {FENCE}python path=tests/test_x.py
    clean()
    {FENCE}

    {FENCE}python notebook accelerator=GPU
    # %%
    import x
    # %% a title
    !pip install x
    call()  # finding: some-waste
    {FENCE}

    {FENCE}python project=app path=app/a.py
    call()
    {FENCE}

    {FENCE}toml project=app path=pyproject.toml
    [project]
    {FENCE}
    """)


def test_headings_are_those_outside_of_code() -> None:
    assert list(headings(PAGE)) == [(1, "some-waste"), (2, "What it does"), (2, "Edge cases")]


def test_a_section_ends_where_the_next_begins() -> None:
    assert section(PAGE, "What it does").count(FENCE) == 4
    assert section(PAGE, "Edge cases").endswith(f"{FENCE}\n")
    assert not section(PAGE, "Fix safety")


def test_markers_are_read_and_taken_out() -> None:
    """No rule can see what is expected of it."""
    block = next(blocks(PAGE))
    assert block.text == "# not a heading\ncall()\nfine()\n"
    (marker,) = block.markers
    assert (marker.line, marker.rule) == (2, "some-waste")
    assert marker.levels == {"confidence": "low", "severity": "high"}
    assert PAGE.split("\n")[block.line + marker.line - 2].startswith("call()  # finding")


def test_two_markers_on_a_line_are_two_findings() -> None:
    page = f"{FENCE}python\na(b())  # finding: x  # finding: x\n{FENCE}\n"
    (block,) = blocks(page)
    assert [marker.line for marker in block.markers] == [1, 1]
    assert block.text == "a(b())\n"


def test_a_block_says_what_kind_of_file_it_is() -> None:
    shown = [block.shown for block in blocks(PAGE)]
    assert shown[2:] == ["tests/test_x.py", "example.ipynb", "app/a.py", "pyproject.toml"]


def test_a_notebook_has_a_cell_for_each_title() -> None:
    block = list(blocks(PAGE))[3]
    notebook = json.loads(block.data)
    assert notebook["metadata"] == {"accelerator": "GPU"}
    assert [cell["source"] for cell in notebook["cells"]] == [
        "import x",
        "!pip install x\ncall()\n",
    ]
    assert [first for first, _ in block.cells] == [2, 4]


def test_blocks_of_one_project_are_one_example(tmp_path: Path) -> None:
    (tmp_path / "some-waste.md").write_text(PAGE, encoding="utf-8")
    found = list(examples(tmp_path / "some-waste.yaml"))
    assert [len(example.blocks) for example in found] == [1, 1, 1, 2]
    assert next(str(example) for example in found) == "some-waste:8"


def test_a_rule_without_a_page_has_no_examples(tmp_path: Path) -> None:
    assert list(examples(tmp_path / "some-waste.yaml")) == []
