"""Fair shares of what the machine used, for scopes that overlap and nest.

At each moment the power of the machine is divided among the scopes that are open: CPU and memory by
weight, which for plain code is how much of the time its thread is on a CPU and for code that
awaits is one; an accelerator equally, or to those alone that own it. An enclosing scope gets no
share of its own while a scope inside it is open; what that one had is part of it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from greenlint.metering.gauge import Gauge
from greenlint.metering.measurement import Component, Counter, Measurement
from greenlint.metering.readout import Readout
from greenlint.metering.share import Share
from greenlint.metering.timeline import Early, Timeline
from greenlint.metering.weights import FULL, RESOLUTION, Lanes, weight_of


class Attribution:
    """The open scopes of a process, and the counters that they share.

    `expected` are the components that every machine has and this process counts: one that cannot
    be read is listed as unavailable. `clock` is in seconds and monotonic.
    """

    def __init__(
        self,
        *,
        pue: float = 1.0,
        expected: Sequence[Component] = (Component.CPU, Component.MEMORY),
        clock: Callable[[], float] = time.monotonic,
        lanes: Lanes | None = None,
    ) -> None:
        self.generation = 0
        self._pue = pue
        self._expected = tuple(expected)
        self._clock = clock
        self._lanes = lanes or Lanes()
        self._plain: set[Share] = set()
        self._awaiting: set[Share] = set()
        self.restart()

    def restart(self) -> None:
        """Begin anew, as in a forked child: scopes that are open count from here on."""
        working = [*self._plain, *self._awaiting]
        self.generation += 1
        # Another thread may have held the lock when the process was forked.
        self._lock = threading.Lock()
        self._timeline = Timeline(self._clock)
        self._complete = False
        self._readout = Readout((), self._expected, complete=False)
        self._plain.clear()
        self._awaiting.clear()
        for share in working:
            # Other threads, and the tasks of an event loop, are not there any more.
            if share.lane is not None and share.lane.thread == threading.get_ident():
                self._catch_up(share, self._clock())
                self._back_to_work(share)

    def open(
        self,
        parent: Share | None = None,
        *,
        awaiting: bool = False,
        name: str = "",
        devices: Iterable[int] = (),
    ) -> Share:
        """A new scope, inside `parent` if that is given and open.

        `awaiting` says that it is a coroutine, weighed by the wall clock. Calls of one `name` are
        expected to be like those before; without a name, so are the calls of one thread. `devices`
        are accelerators that it owns: their energy is shared among their owners only.
        """
        share = Share(self, parent, self.generation)
        weight = FULL
        lane = habit = None
        if not awaiting:
            lane = share.lane = self._lanes.lane()
            habit = share.habit = self._lanes.habit(name) if name else lane.habit
            weight = habit.weight
        with self._lock:
            now = share.opened = self._timeline.advance()
            if lane is not None and habit is not None and now >= habit.due:
                share.cpu, share.cpu_at = lane.cpu(), now
            if devices:
                share.devices = tuple(devices)
            if lane is None:
                self._awaiting.add(share)
            else:
                self._plain.add(share)
            pools = tuple(map(self._timeline.pool_of, share.devices)) if share.devices else ()
            share.entry = self._timeline.enter(weight, pools)
            if parent is not None:
                self._go_inside(share, parent)
        return share

    def read(self, share: Share) -> Measurement:
        """What `Share.read` returns."""
        with self._lock:
            now = self._timeline.advance()
            self._catch_up(share, now)
            return self._measurement(share, self._inclusive(share), list(self._early(share)), now)

    def close(self, share: Share) -> Measurement:
        """What `Share.close` returns."""
        with self._lock:
            if share.measurement is not None:
                return share.measurement
            now = self._timeline.advance()
            if share.generation != self.generation:
                self._catch_up(share, now)
            if share.cpu >= 0.0:
                self._learn(share, now)
            self._leave(share)
            if share.children:
                self._orphan(share)
            if share.parent is not None:
                self._go_outside(share, share.parent)
            measurement = share.measurement = self._measurement(
                share, share.settled, share.early, now
            )
            return measurement

    def pause(self, share: Share) -> None:
        """What `Share.pause` does."""
        with self._lock:
            self._timeline.advance()
            share.paused = True
            self._leave(share)

    def resume(self, share: Share) -> None:
        """What `Share.resume` does."""
        with self._lock:
            self._timeline.advance()
            share.paused = False
            self._back_to_work(share)

    @property
    def overdue(self) -> bool:
        """Whether the last reading is so old that nothing more is charged before the next."""
        return self._clock() > self._timeline.secured

    def is_overdue(self, now: float) -> bool:
        """The same at a moment, such as when a share was opened."""
        return now > self._timeline.secured

    def published(self) -> tuple[tuple[Gauge, float], ...]:
        """Each counter that can be read, and where it stands now, in microjoules.

        Shares are taken of these; all of them together are never more.
        """
        with self._lock:
            return self._timeline.published()

    @property
    def gauges(self) -> tuple[Gauge, ...]:
        """The counters that can be read, as the shares are taken of them."""
        return tuple(self._timeline.gauges.values())

    def settle(self, counters: Iterable[Counter], *, horizon: float, complete: bool = True) -> None:
        """Take in a reading; more counters may join until it is `complete`.

        A counter that joins is charged for the time before at its first power, to scopes that are
        still open, unless that component was counted otherwise. `horizon` is for how many seconds
        scopes may be charged until the next reading.
        """
        readings = {(found.component, found.device, found.source): found for found in counters}
        with self._lock:
            now = self._timeline.turn(readings, horizon=horizon)
            self._complete = complete
            if complete:
                for share in list(self._plain):
                    self._weigh(share, now)

    def _enter(self, share: Share, weight: int = FULL) -> None:
        if share.lane is None or share.habit is None:
            self._awaiting.add(share)
        else:
            self._plain.add(share)
        pools = tuple(map(self._timeline.pool_of, share.devices)) if share.devices else ()
        share.entry = self._timeline.enter(weight, pools)

    def _leave(self, share: Share) -> None:
        entry = share.entry
        if entry is None:
            return
        if not self._complete:
            share.early = [*share.early, self._timeline.early(entry)]
        self._timeline.leave(entry, share.settled)
        share.entry = None
        (self._awaiting if share.lane is None else self._plain).discard(share)

    def _back_to_work(self, share: Share) -> None:
        if share.entry is not None or share.measurement is not None:
            return
        if not share.paused and not share.children:
            self._enter(share, share.habit.weight if share.habit is not None else FULL)

    def _go_inside(self, share: Share, parent: Share | None) -> None:
        """Put a scope into the innermost of the scopes around it that is open."""
        while parent is not None and parent.measurement is not None:
            parent = parent.parent
        share.parent = parent
        if parent is None:
            return
        self._catch_up(parent, share.opened)
        if parent.children is None:
            parent.children = set()
        parent.children.add(share)
        self._leave(parent)

    def _go_outside(self, share: Share, parent: Share) -> None:
        """Take a scope that ends out of the one around it, which goes on."""
        _add(parent.settled, share.settled, less=share.passed)
        if share.early:
            parent.early = [*parent.early, *_other(share.early, share.passed_early)]
        if parent.children is not None:
            parent.children.discard(share)
        self._back_to_work(parent)

    def _orphan(self, share: Share) -> None:
        """Hand on the scopes inside one that ends; it keeps what they used so far."""
        for child in share.children or ():
            used = self._inclusive(child)
            _add(share.settled, used, less=child.passed)
            child.passed = used
            early = list(self._early(child))
            share.early = [*share.early, *_other(early, child.passed_early)]
            child.passed_early = early
            self._go_inside(child, share.parent)
        share.children = None

    def _inclusive(self, share: Share) -> list[float]:
        """What a scope and those inside it used so far, for each line."""
        energy = list(share.settled)
        if share.entry is not None:
            self._timeline.charge(share.entry, energy)
        for child in share.children or ():
            _add(energy, self._inclusive(child), less=child.passed)
        return energy

    def _early(self, share: Share) -> Iterator[Early]:
        yield from share.early
        for child in share.children or ():
            yield from _other(self._early(child), child.passed_early)

    def _catch_up(self, share: Share, now: float) -> None:
        """Forget what a scope used in the process that this one was forked from."""
        if share.generation == self.generation:
            return
        share.generation = self.generation
        share.opened = now
        share.entry = share.children = None
        share.settled, share.passed, share.early = [], [], []
        share.passed_early = []
        share.cpu = -1.0
        if share.parent is not None:
            self._go_inside(share, share.parent)

    def _learn(self, share: Share, now: float) -> int:
        """The weight that the thread of a scope showed since it was last looked at."""
        lane, habit = share.lane, share.habit
        if lane is None or habit is None:
            return FULL
        cpu, elapsed = lane.cpu(), now - share.cpu_at
        weight = habit.weight
        if 0.0 <= share.cpu <= cpu and elapsed > 0:
            habit.learn(cpu - share.cpu, elapsed, now)
            weight = weight_of(cpu - share.cpu, elapsed)
        share.cpu, share.cpu_at = cpu, now
        return weight

    def _weigh(self, share: Share, now: float) -> None:
        """Give a scope that goes on the weight that it had in the interval before."""
        entry = share.entry
        if entry is None or now - max(share.opened, share.cpu_at) < RESOLUTION:
            return
        weight = self._learn(share, now)
        if weight != entry.weight:
            self._leave(share)
            self._enter(share, weight)

    def _measurement(
        self, share: Share, energy: list[float], early: Sequence[Early], now: float
    ) -> Measurement:
        timeline, readout = self._timeline, self._readout
        count = len(timeline.lines)
        if readout.count != count or readout.complete is not self._complete:
            readout = Readout(timeline.lines, self._expected, complete=self._complete)
            self._readout = readout
        if early or len(energy) < count:
            energy = [*energy, *[0.0] * (count - len(energy))]
            for moment in early:
                timeline.charge_early(moment, energy)
        return readout.measure(energy, share.opened, now, pue=self._pue)


def _other(early: Iterable[Early], passed: Sequence[Early]) -> list[Early]:
    """What was not passed on before."""
    return [moment for moment in early if not any(moment is known for known in passed)]


def _add(into: list[float], energy: Sequence[float], *, less: Sequence[float]) -> None:
    into.extend([0.0] * (len(energy) - len(into)))
    for index, amount in enumerate(energy):
        into[index] += amount - (less[index] if index < len(less) else 0.0)
