"""The thread that does what guarded calls must not wait for: leases, settlements, long jobs."""

import logging
import os
import threading
from collections.abc import Callable

logger = logging.getLogger("greenlint")


class Keeper:
    """Runs `turn` about once an interval while it says that there is something to do.

    The thread starts when it is first poked. `turn` returns whether anything is under way; if not,
    the thread sleeps until the next poke. After a fork the child starts its own.
    """

    def __init__(self, turn: Callable[[], bool], *, interval: float) -> None:
        self._turn = turn
        self._interval = interval
        self._begin()

    def _begin(self) -> None:
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.asleep = True

    def poke(self) -> None:
        """Have a turn soon; cheap, from any thread."""
        self.asleep = False
        self._wake.set()
        if self._thread is None:
            self._start()

    def tick(self) -> None:
        """Have a turn now if there is something to do: the meter has read its sensors."""
        if not self.asleep:
            self._wake.set()

    def close(self) -> None:
        """End the thread, after the turn that it is in."""
        self._closed = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def begin_in_child(self) -> None:
        """After a fork: the thread is the parent's."""
        self._begin()

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None or self._closed:
                return
            thread = threading.Thread(target=self._run, name="greenlint-keeper", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is shutting down: the exit settles
                return
            self._thread = thread

    def _run(self) -> None:
        pid = os.getpid()
        while not self._closed and os.getpid() == pid:
            self._wake.wait(None if self.asleep else self._interval)
            self._wake.clear()
            if self._closed:
                return
            try:
                busy = self._turn()
            except Exception:
                # The keeper serves every budget of the process: a failure that nobody foresaw, in
                # a driver of the ledger, say, must neither end it nor reach user code.
                logger.exception("A turn of greenlint's keeper failed; the next one goes on.")
                busy = True
            self.asleep = not busy and not self._wake.is_set()
