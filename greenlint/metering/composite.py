"""The backends that this machine offers, composed: each component from the best that reads it."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from greenlint.metering.codecarbon import CodecarbonMeter
from greenlint.metering.declared import DeclaredMeter
from greenlint.metering.measurement import Component, Counter, Meter
from greenlint.metering.nvml import NvmlMeter, NvmlUnavailableError
from greenlint.metering.rank import Rank
from greenlint.metering.rapl import POWERCAP, RaplMeter
from greenlint.metering.settings import DeclaredWatts, MeterSettings

# What was declared comes before codecarbon: whoever writes down a power knows more of the machine
# than its guess from the processor's name, and then codecarbon need not even start.
AUTOMATIC = ("nvml", "rapl", "declared", "codecarbon")
# A source that fails this often in a row is given up, and the next best takes its place.
_FAILURES = 3


@dataclass(slots=True)
class _Choice:
    """The source of one component of the machine, and how often in a row it did not answer."""

    source: int
    missed: int = 0


class CompositeMeter:
    """Several backends as one.

    Each component is read from the first backend that has it, and stays with that, so that no
    energy is counted by two. While a better backend is still starting, its components wait.
    """

    name = "composite"

    def __init__(self, meters: Sequence[Meter], *, components: Sequence[Component]) -> None:
        """Take `meters` best first; of what they read, only `components` count."""
        self._meters = tuple(meters)
        self._components = frozenset(components)
        self._choices: dict[tuple[Component, int | None], _Choice] = {}
        self._given_up: set[tuple[Component, int | None, int]] = set()

    @property
    def starting(self) -> bool:
        """Whether more counters may still join."""
        return any(_starting(meter) for meter in self._meters)

    def read(self) -> tuple[Counter, ...]:
        """The counters of the chosen sources."""
        found: dict[tuple[Component, int | None], dict[int, Counter]] = {}
        for source, meter in enumerate(self._meters):
            for counter in meter.read():
                if counter.component in self._components:
                    part = (counter.component, counter.device)
                    found.setdefault(part, {})[source] = counter
        self._choose(found)
        chosen = (found.get(part, {}).get(choice.source) for part, choice in self._choices.items())
        return tuple(counter for counter in chosen if counter is not None)

    def close(self) -> None:
        """Close every backend."""
        for meter in self._meters:
            meter.close()

    def _choose(self, found: Mapping[tuple[Component, int | None], Mapping[int, Counter]]) -> None:
        for part, choice in list(self._choices.items()):
            choice.missed = 0 if choice.source in found.get(part, {}) else choice.missed + 1
            if choice.missed >= _FAILURES:
                self._given_up.add((*part, choice.source))
                del self._choices[part]
        first_starting = next(
            (source for source, meter in enumerate(self._meters) if _starting(meter)),
            len(self._meters),
        )
        for part, counters in found.items():
            for source in sorted(counters):
                if source > first_starting or (*part, source) in self._given_up:
                    continue
                if self._fits(part, source):
                    self._choices[part] = _Choice(source)
                    break

    def _fits(self, part: tuple[Component, int | None], source: int) -> bool:
        """Whether nothing counts that part yet; all accelerators at once overlap with each."""
        component, device = part
        for (other, known), choice in self._choices.items():
            if other is not component:
                continue
            if known == device or (choice.source != source and None in {known, device}):
                return False
        return True


def available_meters(
    settings: MeterSettings = MeterSettings(),  # noqa: B008 - a frozen value
    *,
    rank: Rank = Rank(),  # noqa: B008 - the same
    environment: Mapping[str, str] = os.environ,
    powercap: Path = POWERCAP,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Meter, ...]:
    """The backends that the settings ask for and that start here, best first.

    codecarbon is left out where the others read CPU and memory and no accelerator is in sight. The
    caller closes them.
    """
    meters: list[Meter] = []
    devices: tuple[int | None, ...] = (None,)
    for source in settings.sources or AUTOMATIC:
        if source == "nvml":
            try:
                nvml = NvmlMeter(rank=rank, environment=environment, clock=clock)
            except NvmlUnavailableError:
                continue
            meters.append(nvml)
            devices = nvml.devices
        elif source == "rapl" and rank.meters_node:
            meters.append(RaplMeter(powercap, clock=clock))
        elif source == "declared":
            meters.append(_declared(settings.declared, devices, rank=rank, clock=clock))
        elif source == "codecarbon" and (settings.sources or _lacking(meters, rank)):
            own = None if rank.local_size == 1 else (rank.local_rank,)
            meters.append(CodecarbonMeter(devices=own, clock=clock))
    return tuple(meters)


def _declared(
    watts: DeclaredWatts,
    devices: Sequence[int | None],
    *,
    rank: Rank,
    clock: Callable[[], float],
) -> DeclaredMeter:
    return DeclaredMeter(watts, devices=devices, meters_node=rank.meters_node, clock=clock)


def _lacking(meters: Sequence[Meter], rank: Rank) -> bool:
    """Whether something is there that these meters do not read."""
    read = {counter.component for meter in meters for counter in meter.read()}
    wanted = {Component.CPU, Component.MEMORY} if rank.meters_node else set()
    return not wanted <= read or (Component.GPU not in read and _other_accelerator())


def _other_accelerator() -> bool:
    """Whether an accelerator of another maker is there, which only codecarbon reads."""
    return Path("/dev/kfd").exists()


def _starting(meter: Meter) -> bool:
    return bool(getattr(meter, "starting", False))
