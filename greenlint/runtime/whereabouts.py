"""Where this process runs, what its grid emits, and where the policy lets it run."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenlint.policy.amounts import MICRO

if TYPE_CHECKING:
    from greenlint.carbon.intensity import Intensity
    from greenlint.carbon.intensity_feed import Lookup
    from greenlint.carbon.region import Detection
    from greenlint.policy.admission import RegionLimits

MICROJOULES_PER_KWH = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What was detected, and the policy's limits."""

    limits: "RegionLimits"
    detection: "Detection"

    def intensity_under(self, limits: "RegionLimits", lookup: "Lookup") -> "Intensity | None":
        """The intensity that counts under limits, which may assume a zone."""
        from greenlint.policy.admission import intensity_in_force

        return intensity_in_force(limits, self.detection, lookup)

    def carbon_factor(self, lookup: "Lookup") -> float | None:
        """Micrograms of CO2e per microjoule here; None if nobody knows."""
        intensity = self.intensity_under(self.limits, lookup)
        if intensity is None:
            return None
        return intensity.grams_per_kwh * MICRO / MICROJOULES_PER_KWH
