"""A table for people: columns as wide as they need, some of them cut where the terminal ends."""

from collections.abc import Iterator, Sequence

from greenlint.report.palette import BOLD, Style
from greenlint.report.screen import visible, width_of

GAP = "  "
_NARROWEST = 6


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    style: Style,
    *,
    cut: Sequence[str],
    right: Sequence[str] = (),
) -> Iterator[str]:
    """The lines of a table; columns in `cut` give way, those in `right` are set flush right."""
    cells = [[visible(cell) for cell in row] for row in (header, *rows)]
    widths = _widths(cells, style.width, [header.index(name) for name in cut])
    for number, row in enumerate(cells):
        shown = (
            _set(cell, width, right=name in right)
            for cell, width, name in zip(row, widths, header, strict=True)
        )
        line = GAP.join(shown).rstrip()
        yield style.paint(BOLD, line) if number == 0 else line


def _widths(cells: Sequence[Sequence[str]], most: int, cut: Sequence[int]) -> list[int]:
    widths = [max(map(width_of, column)) for column in zip(*cells, strict=True)]
    while sum(widths) + len(GAP) * (len(widths) - 1) > most:
        widest = max(cut, key=widths.__getitem__)
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    return widths


def _set(cell: str, width: int, *, right: bool) -> str:
    cut = cell
    while width_of(cut) > width:
        cut = f"{cut[:-2]}…" if cut.endswith("…") else f"{cut[:-1]}…"
    pad = " " * (width - width_of(cut))
    return pad + cut if right else cut + pad
