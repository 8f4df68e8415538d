"""What share of the machine each scope has, worked by hand on a clock that stands still."""

import threading

import pytest
from clock import FakeClock
from meters import FakeLanes, FakeMeter

from greenlint.metering.attribution import Attribution
from greenlint.metering.measurement import Component, Measurement, Provenance
from greenlint.metering.share import Share
from greenlint.metering.weights import FULL

CPU, MEMORY, GPU = Component.CPU, Component.MEMORY, Component.GPU


class Bench:
    """An attribution whose meter draws constant power, until a test says otherwise."""

    def __init__(self, *components: Component, threads: int = 4, pue: float = 1.0) -> None:
        self.clock = FakeClock()
        self.lanes = FakeLanes(threads)
        self.meter = FakeMeter(*(components or (CPU,)), devices=(0, 1))
        self.watts = dict.fromkeys(self.meter.energy, 10.0)
        self.attribution = Attribution(clock=self.clock, lanes=self.lanes, pue=pue, expected=())

    def settle(self) -> None:
        self.meter.power = dict(self.watts)
        self.attribution.settle(self.meter.read(), horizon=1.1)

    def run(self, seconds: float, *busy: float, settle: bool = True) -> None:
        """Let time go on; `busy` is how much of it each thread is on a CPU, else all are."""
        whole, rest = divmod(seconds, 1.0)
        for step in [1.0] * int(whole) + ([rest] if rest else []):
            self.clock.step(step)
            for part, watts in self.watts.items():
                self.meter.add(watts * step, *part)
            for index, lane in enumerate(self.lanes.lanes):
                lane.busy += step * (busy[index] if index < len(busy) else 1.0)
            if settle:
                self.settle()

    def open(self, parent: Share | None = None, thread: int = 0, **how: object) -> Share:
        self.lanes.current = thread
        return self.attribution.open(parent, **how)


def joules(measurement: Measurement, component: Component | None = None) -> float:
    parts = [part for part in measurement.components if component in {None, part.component}]
    return sum(part.energy for part in parts) / 1_000_000


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.settle()
    bench.run(1)
    return bench


def test_a_scope_alone_has_it_all(bench: Bench) -> None:
    share = bench.open()
    bench.run(60)
    assert joules(share.close()) == pytest.approx(600, rel=1e-6)


def test_a_call_shorter_than_an_interval_is_billed_at_the_current_power(bench: Bench) -> None:
    share = bench.open()
    bench.run(0.002, settle=False)
    assert joules(share.close()) == pytest.approx(0.02, rel=1e-3)


def test_short_calls_that_cover_the_time_add_up_to_the_counter(bench: Bench) -> None:
    total = 0.0
    for turn in range(4_000):
        share = bench.open()
        bench.run(0.015, settle=turn % 66 == 65)
        total += joules(share.close())
    assert total == pytest.approx(600, rel=0.001)


@pytest.mark.parametrize("awaiting", [True, False])
def test_eight_at_once_add_up_to_what_one_sees(bench: Bench, *, awaiting: bool) -> None:
    bench.lanes = bench.attribution._lanes = FakeLanes(8)
    shares = [bench.open(thread=thread, awaiting=awaiting) for thread in range(8)]
    bench.run(60)
    energies = [joules(share.close()) for share in shares]
    assert sum(energies) == pytest.approx(600, rel=1e-6)
    assert energies == pytest.approx([75] * 8, rel=1e-6)


def test_plain_code_is_weighed_by_its_time_on_a_cpu(bench: Bench) -> None:
    busy, waiting = bench.open(thread=0), bench.open(thread=1)
    bench.run(60, 1.0, 0.0)
    most, least = joules(busy.close()), joules(waiting.close())
    assert most + least == pytest.approx(600, rel=1e-6)
    # The first second is shared in halves, before the weights are known.
    assert least == pytest.approx(5 + 590 / (FULL + 1), rel=0.01)


def test_short_calls_have_the_weight_of_those_before(bench: Bench) -> None:
    busy = waiting = 0.0
    for turn in range(600):
        calls = bench.open(thread=0, name="train"), bench.open(thread=1, name="fetch")
        bench.run(0.1, 1.0, 0.05, settle=turn % 10 == 9)
        busy += joules(calls[0].close())
        waiting += joules(calls[1].close())
    assert busy + waiting == pytest.approx(600, rel=0.01)
    assert waiting / busy == pytest.approx(0.05, rel=0.15)


def test_awaits_are_weighed_by_the_wall_clock(bench: Bench) -> None:
    awaiting, plain = bench.open(awaiting=True), bench.open(thread=1)
    bench.run(60, 0.0, 1.0)
    assert joules(awaiting.close()) == pytest.approx(joules(plain.close()), rel=0.01)


def test_a_parent_includes_its_children_once(bench: Bench) -> None:
    outer = bench.open()
    bench.run(1)
    inner = bench.open(outer)
    innermost = bench.open(inner)
    bench.run(2)
    assert joules(outer.read()) == pytest.approx(30, rel=1e-6)
    assert joules(innermost.close()) == pytest.approx(20, rel=1e-6)
    bench.run(1)
    assert joules(inner.close()) == pytest.approx(30, rel=1e-6)
    bench.run(1)
    assert joules(outer.close()) == pytest.approx(50, rel=1e-6)


def test_a_parent_of_tasks_takes_no_share_beside_them(bench: Bench) -> None:
    parent = bench.open(awaiting=True)
    tasks = [bench.open(parent, awaiting=True) for _ in range(3)]
    other = bench.open(awaiting=True)
    bench.run(4)
    assert joules(parent.read()) == pytest.approx(30, rel=1e-6)
    assert joules(other.close()) == pytest.approx(10, rel=1e-6)
    assert sum(joules(task.close()) for task in tasks) == pytest.approx(30, rel=1e-6)
    assert joules(parent.close()) == pytest.approx(30, rel=1e-6)


def test_a_scope_that_outlives_the_one_around_it_is_counted_once(bench: Bench) -> None:
    outermost = bench.open()
    outer = bench.open(outermost)
    inner = bench.open(outer)
    bench.run(1)
    assert joules(outer.close()) == pytest.approx(10, rel=1e-6)
    bench.run(2)
    assert joules(outermost.read()) == pytest.approx(30, rel=1e-6)
    assert joules(inner.close()) == pytest.approx(30, rel=1e-6)
    assert joules(outermost.close()) == pytest.approx(30, rel=1e-6)


def test_a_scope_within_one_that_ended_belongs_to_the_next(bench: Bench) -> None:
    outer = bench.open()
    ended = bench.open(outer)
    ended.close()
    late = bench.open(ended)
    bench.run(1)
    late.close()
    assert joules(ended.read()) == 0
    assert joules(outer.close()) == pytest.approx(10, rel=1e-6)


def test_while_a_scope_is_paused_the_others_have_its_share(bench: Bench) -> None:
    paused, other = bench.open(awaiting=True), bench.open(awaiting=True)
    bench.run(2)
    paused.pause()
    bench.run(2)
    paused.resume()
    bench.run(2)
    paused.resume()
    assert joules(paused.close()) == pytest.approx(20, rel=1e-6)
    assert joules(other.close()) == pytest.approx(40, rel=1e-6)


def test_energy_that_no_scope_used_belongs_to_none(bench: Bench) -> None:
    share = bench.open()
    bench.run(1)
    share.close()
    bench.run(10)
    later = bench.open()
    bench.run(1)
    assert joules(later.close()) == pytest.approx(10, rel=1e-6)
    assert joules(share.read()) == pytest.approx(10, rel=1e-6)


def test_an_accelerator_is_shared_equally_by_all() -> None:
    bench = Bench(CPU, GPU)
    bench.settle()
    busy, waiting = bench.open(thread=0), bench.open(thread=1)
    bench.run(10, 1.0, 0.0)
    assert joules(busy.close(), GPU) == pytest.approx(100, rel=1e-6)
    assert joules(waiting.close(), GPU) == pytest.approx(100, rel=1e-6)


def test_an_accelerator_belongs_to_its_owner() -> None:
    bench = Bench(CPU, GPU)
    bench.settle()
    bench.run(1)
    other = bench.open(awaiting=True)
    bench.run(2)
    owner = bench.open(awaiting=True, devices=[1])
    bench.run(2)
    inner = bench.open(owner, awaiting=True)
    bench.run(2)
    assert joules(inner.close(), GPU) == pytest.approx(10 + 20, rel=1e-6)
    assert joules(owner.close(), GPU) == pytest.approx(20 + 40, rel=1e-6)
    bench.run(2)
    assert joules(other.close(), GPU) == pytest.approx(40 + 20 + 40, rel=1e-6)


def test_owners_of_one_accelerator_share_it() -> None:
    bench = Bench(GPU)
    bench.settle()
    bench.run(1)
    first = bench.open(awaiting=True, devices=[0])
    second = bench.open(awaiting=True, devices=[0])
    bench.run(2)
    assert joules(first.close()) == joules(second.close()) == pytest.approx(10 + 10, rel=1e-6)


def test_owning_what_is_not_there_changes_nothing(bench: Bench) -> None:
    share = bench.open(devices=[7])
    bench.run(1)
    assert joules(share.close()) == pytest.approx(10, rel=1e-6)


def test_a_change_of_power_is_made_good_at_the_next_reading(bench: Bench) -> None:
    share = bench.open()
    bench.run(1)
    bench.watts[CPU, None] = 50
    bench.run(0.9, settle=False)
    assert joules(share.read()) == pytest.approx(10 + 9, rel=1e-6)
    bench.run(0.1)
    assert joules(share.read()) == pytest.approx(10 + 50, rel=1e-6)
    bench.watts[CPU, None] = 0
    bench.run(1)
    assert joules(share.read()) == pytest.approx(60 + 50, rel=1e-6)
    bench.run(3)
    assert joules(share.read()) == pytest.approx(60 + 50, rel=1e-6)


def test_what_was_charged_too_much_is_not_charged_again(bench: Bench) -> None:
    share = bench.open()
    bench.watts[CPU, None] = 50
    bench.run(5)
    bench.watts[CPU, None] = 20
    bench.run(10)
    assert joules(share.close()) == pytest.approx(250 + 200, rel=0.01)


def test_late_readings_hold_charges_back_and_then_make_them_good(bench: Bench) -> None:
    share = bench.open()
    bench.clock.step(30)
    assert joules(share.read()) == pytest.approx(11, rel=1e-6)
    assert bench.attribution.overdue
    bench.meter.add(300)
    bench.settle()
    assert joules(share.close()) == pytest.approx(300, rel=1e-6)


def test_before_the_first_reading_nothing_is_known() -> None:
    bench = Bench()
    bench.attribution = Attribution(clock=bench.clock, lanes=bench.lanes)
    ended = bench.open()
    going_on = bench.open()
    bench.clock.step(1)
    measurement = ended.close()
    assert (measurement.energy, measurement.provenance) == (0, Provenance.UNAVAILABLE)
    assert [part.provenance for part in measurement.components] == [Provenance.UNAVAILABLE] * 2
    bench.clock.step(1)
    bench.settle()
    measurement = going_on.read()
    # One second beside the other, one alone, at the first power that was seen.
    assert joules(measurement) == pytest.approx(15, rel=1e-6)
    assert measurement.provenance is Provenance.MODELLED
    assert [part.provenance for part in measurement.components] == [
        Provenance.MODELLED,
        Provenance.UNAVAILABLE,
    ]
    later = bench.open().close()
    assert later.provenance is Provenance.MEASURED


def test_work_before_the_first_reading_counts_also_when_it_was_interrupted() -> None:
    bench = Bench()
    outer = bench.open()
    bench.clock.step(1)
    inner = bench.open(outer)
    bench.clock.step(1)
    inner.close()
    bench.clock.step(1)
    bench.settle()
    assert joules(outer.close()) == pytest.approx(30, rel=1e-6)


def test_a_counter_that_joins_late_covers_the_time_before() -> None:
    bench = Bench(CPU, MEMORY)
    bench.meter.lost = {MEMORY}
    share = bench.open()
    bench.settle()
    bench.run(3)
    bench.meter.lost = set()
    bench.run(1)
    assert joules(share.read(), MEMORY) == pytest.approx(40, rel=1e-6)
    assert joules(share.close(), CPU) == pytest.approx(40, rel=1e-6)


def test_pue_is_applied_once_and_shown() -> None:
    bench = Bench(CPU, MEMORY, pue=1.5)
    bench.settle()
    share = bench.open()
    bench.run(2)
    measurement = share.close()
    assert joules(measurement) == pytest.approx(40, rel=1e-6)
    assert measurement.energy == pytest.approx(60_000_000, rel=1e-6)
    assert (measurement.pue, measurement.seconds) == (1.5, 2.0)


def test_a_rank_beside_the_first_leaves_the_node_to_it() -> None:
    bench = Bench()
    assert bench.open().close().provenance is Provenance.UNAVAILABLE
    bench.attribution.settle((), horizon=1)
    measurement = bench.open().close()
    assert (measurement.energy, measurement.provenance) == (0, Provenance.DECLARED)
    assert {part.source for part in measurement.components} == {"local-rank-0"}


def test_a_forked_child_counts_from_the_fork_on(bench: Bench) -> None:
    bench.lanes.lanes[0].thread = threading.get_ident()
    outer = bench.open()
    inner, elsewhere = bench.open(outer), bench.open(thread=1)
    bench.run(5)
    bench.attribution.restart()
    bench.settle()
    bench.run(2)
    assert joules(inner.close()) == pytest.approx(20, rel=1e-6)
    assert joules(elsewhere.close()) == 0
    bench.run(1)
    assert joules(outer.close()) == pytest.approx(30, rel=1e-6)
