"""`# greenlint: ignore[rule]` in Dockerfiles and YAML, and which lines such a comment covers."""

import re
from collections.abc import Iterator, Sequence

from greenlint.lint.deployment.dockerfile import instructions
from greenlint.lint.forms import Form
from greenlint.lint.source import Source
from greenlint.lint.suppression import MARK, Suppression, read_comment

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")


def suppressions_in_deployment(source: Source) -> tuple[Suppression, ...]:
    """The suppressions in the comments of a deployment file.

    In a Dockerfile a comment covers the instruction below it. In YAML one at the end of a line
    covers that line, and one on a line of its own what stands below it: a key with all it holds.
    """
    if MARK not in source.data:
        return ()
    covered = _in_dockerfile if source.form is Form.DOCKERFILE else _in_yaml
    return tuple(covered(source.text))


def _in_dockerfile(text: str) -> Iterator[Suppression]:
    found = list(instructions(text))
    inside = {
        line for one in found if one.documents for line in range(one.line + 1, one.end_line + 1)
    }
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.lstrip().startswith("#") or number in inside:
            continue
        below = next((one for one in found if one.end_line >= number), None)
        first, last = (below.line, below.end_line) if below else (number, number)
        column = len(line) - len(line.lstrip()) + 1
        if suppression := read_comment(line.lstrip(), number, column, first=first, last=last):
            yield suppression


def _in_yaml(text: str) -> Iterator[Suppression]:
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        found = _COMMENT.search(line)
        if found is None or b"greenlint" not in line.encode():
            continue
        alone = not line[: found.start()].strip()
        first, last = _block_below(lines, number) if alone else (number, number)
        column = found.start() + 1
        if suppression := read_comment(found[0], number, column, first=first, last=last):
            yield suppression


def _block_below(lines: Sequence[str], number: int) -> tuple[int, int]:
    """The next line with content, and the last that is indented more than it."""
    rest = range(number, len(lines))
    first = next((at for at in rest if _content(lines[at])), None)
    if first is None:
        return number, number
    indent, last = _indent(lines[first]), first
    for at in range(first + 1, len(lines)):
        if not _content(lines[at]):
            continue
        if _indent(lines[at]) <= indent:
            break
        last = at
    return first + 1, last + 1


def _content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
