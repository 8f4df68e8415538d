"""Work on many items in several processes, none of which may take the run down.

A process that dies costs the item it worked on and nothing else; so does one that hangs.
"""

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from ctypes import Array, c_double
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

from greenlint.lint.task import ItemT, Lost, ResultT, Task

# Enough chunks that no process waits long for the last one, few enough to hand over cheaply.
_CHUNKS_PER_JOB = 16
_POLL_S = 0.25
# What a process shows on the board: its id, the item it is at (from 1), and since when.
_FIELDS = 3
# Objects that a process may leave behind before it looks for cycles among them.
_LEFT_BEHIND = 200_000
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def work_through(
    items: Sequence[ItemT], task: Task[ItemT, ResultT], *, jobs: int
) -> Iterator[tuple[int, ResultT | Lost]]:
    """Index and result of every item, in the order in which they come."""
    weights = [task.weight(item) for item in items]
    left = set(range(len(items)))
    suspects: list[int] = []
    while left:
        chunks = _balanced(sorted(left), weights, jobs * _CHUNKS_PER_JOB)
        with _Pool(items, task, min(jobs, len(chunks))) as pool:
            for index, result in pool.run(chunks):
                if index in left:
                    left.remove(index)
                    yield index, result
        # Each pass must take something off what is left, however a process died.
        blamed = pool.at_work() & left or set(sorted(left)[:1])
        suspects += blamed
        left -= blamed
    for index in suspects:
        result = _alone(items, task, index)
        yield index, result


def _alone(items: Sequence[ItemT], task: Task[ItemT, ResultT], index: int) -> ResultT | Lost:
    """The result of an item that was being worked on when some process died."""
    with _Pool(items, task, 1) as pool:
        for _, result in pool.run([[index]]):
            return result
    return Lost("the process that checked it died")


def _balanced(indexes: Sequence[int], weights: Sequence[int], count: int) -> list[list[int]]:
    """Chunks of about the same weight, the heaviest items first."""
    limit = sum(weights[index] for index in indexes) / count
    chunks: list[list[int]] = []
    weight = limit
    for index in sorted(indexes, key=lambda index: -weights[index]):
        if weight >= limit:
            chunks.append([])
            weight = 0
        chunks[-1].append(index)
        weight += weights[index]
    return chunks


class _Pool(Generic[ItemT, ResultT]):
    """Processes that last until one of them dies or all chunks are done."""

    def __init__(self, items: Sequence[ItemT], task: Task[ItemT, ResultT], jobs: int) -> None:
        # A fork hands over items and rules for nothing, but is safe only without other threads.
        forks = sys.platform == "linux" and threading.active_count() == 1
        context = multiprocessing.get_context("fork" if forks else "spawn")
        if forks:
            task.prepare()
        self._board: Array[c_double] = context.RawArray(c_double, _FIELDS * jobs)
        self._time_limit = task.time_limit
        self._executor = ProcessPoolExecutor(
            jobs,
            mp_context=context,
            initializer=_start,
            initargs=(items, task.work, self._board, context.Value("i", 0)),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            for slot in range(0, len(self._board), _FIELDS):
                self._end(int(self._board[slot]))
        self._executor.shutdown(wait=True, cancel_futures=True)

    def run(self, chunks: Sequence[list[int]]) -> Iterator[tuple[int, ResultT | Lost]]:
        """Results as they come; fewer than items when a process dies."""
        with contextlib.suppress(BrokenProcessPool):
            pending: set[Future[list[tuple[int, Any]]]] = {
                self._executor.submit(_work_on, chunk) for chunk in chunks
            }
            while pending:
                done, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from future.result()
                yield from self._overdue()

    def at_work(self) -> set[int]:
        """The items that the processes are, or were at their end, at."""
        return {int(number) - 1 for number in self._board[1::_FIELDS] if number}

    def _overdue(self) -> Iterator[tuple[int, Lost]]:
        """End the processes that are at one item for too long."""
        now = time.monotonic()
        for slot in range(0, len(self._board), _FIELDS):
            process, number, since = self._board[slot : slot + _FIELDS]
            if number and now - since > self._time_limit:
                self._board[slot + 1] = 0
                self._end(int(process))
                yield int(number) - 1, Lost(f"checking it took over {self._time_limit:g} s")

    @staticmethod
    def _end(process: int) -> None:
        if process:
            with contextlib.suppress(OSError):
                os.kill(process, _KILL)


class _Worker(Generic[ItemT, ResultT]):
    """What one process of a pool knows."""

    current: ClassVar["_Worker[Any, Any]"]

    def __init__(
        self,
        items: Sequence[ItemT],
        work: Callable[[ItemT], ResultT],
        board: "Array[c_double]",
        slot: int,
    ) -> None:
        self._items = items
        self._work = work
        self._board = board
        self._slot = slot * _FIELDS
        board[self._slot] = os.getpid()

    def run(self, indexes: Sequence[int]) -> Iterator[tuple[int, ResultT]]:
        """Work on the items, each announced on the board."""
        for index in indexes:
            self._board[self._slot + 2] = time.monotonic()
            self._board[self._slot + 1] = index + 1
            yield index, self._work(self._items[index])
            if gc.get_count()[0] > _LEFT_BEHIND:
                gc.collect()
        self._board[self._slot + 1] = 0


def _start(
    items: Sequence[Any],
    work: Callable[[Any], Any],
    board: "Array[c_double]",
    started: "Synchronized[int]",
) -> None:
    """Make this process a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    # Looking for cycles in syntax trees while these are made and used takes a quarter of the time.
    gc.freeze()
    gc.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with started.get_lock():
        slot = started.value
        started.value += 1
    _Worker.current = _Worker(items, work, board, slot)


def _work_on(indexes: Sequence[int]) -> list[tuple[int, Any]]:
    return list(_Worker.current.run(indexes))


def _end_with_parent() -> None:
    """No worker outlives a parent that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
