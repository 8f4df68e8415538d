"""A limit on the software carbon intensity, and whether work over a window keeps to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenlint.carbon.embodied import Hardware, profile
from greenlint.carbon.sci import UNDEFINED, Emissions, score
from greenlint.policy.budget import Mode, OnExceed
from greenlint.policy.decision import Decision, Outcome
from greenlint.provenance import Provenance
from greenlint.units import GramsCO2e, Seconds

if TYPE_CHECKING:
    from greenlint.policy.limits import Embodied
    from greenlint.policy.model import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class SciLimit:
    """A `SciTarget` of the policy as plain values; `per` names the functional unit R.

    `share` is the part of the hardware that is reserved for the work (RR / ToR).
    """

    name: str
    limit: GramsCO2e
    per: str
    window: Seconds
    min_units: int
    hardware: Hardware
    share: float = 1.0
    on_exceed: OnExceed = OnExceed.WARN
    mode: Mode = Mode.ENFORCE


def sci_limits(policy: "Policy") -> Mapping[str, SciLimit]:
    """The limits of a checked policy by name."""
    return {
        name: SciLimit(
            name=name,
            limit=target.limit,
            per=target.per,
            window=target.window,
            min_units=target.min_units,
            hardware=_hardware(target.embodied),
            share=target.embodied.share,
            on_exceed=OnExceed(target.on_exceed),
            mode=Mode(target.mode or policy.mode),
        )
        for name, target in policy.sci.items()
    }


def decide_sci(limit: SciLimit, emissions: Emissions) -> Decision:
    """Whether the emissions of one window keep to the limit; too few units never break it."""
    value = score([emissions])
    if value is UNDEFINED or emissions.units < limit.min_units:
        reason = f"{emissions.units} of at least {limit.min_units} {limit.per} units in the window"
        return Decision(Outcome.ALLOW, reason)
    compared = f"{value:.4g} gCO2e per {limit.per}, the limit is {limit.limit:.4g}"
    if value <= limit.limit:
        return Decision(Outcome.ALLOW, compared)
    match limit.mode:
        case Mode.OBSERVE:
            return Decision(Outcome.ALLOW, compared)
        case Mode.WARN:
            return Decision(Outcome.WARN, compared)
        case Mode.ENFORCE:
            denies = limit.on_exceed is not OnExceed.WARN
            return Decision(Outcome.DENY if denies else Outcome.WARN, compared)


def _hardware(embodied: "Embodied") -> Hardware:
    """What the policy declares, or the profile that it names and that was checked with it."""
    if embodied.total is not None and embodied.lifetime is not None:
        return Hardware(embodied.total, embodied.lifetime, Provenance.DECLARED, "policy")
    found = profile(embodied.profile or "")
    if found is None:
        raise LookupError(embodied.profile)
    return found
