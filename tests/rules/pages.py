"""Reads the pages of rules: their headings, and the code blocks that are their tests."""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from greenlint import bundled
from greenlint.errors import RuleError
from greenlint.lint.catalog import Catalog
from greenlint.lint.rule import Rule
from greenlint.lint.rule_pack import Content, read_pack
from greenlint.lint.ruleset import load_packs

HEADINGS = (
    "What it does",
    "Why it wastes energy",
    "Example",
    "Use instead",
    "Fix safety",
    "Edge cases",
)

DEPLOYMENT = "deployment"  # the family whose rules read other files than Python
# Which file a block stands for where it does not say.
_NAMES = {"python": "example.py", "dockerfile": "Dockerfile", "yaml": "manifest.yaml"}
_FENCE = re.compile(r"^(`{3,})\s*(\w*)\s*(.*?)\s*$")
_MARKER = re.compile(r"\s*#\s*finding:\s*(?P<rule>[\w-]+)(?P<levels>(?:\s+\w+=\w+)*)")
_CELL = re.compile(r"^# %%.*$")


@dataclass(frozen=True)
class Marker:
    """A finding that a page promises, at a line of the block (from 1)."""

    line: int
    rule: str
    levels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Block:
    """A code block of a page; `line` is where its first line of code stands in the page.

    `text` has its markers taken out, so that no rule can see them. A `fixed` block is what `--fix`
    makes of the block before it.
    """

    line: int
    language: str
    text: str
    markers: tuple[Marker, ...]
    notebook: bool = False
    accelerator: str = ""
    path: str = ""
    project: str = ""
    fixed: bool = False
    is_policy: bool = False

    @property
    def shown(self) -> str:
        """The path under which the block is checked."""
        return self.path or (
            "example.ipynb" if self.notebook else _NAMES.get(self.language, "example.py")
        )

    @property
    def data(self) -> bytes:
        """The bytes of the file that the block stands for; `# %%` parts the cells of a notebook."""
        return self._as_notebook() if self.notebook else self.text.encode()

    @property
    def cells(self) -> tuple[tuple[int, str], ...]:
        """The cells of a notebook: the line of the block on which each begins, and its text."""
        cells: list[tuple[int, list[str]]] = [(1, [])]
        for number, line in enumerate(self.text.split("\n"), start=1):
            if _CELL.match(line):
                cells.append((number + 1, []))
            else:
                cells[-1][1].append(line)
        return tuple((first, "\n".join(lines)) for first, lines in cells if any(lines))

    def _as_notebook(self) -> bytes:
        cells = [
            {"cell_type": "code", "metadata": {}, "source": text, "outputs": []}
            for _, text in self.cells
        ]
        metadata = {"accelerator": self.accelerator} if self.accelerator else {}
        notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        return json.dumps(notebook).encode()


@dataclass(frozen=True)
class Example:
    """What is checked together: one block, or all blocks of one project."""

    rule: str
    page: Path
    blocks: tuple[Block, ...]

    def __str__(self) -> str:
        return f"{self.rule}:{self.blocks[0].line}"


def rule_paths() -> tuple[Path, ...]:
    """The YAML of every bundled rule."""
    files = read_pack(bundled.rules_directory(), bundled=True)
    return tuple(file.path for file in files if file.content is Content.RULE)


def page_of(rule: Path) -> Path:
    """The page beside a rule."""
    return rule.with_suffix(".md")


@functools.cache
def rule_at(path: Path) -> tuple[Rule, Catalog]:
    """The rule in that file, and the API catalog; another rule's mistake does not matter."""
    try:
        rules, catalog = _everything()
    except RuleError:
        files = read_pack(bundled.rules_directory(), bundled=True)
        rules, catalog = load_packs(
            [file for file in files if file.content is Content.CATALOG or file.path == path]
        )
    return next(rule for rule in rules if rule.path == path), catalog


@functools.cache
def _everything() -> tuple[tuple[Rule, ...], Catalog]:
    return load_packs(read_pack(bundled.rules_directory(), bundled=True))


def headings(page: str) -> Iterator[tuple[int, str]]:
    """The level and the text of every heading outside code blocks."""
    for _, line in _prose(page):
        if found := re.match(r"^(#+)\s+(.*?)\s*$", line):
            yield len(found[1]), found[2]


def section(page: str, heading: str) -> str:
    """What stands below a heading of the second level, code blocks and all."""
    lines = page.split("\n")
    starts = [number for number, line in _prose(page) if line.startswith("## ")]
    for start, end in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
        if lines[start - 1].removeprefix("## ").strip() == heading:
            return "\n".join(lines[start : end - 1])
    return ""


def examples(path: Path) -> Iterator[Example]:
    """The examples on the page of the rule in that file, in the order of the page."""
    page = page_of(path)
    if not page.is_file():
        return
    languages = {"dockerfile", "yaml"} if path.parent.name == DEPLOYMENT else {"python"}
    projects: dict[str, list[Block]] = {}
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.project:
            projects.setdefault(block.project, []).append(block)
        elif block.language in languages:
            yield Example(path.stem, page, (block,))
    for members in projects.values():
        yield Example(path.stem, page, tuple(members))


def fixes(path: Path) -> Iterator[tuple[Example, Block]]:
    """The examples on the page of a rule that are fixed there, and what that makes of them."""
    before: Block | None = None
    for block in blocks(page_of(path).read_text(encoding="utf-8")):
        if block.language != "python":
            continue
        if block.fixed and before is not None:
            yield Example(path.stem, page_of(path), (before,)), block
        before = block


def policy_of(page: Path) -> str:
    """The policy that the examples of a page are checked under: its first `yaml policy` block."""
    text = page.read_text(encoding="utf-8")
    return next((block.text for block in blocks(text) if block.is_policy), "")


def blocks(page: str) -> Iterator[Block]:
    """Every fenced code block of a page."""
    fence, start, info, code = "", 0, ("", ""), list[str]()
    for number, line in enumerate(page.split("\n"), start=1):
        found = _FENCE.match(line)
        if not fence and found:
            fence, start, info, code = found[1], number + 1, (found[2], found[3]), []
        elif fence and line.strip() == fence:
            yield _block(start, info, code)
            fence = ""
        elif fence:
            code.append(line)


def _block(line: int, info: tuple[str, str], code: list[str]) -> Block:
    words = info[1].split()
    options = dict(word.split("=", 1) for word in words if "=" in word)
    markers = tuple(
        Marker(
            number, found["rule"], dict(level.split("=", 1) for level in found["levels"].split())
        )
        for number, text in enumerate(code, start=1)
        for found in _MARKER.finditer(text)
    )
    return Block(
        line,
        info[0],
        "\n".join(_MARKER.sub("", text) for text in code) + "\n",
        markers,
        fixed="fixed" in words,
        notebook="notebook" in words or options.get("path", "").endswith(".ipynb"),
        is_policy=info[0] == "yaml" and "policy" in words,
        **{key: options[key] for key in ("accelerator", "path", "project") if key in options},
    )


def _prose(page: str) -> Iterator[tuple[int, str]]:
    """The numbered lines of a page that are in no code block."""
    fence = ""
    for number, line in enumerate(page.split("\n"), start=1):
        found = _FENCE.match(line)
        if not fence and found:
            fence = found[1]
        elif fence and line.strip() == fence:
            fence = ""
        elif not fence:
            yield number, line
