"""Processes that work on items: none of them may take the run down."""

import faulthandler
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from greenlint.lint.task import Lost, Task, default_jobs
from greenlint.lint.workers import work_through

DIED = Lost("the process that checked it died")


def square(number: int) -> int:
    """The square; some numbers are too much for a process."""
    match number:
        case 13:
            os._exit(3)
        case 17:
            faulthandler.disable()  # pytest's would tell all the world
            os.kill(os.getpid(), signal.SIGSEGV)
        case 19:
            time.sleep(600)
    return number * number


def weight(number: int) -> int:
    """How heavy a number is."""
    return number + 1


def results(numbers: list[int], *, jobs: int = 2, limit: float = 60) -> dict[int, int | Lost]:
    """The squares by number."""
    task = Task(square, weight, time_limit=limit)
    done = list(work_through(numbers, task, jobs=jobs))
    assert len(done) == len(numbers)
    return {numbers[index]: result for index, result in done}


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_every_item_gets_its_result(jobs: int) -> None:
    assert results(list(range(12)), jobs=jobs) == {number: number**2 for number in range(12)}
    assert results([], jobs=jobs) == {}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_process_that_dies_costs_one_item(jobs: int) -> None:
    numbers = list(range(10, 40))
    numbers.remove(19)
    expected: dict[int, int | Lost] = {number: number**2 for number in numbers}
    assert results(numbers, jobs=jobs) == expected | {13: DIED, 17: DIED}


def test_an_item_that_hangs_costs_one_item() -> None:
    found = results([18, 19, 20], limit=0.5)
    assert found == {18: 324, 19: Lost("checking it took over 0.5 s"), 20: 400}


def test_an_item_that_is_worked_on_when_another_kills_its_process_is_not_lost() -> None:
    """It is tried again, alone."""
    assert results([13, 5, 6, 7], jobs=1) == {13: DIED, 5: 25, 6: 36, 7: 49}


def test_beside_other_threads_processes_are_started_afresh() -> None:
    """A fork would copy the locks of threads that it does not copy."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert results([1, 13, 2]) == {1: 1, 13: DIED, 2: 4}
    finally:
        stop.set()
        thread.join()


def test_an_exception_is_a_bug_and_comes_through() -> None:
    with pytest.raises(TypeError):
        list(work_through(["x"], Task(square.__class__, len), jobs=1))


def test_there_is_a_job_for_every_core() -> None:
    assert 1 <= default_jobs() <= (os.cpu_count() or 1)


LONG_WORK = """
import sys, time
from collections.abc import Callable
from pathlib import Path
from greenlint.lint.task import Task
from greenlint.lint.workers import work_through
def work(number):
    Path(sys.argv[1], str(__import__("os").getpid())).touch()
    time.sleep(600)
try:
    list(work_through([1, 2], Task(work, int), jobs=2))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_the_run(tmp_path: Path, how: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", LONG_WORK, str(tmp_path)], stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == (130 if how is signal.SIGINT else -how)
    assert errors == ""
    workers = [int(path.name) for path in tmp_path.iterdir()]
    wait_until(lambda: not any(map(is_alive, workers)))


def is_alive(process: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, and fail when it is not after a while."""
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_what_the_work_needs_is_loaded_once(tmp_path: Path) -> None:
    """Processes that fork off have it from the start; others load it when they need it."""
    log = tmp_path / "log"
    task = Task(square, weight, prepare=lambda: log.write_text(f"{os.getpid()}"))
    assert dict(work_through(range(4), task, jobs=2)) == {0: 0, 1: 1, 2: 4, 3: 9}
    if sys.platform == "linux" and threading.active_count() == 1:
        assert log.read_text() == str(os.getpid())
