"""Whether work may run where it runs: a pure function of the policy, the place and its grid."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenlint.carbon.intensity import Intensity
from greenlint.carbon.region import Detection
from greenlint.carbon.zones import ZONE, covers
from greenlint.policy.budget import Mode
from greenlint.policy.decision import Decision, Outcome
from greenlint.units import GramsPerKwh

if TYPE_CHECKING:
    from greenlint.policy.limits import Regions

_ASSUME = "assume:"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionLimits:
    """Where work may run, as plain values; `Regions` in `limits` says what each means."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    max_intensity: GramsPerKwh | None = None
    on_unknown: str = "warn"
    mode: Mode = Mode.ENFORCE

    @property
    def assumed(self) -> str | None:
        """The zone to assume where the place is unknown, if one is named."""
        word = self.on_unknown
        return ZONE + word.removeprefix(_ASSUME) if word.startswith(_ASSUME) else None


@dataclass(frozen=True, slots=True)
class Listing:
    """What the lists say: allowed, refused, or None where a region cannot be placed."""

    allowed: bool | None
    reason: str = ""


def region_limits(regions: "Regions", mode: str = Mode.ENFORCE) -> RegionLimits:
    """The limits that a policy sets."""
    return RegionLimits(
        allow=regions.allow,
        deny=regions.deny,
        max_intensity=regions.max_intensity,
        on_unknown=regions.on_unknown,
        mode=Mode(mode),
    )


def region_in_force(limits: RegionLimits, detection: Detection) -> str | None:
    """The region that counts: what was detected, else what the policy assumes, else None."""
    return detection.region or limits.assumed


def intensity_in_force(
    limits: RegionLimits,
    detection: Detection,
    lookup: Callable[[str], Intensity | None],
) -> Intensity | None:
    """The intensity that counts: of the region in force, else of what the policy assumes."""
    region = region_in_force(limits, detection)
    found = lookup(region) if region else None
    if found is None and limits.assumed and limits.assumed != region:
        return lookup(limits.assumed)
    return found


def decide_region(
    limits: RegionLimits, detection: Detection, intensity: Intensity | None
) -> Decision:
    """Whether work may run; `intensity` is what `intensity_in_force` found.

    The deny list is asked first, then the allow list, then the intensity. What a list or the cap
    needs to know and nobody can tell is decided by `on_unknown`.
    """
    region = region_in_force(limits, detection)
    if region is None:
        return _unknown(limits, f"the region is unknown: {detection.reason}")
    listing = listed(limits, region)
    if listing.allowed is None:
        return _unknown(limits, listing.reason)
    if not listing.allowed:
        return _denied(limits, listing.reason)
    if limits.max_intensity is not None:
        if intensity is None:
            return _unknown(limits, f"the carbon intensity of {region} is unknown")
        if intensity.grams_per_kwh > limits.max_intensity:
            return _denied(limits, over_cap(limits.max_intensity, intensity))
    if detection.contradiction:
        reason = f"{region} is {detection.strength}, but {detection.contradiction}"
        return Decision(_milder(limits.mode, Outcome.WARN), reason)
    how = f"{detection.strength}" if detection.region else "assumed by the policy"
    return Decision(Outcome.ALLOW, f"{region} is allowed ({how})")


def listed(limits: RegionLimits, region: str) -> Listing:
    """What the deny list and then the allow list say about a region."""
    denied = [(entry, covers(entry, region)) for entry in limits.deny]
    for entry, covered in denied:
        if covered:
            via = "" if entry == region else f", which lies in {entry}"
            return Listing(allowed=False, reason=f"the policy denies {region}{via}")
    for entry, covered in denied:
        if covered is None:
            return Listing(None, f"whether {region} lies in {entry}, which is denied, is unknown")
    allowed = {covers(entry, region) for entry in limits.allow}
    if not limits.allow or True in allowed:
        return Listing(allowed=True)
    if None in allowed:
        return Listing(None, f"whether {region} lies where the policy allows is unknown")
    reason = f"{region} is not among the regions that the policy allows"
    return Listing(allowed=False, reason=reason)


def over_cap(cap: GramsPerKwh, intensity: Intensity) -> str:
    """The words for a grid that is over the cap."""
    year = f", {intensity.year}" if intensity.year else ""
    return (
        f"{intensity.zone} has {intensity.grams_per_kwh:.0f} gCO2e/kWh ({intensity.table}{year}), "
        f"over the {cap:.0f} that the policy allows"
    )


def _unknown(limits: RegionLimits, reason: str) -> Decision:
    """What follows of something unknown; an assumption that did not help is a refusal."""
    if limits.on_unknown == "warn":
        return Decision(_milder(limits.mode, Outcome.WARN), reason)
    return _denied(limits, reason)


def _denied(limits: RegionLimits, reason: str) -> Decision:
    return Decision(_milder(limits.mode, Outcome.DENY), reason)


def _milder(mode: Mode, outcome: Outcome) -> Outcome:
    match mode:
        case Mode.OBSERVE:
            return Outcome.ALLOW
        case Mode.WARN:
            return Outcome.WARN
        case Mode.ENFORCE:
            return outcome
