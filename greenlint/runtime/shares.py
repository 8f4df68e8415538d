"""What the runtime asks of the meter; `greenlint.metering` has it."""

from typing import Protocol

from greenlint.metering.measurement import Measurement


class Share(Protocol):
    """The part of the machine's energy that one scope has."""

    def read(self) -> Measurement:
        """What it came to so far."""
        ...

    def pause(self) -> None:
        """Let others have it."""
        ...

    def resume(self) -> None:
        """Go on after a pause."""
        ...

    def close(self) -> Measurement:
        """End it; what it came to in all."""
        ...


class ProcessMeter(Protocol):
    """The one meter of a process; nothing waits for it, and it raises nothing."""

    def open(self, parent: Share | None, *, awaiting: bool) -> Share:
        """The share of work that begins now, within that of `parent`.

        `awaiting` says that the work is a coroutine's, which is weighed by the wall clock.
        """
        ...
