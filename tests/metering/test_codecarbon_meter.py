"""codecarbon: one tracker in threads of its own, whose reports become counters."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from clock import FakeClock

from greenlint.metering.codecarbon import (
    MICROJOULES_PER_KWH,
    PATIENCE,
    CodecarbonMeter,
    Report,
    Tracker,
)
from greenlint.metering.measurement import Component, Provenance

CPU, MEMORY, GPU = Component.CPU, Component.MEMORY, Component.GPU


@dataclass
class Totals:
    """A report, in joules and watts."""

    cpu: float = 0.0
    ram: float = 0.0
    gpu: float = 0.0
    watts: float = 0.0

    cpu_energy = property(lambda self: self.cpu * 1_000_000 / MICROJOULES_PER_KWH)
    ram_energy = property(lambda self: self.ram * 1_000_000 / MICROJOULES_PER_KWH)
    gpu_energy = property(lambda self: self.gpu * 1_000_000 / MICROJOULES_PER_KWH)
    cpu_power = ram_power = gpu_power = property(lambda self: self.watts)


class FakeTracker:
    """Hands on the reports that a test makes."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.stopped = False
        self.report: Report = print

    def begin(self, report: Report, devices: Sequence[int] | None) -> Tracker:
        self.report, self.devices = report, devices
        self.started.set()
        return self

    def start(self) -> None:
        """Nothing to do."""

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tracker() -> FakeTracker:
    return FakeTracker()


@pytest.fixture
def meter(tracker: FakeTracker, clock: FakeClock) -> CodecarbonMeter:
    meter = CodecarbonMeter(start_tracker=tracker.begin, clock=clock)
    assert tracker.started.wait(60)
    return meter


def energies(meter: CodecarbonMeter) -> dict[Component, float]:
    return {counter.component: counter.energy / 1_000_000 for counter in meter.read()}


def test_nothing_is_known_before_the_first_report(
    meter: CodecarbonMeter, tracker: FakeTracker
) -> None:
    assert meter.starting
    assert meter.read() == ()
    tracker.report(Totals(cpu=1))
    assert not meter.starting


def test_counters_go_on_at_the_latest_power(
    meter: CodecarbonMeter, tracker: FakeTracker, clock: FakeClock
) -> None:
    tracker.report(Totals(cpu=1, watts=10))
    clock.step(0.5)
    assert energies(meter) == {CPU: 6}
    clock.step(0.5)
    tracker.report(Totals(cpu=11, watts=10))
    clock.step(1)
    tracker.report(Totals(cpu=31, watts=15))
    clock.step(0.5)
    assert energies(meter) == {CPU: 41}


def test_they_wait_where_that_was_too_much(
    meter: CodecarbonMeter, tracker: FakeTracker, clock: FakeClock
) -> None:
    tracker.report(Totals(cpu=10, watts=100))
    clock.step(1)
    assert energies(meter) == {CPU: 110}
    tracker.report(Totals(cpu=20, watts=10))
    assert energies(meter) == {CPU: 110}


def test_what_stands_at_zero_is_not_there(meter: CodecarbonMeter, tracker: FakeTracker) -> None:
    tracker.report(Totals(cpu=1, ram=2))
    assert set(energies(meter)) == {CPU, MEMORY}
    tracker.report(Totals(cpu=float("nan"), ram=2, gpu=3))
    assert set(energies(meter)) == {MEMORY, GPU}


def test_only_accelerators_are_measured(meter: CodecarbonMeter, tracker: FakeTracker) -> None:
    tracker.report(Totals(cpu=1, ram=1, gpu=1))
    assert {found.component: found.provenance for found in meter.read()} == {
        CPU: Provenance.MODELLED,
        MEMORY: Provenance.MODELLED,
        GPU: Provenance.MEASURED,
    }


def test_a_tracker_that_fails_leaves_it_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    def fail(report: Report, devices: Sequence[int] | None) -> Tracker:
        raise RuntimeError("no hardware")

    with caplog.at_level(logging.WARNING, "greenlint"):
        meter = CodecarbonMeter(start_tracker=fail)
        wait_until(lambda: not meter.starting)
    assert meter.read() == ()
    assert "codecarbon did not start" in caplog.text
    meter.close()


def test_a_tracker_that_never_reports_is_given_up(
    meter: CodecarbonMeter, clock: FakeClock, tracker: FakeTracker
) -> None:
    clock.step(PATIENCE)
    assert not meter.starting
    wait_until(lambda: meter._tracker is not None)
    meter.close()
    assert tracker.stopped


def wait_until(fact: Callable[[], bool]) -> None:
    for _ in range(6_000):
        if fact():
            return
        time.sleep(0.01)
    raise AssertionError("it never became true")


REAL = """
import json, os, signal, sys, threading, time
os.environ["CODECARBON_PUE"] = "3"               # must change nothing
os.environ["CODECARBON_COUNTRY_ISO_CODE"] = "XXX"
importers = set()
def hook(event, arguments):
    if event == "import" and arguments[0].partition(".")[0] == "codecarbon":
        importers.add(threading.current_thread().name)
sys.addaudithook(hook)
from greenlint.metering.codecarbon import CodecarbonMeter
meter = CodecarbonMeter()
while meter.starting:
    time.sleep(0.05)
time.sleep(2.5)
first, at = {c.component: c.energy for c in meter.read()}, time.monotonic()
time.sleep(2)
last, then = {c.component: c.energy for c in meter.read()}, time.monotonic()
seconds = then - at
handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
meter.close()
for _ in range(1_000):
    if threading.active_count() == 1:
        break
    time.sleep(0.05)
print(json.dumps({
    "watts": {part: (last[part] - first[part]) / 1e6 / seconds for part in last},
    "importers": sorted(importers),
    "untouched": handlers == [signal.SIG_DFL, signal.default_int_handler],
    "threads": threading.active_count(),
}))
"""


def test_a_real_tracker_measures_and_touches_nothing(tmp_path: Path) -> None:
    """It takes no signal, leaves no file, says nothing, and starts off the caller's thread."""
    pytest.importorskip("codecarbon")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")
    }
    environment |= {"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", REAL],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    assert "MainThread" not in found["importers"]
    assert "greenlint-codecarbon" in found["importers"]
    assert found["untouched"]
    assert found["threads"] == 1
    # Guesses of a model: that they are there and plausible is all that can be said.
    assert {"cpu", "memory"} <= set(found["watts"])
    assert all(0.5 < watts < 2_000 for watts in found["watts"].values())
    assert [path.name for path in tmp_path.iterdir() if path.name != ".cache"] == []
