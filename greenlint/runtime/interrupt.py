"""Ends a plain function from another thread, where its author has said that this is safe.

CPython raises the exception between two bytecodes of the thread. So it does not end a call into C
(`time.sleep`, a matrix product) before that call returns, and it may arrive within a `finally` or
an `__exit__`, or just after a lock was taken, which then stays locked: only code that may end
anywhere should opt in, and not under a tracer written in Python, such as that of coverage, which
takes locks of its own in the thread. Code that catches BaseException can swallow it. Other
interpreters have no such means, and there the next checkpoint ends the work.
"""

import ctypes
import threading
import time


class Interruption(BaseException):
    """Raised in the thread of work that has to end; the guard turns it into BudgetExceeded."""


class ThreadInterrupter:
    """Raises Interruption once, in the thread that made it, until `disarm` was called there.

    The thread takes no lock: an exception that arrives between taking one and guarding it would
    leave it locked for good. Instead each side says what it is about to do before it looks at what
    the other said, so that at least one of them notices.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._armed = True
        self._sending = False
        self._sent = False

    def interrupt(self) -> None:
        """Raise in the thread, if it is still armed; for one other thread to call."""
        self._sending = True
        if self._armed and not self._sent:
            self._sent = True
            _raise_in(self._thread, Interruption)
        self._sending = False

    def disarm(self) -> None:
        """From now on nothing is raised; what was sent and has not arrived is taken back.

        What was sent may yet arrive while this runs: then it is to be called once more.
        """
        self._armed = False
        while self._sending:
            time.sleep(0)
        if self._sent:
            _raise_in(self._thread, None)


def _raise_in(thread: int, exception: type[BaseException] | None) -> None:
    raising = getattr(ctypes, "pythonapi", None)
    if raising is None:
        return
    argument = None if exception is None else ctypes.py_object(exception)
    raising.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), argument)
