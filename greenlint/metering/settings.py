"""How a process is metered, in plain values; the policy's `meter` section turns into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
class LlmSettings:
    """How requests to hosted models are estimated, in the terms of ecologits.

    `provider` is who runs them, None for the one whose client was used; `zone` where, None for
    where the provider is. `prefill` is the energy of an input token as a part of that of an output
    token. `models` says under which name ecologits knows a model.
    """

    provider: str | None = None
    zone: str | None = None
    prefill: float = 0.0
    models: Mapping[str, str] = field(default_factory=dict)


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


def llm_settings(section: "limits.Meter") -> LlmSettings | None:
    """What it says of hosted models; None where it does not want them estimated."""
    llm = section.llm
    if llm is None:
        return None
    return LlmSettings(
        provider=llm.provider, zone=llm.zone, prefill=llm.prefill, models=dict(llm.models)
    )
