"""What a guarded call costs, beside codecarbon and zeus, in one run.

    python benchmarks/runtime_overhead.py [--calls 20000] [--write]

Installs greenlint from this checkout, codecarbon and zeus into a virtual environment of its own in
a cache folder, and measures each in processes of its own, in turn and several times over. Wall
times are of single calls; CPU times are of the calling thread, the best of several loops, which is
what a busy machine distorts least.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PEERS = ("codecarbon", "zeus")
ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- runtime_overhead -->", "<!-- /runtime_overhead -->"
ROUNDS = 3
US = "\N{MICRO SIGN}s"

TIMING = """
import asyncio, json, sys, threading, time

CALLS = int(sys.argv[1])

def quantiles(times):
    times.sort()
    return {"median": times[len(times) // 2] / 1e3, "p99": times[int(len(times) * 0.99)] / 1e3}

def timed(call, count=CALLS):
    clock, times = time.perf_counter_ns, []
    for _ in range(count):
        start = clock()
        call()
        times.append(clock() - start)
    return quantiles(times)

def cpu(call, count=CALLS // 10):
    best = float("inf")
    for _ in range(10):
        start = time.thread_time()
        for _ in range(count):
            call()
        best = min(best, (time.thread_time() - start) / count)
    return best * 1e6
"""

GREENLINT = """
from greenlint import energy_budget, request_budget
from greenlint.runtime.session import current_session

@energy_budget(kwh=100, per="run")
def energy(): pass

@energy_budget(kwh=100, per="run")
async def energy_async(): pass

@request_budget("1G", on_exceed="deny")
def requests(): pass

def bare(): pass

async def waits(count):
    clock, times = time.perf_counter_ns, []
    for _ in range(count):
        start = clock()
        await energy_async()
        times.append(clock() - start)
    return times

async def waits_cpu(count=CALLS // 10):
    best = float("inf")
    for _ in range(10):
        start = time.thread_time()
        for _ in range(count):
            await energy_async()
        best = min(best, (time.thread_time() - start) / count)
    return best * 1e6

def threads(number, seconds=1.0):
    # Calls a second of all threads together, and the longest that one of them waited for a call.
    counts, longest, stop = [0] * number, [0] * number, time.perf_counter() + seconds
    def work(at):
        clock, last = time.perf_counter, time.perf_counter()
        while last < stop:
            energy()
            counts[at] += 1
            now = clock()
            longest[at] = max(longest[at], now - last)
            last = now
    workers = [threading.Thread(target=work, args=(at,)) for at in range(number)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    return sum(counts) / seconds, max(longest) * 1e3

energy(); requests(); asyncio.run(energy_async())
current_session().meter().ready(60)
time.sleep(2)
for _ in range(1000): energy()
one, eight = threads(1), threads(8)
print(json.dumps({
    "bare": timed(bare), "energy": timed(energy), "requests": timed(requests),
    "energy async": quantiles(asyncio.run(waits(CALLS))),
    "cpu": {"energy": cpu(energy), "requests": cpu(requests), "bare": cpu(bare),
            "energy async": asyncio.run(waits_cpu())},
    "threads": {"one": one[0], "eight": eight[0], "longest ms": eight[1]},
    "sources": sorted({gauge.source for gauge in current_session().meter().gauges}),
    "unmeasured": energy.budget.unmeasured,
}))
"""

# What all threads but the first use of a core while guarded work sleeps, the meter started.
SAMPLER = """
import json, time
from greenlint import budget
from greenlint.runtime.session import current_session

with budget(kwh=100, per="run"):
    current_session().meter().ready(60)
    time.sleep(3)
    start, begun = time.process_time(), time.perf_counter()
    time.sleep(20)
    used = time.process_time() - start
    print(json.dumps({"share": used / (time.perf_counter() - begun)}))
"""

TRACK_EMISSIONS = """
from codecarbon import track_emissions

@track_emissions(offline=True, country_iso_code="FRA", save_to_file=False, log_level="critical")
def guarded(): pass

start = time.perf_counter()
guarded()
first = time.perf_counter() - start
print(json.dumps({"first s": first, "call": timed(guarded, 20), "cpu": cpu(guarded, 2)}))
"""

TASKS = """
from codecarbon import OfflineEmissionsTracker

tracker = OfflineEmissionsTracker(
    country_iso_code="FRA", save_to_file=False, log_level="critical", measure_power_secs=1)
tracker.start()
number = 0

def guarded():
    global number
    number += 1
    tracker.start_task(str(number))
    tracker.stop_task()

print(json.dumps({"call": timed(guarded, 50), "cpu": cpu(guarded, 5)}))
tracker.stop()
"""

ZEUS = """
import os
from zeus.monitor import ZeusMonitor

monitor = ZeusMonitor(gpu_indices=None)
number = 0

def guarded():
    global number
    number += 1
    monitor.begin_window(str(number))
    return monitor.end_window(str(number))

seen = guarded()
reads = bool(seen.gpu_energy or seen.cpu_energy)
print(json.dumps({"call": timed(guarded, 2000), "cpu": cpu(guarded, 200), "reads": reads}))
"""

IMPORT = "import time; t = time.perf_counter(); import greenlint; print(time.perf_counter() - t)"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    median: str
    p99: str
    cpu: str
    target: str = ""

    def __str__(self) -> str:
        return f"| {self.what} | {self.median} | {self.p99} | {self.cpu} | {self.target} |"


def main() -> int:
    """Measure, print the table, and write it into the README if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--calls", type=int, default=20_000, help="guarded calls (default: 20000)")
    parser.add_argument("--write", action="store_true", help="put the table into the README")
    arguments = parser.parse_args()
    python = environment()
    results = measured(python, arguments.calls)
    table = "\n".join(report(python, results))
    print(table)
    if arguments.write:
        write(table)
    return 0


def environment() -> Path:
    """The Python of a virtual environment with greenlint and its peers."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "greenlint-benchmarks" / "runtime"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "-e", str(ROOT)], check=True)
    for peer in PEERS:
        subprocess.run([*pip, peer], check=False)
    return python


def measured(python: Path, calls: int) -> dict[str, list[Any]]:
    """Each program several times over, in turn; of one that fails, its last words."""
    programs = {
        "greenlint": TIMING + GREENLINT,
        "track_emissions": TIMING + TRACK_EMISSIONS,
        "tasks": TIMING + TASKS,
        "zeus": TIMING + ZEUS,
    }
    results: dict[str, list[Any]] = {name: [] for name in (*programs, "sampler", "import")}
    for turn in range(ROUNDS):
        print(f"round {turn + 1} of {ROUNDS}", file=sys.stderr)
        for name, program in programs.items():
            results[name].append(run(python, program, str(calls)))
        results["import"].append(min(float(run(python, IMPORT)) for _ in range(5)))
    results["sampler"].append(run(python, SAMPLER))
    return results


def run(python: Path, program: str, *arguments: str) -> Any:  # noqa: ANN401  # what it printed
    """What a program printed as JSON, in a directory without a policy; else its last words."""
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(
            [str(python), "-c", program, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    if ended.returncode:
        return (ended.stderr.strip().splitlines() or ["no words"])[-1]
    return json.loads(ended.stdout.strip().splitlines()[-1])


def report(python: Path, results: dict[str, list[Any]]) -> Iterator[str]:
    """The table and what belongs to it."""
    ours = good(results["greenlint"])
    if not ours:
        raise SystemExit(f"greenlint could not be measured: {results['greenlint']}")
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    yield (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.system()},"
        f" {os.cpu_count()} processors ({load}); {versions(python)}. Energy by"
        f" {', '.join(ours[0]['sources']) or 'nothing'}. Medians of {len(ours)} rounds."
    )
    yield ""
    yield "| one call | median | p99 | CPU, best loop | target |"
    yield "|---|---|---|---|---|"
    for what in ("energy", "energy async", "requests"):
        target = f"10 {US} median, 50 {US} p99"
        yield str(row(f"greenlint, {what} budget", ours, what, target))
    yield str(row("nothing (an empty function)", ours, "bare", ""))
    yield from peers(results, ours)
    yield ""
    yield from rest(results, ours)


def row(name: str, results: list[Any], what: str, target: str) -> Row:
    """The line of one kind of guarded call."""
    return Row(
        name,
        microseconds(statistics.median(result[what]["median"] for result in results)),
        microseconds(statistics.median(result[what]["p99"] for result in results)),
        microseconds(min(result["cpu"][what] for result in results)),
        target,
    )


def peers(results: dict[str, list[Any]], ours: list[Any]) -> Iterator[str]:
    """The lines of the peers."""
    own = statistics.median(result["energy"]["median"] for result in ours)
    names = {
        "track_emissions": "codecarbon, `@track_emissions`",
        "tasks": "codecarbon, a task of `EmissionsTracker`",
        "zeus": "zeus, a window of `ZeusMonitor`",
    }
    for key, name in names.items():
        theirs = good(results[key])
        if not theirs:
            yield f"| {name} | not usable here: {results[key][0]} | | | |"
            continue
        median = statistics.median(result["call"]["median"] for result in theirs)
        p99 = statistics.median(result["call"]["p99"] for result in theirs)
        cpu = min(result["cpu"] for result in theirs)
        blind = "" if theirs[0].get("reads", True) else ", which reads nothing on this machine"
        ratio = f"{median / own:,.0f} x ours"
        yield str(
            Row(name + blind, microseconds(median), microseconds(p99), microseconds(cpu), ratio)
        )


def rest(results: dict[str, list[Any]], ours: list[Any]) -> Iterator[str]:
    """What is not the time of one call."""
    threads = [result["threads"] for result in ours]
    scale = statistics.median(part["eight"] / part["one"] for part in threads)
    longest = statistics.median(part["longest ms"] for part in threads)
    yield (
        f"- Eight threads make {scale:.2f} times the calls of one (the interpreter allows about"
        f" 1), and the longest wait of any for one call was {longest:.0f} ms."
    )
    sampler = good(results["sampler"])
    if sampler:
        yield f"- Sampler and keeper: {100 * sampler[0]['share']:.2f} % of a core (target 0.5 %)."
    yield f"- `import greenlint`: {1000 * min(results['import']):.1f} ms (target 60 ms)."
    first = [result["first s"] for result in good(results["track_emissions"])]
    if first:
        yield f"- The first call under `@track_emissions` took {statistics.median(first):.1f} s."


def good(results: list[Any]) -> list[Any]:
    """The rounds that worked."""
    return [result for result in results if not isinstance(result, str)]


def microseconds(value: float) -> str:
    """A time as the table shows it."""
    return f"{value:.1f} {US}" if value < 1000 else f"{value / 1000:.1f} ms"


def versions(python: Path) -> str:
    """The versions of the peers."""
    code = (
        "import json; from importlib.metadata import version;"
        f" print(json.dumps([f'{{name}} {{version(name)}}' for name in {PEERS!r}]))"
    )
    found = run(python, code)
    return found if isinstance(found, str) else ", ".join(found)


def write(table: str) -> None:
    """Put the table between its marks in the README."""
    readme = Path(__file__).with_name("README.md")
    text = readme.read_text(encoding="utf-8")
    before, _, rest_of_it = text.partition(START)
    after = rest_of_it.partition(END)[2]
    readme.write_text(f"{before}{START}\n{table}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
