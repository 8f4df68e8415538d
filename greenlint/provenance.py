"""How a figure came about: shared by intensities, measurements and reports."""

from collections.abc import Iterable
from enum import StrEnum


class Provenance(StrEnum):
    """How a figure came about, from strong to weak."""

    MEASURED = "measured"
    MODELLED = "modelled"
    DECLARED = "declared"
    UNAVAILABLE = "unavailable"


_WEAKEST_FIRST = tuple(reversed(Provenance))


def weakest(provenances: Iterable[Provenance | None]) -> Provenance:
    """That of a sum: the weakest of its parts; UNAVAILABLE when there are none."""
    found = set(provenances)
    return next((one for one in _WEAKEST_FIRST if one in found), Provenance.UNAVAILABLE)
