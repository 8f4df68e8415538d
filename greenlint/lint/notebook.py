"""A Jupyter notebook as one logical Python text, and where each of its lines lies in the JSON.

Cells are counted from 1 over all cells, Markdown included: the number that notebook editors show
("Cell 3 of 12") and that ruff reports. Execution counts change with every run, so they don't serve.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from greenlint.lint.magics import python_lines
from greenlint.lint.notebook_strings import (
    TOO_DEEP,
    DocumentPath,
    Lines,
    NotebookError,
    Piece,
    SourceStrings,
)

_CHARACTER = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.)|.", re.DOTALL)
_PROMPT = re.compile(r"\s*(?:>>>|\.\.\.)(?: |$)")
_PYTHONS = frozenset({"pyspark", "sage"})
_OTHER_KERNELS = re.compile(r"ir\b|julia|javascript|typescript|bash|scala|rust|go|xcpp|\.net|sql")


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell in Python: `number` counts all cells from 1, `first_line` is a logical line.

    `pieces` are its lines as the JSON has them; `indent` columns were taken off its lines because
    the whole cell was indented.
    """

    number: int
    first_line: int
    line_count: int
    pieces: Lines = ()
    indent: int = 0

    def physical(self, line: int, column: int) -> tuple[int, int]:
        """Line and column in the JSON where a character of the cell begins; all from 1."""
        return self._character(line, column)[:2]

    def physical_end(self, line: int, column: int) -> tuple[int, int]:
        """The same for an exclusive end: where the character before it is over."""
        if column <= 1:
            return self.physical(line, column)
        physical_line, start, width = self._character(line, column - 1)
        return physical_line, start + width

    def _character(self, line: int, column: int) -> tuple[int, int, int]:
        """Line, column and width in the JSON of a character; past the end, of the newline."""
        left = column
        pieces = self.pieces[min(line, self.line_count) - 1]
        for piece in pieces:
            for character in _CHARACTER.finditer(piece.raw):
                left -= 1
                if not left:
                    return piece.line, piece.column + character.start(), len(character[0])
        return pieces[-1].line, pieces[-1].column + len(pieces[-1].raw), 0


@dataclass(frozen=True, slots=True)
class Notebook:
    """What a checker needs of a notebook; `language` is "python" unless its kernel is another."""

    text: str
    cells: tuple[Cell, ...]
    accelerator: bool
    language: str


def read_notebook(text: str) -> Notebook:
    """The notebook in a JSON text; NotebookError when it is none."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"the notebook is not valid JSON: {error.msg}"
        raise NotebookError(message, error.lineno, error.colno) from None
    except RecursionError:
        raise NotebookError(TOO_DEEP) from None
    except ValueError:
        message = "the notebook is not valid JSON: an integer has thousands of digits"
        raise NotebookError(message) from None
    if not isinstance(document, dict):
        raise NotebookError("this is no notebook: its JSON is not an object")
    if not isinstance(document.get("cells", document.get("worksheets")), list):
        raise NotebookError("this is no notebook: it has no `cells`")
    metadata = _mapping(document.get("metadata"))
    language = _language(metadata)
    accelerator = _has_accelerator(metadata)
    if language != "python":
        return Notebook("", (), accelerator, language)
    logical: list[str] = []
    cells: list[Cell] = []
    sources = SourceStrings(text)
    for number, (path, cell) in enumerate(_numbered_cells(document), start=1):
        if not _is_python(cell):
            continue
        pieces = sources.lines(path)
        lines, indent = _dedented(["".join(map(_decoded, line)) for line in pieces])
        python = python_lines(lines)
        if not python:
            continue
        first = len(logical) + 1
        cells.append(Cell(number, first, len(python), pieces, indent))
        logical += python
    return Notebook("".join(f"{line}\n" for line in logical), tuple(cells), accelerator, language)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _language(metadata: Mapping[str, object]) -> str:
    """The kernel's language; Python where nothing says otherwise, as Jupyter has it."""
    kernel = _mapping(metadata.get("kernelspec"))
    named = (_mapping(metadata.get("language_info")).get("name"), kernel.get("language"))
    words = [word.lower() for word in named if isinstance(word, str) and word]
    if words:
        is_python = any("python" in word or word in _PYTHONS for word in words)
        return "python" if is_python else words[0]
    name = kernel.get("name")
    if isinstance(name, str) and _OTHER_KERNELS.match(name.lower()):
        return name.lower()
    return "python"


def _has_accelerator(metadata: Mapping[str, object]) -> bool:
    """Whether Colab or Kaggle metadata asks for a GPU or TPU."""
    kaggle = _mapping(metadata.get("kaggle"))
    words = (
        metadata.get("accelerator"),
        _mapping(metadata.get("colab")).get("gpuType"),
        kaggle.get("accelerator"),
    )
    if kaggle.get("isGpuEnabled") is True:
        return True
    return any(isinstance(word, str) and word.lower() not in {"", "none", "cpu"} for word in words)


def _numbered_cells(
    document: Mapping[str, object],
) -> Iterator[tuple[DocumentPath, Mapping[str, object]]]:
    """Every cell and its path in the document; nbformat 3 has them in worksheets."""
    cells = document.get("cells")
    if isinstance(cells, list):
        for index, cell in enumerate(cells):
            yield ("cells", index), _mapping(cell)
        return
    sheets = document.get("worksheets")
    for outer, sheet in enumerate(sheets if isinstance(sheets, list) else ()):
        inside = _mapping(sheet).get("cells")
        for index, cell in enumerate(inside if isinstance(inside, list) else ()):
            yield ("worksheets", outer, "cells", index), _mapping(cell)


def _is_python(cell: Mapping[str, object]) -> bool:
    if cell.get("cell_type") != "code":
        return False
    editor = _mapping(_mapping(cell.get("metadata")).get("vscode")).get("languageId")
    if cell.get("language", "python") != "python":
        return False
    return editor is None or editor == "python"


def _dedented(lines: list[str]) -> tuple[list[str], int]:
    """The lines without prompts or the indentation of the first, as IPython runs them."""
    first = next((line for line in lines if line.strip()), "")
    if _PROMPT.match(first):
        return [_PROMPT.sub("", line) for line in lines], len(">>> ")
    indent = first[: len(first) - len(first.lstrip())]
    if not indent:
        return lines, 0
    return [line.removeprefix(indent) for line in lines], len(indent)


def _decoded(piece: Piece) -> str:
    raw = piece.raw.removesuffix(r"\n")
    if "\\" not in raw:  # nearly always
        return raw
    text: str = json.loads(f'"{piece.raw}"')
    return text.rstrip("\r\n")
