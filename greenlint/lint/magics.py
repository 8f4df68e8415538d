"""IPython's additions to Python in a cell, replaced line by line so that Python is left."""

import re
from collections.abc import Iterator, Sequence

# Cell magics whose body is Python, run in this or another interpreter.
_PYTHON_BODIES = frozenset({
    "capture", "cached", "debug", "heat", "ipytest", "lprun", "memit", "mprun", "prun", "px",
    "pypy", "pyinstrument", "python", "python3", "scalene", "snakeviz", "time", "timeit", "wandb",
})  # fmt: skip
# One percent sign, alone on the first line: how Databricks names the language of a cell.
_DATABRICKS = frozenset({"%fs", "%html", "%md", "%md-sandbox", "%r", "%scala", "%sh", "%sql"})

_CELL_MAGIC = re.compile(r"\s*%%\s*([\w-]+)")
_ESCAPED = re.compile(
    r"[%!?;,/]|(?:pip3?|conda|mamba|uv)\s+(?:install|uninstall|list|show)\b|(?:cd|ls)\s+[.~/]"
)
_ASSIGNED = re.compile(r"(?P<target>[^=!%#'\"]+=\s*)[!%]")
_HELP = re.compile(r"[^#'\"]*\?\s*$")
_MEASURED = re.compile(
    r"(?P<magic>%(?:time|timeit|prun|memit|mprun|lprun|snakeviz|scalene|pyinstrument)"
    r"(?:\s+-[fmlsTD]\s+\S+|\s+-[a-zA-Z]+(?:\s*\d+)?)*+\s+)"
    r"(?!(?:async|class|def|for|if|match|try|while|with)\b|@|-)\S"
)
_LEXEME = re.compile(
    r"""#.*|\"{3}|'{3}|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|[\[\](){}]|\\$""",
)
_HOLDS_MAGIC = re.compile(r"^\s*[%!?;,/]|[=]\s*[!%]|\?\s*$|^\s*(?:pip3?|conda|mamba|uv|cd|ls)\b")


def python_lines(lines: Sequence[str]) -> list[str] | None:
    """The cell as Python with as many lines, or None when the cell is in another language.

    Columns of what stays are kept: `%time fit()` becomes `pass; fit()`.
    """
    if not any(map(_HOLDS_MAGIC.search, lines)):
        return list(lines)
    body = list(lines)
    for number, line in enumerate(body):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.strip() in _DATABRICKS:
            return None
        magic = _CELL_MAGIC.match(line)
        if magic is None:
            break
        if magic[1] not in _PYTHON_BODIES:
            return None
        body[number] = ""
    return list(_without_line_magics(body))


def ends_in_string(lines: Sequence[str]) -> bool:
    """Whether the cell leaves a string of several lines open."""
    if not any('"""' in line or "'''" in line for line in lines):
        return False
    nesting = _Nesting()
    for line in lines:
        nesting.feed(line)
    return nesting.in_string


def _without_line_magics(lines: Sequence[str]) -> Iterator[str]:
    """Replace what IPython would expand; only the first line of a statement can be a magic."""
    nesting = _Nesting()
    swallowed = False
    for line in lines:
        if swallowed:
            swallowed = line.endswith("\\")
            yield ""
            continue
        if nesting.inside or not _HOLDS_MAGIC.search(line):
            nesting.feed(line)
            yield line
            continue
        python, swallowed = _expanded(line)
        nesting.feed(python)
        yield python


def _expanded(line: str) -> tuple[str, bool]:
    """The line as Python, and whether the next line belongs to its magic."""
    code = line.lstrip()
    indent = line[: len(line) - len(code)]
    if measured := _MEASURED.match(code):
        width = len(measured["magic"])
        return f"{indent}{'pass;':<{width}}{code[width:]}", False
    if _ESCAPED.match(code) or _HELP.match(code):
        return f"{indent}pass", line.endswith("\\")
    if assigned := _ASSIGNED.match(code):
        return f"{indent}{assigned['target']}...", line.endswith("\\")
    return line, False


class _Nesting:
    """Whether the next line continues a statement: open brackets, strings and backslashes."""

    def __init__(self) -> None:
        self._depth = 0
        self._quotes = ""
        self._continued = False

    @property
    def inside(self) -> bool:
        return bool(self._depth or self._quotes or self._continued)

    @property
    def in_string(self) -> bool:
        return bool(self._quotes)

    def feed(self, line: str) -> None:
        """Take in one line, without its newline."""
        self._continued = False
        position = 0
        while position < len(line):
            if self._quotes:
                position = self._end_of_string(line, position)
                continue
            lexeme = _LEXEME.search(line, position)
            if lexeme is None:
                return
            position = lexeme.end()
            self._take(lexeme[0])

    def _take(self, lexeme: str) -> None:
        match lexeme:
            case "(" | "[" | "{":
                self._depth += 1
            case ")" | "]" | "}":
                self._depth = max(0, self._depth - 1)
            case "\\":
                self._continued = True
            case '"""' | "'''":
                self._quotes = lexeme
            case _:
                return

    def _end_of_string(self, line: str, position: int) -> int:
        for lexeme in re.compile(rf"\\.|{self._quotes}").finditer(line, position):
            if lexeme[0] == self._quotes:
                self._quotes = ""
                return lexeme.end()
        return len(line)
