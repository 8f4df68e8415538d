"""Ends a coroutine by cancelling its task, and tells that from cancellations by others.

It counts cancellations as `asyncio.timeout` does.
"""

import asyncio

from greenlint.runtime.scope import WorkScope


class TaskStopper:
    """Cancels the task that made it, until it is closed; for the keeper to call."""

    cancelled = False
    _open = True

    def __init__(self, task: "asyncio.Task[object]") -> None:
        self._task = task
        self._cancelling = task.cancelling()

    def stop(self) -> None:
        """Cancel the task soon, if the work still runs then; from any thread."""
        try:
            self._task.get_loop().call_soon_threadsafe(self._cancel)
        except RuntimeError:
            # The loop was closed: nothing runs in it any more.
            return

    def close(self) -> bool:
        """The work has ended; whether a cancellation that it ended with is ours alone."""
        self._open = False
        return self.cancelled and self._task.uncancel() <= self._cancelling

    def _cancel(self) -> None:
        if self._open:
            self.cancelled = self._task.cancel()


def stopper_for(scope: WorkScope) -> TaskStopper | None:
    """What stops the running task where the budget says `stop`; None outside asyncio."""
    if not scope.binding.stops:
        return None
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return None
    if task is None:
        return None
    stopper = TaskStopper(task)
    scope.stops_by(stopper.stop)
    return stopper


def was_stopped(stopper: TaskStopper | None, error: BaseException | None) -> bool:
    """Whether `error` is the cancellation by `stopper`, which is closed."""
    if stopper is None or not stopper.close():
        return False
    return isinstance(error, asyncio.CancelledError)
