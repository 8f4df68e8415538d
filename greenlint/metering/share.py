"""The part of the machine's energy that one scope has: what `open` of the meter returns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from greenlint.metering.measurement import Measurement

if TYPE_CHECKING:
    from greenlint.metering.attribution import Attribution
    from greenlint.metering.timeline import Early, Entry
    from greenlint.metering.weights import Habit, Lane


class Share:
    """A scope's part of what the machine uses, from `Attribution.open` to `close`.

    May be read and closed from any thread. Closing again returns the same measurement. What stands
    below the methods is the attribution's.
    """

    def read(self) -> Measurement:
        """What it used so far, scopes inside it included; after its end, what it used in all."""
        return self.measurement or self.attribution.read(self)

    def close(self) -> Measurement:
        """End it. Scopes inside it that are still open go on, within the scope around it."""
        return self.measurement or self.attribution.close(self)

    def pause(self) -> None:
        """Let the others have its share, as while a generator waits for its caller."""
        self.attribution.pause(self)

    def resume(self) -> None:
        """Go on after `pause`."""
        self.attribution.resume(self)

    # Most shares are short and alone: what they do not need is never set.
    opened = 0.0
    paused = False
    measurement: Measurement | None = None
    # While it is at work: neither paused, nor is a scope inside it open.
    entry: "Entry | None" = None
    children: "set[Share] | None" = None
    devices: tuple[int, ...] = ()
    # Seconds of work before some lines were known, and what of that the scope around it has.
    early: "Sequence[Early]" = ()
    passed_early: "Sequence[Early]" = ()
    # Microjoules, one for each line, that the scope around it has.
    passed: Sequence[float] = ()
    # Whose CPU time weighs it, and what that clock showed when; -1 while it is not looked at.
    lane: "Lane | None" = None
    habit: "Habit | None" = None
    cpu = -1.0
    cpu_at = 0.0

    def __init__(self, attribution: "Attribution", parent: "Share | None", generation: int) -> None:
        self.attribution = attribution
        self.generation = generation
        self.parent = parent
        # Microjoules for each line, those of scopes inside that have ended included.
        self.settled: list[float] = []
        if parent is not None and parent.devices:
            self.devices = parent.devices
