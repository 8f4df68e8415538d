"""The software carbon intensity, as version 1.1 of the specification has it (ISO/IEC 21031:2024).

SCI = (O + M) per R, with O = E x I. Location-based figures only: no certificates, no offsets.
https://github.com/Green-Software-Foundation/sci
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from greenlint.units import GramsCO2e, GramsPerKwh, Joules

JOULES_PER_KWH = 3_600_000


class Undefined(Enum):
    """The score of no units at all: it is not zero, and it is not C."""

    UNDEFINED = "undefined"


UNDEFINED: Final = Undefined.UNDEFINED


@dataclass(frozen=True, slots=True)
class Emissions:
    """Operational carbon O and embodied carbon M of some work that did `units` of R."""

    operational: GramsCO2e
    embodied: GramsCO2e
    units: int

    @property
    def total(self) -> GramsCO2e:
        """C = O + M."""
        return GramsCO2e(self.operational + self.embodied)


def operational_carbon(energy: Joules, intensity: GramsPerKwh) -> GramsCO2e:
    """O = E x I, with E converted from joules to kWh."""
    return GramsCO2e(energy / JOULES_PER_KWH * intensity)


def sum_of(parts: Iterable[Emissions]) -> Emissions:
    """All of it together, ΣO, ΣM and ΣR, so that a ratio is taken once and at the end."""
    operational = embodied = 0.0
    units = 0
    for part in parts:
        operational += part.operational
        embodied += part.embodied
        units += part.units
    return Emissions(GramsCO2e(operational), GramsCO2e(embodied), units)


def score(parts: Iterable[Emissions]) -> GramsCO2e | Undefined:
    """SCI = ΣC / ΣR in gCO2e per unit; never a mean of ratios. UNDEFINED when ΣR = 0."""
    total = sum_of(parts)
    if total.units == 0:
        return UNDEFINED
    return GramsCO2e(total.total / total.units)
