"""How a figure came about: shared by intensities, measurements and reports."""

from enum import StrEnum


class Provenance(StrEnum):
    """How a figure came about, from strong to weak."""

    MEASURED = "measured"
    MODELLED = "modelled"
    DECLARED = "declared"
    UNAVAILABLE = "unavailable"
