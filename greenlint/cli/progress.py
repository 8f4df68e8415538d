"""A progress bar on stderr, for long work on a terminal only."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.0  # seconds before a bar appears


class ProgressBar:
    """Shows files done and files in all once the work has taken a while."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._due = time.monotonic() + patience
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __call__(self, done: int, total: int) -> None:
        """Note that `done` of `total` files are checked."""
        if self._bar is None and (time.monotonic() < self._due or done >= total):
            return
        if self._bar is None or self._task is None:
            self._start(total)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)

    def _start(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("Checking"), BarColumn(), MofNCompleteColumn(), TextColumn("files"))
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._bar.start()
        self._task = self._bar.add_task("check", total=total)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
