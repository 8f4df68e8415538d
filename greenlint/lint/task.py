"""What worker processes are given to do, and what they may fail to give back."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

TIME_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no result for an item: its process died or had to be ended."""

    reason: str


@dataclass(frozen=True, slots=True)
class Task(Generic[ItemT, ResultT]):
    """What to do with each item, how heavy each is, and how many seconds one may take.

    `prepare` loads what the work needs: once, and before processes fork off, where they do.
    """

    work: Callable[[ItemT], ResultT]
    weight: Callable[[ItemT], int]
    time_limit: float = TIME_LIMIT_S
    prepare: Callable[[], object] = lambda: None


def default_jobs() -> int:
    """One process for each core that this one may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
