"""Ends a plain function from another thread, where its author has said that this is safe.

CPython raises the exception between two bytecodes of the thread. So it does not end a call into C
(`time.sleep`, a matrix product) before that call returns, and it may arrive within a `finally` or
an `__exit__`: only code that may end anywhere should opt in. Code that catches BaseException can
swallow it. Other interpreters have no such means, and there the next checkpoint ends the work.
"""

import ctypes
import threading


class Interruption(BaseException):
    """Raised in the thread of work that has to end; the guard turns it into BudgetExceeded."""


class ThreadInterrupter:
    """Raises Interruption once, in the thread that made it, until `disarm` was called there."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._lock = threading.Lock()
        self._armed = True
        self._sent = False

    def interrupt(self) -> None:
        """Raise in the thread, if it is still armed; for any thread to call."""
        with self._lock:
            if self._armed and not self._sent:
                self._sent = True
                _raise_in(self._thread, Interruption)

    def disarm(self) -> None:
        """From now on nothing is raised; what was sent and has not arrived is taken back."""
        with self._lock:
            self._armed = False
            if self._sent:
                _raise_in(self._thread, None)


def _raise_in(thread: int, exception: type[BaseException] | None) -> None:
    raising = getattr(ctypes, "pythonapi", None)
    if raising is None:
        return
    argument = None if exception is None else ctypes.py_object(exception)
    raising.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), argument)
