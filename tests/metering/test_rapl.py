"""RAPL: packages and DRAM from powercap, each counted once, and nothing invented."""

from pathlib import Path

import pytest
from clock import FakeClock
from powercap import RANGE, FakePowercap

from greenlint.metering.measurement import Component, Provenance
from greenlint.metering.rapl import RaplMeter


@pytest.fixture
def powercap(tmp_path: Path) -> FakePowercap:
    return FakePowercap(tmp_path)


def energies(meter: RaplMeter) -> dict[Component, int]:
    return {counter.component: counter.energy for counter in meter.read()}


def test_sockets_are_added_and_what_is_within_a_package_is_not(powercap: FakePowercap) -> None:
    powercap.zone("intel-rapl:0", "package-0", 1_000)
    powercap.zone("intel-rapl:0:0", "core", 1_000)
    powercap.zone("intel-rapl:0:1", "uncore", 1_000)
    powercap.zone("intel-rapl:0:2", "dram", 500)
    powercap.zone("intel-rapl:1", "package-1", 2_000)
    powercap.zone("intel-rapl:1:0", "dram", 0)
    powercap.zone("intel-rapl:2", "psys", 0)
    powercap.zone("intel-rapl-mmio:0", "package-0", 1_000)
    meter = RaplMeter(powercap.root)
    for path in powercap.root.iterdir():
        energy = int((path / "energy_uj").read_text(encoding="ascii"))
        powercap.set(path.name, energy + 7_000)
    assert energies(meter) == {Component.CPU: 14_000, Component.MEMORY: 14_000}


def test_a_package_shown_twice_counts_once(powercap: FakePowercap) -> None:
    powercap.zone("intel-rapl:0", "package-0")
    powercap.zone("intel-rapl:1", "package-0")
    meter = RaplMeter(powercap.root)
    powercap.set("intel-rapl:0", 5)
    powercap.set("intel-rapl:1", 5)
    assert energies(meter) == {Component.CPU: 5}


def test_a_counter_that_wraps_around_goes_on(powercap: FakePowercap) -> None:
    powercap.zone("intel-rapl:0", "package-0", RANGE - 100)
    meter = RaplMeter(powercap.root)
    powercap.set("intel-rapl:0", 50)
    assert energies(meter) == {Component.CPU: 150}
    powercap.set("intel-rapl:0", 80)
    assert energies(meter) == {Component.CPU: 180}


def test_a_counter_without_a_range_that_fell_was_reset(powercap: FakePowercap) -> None:
    powercap.zone("intel-rapl:0", "package-0", 9_000, largest=None)
    meter = RaplMeter(powercap.root)
    powercap.set("intel-rapl:0", 40)
    assert energies(meter) == {Component.CPU: 40}


def test_without_permission_it_is_left_out_and_not_zero(powercap: FakePowercap) -> None:
    powercap.zone("intel-rapl:0", "package-0")
    powercap.zone("intel-rapl:0:0", "dram")
    powercap.forbid("intel-rapl:0")
    assert energies(RaplMeter(powercap.root)) == {Component.MEMORY: 0}


def test_one_socket_that_cannot_be_read_hides_the_other(powercap: FakePowercap) -> None:
    powercap.zone("intel-rapl:0", "package-0")
    powercap.zone("intel-rapl:1", "package-1")
    meter = RaplMeter(powercap.root)
    powercap.forbid("intel-rapl:1")
    powercap.set("intel-rapl:0", 30)
    assert energies(meter) == {}
    powercap.permit("intel-rapl:1", 12)
    assert energies(meter) == {Component.CPU: 42}


def test_a_permission_given_later_starts_from_there(powercap: FakePowercap) -> None:
    powercap.zone("intel-rapl:0", "package-0", 4_000)
    powercap.forbid("intel-rapl:0")
    meter = RaplMeter(powercap.root)
    powercap.permit("intel-rapl:0", 5_000)
    assert energies(meter) == {Component.CPU: 0}
    powercap.set("intel-rapl:0", 5_006)
    assert energies(meter) == {Component.CPU: 6}


@pytest.mark.parametrize("root", [Path("nowhere"), Path(__file__)])
def test_other_hardware_has_nothing_to_read(root: Path) -> None:
    assert RaplMeter(root).read() == ()


def test_power_is_the_rise_since_the_reading_before(powercap: FakePowercap) -> None:
    clock = FakeClock()
    powercap.zone("intel-rapl:0", "package-0")
    meter = RaplMeter(powercap.root, clock=clock)
    clock.step(2)
    powercap.set("intel-rapl:0", 30_000_000)
    (counter,) = meter.read()
    assert (counter.power, counter.provenance, counter.source) == (
        15.0,
        Provenance.MEASURED,
        "rapl",
    )
    meter.close()
