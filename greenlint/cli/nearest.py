"""The valid word that is nearest to what was typed."""

from collections.abc import Iterable


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """The valid word most like `word`; None when none is like it."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(valid), n=1, cutoff=0.6)
    return close[0] if close else None


def question(word: str, valid: Iterable[str]) -> str:
    """What ends a message on an unknown word: the nearest valid one, or else a period."""
    close = nearest(word, valid)
    return f"; did you mean `{close}`?" if close else "."
