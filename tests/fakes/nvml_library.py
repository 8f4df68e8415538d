"""NVML as `pynvml` offers it, with devices that a test describes."""

from dataclasses import dataclass


class FakeNvmlError(Exception):
    """What every function raises when it fails."""


@dataclass
class FakeGpu:
    """One accelerator; None is what it does not tell. In millijoules and milliwatts, like NVML."""

    uuid: str = "GPU-0"
    energy: int | None = 0
    power: int | None = 0
    lost: bool = False


class FakeNvml:
    """The functions that the meter uses."""

    NVMLError = FakeNvmlError

    def __init__(self, *gpus: FakeGpu, driver: bool = True) -> None:
        self.gpus = gpus
        self.driver = driver
        self.started = 0

    def nvmlInit(self) -> None:  # noqa: N802 - NVML's own names
        if not self.driver:
            raise FakeNvmlError("Driver Not Loaded")
        self.started += 1

    def nvmlShutdown(self) -> None:  # noqa: N802 - the same
        self.started -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802 - the same
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeGpu:  # noqa: N802 - the same
        if self.gpus[index].lost:
            raise FakeNvmlError("GPU is lost")
        return self.gpus[index]

    def nvmlDeviceGetUUID(self, handle: FakeGpu) -> str:  # noqa: N802 - the same
        return handle.uuid

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: FakeGpu) -> int:  # noqa: N802 - the same
        return self._told(handle, handle.energy)

    def nvmlDeviceGetPowerUsage(self, handle: FakeGpu) -> int:  # noqa: N802 - the same
        return self._told(handle, handle.power)

    @staticmethod
    def _told(handle: FakeGpu, value: int | None) -> int:
        if value is None or handle.lost:
            raise FakeNvmlError("Not Supported")
        return value
