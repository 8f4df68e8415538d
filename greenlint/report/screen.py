"""What a terminal shows of a text: its width there, and nothing that could steer the terminal."""

from collections.abc import Iterator

TAB = 4

# Joiners and no-break spaces stand in ordinary prose and code and cannot steer anything.
HARMLESS = frozenset("\u00a0\u200c\u200d\u202f\u3000")


def visible(text: str) -> str:
    r"""The text with everything a terminal might obey or hide spelled out, such as `\x1b`."""
    if text.isprintable():
        return text
    return "".join(map(_glyph, text))


def _glyph(character: str) -> str:
    if character.isprintable() or character in HARMLESS:
        return character
    return character.encode("unicode_escape").decode("ascii")


def cells(line: str) -> Iterator[tuple[str, int]]:
    """Each character of a line as it is shown, and how many columns that takes."""
    column = 0
    for character in line:
        if character == "\t":
            shown = " " * (TAB - column % TAB)
            width = len(shown)
        else:
            shown = _glyph(character)
            width = _width(shown)
        column += width
        yield shown, width


def width_of(text: str) -> int:
    """How many columns a visible text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(shown: str) -> int:
    if shown < "\u0300":
        return len(shown)
    import unicodedata

    if unicodedata.category(shown) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(shown) in {"W", "F"} else 1


def wrapped(text: str, width: int) -> Iterator[str]:
    """The text in lines of at most `width` columns, broken at spaces; a longer word stays whole."""
    line = ""
    for word in visible(text).split(" "):
        longer = f"{line} {word}" if line else word
        if line and width_of(longer) > width:
            yield line
            line = word
        else:
            line = longer
    yield line
