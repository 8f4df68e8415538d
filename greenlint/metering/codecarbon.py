"""One codecarbon tracker per process, for what nothing better reads.

Only the public interface is used: an offline tracker that reports to an output handler once a
second. Its flush and its tasks are never called: both add energy again. Every argument is given,
since its configuration files and environment variables fill in those that are not.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from greenlint.forking import no_fork
from greenlint.metering.measurement import Component, Counter, Provenance

MICROJOULES_PER_KWH = 3_600_000_000_000
# How long its first report may take, import included, before it counts as failed.
PATIENCE = 30.0

_log = logging.getLogger("greenlint")


class Tracker(Protocol):
    """What is used of a codecarbon tracker."""

    def start(self) -> None:
        """Begin to measure."""

    def stop(self) -> object:
        """End its threads."""


class Totals(Protocol):
    """What is used of a report: energy since the start in kWh, mean power since then in watts."""

    cpu_energy: float
    ram_energy: float
    gpu_energy: float
    cpu_power: float
    ram_power: float
    gpu_power: float


Report = Callable[[Totals], None]
StartTracker = Callable[[Report, Sequence[int] | None], Tracker]


@dataclass(frozen=True, slots=True)
class _Reading:
    """The totals of one report, in microjoules, and the power since the report before."""

    at: float
    energy: dict[Component, int]
    watts: dict[Component, float]


class CodecarbonMeter:
    """CPU, memory and accelerators as codecarbon sees them; ready some seconds after it is made.

    Between two reports the counters go on at the latest power, and wait where that was too much.
    CPU and memory are marked as modelled: mostly they are a share of the processor's rated power
    and a constant per memory module. Accelerators are read from their drivers, thus measured.
    """

    name = "codecarbon"

    def __init__(
        self,
        *,
        devices: Sequence[int] | None = None,
        start_tracker: StartTracker | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start in a thread of its own: the import alone takes seconds.

        `devices` are the indices of the accelerators to read, None for all that are visible.
        """
        self._clock = clock
        self._devices = devices
        self._start_tracker = start_tracker or _start_offline_tracker
        self._tracker: Tracker | None = None
        self._reading: _Reading | None = None
        self._shown: dict[Component, int] = {}
        self._reports = 0
        self._failed = False
        self._closed = False
        self._deadline = clock() + PATIENCE
        threading.Thread(target=self._start, name="greenlint-codecarbon", daemon=True).start()

    @property
    def starting(self) -> bool:
        """Whether a first report may still come."""
        return self._reading is None and not self._failed and self._clock() < self._deadline

    def read(self) -> tuple[Counter, ...]:
        """The counters now; none until the first report."""
        reading = self._reading
        if reading is None:
            return ()
        ahead = max(self._clock() - reading.at, 0.0)
        return tuple(
            self._counter(component, reading, ahead)
            for component in Component
            if component in reading.energy
        )

    def close(self) -> None:
        """Stop codecarbon's threads."""
        self._closed = True
        if self._tracker is not None:
            self._tracker.stop()

    def _start(self) -> None:
        try:
            with no_fork():  # a child could never finish the import
                tracker = self._start_tracker(self._report, self._devices)
        except Exception:  # noqa: BLE001 - whatever goes wrong in there, the process goes on
            _log.warning("codecarbon did not start; what it would read is unavailable")
            _log.debug("codecarbon", exc_info=True)
            self._failed = True
            return
        self._tracker = tracker
        if self._closed:
            tracker.stop()

    def _report(self, totals: Totals) -> None:
        """Take in a report; runs in one of codecarbon's threads."""
        now, before = self._clock(), self._reading
        energy = {
            Component.CPU: _microjoules(totals.cpu_energy),
            Component.MEMORY: _microjoules(totals.ram_energy),
            Component.GPU: _microjoules(totals.gpu_energy),
        }
        # What stands at zero is not there: no part of a machine that runs draws nothing.
        energy = {part: amount for part, amount in energy.items() if amount}
        self._reports += 1
        if before is None or self._reports == 2:
            # The first report comes late, so the time up to the second says nothing.
            watts = {
                Component.CPU: totals.cpu_power,
                Component.MEMORY: totals.ram_power,
                Component.GPU: totals.gpu_power,
            }
        else:
            seconds = max(now - before.at, 1e-3) * 1_000_000
            watts = {
                part: max(amount - before.energy.get(part, amount), 0) / seconds
                for part, amount in energy.items()
            }
        if energy:
            self._reading = _Reading(now, energy, watts)

    def _counter(self, component: Component, reading: _Reading, ahead: float) -> Counter:
        watts = reading.watts[component]
        energy = reading.energy[component] + round(watts * ahead * 1_000_000)
        energy = max(energy, self._shown.get(component, 0))
        self._shown[component] = energy
        return Counter(
            component=component,
            energy=energy,
            power=watts,
            provenance=(Provenance.MEASURED if component is Component.GPU else Provenance.MODELLED),
            source=self.name,
        )


def _microjoules(kwh: float) -> int:
    return round(kwh * MICROJOULES_PER_KWH) if math.isfinite(kwh) and kwh > 0 else 0


def _start_offline_tracker(report: Report, devices: Sequence[int] | None) -> Tracker:
    from codecarbon import OfflineEmissionsTracker
    from codecarbon.output_methods.base_output import BaseOutput

    # It tells of its configuration before it takes in the `log_level` below.
    logging.getLogger("codecarbon").setLevel(logging.CRITICAL)

    class Published(BaseOutput):  # type: ignore[misc, unused-ignore] # untyped where not installed
        def live_out(self, total: Any, delta: Any) -> None:  # noqa: ANN401, ARG002
            report(total)

    tracker: Tracker = OfflineEmissionsTracker(
        project_name="greenlint",
        measure_power_secs=1,
        api_call_interval=1,
        api_endpoint="",
        api_key="",
        output_dir=".",
        output_file="",
        output_methods=[],
        logging_logger=None,
        prometheus_url="",
        output_handlers=[Published()],
        gpu_ids=None if devices is None else list(devices),
        emissions_endpoint=None,
        experiment_id="",
        experiment_name="greenlint",
        electricitymaps_api_token="",
        tracking_mode="machine",
        log_level="critical",
        on_csv_write="append",
        logger_preamble="",
        force_cpu_power=None,
        force_ram_power=None,
        # The policy's own factor is applied to the measurement, so none here.
        pue=1.0,
        wue=0.0,
        # With an intensity of its own it looks for no country. Its carbon is never used.
        force_carbon_intensity_g_co2e_kwh=0.0,
        force_mode_cpu_load=False,
        # Its lock would take over signals and leave a file behind.
        allow_multiple_runs=True,
        rapl_include_dram=False,
        rapl_prefer_psys=False,
        metadata=None,
        country_iso_code=None,
        region=None,
        cloud_provider=None,
        cloud_region=None,
        country_2letter_iso_code=None,
    )
    tracker.start()
    return tracker
