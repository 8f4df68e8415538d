"""Keeps forks away from what a child could not finish: imports and openings by other threads.

A lock that another thread holds while a process forks stays held in the child for ever; that of a
module that is being imported, too. Whoever does such work in the background does it within
`no_fork()`, and `os.fork` waits until nobody does.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from weakref import WeakSet

PATIENCE = 30.0  # seconds that a fork waits at most


class Forkable(Protocol):
    """What takes part in a fork."""

    def before_fork(self) -> None:
        """Get to a state that a child can take over."""

    def after_fork_in_parent(self) -> None:
        """Go on."""

    def after_fork_in_child(self) -> None:
        """Begin anew."""


class ForkGate:
    """Counts the threads in whose work no fork may fall, and tells others of forks.

    A thread may enter more than once, and what it does itself never keeps its fork waiting.
    """

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._others: WeakSet[Forkable] = WeakSet()
        self._told: list[Forkable] = []
        self._begin()

    def _begin(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._inside: dict[int, int] = {}

    def tell(self, other: Forkable) -> None:
        """Have another take part in every fork from now on, once nobody is inside."""
        self._others.add(other)

    @contextmanager
    def no_fork(self) -> Iterator[None]:
        """Within this, no other thread forks."""
        thread = threading.get_ident()
        changed = self._changed
        with changed:
            self._inside[thread] = self._inside.get(thread, 0) + 1
        try:
            yield
        finally:
            with self._changed:
                left = self._inside.pop(thread, 1) - 1
                if left:
                    self._inside[thread] = left
                self._changed.notify_all()

    def before_fork(self) -> None:
        """Wait until no other thread is inside, and let none enter until the fork is done."""
        own = {threading.get_ident()}
        self._changed.acquire()
        self._changed.wait_for(lambda: not self._inside.keys() - own, self._patience)
        for other in list(self._others):
            other.before_fork()
            self._told.append(other)

    def after_fork_in_parent(self) -> None:
        """Let threads enter again."""
        while self._told:
            self._told.pop().after_fork_in_parent()
        self._changed.release()

    def after_fork_in_child(self) -> None:
        """Begin with nobody inside: the threads are the parent's."""
        while self._told:
            self._told.pop().after_fork_in_child()
        self._begin()


gate = ForkGate()
no_fork = gate.no_fork

if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(
        before=gate.before_fork,
        after_in_parent=gate.after_fork_in_parent,
        after_in_child=gate.after_fork_in_child,
    )
