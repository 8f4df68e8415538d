"""Who uses an accelerator is what NVML says, where its word can be used."""

import os
from types import SimpleNamespace

import pytest

from greenlint.runtime.command.gpu_owners import GpuOwners


class ScriptedNvml:
    """NVML with the processes that it is told of, by device."""

    class NVMLError(Exception):
        """What NVML raises."""

    def __init__(self, running: dict[int, list[int]]) -> None:
        self._running = running

    def nvmlInit(self) -> None:  # noqa: N802  # the name of NVML
        """Nothing to start."""

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802  # the name of NVML
        """The index serves as handle."""
        return index

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[SimpleNamespace]:  # noqa: N802  # the name of NVML
        """As told; an error for a device that is not there."""
        if handle not in self._running:
            raise self.NVMLError
        return [SimpleNamespace(pid=pid) for pid in self._running[handle]]


NO_PROCESS = 4_194_305  # over the most that Linux gives


@pytest.mark.parametrize(
    ("device", "owners"), [(0, {os.getpid()}), (1, set()), (2, None), (3, None)]
)
def test_owners_are_those_that_can_be_seen(device: int, owners: set[int] | None):
    library = ScriptedNvml({0: [os.getpid()], 1: [], 2: [os.getpid(), NO_PROCESS]})
    assert GpuOwners(library)(device) == owners
