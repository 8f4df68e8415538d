"""Console blocks of the documentation are run, and show what was printed."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import transcripts  # noqa: E402  # scripts are no package


def test_output_is_written_below_each_command() -> None:
    page = "# Page\n\n```console\n$ echo one\nold\n$ echo two\n```\n\nEnd.\n"
    assert transcripts.as_it_is_today(page) == (
        "# Page\n\n```console\n$ echo one\none\n$ echo two\ntwo\n```\n\nEnd.\n"
    )


def test_the_exit_code_of_a_command_is_known_to_the_next() -> None:
    page = "```console\n$ exit 3\n$ echo $?\n```\n"
    assert transcripts.as_it_is_today(page) == "```console\n$ exit 3\n$ echo $?\n3\n```\n"


def test_another_time_is_no_change() -> None:
    page = "```console\n$ echo 'in 0.12 s.'\nin 9.87 s.\n```\n"
    assert transcripts.as_it_is_today(page) == page


def test_measured_numbers_may_differ_where_a_block_says_so() -> None:
    output = "energy  ████  41.2 J  -1.24 J  since 2026-11-26 17:40 UTC, process:3d12...4613:1a2"
    other = "energy  █████░  1.08e-05 mJ  -3 J  since 2026-11-27 07:01 UTC, process:77...1:ff"
    page = f"```console measured\n$ echo '{output}'\n{other}\n```\n"
    assert transcripts.as_it_is_today(page) == page
    other_words = page.replace("\nenergy", "\ncarbon")
    assert transcripts.as_it_is_today(other_words).count(output) == 2
    unmarked = page.replace(" measured", "")
    assert transcripts.as_it_is_today(unmarked) != unmarked


def test_files_of_a_page_are_there_for_the_blocks_below() -> None:
    block = "```python file=src/a.py\nx = 1\n```\n"
    page = f"{block}\n```console\n$ cat src/a.py\n```\n"
    assert transcripts.as_it_is_today(page) == (
        f"{block}\n```console\n$ cat src/a.py\nx = 1\n```\n"
    )


def test_the_examples_are_there_for_blocks_that_ask_for_them() -> None:
    page = "```console examples\n$ ls examples\n```\n```console\n$ ls\n```\n"
    assert "wasteful" in transcripts.as_it_is_today(page)
    assert transcripts.as_it_is_today(page).endswith("```console\n$ ls\n```\n")


def test_greenlint_is_that_of_the_checkout() -> None:
    page = "```console\n$ greenlint --version\n```\n"
    assert "\ngreenlint 0.1.0\n" in transcripts.as_it_is_today(page)


def test_check_shows_what_is_out_of_date_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo new\nold\n```\n", encoding="utf-8")
    assert transcripts.main(["--check", str(page)]) == 1
    assert "\n-old\n+new\n" in capsys.readouterr().out
    assert "old" in page.read_text(encoding="utf-8")
    assert transcripts.main([str(page)]) == 0
    assert "new\n```" in page.read_text(encoding="utf-8")
    assert transcripts.main(["--check", str(page)]) == 0
