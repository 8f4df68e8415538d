"""Reads the pages of the documentation: their code blocks, links, and the paths they name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITTEN_BY_HAND = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "benchmarks/README.md",
    "benchmarks/readings/README.md",
    "examples/README.md",
    "rules/README.md",
    "docs/architecture.md",
    "docs/audit.md",
    "docs/budgets-tutorial.md",
    "docs/comparison.md",
    "docs/fixes.md",
    "docs/fleet.md",
    "docs/index.md",
    "docs/laptop.md",
    "docs/ledger.md",
    "docs/output.md",
    "docs/policy.md",
    "docs/promises.md",
    "docs/regions.md",
    "docs/run.md",
    "docs/service.md",
    "docs/suppressions.md",
    "docs/training.md",
    "docs/tutorial.md",
    "docs/write-a-rule.md",
)

_FENCE = re.compile(r"^```(\w*)([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"[\w.*-]+(?:/[\w.*-]+)*/?")
# The command by whatever path a page calls it.
_COMMAND = re.compile(r"(?:^|&& |\$ |run: )(?:[\w./]*/)?greenlint ([^\n#|&]*)", re.MULTILINE)


@dataclass(frozen=True)
class Snippet:
    """A fenced code block: its language, the rest of its first line, its text and its place."""

    page: str
    line: int
    language: str
    options: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def text_of(page: str) -> str:
    """The text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


def snippets(*languages: str) -> list[Snippet]:
    """The code blocks in these languages on all pages."""
    return [
        Snippet(page, text_of(page)[: found.start()].count("\n") + 1, *found.groups())
        for page in WRITTEN_BY_HAND
        for found in _FENCE.finditer(text_of(page))
        if found[1] in languages
    ]


def commands(snippet: Snippet) -> list[str]:
    """What stands after `greenlint` on the lines of a block that call it."""
    return [found[1].strip() for found in _COMMAND.finditer(snippet.text)]


def links(page: str) -> Iterator[str]:
    """Where the links of a page lead, those to the web left out."""
    for found in _LINK.finditer(_prose(page)):
        if "://" not in found[1] and not found[1].startswith("mailto:"):
            yield found[1]


def named_paths(page: str) -> Iterator[str]:
    """The paths of this repository that a page names, as code, in its prose."""
    tops = {path.name for path in ROOT.iterdir()}
    for found in _SPAN.finditer(_prose(page)):
        for word in found[1].split():
            if _PATH.fullmatch(word) and word.split("/")[0] in tops and word not in _WORDS:
                yield word


# Commands and words that are spelled like a path at the top of this repository.
_WORDS = frozenset({"greenlint", "rules", "docs", "tests", "policies", "examples"})


def _prose(page: str) -> str:
    return _FENCE.sub("", text_of(page))
