"""Which processes use an accelerator, as NVML tells it."""

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast


class _Process(Protocol):
    pid: int


class Library(Protocol):
    """What is used of `pynvml`; every function raises `NVMLError` when it fails."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...  # noqa: N802, D102 - NVML's own names
    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any: ...  # noqa: N802, D102, ANN401 - opaque
    def nvmlDeviceGetComputeRunningProcesses(self, handle: Any) -> list[_Process]: ...  # noqa: N802, D102, ANN401 - the same


class GpuOwners:
    """The ids of the processes that compute on a device.

    None where that cannot be told: there is no NVML, it refuses, or it names processes that are not
    to be seen here. The last is so in containers, where it may speak of ids outside.
    """

    def __init__(self, library: Library | None = None, *, proc: Path = Path("/proc")) -> None:
        self._library = library or _installed()
        self._proc = proc

    def __call__(self, device: int) -> frozenset[int] | None:
        """The owners of a device by its index."""
        library = self._library
        if library is None:
            return None
        try:
            handle = library.nvmlDeviceGetHandleByIndex(device)
            running = library.nvmlDeviceGetComputeRunningProcesses(handle)
        except library.NVMLError:
            return None
        owners = frozenset(process.pid for process in running)
        visible = all((self._proc / str(owner)).exists() for owner in owners)
        return owners if visible else None


def _installed() -> Library | None:
    try:
        library = cast("Library", import_module("pynvml"))
    except ImportError:
        return None
    try:
        library.nvmlInit()
    except library.NVMLError:
        return None
    return library
