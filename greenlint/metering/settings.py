"""How a process is metered, in plain values; the policy's `meter` section turns into it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenlint.policy import limits


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredWatts:
    """Power in watts to take for what cannot be measured; `gpu` is that of one accelerator."""

    cpu: float | None = None
    memory: float | None = None
    gpu: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSettings:
    """Which backends are tried, how often they are read, and what is added.

    `sources` names backends best first, empty for what the machine offers. `interval` is in
    seconds. `pue` multiplies every measurement, once.
    """

    sources: tuple[str, ...] = ()
    interval: float = 1.0
    pue: float = 1.0
    declared: DeclaredWatts = DeclaredWatts()


def meter_settings(section: "limits.Meter") -> MeterSettings:
    """What the `meter` section of a policy says; what it declares serves beside any source."""
    return MeterSettings(
        sources=()
        if section.sources == "auto"
        else tuple(dict.fromkeys((*section.sources, "declared"))),
        interval=section.interval,
        pue=section.pue,
        declared=DeclaredWatts(
            cpu=section.declared.cpu, memory=section.declared.memory, gpu=section.declared.gpu
        ),
    )
