"""The lines of code that a finding is about, cut to the width at hand and marked with carets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from greenlint.lint.finding import Span
from greenlint.report.screen import cells

CUT = "..."
CONTEXT = 8
WHOLE_LINES = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an excerpt; `number` None stands for lines left out."""

    number: int | None
    code: str = ""
    marks: str = ""


def excerpt(lines: Sequence[str], span: Span, *, width: int) -> Iterator[Row]:
    """The rows that show `span`, whose source lines are `lines`; only its ends are marked."""
    last = len(lines) - 1
    left_out = range(3, last) if last >= WHOLE_LINES else range(0)
    shown = [index for index in range(len(lines)) if index not in left_out]
    dropped = _indent([lines[index] for index in shown], width)
    for index in shown:
        if left_out and index == last:
            yield Row(None)
        line = lines[index][dropped:]
        start = span.column - 1 - dropped if index == 0 else len(line) - len(line.lstrip())
        ends_here = span.line + index >= span.end_line
        end = span.end_column - 1 - dropped if ends_here else len(line.rstrip())
        code, marks = fitted(line, start, end, width=width)
        yield Row(span.line + index, code, marks if index in {0, last} else "")


def _indent(lines: Sequence[str], width: int) -> int:
    """How much indentation to leave out: what all have in common, where one is too long."""
    if all(len(line) <= width for line in lines):
        return 0
    return min((len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()), default=0)


def fitted(line: str, start: int, end: int, *, width: int) -> tuple[str, str]:
    """The part of a line around the characters `start` to `end`, and the carets under them."""
    skipped = max(0, start - 2 * width)
    window = line[skipped : skipped + 5 * width]
    clipped = skipped + len(window) < len(line)
    shown = list(cells(window))
    edges = [0, *accumulate(columns for _, columns in shown)]
    first = min(max(start - skipped, 0), len(shown))
    after = min(max(end - skipped, first), len(shown))
    left, right = edges[first], edges[after]

    low, high = 0, len(shown)
    if skipped or clipped or edges[-1] > width:
        low, high = _view(edges, left, right, width=width, whole_start=not skipped)
    before = CUT if skipped or low else ""
    behind = CUT if clipped or high < len(shown) else ""
    code = before + "".join(text for text, _ in shown[low:high]) + behind
    left, right = max(left, edges[low]), min(right, edges[high])
    indent = len(before) + left - edges[low]
    return code.rstrip(), " " * indent + "^" * max(right - left, 1)


def _view(
    edges: list[int], left: int, right: int, *, width: int, whole_start: bool
) -> tuple[int, int]:
    """The characters, from and up to, that fit `width` columns together with the cut marks."""
    starts_early = left <= width // 3 and right - left >= width // 2
    if whole_start and (starts_early or right <= width - len(CUT)):
        lowest, room = 0, width - len(CUT)
    else:
        room = width - 2 * len(CUT)
        lowest = max(0, min(right + CONTEXT - room, left - CONTEXT))
    low = next(index for index, edge in enumerate(edges) if edge >= lowest)
    high = max(index for index, edge in enumerate(edges) if edge <= edges[low] + room)
    return low, high
