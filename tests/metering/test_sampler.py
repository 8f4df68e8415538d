"""The meter of a process: real threads, tasks, forks and spawned processes under real load."""

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from meters import FakeMeter

from greenlint.metering.measurement import Component, Measurement, Provenance
from greenlint.metering.rank import Rank
from greenlint.metering.sampler import ProcessMeter
from greenlint.metering.settings import DeclaredWatts, MeterSettings

WATTS = 50.0
SETTINGS = MeterSettings(
    sources=("declared",), interval=0.05, declared=DeclaredWatts(cpu=WATTS, memory=0.0)
)
ALONE = Rank()


@pytest.fixture
def meter() -> Iterator[ProcessMeter]:
    meter = ProcessMeter(SETTINGS, rank=ALONE)
    assert meter.ready(10)
    yield meter
    meter.close()


def joules(measurement: Measurement) -> float:
    return measurement.energy / 1_000_000


def burn(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(200))


def test_a_scope_has_what_the_machine_drew_while_it_was_open(meter: ProcessMeter) -> None:
    share = meter.open()
    time.sleep(0.3)
    measurement = share.close()
    assert joules(measurement) == pytest.approx(WATTS * measurement.seconds, rel=0.02)
    assert measurement.provenance is Provenance.DECLARED


def test_a_short_call_is_not_free(meter: ProcessMeter) -> None:
    measurements = []
    for _ in range(20):
        share = meter.open()
        time.sleep(0.001)
        measurements.append(share.close())
    seconds = sum(measurement.seconds for measurement in measurements)
    assert sum(map(joules, measurements)) == pytest.approx(WATTS * seconds, rel=0.05)
    assert all(measurement.energy for measurement in measurements)


def test_a_scope_that_opens_at_once_is_charged_from_its_start() -> None:
    meter = ProcessMeter(SETTINGS, rank=ALONE)
    share = meter.open()
    assert meter.ready(10)
    measurement = share.close()
    meter.close()
    assert joules(measurement) == pytest.approx(WATTS * measurement.seconds, rel=0.02)


def test_eight_threads_add_up_to_what_one_sees(meter: ProcessMeter) -> None:
    def work(_: int) -> Measurement:
        share = meter.open()
        burn(1.0)
        return share.close()

    whole = meter.open(awaiting=True)
    with ThreadPoolExecutor(8) as threads:
        shares = list(threads.map(work, range(8)))
    # It takes part as a ninth, so that all of the time is covered.
    last = whole.close()
    together = sum(map(joules, shares)) + joules(last)
    assert together == pytest.approx(WATTS * last.seconds, rel=0.02)


def test_a_busy_thread_has_more_than_one_that_sleeps(meter: ProcessMeter) -> None:
    def run(work: Callable[[float], None]) -> Measurement:
        share = meter.open()
        work(1.0)
        return share.close()

    with ThreadPoolExecutor(2) as threads:
        busy, waiting = threads.map(run, [burn, time.sleep])
    assert joules(busy) > 4 * joules(waiting)
    assert joules(busy) + joules(waiting) == pytest.approx(WATTS, rel=0.1)


def test_tasks_share_the_time_that_they_await(meter: ProcessMeter) -> None:
    async def work() -> Measurement:
        share = meter.open(awaiting=True)
        await asyncio.sleep(0.3)
        return share.close()

    async def together() -> list[Measurement]:
        return await asyncio.gather(*(work() for _ in range(6)))

    shares = asyncio.run(together())
    energies = list(map(joules, shares))
    assert sum(energies) == pytest.approx(WATTS * 0.3, rel=0.15)
    assert max(energies) < 2 * min(energies)


def test_code_that_holds_the_interpreter_is_charged_in_full(meter: ProcessMeter) -> None:
    share = meter.open()
    # One call of compiled code, as of an extension: no other thread runs meanwhile.
    sum(range(60_000_000))
    measurement = share.close()
    assert joules(measurement) == pytest.approx(WATTS * measurement.seconds, rel=0.05)


def test_a_subscriber_hears_of_every_reading(meter: ProcessMeter) -> None:
    heard = threading.Event()
    names: list[str] = []

    def listen() -> None:
        names.append(threading.current_thread().name)
        heard.set()

    unsubscribe = meter.subscribe(listen)
    assert heard.wait(10)
    unsubscribe()
    assert set(names) == {"greenlint-meter"}


def test_a_subscriber_that_fails_ends_nothing(
    meter: ProcessMeter, caplog: pytest.LogCaptureFixture
) -> None:
    heard = threading.Event()
    meter.subscribe(lambda: 1 / 0)
    meter.subscribe(heard.set)
    assert heard.wait(10)
    assert "subscriber" in caplog.text


def test_nothing_to_read_is_known_and_not_zero() -> None:
    meter = ProcessMeter(MeterSettings(sources=("declared",)), rank=ALONE)
    assert not meter.ready(10)
    measurement = meter.open().close()
    meter.close()
    assert (measurement.energy, measurement.provenance) == (0, Provenance.UNAVAILABLE)


def test_a_node_is_counted_by_its_first_rank_only() -> None:
    backend = FakeMeter(Component.CPU, Component.GPU, devices=(1,))
    backend.power = dict.fromkeys(backend.energy, 10.0)
    rank = Rank(rank=1, size=2, local_rank=1, local_size=2)
    meter = ProcessMeter(MeterSettings(interval=0.05), rank=rank, make_meters=lambda *_: [backend])
    assert meter.ready(10)
    assert [gauge.component for gauge in meter.gauges] == [Component.GPU]
    meter.close()
    assert backend.closed


def child(connection, meter: ProcessMeter, outer) -> None:
    """What a forked process does: go on with its parent's scope, and open one of its own."""
    inner = meter.open(outer)
    ready = meter.ready(10)
    time.sleep(0.3)
    connection.send((ready, joules(inner.close()), joules(outer.close())))
    connection.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # that it has threads
def test_a_forked_child_meters_itself_and_the_parent_goes_on() -> None:
    import greenlint.metering.sampler as module

    assert module._meter is None
    meter = module.process_meter(SETTINGS)
    try:
        assert meter.ready(10)
        assert module.process_meter() is meter
        outer = meter.open()
        time.sleep(0.2)
        receiving, sending = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(
            target=child, args=(sending, meter, outer)
        )
        process.start()
        ready, inner_joules, outer_joules = receiving.recv()
        process.join(10)
        measurement = outer.close()
    finally:
        meter.close()
        module._meter = None
    assert (process.exitcode, ready) == (0, True)
    # What came before the fork is the parent's.
    assert inner_joules == pytest.approx(WATTS * 0.3, rel=0.3)
    assert outer_joules == pytest.approx(inner_joules, rel=0.3)
    assert joules(measurement) == pytest.approx(WATTS * measurement.seconds, rel=0.05)


def run(code: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=timeout,
    )


SPAWN = """
import json, multiprocessing, time
from greenlint.metering.sampler import process_meter
from greenlint.metering.settings import DeclaredWatts, MeterSettings
settings = MeterSettings(sources=("declared",), interval=0.05, declared=DeclaredWatts(cpu=50))

def work(_):
    meter = process_meter(settings)
    share = meter.open()
    ready = meter.ready(10)
    time.sleep(0.2)
    found = share.close()
    return ready, found.energy / 1e6 / found.seconds

if __name__ == "__main__":
    share = process_meter(settings).open()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(work, range(2))
    print(json.dumps(found))
"""


def test_spawned_processes_meter_themselves(tmp_path) -> None:
    script = tmp_path / "spawn.py"
    script.write_text(SPAWN, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, script], capture_output=True, encoding="utf-8", check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    for ready, watts in json.loads(ended.stdout):
        assert ready
        assert watts == pytest.approx(50, rel=0.1)


EXIT = """
import time
from greenlint.metering.sampler import process_meter
share = process_meter().open()
{work}
print(share.close().provenance)
"""


@pytest.mark.parametrize("work", ["pass", "time.sleep(0.3)", "time.sleep(1.2)"])
def test_a_process_ends_cleanly_whatever_its_meter_is_doing(work: str) -> None:
    """Even while codecarbon is still being imported in another thread."""
    ended = run(EXIT.format(work=work))
    assert (ended.returncode, ended.stderr) == (0, "")
