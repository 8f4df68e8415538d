"""Reading files: whatever lies on disk becomes Python text or a SourceError."""

import codecs
import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlint.lint.finding import Span
from greenlint.lint.forms import Form
from greenlint.lint.source import (
    MAX_NOTEBOOK_BYTES,
    MAX_PYTHON_BYTES,
    Place,
    Source,
    SourceError,
    parse_source,
    place_of,
    read_source,
)


def text_of(data: bytes) -> str:
    """The text of a Python file with these bytes."""
    return parse_source(data, shown="x.py", form=Form.PYTHON).text


def refusal(data: bytes) -> SourceError:
    """Why a Python file with these bytes can't be checked."""
    with pytest.raises(SourceError) as caught:
        text_of(data)
    return caught.value


def test_reads_a_file_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("é = 1\n", encoding="utf-8")
    assert read_source(file, shown="x.py") == Source("x.py", "é = 1\n", "é = 1\n".encode())


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"x", "x", id="no newline at the end"),
        pytest.param(codecs.BOM_UTF8 + b"x = 1\n", "x = 1\n", id="byte order mark"),
        pytest.param(b"a\r\nb\rc\n", "a\nb\nc\n", id="newlines of all kinds"),
        pytest.param(b"a\x0cb\x0b\n", "a\x0cb\x0b\n", id="form feeds are no newlines"),
        pytest.param(b"# coding: latin-1\n'\xe9'", "# coding: latin-1\n'é'", id="latin-1"),
        pytest.param(
            b"#!/usr/bin/python\n# coding: cp1252\n'\x80'",
            "#!/usr/bin/python\n# coding: cp1252\n'€'",
            id="declared on the second line",
        ),
        pytest.param(
            "x = 1\ny = 2\n# coding: latin-1\n'é'".encode(),
            "x = 1\ny = 2\n# coding: latin-1\n'é'",
            id="declared too late",
        ),
        pytest.param(
            codecs.BOM_UTF8 + b"# coding: utf-8\n", "# coding: utf-8\n", id="declared and marked"
        ),
        pytest.param(
            b"# coding: unicode_escape\n'\\q'",
            "# coding: unicode_escape\n'\\q'",
            id="a codec that warns",
        ),
        pytest.param(b"# coding: utf-7\n+2AA-", "# coding: utf-7\n\ufffd", id="half a surrogate"),
        pytest.param(b"print 'two'\n", "print 'two'\n", id="python 2 is text, too"),
    ],
)  # fmt: skip
def test_text(data: bytes, text: str) -> None:
    """Bytes become the text that Python itself would see."""
    assert text_of(data) == text


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"a\nb\n  '\xff'\n", (3, 1), "the file is not valid utf-8: invalid start byte"),
        (b"# coding: ascii\n'\xe9'\n", (2, 1), "the file is not valid ascii"),
        (b"a\n\nbc\0\n", (3, 3), "the file holds a NUL byte"),
        (b"# coding: klingon\n", (1, 1), "the encoding is not known: unknown encoding: klingon"),
        (b"# coding: rot13\n", (1, 1), "the encoding rot13, which is not one for text"),
        (b"# coding: undefined\n", (1, 1), "the encoding undefined, which is not one for text"),
        (b"# coding: punycode\n", (1, 1), "the encoding punycode, which is not one for files"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", (1, 1), "the encoding is not known"),
        (codecs.BOM_UTF16_LE + "x = 1".encode("utf-16-le"), (1, 1), "the file is not valid utf-8"),
        (b"x" * (MAX_PYTHON_BYTES + 1), (1, 1), "the file is too large to check: 2.0 MB"),
    ],
)
def test_refusals(data: bytes, place: tuple[int, int], message: str) -> None:
    """What can't be read is refused with a reason and the place of it."""
    error = refusal(data)
    assert message in error.message
    assert (error.line, error.column) == place


def test_a_line_of_fifty_megabytes_is_never_read(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    with file.open("wb") as out:
        out.truncate(50_000_000)
    with pytest.raises(SourceError, match=r"50\.0 MB, the limit is 2 MB"):
        read_source(file, shown="x.py")


def test_a_notebook_may_be_larger_than_a_module(tmp_path: Path) -> None:
    """Most of a notebook is output."""
    file = tmp_path / "x.ipynb"
    file.write_text('{"cells": [], "outputs": "' + "x" * MAX_PYTHON_BYTES + '"}')
    assert read_source(file, shown="x.ipynb").text == ""
    with file.open("wb") as out:
        out.truncate(MAX_NOTEBOOK_BYTES + 1)
    with pytest.raises(SourceError, match="the limit is 32 MB"):
        read_source(file, shown="x.ipynb")


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    """Opening one would wait for a writer for ever."""
    pipe = tmp_path / "x.py"
    os.mkfifo(pipe)
    with pytest.raises(SourceError, match="no regular file"):
        read_source(pipe, shown="x.py")


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Is a directory"):
        read_source(tmp_path, shown="x.py")


@pytest.mark.parametrize("name", ["gone.py", "x" * 300 + ".py", "nul\0.py"])
def test_what_can_not_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="can't be read"):
        read_source(tmp_path / name, shown="x.py")


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "x.py"
    link.symlink_to(link)
    with pytest.raises(SourceError, match="can't be read"):
        read_source(link, shown="x.py")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("x = 1")
    file.chmod(0)
    with pytest.raises(SourceError, match="Permission denied"):
        read_source(file, shown="x.py")


def test_a_name_that_is_not_utf8_is_read(tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py"))
    file.write_text("x = 1\n")
    assert read_source(file, shown="\\xff.py").text == "x = 1\n"


def test_errors_travel_between_processes() -> None:
    """A worker's error arrives as it was sent."""
    error = pickle.loads(pickle.dumps(SourceError("odd", 3, 4)))  # noqa: S301 - made right here
    assert (error.message, error.line, error.column) == ("odd", 3, 4)


def test_places_in_a_module_are_what_they_are() -> None:
    source = parse_source(b"x = 1\n", shown="x.py", form=Form.PYTHON)
    assert place_of(source, Span(1, 1, 1, 2)) == Place(Span(1, 1, 1, 2))


@given(data=st.binary(), prefix=st.sampled_from([b"", b"# coding: ", b"\xef\xbb\xbf", b"{"]))
def test_any_bytes_give_a_source_or_a_source_error(data: bytes, prefix: bytes) -> None:
    for form in Form:
        try:
            source = parse_source(prefix + data, shown="x", form=form)
        except SourceError:
            continue
        assert source.data.decode() == source.text
        assert "\r" not in source.text or form is not Form.PYTHON


@given(name=st.sampled_from(["ascii", "big5", "cp037", "hz", "idna", "shift_jis", "utf-7", "utf-16",
                             "utf_8_sig", "uu", "zlib", "raw_unicode_escape", "mbcs", "\xff"]),
       data=st.binary())  # fmt: skip
def test_any_declared_encoding_gives_a_source_or_a_source_error(name: str, data: bytes) -> None:
    declared = f"# coding: {name}\n".encode("latin-1")
    try:
        source = parse_source(declared + data, shown="x", form=Form.PYTHON)
    except SourceError:
        return
    assert source.data.decode() == source.text
