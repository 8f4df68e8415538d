"""Each component is read from the best source that has it, and by one only."""

from pathlib import Path

import pytest
from clock import FakeClock
from meters import FakeMeter
from powercap import FakePowercap

from greenlint.metering.composite import CompositeMeter, available_meters
from greenlint.metering.declared import DeclaredMeter
from greenlint.metering.measurement import Component, Provenance
from greenlint.metering.rank import Rank
from greenlint.metering.settings import DeclaredWatts, MeterSettings, meter_settings
from greenlint.policy.limits import Meter as MeterSection

ALONE = Rank()
CPU, MEMORY, GPU = Component.CPU, Component.MEMORY, Component.GPU


def sources(meter: CompositeMeter) -> dict[tuple[Component, int | None], str]:
    return {(found.component, found.device): found.source for found in meter.read()}


def composed(*meters: FakeMeter) -> CompositeMeter:
    return CompositeMeter(meters, components=list(Component))


def test_the_best_source_of_each_component_counts() -> None:
    meter = composed(FakeMeter(CPU, name="rapl"), FakeMeter(CPU, MEMORY, name="codecarbon"))
    assert sources(meter) == {(CPU, None): "rapl", (MEMORY, None): "codecarbon"}


def test_all_accelerators_at_once_are_not_counted_beside_each() -> None:
    each = FakeMeter(GPU, name="nvml", devices=(0, 1))
    together = FakeMeter(GPU, CPU, name="codecarbon")
    assert sources(composed(each, together)) == {
        (GPU, 0): "nvml",
        (GPU, 1): "nvml",
        (CPU, None): "codecarbon",
    }


def test_a_source_that_fails_for_good_is_replaced_and_never_counted_again() -> None:
    best, next_best = FakeMeter(CPU, name="rapl"), FakeMeter(CPU, name="codecarbon")
    meter = composed(best, next_best)
    assert sources(meter) == {(CPU, None): "rapl"}
    best.lost = {CPU}
    assert [sources(meter) for _ in range(2)] == [{}, {}]
    assert sources(meter) == {(CPU, None): "codecarbon"}
    best.lost = set()
    assert sources(meter) == {(CPU, None): "codecarbon"}


def test_a_short_failure_changes_nothing() -> None:
    best = FakeMeter(CPU, name="rapl")
    meter = composed(best, FakeMeter(CPU, name="codecarbon"))
    meter.read()
    best.lost = {CPU}
    meter.read()
    best.lost = set()
    assert sources(meter) == {(CPU, None): "rapl"}


def test_components_wait_for_a_better_source_that_is_starting() -> None:
    slow, constant = FakeMeter(CPU, name="codecarbon"), FakeMeter(CPU, MEMORY, name="declared")
    slow.starting, slow.lost = True, {CPU}
    meter = composed(slow, constant)
    assert meter.starting
    assert sources(meter) == {}
    slow.starting, slow.lost = False, set()
    assert sources(meter) == {(CPU, None): "codecarbon", (MEMORY, None): "declared"}


def test_a_rank_that_does_not_meter_the_node_leaves_its_components_out() -> None:
    meter = CompositeMeter([FakeMeter(CPU, MEMORY, GPU, devices=(1,))], components=[GPU])
    assert list(sources(meter)) == [(GPU, 1)]


def test_it_closes_all() -> None:
    meters = FakeMeter(CPU), FakeMeter(GPU)
    composed(*meters).close()
    assert [meter.closed for meter in meters] == [True, True]


def test_declared_power_is_a_counter_of_time() -> None:
    clock = FakeClock()
    meter = DeclaredMeter(DeclaredWatts(cpu=65, gpu=300), devices=(0, 1), clock=clock)
    clock.step(2)
    assert [(found.component, found.device, found.energy) for found in meter.read()] == [
        (CPU, None, 130_000_000),
        (GPU, 0, 600_000_000),
        (GPU, 1, 600_000_000),
    ]
    assert {found.provenance for found in meter.read()} == {Provenance.DECLARED}
    meter.close()


def test_a_rank_declares_only_its_accelerator() -> None:
    watts = DeclaredWatts(cpu=65, memory=5, gpu=300)
    meter = DeclaredMeter(watts, devices=(3,), meters_node=False)
    assert [(found.component, found.device) for found in meter.read()] == [(GPU, 3)]


def names(settings: MeterSettings, powercap: Path, rank: Rank = ALONE) -> list[str]:
    meters = available_meters(settings, rank=rank, environment={}, powercap=powercap)
    for meter in meters:
        meter.close()
    return [meter.name for meter in meters if meter.name != "nvml"]


def test_what_is_declared_spares_codecarbon(tmp_path: Path) -> None:
    settings = MeterSettings(declared=DeclaredWatts(cpu=65, memory=5))
    assert names(settings, tmp_path) == ["rapl", "declared"]


def test_what_is_measured_spares_it_too(tmp_path: Path) -> None:
    powercap = FakePowercap(tmp_path)
    powercap.zone("intel-rapl:0", "package-0")
    powercap.zone("intel-rapl:0:0", "dram")
    assert names(MeterSettings(), tmp_path) == ["rapl", "declared"]


def test_a_rank_beside_the_first_needs_neither(tmp_path: Path) -> None:
    rank = Rank(rank=1, size=2, local_rank=1, local_size=2)
    assert names(MeterSettings(), tmp_path, rank) == ["declared"]


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ({}, MeterSettings()),
        (
            {"sources": ["rapl", "declared"], "interval": "250 ms", "pue": 1.2},
            MeterSettings(sources=("rapl", "declared"), interval=0.25, pue=1.2),
        ),
        (
            {"declared": {"cpu": "65 W", "memory": "5 W", "gpu": "0.3 kW"}},
            MeterSettings(declared=DeclaredWatts(cpu=65, memory=5, gpu=300)),
        ),
    ],
)
def test_the_policy_says_how_to_meter(text: dict[str, object], settings: MeterSettings) -> None:
    assert meter_settings(MeterSection.model_validate(text)) == settings
