"""NVML: energy of the accelerators that this process may see and that answer."""

from collections.abc import Mapping

import pytest
from clock import FakeClock
from nvml_library import FakeGpu, FakeNvml

from greenlint.metering.measurement import Component, Provenance
from greenlint.metering.nvml import NvmlMeter, NvmlUnavailableError
from greenlint.metering.rank import Rank

ALONE = Rank()


def meter_of(
    *gpus: FakeGpu, clock: FakeClock | None = None, rank: Rank = ALONE, **environment: str
) -> NvmlMeter:
    return NvmlMeter(
        FakeNvml(*gpus), rank=rank, environment=environment, clock=clock or FakeClock()
    )


def energies(meter: NvmlMeter) -> Mapping[int | None, int]:
    return {counter.device: counter.energy for counter in meter.read()}


def test_each_device_is_a_counter_from_the_start_of_the_meter() -> None:
    first, second = FakeGpu("GPU-a", energy=5_000), FakeGpu("GPU-b", energy=0, power=70_500)
    meter = meter_of(first, second)
    first.energy, second.energy = 5_004, 3
    assert energies(meter) == {0: 4_000, 1: 3_000}
    counter = meter.read()[1]
    assert counter.component is Component.GPU
    assert (counter.power, counter.provenance, counter.source) == (
        70.5,
        Provenance.MEASURED,
        "nvml",
    )


def test_a_counter_that_was_reset_goes_on_by_power() -> None:
    clock, gpu = FakeClock(), FakeGpu(energy=9_000_000, power=100_000)
    meter = meter_of(gpu, clock=clock)
    clock.step(1)
    gpu.energy = 9_100_000
    assert energies(meter) == {0: 100_000_000}
    clock.step(2)
    gpu.energy = 12  # the driver was loaded anew
    assert energies(meter) == {0: 300_000_000}
    clock.step(1)
    gpu.energy = 50_012
    assert energies(meter) == {0: 350_000_000}


def test_without_a_counter_power_is_integrated() -> None:
    clock, gpu = FakeClock(), FakeGpu(energy=None, power=100_000)
    meter = meter_of(gpu, clock=clock)
    clock.step(2)
    gpu.power = 200_000
    assert energies(meter) == {0: 300_000_000}


def test_without_power_it_comes_from_the_counter() -> None:
    clock, gpu = FakeClock(), FakeGpu(energy=0, power=None)
    meter = meter_of(gpu, clock=clock)
    clock.step(2)
    gpu.energy = 100_000
    assert [counter.power for counter in meter.read()] == [50.0]


def test_a_device_without_permission_is_left_out_and_not_zero() -> None:
    meter = meter_of(FakeGpu(energy=None, power=None), FakeGpu("GPU-1", energy=10))
    assert energies(meter) == {1: 0}


def test_a_device_that_is_lost_is_left_out_until_it_is_back() -> None:
    gone, falls_off = FakeGpu(lost=True), FakeGpu("GPU-1", energy=10)
    meter = meter_of(gone, falls_off)
    falls_off.lost = True
    assert energies(meter) == {}
    falls_off.lost, falls_off.energy, falls_off.power = False, 11, None
    assert energies(meter) == {1: 0}
    falls_off.energy = 14
    assert energies(meter) == {1: 3_000}


@pytest.mark.parametrize(
    ("visible", "devices"),
    [
        ("", ()),
        ("1", (1,)),
        ("2,0", (2, 0)),
        ("1,1", (1,)),
        ("0,9,1", (0,)),
        ("GPU-b", (1,)),
        ("GPU", ()),
        ("GPU-", ()),
        ("MIG-3f0c", ()),
        ("-1", ()),
    ],
)
def test_only_visible_devices_count(visible: str, devices: tuple[int, ...]) -> None:
    gpus = FakeGpu("GPU-a"), FakeGpu("GPU-b"), FakeGpu("GPU-c")
    assert meter_of(*gpus, CUDA_VISIBLE_DEVICES=visible).devices == devices


def test_a_rank_meters_its_own() -> None:
    gpus = [FakeGpu(f"GPU-{index}") for index in range(4)]
    rank = Rank(rank=5, size=8, local_rank=1, local_size=4)
    assert list(energies(meter_of(*gpus, rank=rank))) == [1]


def test_no_driver_is_told_apart_from_no_device() -> None:
    with pytest.raises(NvmlUnavailableError, match="Driver Not Loaded"):
        NvmlMeter(FakeNvml(driver=False), environment={})
    assert meter_of().read() == ()


def test_it_lets_go_of_the_library() -> None:
    library = FakeNvml(FakeGpu())
    meter = NvmlMeter(library, environment={})
    assert library.started == 1
    meter.close()
    assert library.started == 0


def test_the_real_library_starts_or_says_what_is_missing() -> None:
    pytest.importorskip("pynvml")
    try:
        meter = NvmlMeter(environment={})
    except NvmlUnavailableError:
        return
    assert all(counter.component is Component.GPU for counter in meter.read())
    meter.close()
