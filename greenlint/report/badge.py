"""A badge for a README: an SVG that needs no font, script or network."""

from collections.abc import Iterator
from html import escape

_LABEL = "green AI"
_GREEN, _YELLOW, _RED = "#2e7d32", "#b58900", "#b71c1c"
# DejaVu Sans at 11 px; an estimate is enough, because `textLength` fits the text to it.
_CHARACTER_WIDTH = 6.6
_PADDING = 10


def badge(seen: int, applicable: int) -> Iterator[str]:
    """The lines of an SVG that says how many of the practices that apply were seen."""
    value = f"{seen}/{applicable} practices"
    left, right = _width(_LABEL), _width(value)
    share = seen / applicable if applicable else 1.0
    color = _GREEN if share >= 0.5 else _YELLOW if share >= 0.25 else _RED
    title = escape(f"{_LABEL}: {value}")
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" '
        f'role="img" aria-label="{title}">'
    )
    yield f"  <title>{title}</title>"
    yield f'  <rect width="{left + right}" height="20" rx="3" fill="#444"/>'
    yield (
        f'  <path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right - 3}z" '
        f'fill="{color}"/>'
    )
    yield '  <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
    yield _text(_LABEL, _PADDING, left - 2 * _PADDING)
    yield _text(value, left + _PADDING, right - 2 * _PADDING)
    yield "  </g>"
    yield "</svg>"


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER_WIDTH) + 2 * _PADDING


def _text(text: str, x: int, length: int) -> str:
    return f'    <text x="{x}" y="14" textLength="{length}">{escape(text)}</text>'
