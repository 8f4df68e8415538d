"""A bounded queue with a thread behind it that hands each item to one function."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

logger = logging.getLogger("greenlint")

Item = TypeVar("Item")


class Outbox(Generic[Item]):
    """Takes items without ever blocking; what finds no room is dropped, logged and counted.

    The thread starts with the first item. After a fork the child begins empty: what was waiting
    is the parent's to deliver.
    """

    def __init__(self, name: str, deliver: Callable[[Item], None], *, capacity: int) -> None:
        self._name = name
        self._deliver = deliver
        self._capacity = capacity
        self.reset()

    def reset(self) -> None:
        """Begin afresh, with no thread and nothing waiting."""
        self._items: queue.Queue[Item | None] = queue.Queue(self._capacity)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def put(self, item: Item) -> None:
        """Have an item delivered soon, if there is room for it."""
        try:
            self._items.put_nowait(item)
        except queue.Full:
            self.dropped += 1
            if self.dropped == 1:
                logger.warning("Too many alerts wait for %s; the newest are dropped.", self._name)
            return
        self._start()

    def close(self, deadline: float) -> None:
        """Deliver what waits, until `deadline` by the monotonic clock; then give up on the rest."""
        if self._thread is None:
            return
        try:
            self._items.put(None, timeout=max(0.0, deadline - time.monotonic()))
        except queue.Full:
            pass
        else:
            self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            logger.warning("Alerts for %s were not all delivered before the exit.", self._name)

    def _start(self) -> None:
        with self._starting:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._run, name=f"greenlint-{self._name}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no thread to be had, or the interpreter is shutting down
                logger.warning("No thread for alerts to %s could be started.", self._name)
                return
            self._thread = thread

    def _run(self) -> None:
        items = self._items
        while (item := items.get()) is not None:
            try:
                self._deliver(item)
            except Exception:
                # A target may hold code of others, such as a logging handler: one that fails must
                # not cost the alerts after it.
                logger.exception("An alert for %s was not delivered.", self._name)
