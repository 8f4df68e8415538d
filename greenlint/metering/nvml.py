"""The energy of NVIDIA accelerators, through NVML (`nvidia-ml-py`, extra `greenlint[nvidia]`).

Volta and later count millijoules since the driver was loaded; on older ones power is integrated.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from greenlint.metering.measurement import Component, Counter, Provenance
from greenlint.metering.rank import Rank, own_devices

Handle = object


class NvmlLibrary(Protocol):
    """What is used of `pynvml`; every function raises `NVMLError` when it fails."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...  # noqa: N802, D102 - NVML's own names
    def nvmlShutdown(self) -> None: ...  # noqa: N802, D102 - the same
    def nvmlDeviceGetCount(self) -> int: ...  # noqa: N802, D102 - the same
    def nvmlDeviceGetHandleByIndex(self, index: int) -> Handle: ...  # noqa: N802, D102 - the same
    def nvmlDeviceGetUUID(self, handle: Handle) -> str | bytes: ...  # noqa: N802, D102 - the same
    def nvmlDeviceGetTotalEnergyConsumption(self, handle: Handle) -> int: ...  # noqa: N802, D102
    def nvmlDeviceGetPowerUsage(self, handle: Handle) -> int: ...  # noqa: N802, D102 - the same


class NvmlUnavailableError(Exception):
    """There is no NVML here: no package, no driver, or no device."""


@dataclass(slots=True)
class _Device:
    """One accelerator: its last readings and what it used, in microjoules, since the start.

    `counter` is the last raw total in millijoules, None while power is integrated instead.
    """

    index: int
    handle: Handle
    at: float
    counter: int | None = None
    watts: float | None = None
    energy: float = 0.0

    def update(self, counter: int | None, watts: float | None, now: float) -> bool:
        """Add what was used since the last reading; False when nothing could be read."""
        seconds, self.at = now - self.at, now
        if counter is not None and self.counter is not None and counter >= self.counter:
            self.energy += (counter - self.counter) * 1_000
            if watts is None and seconds > 0:
                watts = (counter - self.counter) / 1_000 / seconds
        elif watts is not None:
            # No counter, or one that was reset when the driver was loaded anew.
            before = watts if self.watts is None else self.watts
            self.energy += (before + watts) / 2 * seconds * 1_000_000
        self.counter = counter
        if counter is None and watts is None:
            self.watts = None
            return False
        self.watts = watts
        return True


class NvmlMeter:
    """One counter per accelerator of this process; one that cannot be read is left out.

    A MIG slice has no counter of its own, and only administrators may read that of the whole
    device in some set-ups: both are left out, never zero.
    """

    name = "nvml"

    def __init__(
        self,
        library: NvmlLibrary | None = None,
        *,
        rank: Rank = Rank(),  # noqa: B008 - a frozen value
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises NvmlUnavailableError where NVML is not installed or does not start."""
        self._library = library or _installed()
        self._clock = clock
        try:
            self._library.nvmlInit()
        except self._library.NVMLError as error:
            raise NvmlUnavailableError(str(error)) from error
        visible = self._visible(environment.get("CUDA_VISIBLE_DEVICES"))
        self.devices = own_devices(visible, rank, environment)
        self._devices = list(self._open(self.devices))

    def read(self) -> tuple[Counter, ...]:
        """The counters of the devices that answer."""
        found = []
        for device in self._devices:
            counter = self._counter(device.handle)
            watts = self._watts(device.handle)
            if device.update(counter, watts, self._clock()):
                found.append(
                    Counter(
                        component=Component.GPU,
                        energy=round(device.energy),
                        power=device.watts or 0.0,
                        provenance=Provenance.MEASURED,
                        source=self.name,
                        device=device.index,
                    )
                )
        return tuple(found)

    def close(self) -> None:
        """Let go of NVML, which counts how often it was started."""
        try:
            self._library.nvmlShutdown()
        except self._library.NVMLError:
            return

    def _visible(self, listed: str | None) -> tuple[int, ...]:
        """The indices that CUDA shows this process; like CUDA, it ends at the first bad entry."""
        try:
            count = self._library.nvmlDeviceGetCount()
        except self._library.NVMLError:
            return ()
        if listed is None:
            return tuple(range(count))
        names = self._names(count)
        chosen: list[int] = []
        for entry in filter(None, (part.strip() for part in listed.split(","))):
            index = _index(entry, count, names)
            if index is None or index in chosen:
                break
            chosen.append(index)
        return tuple(chosen)

    def _names(self, count: int) -> dict[int, str]:
        names = {}
        for index in range(count):
            try:
                handle = self._library.nvmlDeviceGetHandleByIndex(index)
                name = self._library.nvmlDeviceGetUUID(handle)
            except self._library.NVMLError:
                continue
            names[index] = name.decode() if isinstance(name, bytes) else name
        return names

    def _open(self, indices: tuple[int, ...]) -> Iterator[_Device]:
        for index in indices:
            try:
                handle = self._library.nvmlDeviceGetHandleByIndex(index)
            except self._library.NVMLError:
                continue
            device = _Device(index, handle, self._clock())
            device.update(self._counter(handle), self._watts(handle), device.at)
            yield device

    def _counter(self, handle: Handle) -> int | None:
        try:
            return self._library.nvmlDeviceGetTotalEnergyConsumption(handle)
        except self._library.NVMLError:
            return None

    def _watts(self, handle: Handle) -> float | None:
        try:
            return self._library.nvmlDeviceGetPowerUsage(handle) / 1_000
        except self._library.NVMLError:
            return None


def _installed() -> NvmlLibrary:
    try:
        return cast("NvmlLibrary", import_module("pynvml"))
    except ImportError as error:
        raise NvmlUnavailableError("nvidia-ml-py is not installed") from error


def _index(entry: str, count: int, names: Mapping[int, str]) -> int | None:
    """The device that an entry of CUDA_VISIBLE_DEVICES names; a MIG slice names none."""
    if entry.isascii() and entry.isdigit():
        return int(entry) if int(entry) < count else None
    if not entry.startswith("GPU-"):
        return None
    found = [index for index, name in names.items() if name.startswith(entry)]
    return found[0] if len(found) == 1 else None
