"""One meter per process: a daemon thread reads it, and everyone else takes shares of it.

    meter = process_meter(settings)           # at once; the first call starts the thread
    share = meter.open(parent, awaiting=False)
    ...
    measurement = share.close()               # or share.read(), from any thread

Nothing here waits for a sensor, and nothing raises for one. Until the first reading a measurement
is UNAVAILABLE. Once it comes, scopes that are still open are charged for the time before as well:
at what was declared, or at the first power that a counter shows, and then a measured component
is marked as modelled. Scopes that ended before stay unavailable.
"""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from greenlint.forking import no_fork
from greenlint.metering.attribution import Attribution
from greenlint.metering.composite import CompositeMeter, available_meters
from greenlint.metering.gauge import Gauge
from greenlint.metering.measurement import Component, Meter
from greenlint.metering.rank import Rank, find_rank
from greenlint.metering.settings import MeterSettings
from greenlint.metering.share import Share

# The first readings come quickly, so that there is a power to go by; in seconds, doubled each time.
_FIRST = 0.05
# How late a reading may be, as a factor and in seconds, until which scopes are charged in advance.
# After that, whoever opens a scope takes a reading: code that holds the interpreter's lock also
# holds up the sampler.
_LATE = 1.1
_LATER = 0.02
_EXIT = 0.2

_log = logging.getLogger("greenlint")

MakeMeters = Callable[[MeterSettings, Rank], Sequence[Meter]]


class ProcessMeter:
    """The meter of this process. `process_meter` makes it; tests may make their own.

    It starts its thread when it is made, and again in a forked child at the first use there.
    """

    def __init__(
        self,
        settings: MeterSettings = MeterSettings(),  # noqa: B008 - a frozen value
        *,
        rank: Rank | None = None,
        make_meters: MakeMeters | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.rank = rank if rank is not None else find_rank()
        self._make_meters = make_meters or _make_meters
        self._attribution = Attribution(
            pue=settings.pue,
            expected=(Component.CPU, Component.MEMORY) if self.rank.meters_node else (),
            clock=clock,
        )
        self._callbacks: list[Callable[[], None]] = []
        self._reset()
        self._start()

    def open(
        self,
        parent: Share | None = None,
        *,
        awaiting: bool = False,
        name: str = "",
        devices: Iterable[int] = (),
    ) -> Share:
        """A share for a scope that begins now, as `Attribution.open` describes it."""
        if not self._started:
            self._start()
        share = self._attribution.open(parent, awaiting=awaiting, name=name, devices=devices)
        if self._attribution.is_overdue(share.opened):
            self._read_now()
        return share

    def read_if_overdue(self) -> None:
        """Take a reading here if the sampler could not, and no one else is at it."""
        if self._attribution.overdue:
            self._read_now()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` in the sampler's thread after every reading; returns how to end that."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def ready(self, timeout: float | None = None) -> bool:
        """Wait until it is known what can be read; whether that is anything.

        `timeout` is in seconds. codecarbon takes seconds to start, the others do not.
        """
        if not self._started:
            self._start()
        self._settled.wait(timeout)
        return bool(self.gauges)

    @property
    def gauges(self) -> tuple[Gauge, ...]:
        """The counters of the machine that shares are taken of, each with its source."""
        return self._attribution.gauges

    def published(self) -> tuple[tuple[Gauge, float], ...]:
        """Each of them and where it stands now, in microjoules; all shares together are less."""
        return self._attribution.published()

    def close(self) -> None:
        """Stop the thread and the backends; shares may still be read and closed."""
        self._stop.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            # One that is still importing codecarbon is left to its end as a daemon.
            thread.join(_EXIT)

    def restart_in_child(self) -> None:
        """Begin anew in a forked child, where the thread is gone; it starts at the first use."""
        self._reset()
        self._attribution.restart()

    def _reset(self) -> None:
        self._started = False
        self._thread: threading.Thread | None = None
        self._meter: CompositeMeter | None = None
        self._starting = threading.Lock()
        self._reading = threading.Lock()
        self._stop = threading.Event()
        self._settled = threading.Event()
        self._pause = min(_FIRST, self.settings.interval)

    def _start(self) -> None:
        with self._starting:
            if self._started:
                return
            self._started = True
            self._thread = threading.Thread(target=self._run, name="greenlint-meter", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        with no_fork():  # it imports what the backends need
            meters = self._make_meters(self.settings, self.rank)
        components = list(Component) if self.rank.meters_node else [Component.GPU]
        self._meter = CompositeMeter(meters, components=components)
        while True:
            with self._reading:
                self._read()
            self._tell()
            if self._stop.wait(self._pause):
                break
            self._pause = min(self._pause * 2, self.settings.interval)
        with self._reading:
            self._meter.close()
            self._meter = None

    def _read(self) -> None:
        meter = self._meter
        if meter is None:
            return
        starting = meter.starting
        counters = meter.read()
        self._attribution.settle(
            counters, horizon=self._pause * _LATE + _LATER, complete=not starting
        )
        if not starting:
            self._settled.set()

    def _read_now(self) -> None:
        if self._reading.acquire(blocking=False):
            try:
                self._read()
            finally:
                self._reading.release()

    def _tell(self) -> None:
        for callback in list(self._callbacks):
            try:
                callback()
            except Exception:  # noqa: BLE001 - what a subscriber does must not end the meter
                _log.exception("a subscriber of the meter failed")


_meter: ProcessMeter | None = None
_making = threading.Lock()


def process_meter(settings: MeterSettings = MeterSettings()) -> ProcessMeter:  # noqa: B008 - frozen
    """The meter of this process, made with the settings of the first call."""
    global _meter  # noqa: PLW0603 - one per process is the point
    if _meter is not None:
        return _meter
    with _making:
        if _meter is None:
            _meter = ProcessMeter(settings)
            atexit.register(_meter.close)
        elif _meter.settings != settings:
            _log.debug("the meter of this process was set up before, with other settings")
        return _meter


def _make_meters(settings: MeterSettings, rank: Rank) -> tuple[Meter, ...]:
    return available_meters(settings, rank=rank)


def _after_fork_in_child() -> None:
    global _making  # noqa: PLW0603 - another thread may have held it
    _making = threading.Lock()
    if _meter is not None:
        _meter.restart_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
