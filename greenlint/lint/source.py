"""Files as the checker reads them: text in UTF-8, whatever lies on disk.

This is the only place where checked files are opened. Everything that can be wrong with a file
becomes a SourceError; what is no regular file is never opened.
"""

import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.lint.finding import Span
from greenlint.lint.forms import Form, form_of
from greenlint.regular_file import open_regular

if TYPE_CHECKING:
    from greenlint.lint.notebook import Cell

# More than any hand-written module; parsing more would take more memory than a worker may use.
MAX_PYTHON_BYTES = 2_000_000
# Mostly outputs: images in base64.
MAX_NOTEBOOK_BYTES = 32_000_000

# What a Kubernetes object, or a Compose file, has at the start of a line.
_MANIFEST = re.compile(r"^(?:apiVersion:|services:)", re.MULTILINE)
_TEMPLATE = re.compile(r"^[^#\n]*\{\{-?\s*[.$a-z(\"/]|^\s*\{%", re.MULTILINE)

# Made for host names: decoding a large file would take hours.
_SLOW_ENCODINGS = frozenset({"idna", "punycode"})
_BOM = b"\xef\xbb\xbf"
_SURROGATE = re.compile("[\ud800-\udfff]")


class SourceError(Exception):
    """A file, or a part of it, can't be checked; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message, line, column)
        self.message, self.line, self.column = message, line, column


@dataclass(frozen=True, slots=True)
class Source:
    r"""One file as text.

    `form` is what kind of file it is. `path` is the path as shown; `text` has \n newlines and no
    byte order mark, `data` is the same in UTF-8. In a notebook, `text` joins the code cells and
    `cells` says where they lie; `language` is not "python" (and `text` empty) where its kernel runs
    another language, where a YAML file is no manifest ("yaml"), or where a template is to become
    one ("template").
    """

    path: str
    text: str
    data: bytes
    cells: "tuple[Cell, ...]" = ()
    accelerator: bool = False
    language: str = "python"
    form: Form = Form.PYTHON


@dataclass(frozen=True, slots=True)
class Place:
    """Where a logical span lies: within its cell, and in the file on disk (None: the same)."""

    span: Span
    cell: int | None = None
    physical: Span | None = None


def read_source(path: Path, *, shown: str) -> Source:
    """Read a file to check; SourceError, and nothing else, when that can't be done."""
    return parse_source(read_bytes(path), shown=shown, form=file_form(path))


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file of reasonable size."""
    limit = _limit(file_form(path))
    try:
        with open_regular(path) as file:
            _require_size(os.fstat(file.fileno()).st_size, limit)
            return file.read(limit + 1)
    except OSError as error:
        raise SourceError(f"the file can't be read: {error.strerror or error}") from None


def parse_source(data: bytes, *, shown: str, form: Form) -> Source:
    """The source in these bytes; SourceError when they hold no text of that form."""
    _require_size(len(data), _limit(form))
    match form:
        case Form.PYTHON:
            text = _python_text(data)
            return Source(shown, text, _utf8(text))
        case Form.DOCKERFILE | Form.MANIFEST:
            return _deployment(data, shown=shown, form=form)
        case Form.NOTEBOOK:
            return _notebook(data, shown=shown)


def _notebook(data: bytes, *, shown: str) -> Source:
    from greenlint.lint.notebook import read_notebook
    from greenlint.lint.notebook_strings import NotebookError

    try:
        read = read_notebook(_text_of(data))
    except NotebookError as error:
        raise SourceError(error.message, error.line, error.column) from None
    # A NUL byte costs its cell, at most, and not the notebook.
    text = _without_surrogates(read.text).replace("\0", "\ufffd")
    _require_size(len(text), MAX_PYTHON_BYTES)
    return Source(
        shown, text, _utf8(text), read.cells, read.accelerator, read.language, Form.NOTEBOOK
    )


def _deployment(data: bytes, *, shown: str, form: Form) -> Source:
    """A Dockerfile or a manifest; what is only YAML, or still a template, has no text."""
    text = _without_surrogates(_text_of(data)).replace("\r\n", "\n")
    if form is Form.MANIFEST and not _MANIFEST.search(text):
        return Source(shown, "", b"", language="yaml", form=form)
    # Helm and its like write the manifest; only they know what will stand in it.
    if form is Form.MANIFEST and _TEMPLATE.search(text):
        return Source(shown, "", b"", language="template", form=form)
    return Source(shown, text, _utf8(text), form=form)


def place_of(source: Source, span: Span) -> Place:
    """Where a span of the logical text lies; one over several cells ends with the first."""
    cell = _cell_at(source, span.line)
    if cell is None:
        return Place(span)
    offset = cell.first_line - 1
    last = min(span.end_line - offset, cell.line_count)
    inside = Span(
        span.line - offset, span.column + cell.indent, last, span.end_column + cell.indent
    )
    start = cell.physical(inside.line, inside.column)
    end = cell.physical_end(inside.end_line, inside.end_column)
    return Place(inside, cell.number, Span(*start, *end))


def _cell_at(source: Source, line: int) -> "Cell | None":
    for cell in reversed(source.cells):
        if cell.first_line <= line:
            return cell
    return source.cells[0] if source.cells else None


def file_form(path: Path) -> Form:
    """How a file is read; anything that has no form by its name is read as Python."""
    if path.suffix.lower() == ".ipynb":
        return Form.NOTEBOOK
    return form_of(path.name) or Form.PYTHON


def _limit(form: Form) -> int:
    return MAX_NOTEBOOK_BYTES if form is Form.NOTEBOOK else MAX_PYTHON_BYTES


def _require_size(size: int, limit: int) -> None:
    if size > limit:
        sizes = f"{size / 1e6:.1f} MB, the limit is {limit / 1e6:.0f} MB"
        raise SourceError(f"the file is too large to check: {sizes}")


def _python_text(data: bytes) -> str:
    encoding = declared_encoding(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # codecs such as unicode_escape grumble
            text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(f"the file is not valid {encoding}: {error.reason}", line) from None
    except (UnicodeError, LookupError, ValueError):
        raise SourceError(
            f"the file declares the encoding {encoding}, which is not one for text"
        ) from None
    if not encoding.startswith("utf-8"):  # which has no half of a pair
        text = _without_surrogates(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    _refuse_nul(text)
    return text


def declared_encoding(data: bytes) -> str:
    """The encoding that Python itself would use for the file."""
    second_line_ends = data.find(b"\n", data.find(b"\n") + 1)
    if data.find(b"coding", 0, second_line_ends if second_line_ends >= 0 else len(data)) < 0:
        return "utf-8-sig" if data.startswith(_BOM) else "utf-8"
    import io
    import tokenize

    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError as error:
        raise SourceError(f"the encoding is not known: {error.msg}") from None
    if encoding in _SLOW_ENCODINGS:
        raise SourceError(f"the file declares the encoding {encoding}, which is not one for files")
    return encoding


def _text_of(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(f"the file is not valid UTF-8: {error.reason}", line) from None


def _without_surrogates(text: str) -> str:
    """Half a surrogate pair can't be written in UTF-8; it becomes a replacement character."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _refuse_nul(text: str) -> None:
    at = text.find("\0")
    if at >= 0:
        line_start = text.rfind("\n", 0, at) + 1
        raise SourceError(
            "the file holds a NUL byte", text.count("\n", 0, at) + 1, at - line_start + 1
        )


def _utf8(text: str) -> bytes:
    return text.encode()
