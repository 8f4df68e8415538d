"""How well shares of the meter's counter add up over a minute of mixed concurrent load.

    python benchmarks/attribution.py [SECONDS] [--codecarbon]

Threads that compute, threads that wait, short calls, nested scopes and tasks run together, so that
some scope is always open. Three figures: the sum of all shares against the counter they are taken
of; eight concurrent scopes against what one sees over the same time; and what the sampler costs,
in a process that does nothing else. `--codecarbon` meters with codecarbon, not declared power.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from greenlint.metering.measurement import Measurement
from greenlint.metering.sampler import ProcessMeter
from greenlint.metering.settings import DeclaredWatts, MeterSettings

DECLARED = MeterSettings(sources=("declared",), declared=DeclaredWatts(cpu=65, memory=5))
CODECARBON = MeterSettings(sources=("codecarbon",))


def joules(measurement: Measurement) -> float:
    """The energy of a measurement, in joules."""
    return measurement.energy / 1_000_000


def counter(meter: ProcessMeter) -> float:
    """The sum of the published counters, in joules."""
    return sum(energy for _, energy in meter.published()) / 1_000_000


def compute(seconds: float) -> None:
    """Keep one thread busy."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(500))


def short_calls(meter: ProcessMeter, until: float) -> float:
    """Calls of a few milliseconds, one after the other, half of them nested."""
    total = 0.0
    turn = 0
    while time.monotonic() < until:
        outer = meter.open(name="short")
        if turn % 2:
            inner = meter.open(outer, name="inner")
            compute(0.002)
            inner.close()
        compute(0.002)
        total += joules(outer.close())
        turn += 1
    return total


def waiting_calls(meter: ProcessMeter, until: float) -> float:
    """Calls that wait, as for an answer from elsewhere."""
    total = 0.0
    while time.monotonic() < until:
        share = meter.open(name="wait")
        time.sleep(0.03)
        total += joules(share.close())
    return total


def long_call(meter: ProcessMeter, until: float) -> float:
    """One scope over the whole time, which keeps every moment covered."""
    share = meter.open(name="long")
    compute(until - time.monotonic())
    return joules(share.close())


def tasks(meter: ProcessMeter, until: float) -> float:
    """Five tasks of an event loop that await, and open scopes within their own."""

    async def one() -> float:
        total = 0.0
        while time.monotonic() < until:
            outer = meter.open(awaiting=True)
            await asyncio.sleep(0.02)
            inner = meter.open(outer, awaiting=True)
            await asyncio.sleep(0.02)
            inner.close()
            total += joules(outer.close())
        return total

    async def together() -> float:
        return sum(await asyncio.gather(*(one() for _ in range(5))))

    return asyncio.run(together())


def mixed_load(meter: ProcessMeter, seconds: float) -> None:
    """Print how far the sum of all shares is from the counter."""
    kinds = (long_call, short_calls, short_calls, waiting_calls, waiting_calls, tasks)
    with ThreadPoolExecutor(len(kinds)) as threads:
        before, until = counter(meter), time.monotonic() + seconds
        running = [threads.submit(kind, meter, until) for kind in kinds]
        total = sum(each.result() for each in running)
        used = counter(meter) - before
    print(f"mixed load, {seconds:.0f} s: counter {used:.2f} J, all shares {total:.2f} J")
    print(f"  attribution error {(total - used) / used:+.3%} (to hold: within 2 %)")


def eight_scopes(meter: ProcessMeter, seconds: float) -> None:
    """Print what eight scopes at once have together, and what one alone sees."""
    before, start = counter(meter), time.monotonic()
    alone = meter.open()
    compute(seconds)
    one = joules(alone.close())
    window, used = time.monotonic() - start, counter(meter) - before
    print(f"one scope: {one:.2f} J of {used:.2f} J in {window:.2f} s")

    def work(_: int) -> Measurement:
        share = meter.open()
        compute(seconds)
        return share.close()

    with ThreadPoolExecutor(8) as threads:
        before, start = counter(meter), time.monotonic()
        shares = list(threads.map(work, range(8)))
        window_of_eight, used_by_eight = time.monotonic() - start, counter(meter) - before
    eight = sum(map(joules, shares))
    print(f"eight at once: {eight:.2f} J of {used_by_eight:.2f} J in {window_of_eight:.2f} s")
    ratio = (eight / used_by_eight) / (one / used)
    print(f"  of what was used, eight together have {ratio:.3f} of what one has")


def overhead(*, codecarbon: bool) -> None:
    """Print what the sampler costs while nothing else happens, and a scope."""
    settings = CODECARBON if codecarbon else DECLARED
    code = (
        "import time\n"
        "from greenlint.metering.sampler import ProcessMeter\n"
        "from greenlint.metering.settings import DeclaredWatts, MeterSettings\n"
        f"meter = ProcessMeter({settings!r})\n"
        "meter.ready(60); time.sleep(5)\n"
        "before = time.process_time(); time.sleep(20)\n"
        "print((time.process_time() - before) / 20)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"sampler alone: {float(ended.stdout):.3%} of a core (to hold: 0.5 %)")


def scope_cost(meter: ProcessMeter) -> None:
    """Print what opening and closing a scope costs, in CPU time."""
    for label, awaiting in (("plain", False), ("awaiting", True)):
        costs = []
        for _ in range(20):
            before = time.process_time()
            for _ in range(2_000):
                meter.open(awaiting=awaiting).close()
            costs.append((time.process_time() - before) / 2_000 * 1_000_000)
        print(f"open and close, {label}: {statistics.median(costs):.2f} us")


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description="How well shares add up.")
    parser.add_argument("seconds", type=float, nargs="?", default=60.0)
    parser.add_argument("--codecarbon", action="store_true")
    asked = parser.parse_args()
    meter = ProcessMeter(CODECARBON if asked.codecarbon else DECLARED)
    if not meter.ready(60):
        sys.exit("nothing can be read")
    print("sources:", ", ".join(f"{g.component} {g.source} ({g.provenance})" for g in meter.gauges))
    time.sleep(3)
    scope_cost(meter)
    mixed_load(meter, asked.seconds)
    eight_scopes(meter, min(asked.seconds, 10))
    meter.close()
    overhead(codecarbon=asked.codecarbon)


if __name__ == "__main__":
    main()
