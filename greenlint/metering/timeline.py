"""The energy of the machine along time, cut into intervals between two readings.

Within an interval energy is charged in advance, at the power of the interval before. At its end the
reading says what it really was, and whoever is still at work is charged that instead. What is
charged in all never exceeds the counter that the timeline publishes: the last reading, carried on
at the latest power. When that ran ahead of the next reading, it is slowed until that is made good.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from greenlint.metering.gauge import Gauge, Key, Line, Pool
from greenlint.metering.measurement import Component, Counter

# The pools that always are: by weight, for CPU and memory; and equal parts, for accelerators.
WORK, PRESENCE = 0, 1


@dataclass(slots=True)
class Interval:
    """The time between two readings: what a unit of each pool's time cost on each line.

    `began` are the times of the pools at the start; `base` the sums of what a unit was charged up
    to there. `advance` is the power charged in the interval, `final` the one that proved right.
    """

    start: float
    began: tuple[float, ...]
    base: list[float] = field(default_factory=list)
    advance: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)


class Entry(NamedTuple):
    """When a scope went to work: the interval, and the times of its pools then."""

    interval: Interval
    weight: int
    work: float
    presence: float
    owned: tuple[tuple[int, float], ...] = ()

    def at(self, pool: int) -> tuple[int, float]:
        """The scope's weight in a pool and the time it entered; weight 0 in another's pool."""
        if pool == WORK:
            return self.weight, self.work
        if pool == PRESENCE:
            return 1, self.presence
        return next(((1, at) for index, at in self.owned if index == pool), (0, 0.0))


@dataclass(frozen=True, slots=True)
class Early:
    """Seconds of work before any but the first `lines` were known, in the two pools of all."""

    lines: int
    work: float
    presence: float


class Timeline:
    """Pools, gauges and intervals; not safe for threads by itself.

    `secured` is the time up to which energy is charged in advance. Pools stand still after it,
    until a reading says what was used.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.epoch = self._at = clock()
        self.pools = [Pool(), Pool()]
        self.gauges: dict[Key, Gauge] = {}
        self.lines: list[Line] = []
        # The pool of each line.
        self.uses: tuple[int, ...] = ()
        self.interval = Interval(self.epoch, (0.0, 0.0))
        self.secured = float("inf")
        self._owned: dict[int, int] = {}

    def advance(self) -> float:
        """Let time go on, as far as it is secured; returns the time now."""
        now = self._clock()
        until = now if now < self.secured else self.secured  # noqa: FURB136  # `min` takes longer
        seconds = until - self._at
        if seconds > 0:
            self._at = until
            for pool in self.pools:
                # `Pool.advance`, without the call: every guarded call comes by here twice.
                if pool.weight:
                    pool.time += seconds / pool.weight
                    pool.covered += seconds
        return now

    def enter(self, weight: int, owned: tuple[int, ...] = ()) -> Entry:
        """Let a scope go to work; `owned` are the pools of its accelerators."""
        for index in owned:
            if not self.pools[index].weight:
                self._switch(index, owned=True)
            self.pools[index].weight += 1
        work, presence = self.pools[WORK], self.pools[PRESENCE]
        work.weight += weight
        presence.weight += 1
        times = tuple((index, self.pools[index].time) for index in owned) if owned else ()
        return Entry(self.interval, weight, work.time, presence.time, times)

    def leave(self, entry: Entry, into: list[float]) -> None:
        """Let a scope stop, charged as `charge` does."""
        interval = self.interval
        current = entry.interval is interval
        work, presence = self.pools[WORK], self.pools[PRESENCE]
        if current and not entry.owned:
            # The common case, a short call, in one go; what follows comes to the same.
            worked = entry.weight * (work.time - entry.work)
            present = presence.time - entry.presence
            self._charge_current(worked, present, into)
            work.weight -= entry.weight
            work.closed += worked
            presence.weight -= 1
            presence.closed += present
            return
        self.charge(entry, into)
        work.weight -= entry.weight
        since = entry.work if current else interval.began[WORK]
        work.closed += entry.weight * (work.time - since)
        presence.weight -= 1
        presence.closed += presence.time - (entry.presence if current else interval.began[PRESENCE])
        for index, at in entry.owned:
            pool = self.pools[index]
            pool.weight -= 1
            pool.closed += pool.time - (at if current else interval.began[index])
            if not pool.weight:
                self._switch(index, owned=False)

    def charge(self, entry: Entry, into: list[float]) -> None:
        """Add what a scope used since its entry, in microjoules, one item for each line."""
        entered, current = entry.interval, self.interval
        if entered is current and not entry.owned:
            work = entry.weight * (self.pools[WORK].time - entry.work)
            self._charge_current(work, self.pools[PRESENCE].time - entry.presence, into)
            return
        if len(into) < len(self.lines):
            into.extend([0.0] * (len(self.lines) - len(into)))
        for index, line in enumerate(self.lines):
            weight, at = entry.at(line.pool)
            if not weight:
                continue
            now = self.pools[line.pool].time
            spent = current.base[index]
            spent += current.advance[index] * (now - current.began[line.pool])
            if entered is current:
                spent = current.advance[index] * (now - at)
            elif index < len(entered.base):
                spent -= entered.base[index]
                spent -= entered.final[index] * (at - entered.began[line.pool])
            else:
                spent -= line.first * at
            into[index] += weight * spent

    def _charge_current(self, work: float, presence: float, into: list[float]) -> None:
        """Add what these times of the two pools of all cost in this interval."""
        uses = self.uses
        if len(into) < len(uses):
            into.extend([0.0] * (len(uses) - len(into)))
        at = 0
        for power in self.interval.advance:
            pool = uses[at]
            if pool <= PRESENCE:
                into[at] += power * (presence if pool else work)
            at += 1  # noqa: SIM113  # `enumerate` takes longer

    def published(self) -> tuple[tuple[Gauge, float], ...]:
        """Each gauge and its counter now, in microjoules: what all shares are taken of."""
        self.advance()
        seconds = self._at - self.interval.start
        return tuple(
            (gauge, gauge.published + gauge.slope * seconds) for gauge in self.gauges.values()
        )

    def early(self, entry: Entry) -> Early:
        """What to charge for later, when more lines are known, of what a scope did since entry."""
        work, presence = self.pools[WORK], self.pools[PRESENCE]
        return Early(
            lines=len(self.lines),
            work=entry.weight * (work.time - entry.work),
            presence=presence.time - entry.presence,
        )

    def charge_early(self, early: Early, into: list[float]) -> None:
        """Add what that comes to by now."""
        for index in range(early.lines, len(self.lines)):
            line = self.lines[index]
            into[index] += line.first * (early.work if line.pool == WORK else early.presence)

    def turn(self, readings: Mapping[Key, Counter] | None, *, horizon: float) -> float:
        """End the interval and begin the next; without readings, as if advances were right.

        Returns the time. `horizon` is for how many seconds energy is charged in advance.
        """
        now = self.advance()
        if now > self._at and self.lines:
            # The interval ends where it was secured; the rest waited for this reading.
            self._end(None)
            self.interval.advance = [0.0] * len(self.lines)
            for gauge in self.gauges.values():
                gauge.slope = 0.0
        for pool in self.pools:
            pool.advance(now - self._at)
        self._at = now
        self._end(readings)
        for key, counter in (readings or {}).items():
            if key not in self.gauges:
                self._join(counter)
        for gauge in self.gauges.values():
            gauge.publish(0.0)
            gauge.aim(horizon)
        self.interval.advance = [
            line.next_advance(horizon) if line.enabled else 0.0 for line in self.lines
        ]
        if self.lines and readings is not None:
            self.secured = now + horizon
        return now

    def _end(self, readings: Mapping[Key, Counter] | None) -> None:
        """End the interval and begin one whose advances are still to be set."""
        ended = self.interval
        seconds = self._at - ended.start
        for gauge in self.gauges.values():
            gauge.publish(seconds)
        if seconds <= 0:
            ended.final = [0.0] * len(self.lines)
        elif readings is None:
            self._carry_on(seconds)
        else:
            self._settle(readings, seconds)
        self.interval = interval = Interval(self._at, tuple(pool.time for pool in self.pools))
        for index, line in enumerate(self.lines):
            went = interval.began[line.pool] - ended.began[line.pool]
            interval.base.append(ended.base[index] + ended.final[index] * went)
        for pool in self.pools:
            pool.earlier += pool.covered
            pool.covered = pool.closed = 0.0

    def pool_of(self, device: int) -> int:
        """The pool of those who own an accelerator."""
        if device not in self._owned:
            self._owned[device] = len(self.pools)
            self.pools.append(Pool())
            # Begin an interval that knows the pool.
            self.turn(None, horizon=self._remaining())
            for gauge in [found for found in self.gauges.values() if found.device == device]:
                self._append(Line(gauge, self._owned[device], enabled=False))
                self.interval.base.append(0.0)
                self.interval.advance.append(0.0)
        return self._owned[device]

    def _settle(self, readings: Mapping[Key, Counter], seconds: float) -> None:
        """Find the final powers of an interval from what was read at its end."""
        steps = {}
        for key, gauge in self.gauges.items():
            counter = readings.get(key)
            steps[key] = gauge.read(counter, self._at) if counter is not None else 0.0
        for line, advance in zip(self.lines, self.interval.advance, strict=True):
            final = 0.0
            if line.enabled:
                step = steps[line.gauge.key]
                pool = self.pools[line.pool]
                final = line.settle(pool, step=step, seconds=seconds, advance=advance)
            self.interval.final.append(final)

    def _carry_on(self, seconds: float) -> None:
        """Take the advances of an interval for its final powers."""
        self.interval.final = list(self.interval.advance)
        for gauge in self.gauges.values():
            gauge.carry_on(seconds)
        for line, advance in zip(self.lines, self.interval.advance, strict=True):
            if line.enabled:
                line.carry_on(self.pools[line.pool], advance=advance)

    def _join(self, counter: Counter) -> None:
        """Begin to count a gauge."""
        start = self.interval.start
        gauge = Gauge(
            component=counter.component,
            device=counter.device,
            source=counter.source,
            provenance=counter.provenance,
            joined=start,
            counter=float(counter.energy),
            last=float(counter.energy),
            at=start,
            before=start,
            power=counter.power * 1_000_000,
        )
        first = 0.0
        if not any(found.overlaps(gauge) for found in self.gauges.values()):
            # The time before counts at the first power, and is shared by all.
            first = gauge.power
        self.gauges[gauge.key] = gauge
        gauge.known = first * (start - self.epoch)
        index = PRESENCE if gauge.component is Component.GPU else WORK
        pool = self.pools[index]
        gauge.charged = first * pool.earlier
        line = Line(gauge, index, first=first)
        self._append(line)
        self.interval.base.append(first * pool.time)
        if gauge.device in self._owned:
            own = self._owned[gauge.device]
            line.enabled = not self.pools[own].weight
            self._append(Line(gauge, own, enabled=not line.enabled))
            self.interval.base.append(0.0)

    def _append(self, line: Line) -> None:
        self.lines.append(line)
        self.uses = tuple(known.pool for known in self.lines)

    def _switch(self, index: int, *, owned: bool) -> None:
        """Hand an accelerator to its owners, or back to all."""
        self.turn(None, horizon=self._remaining())
        for gauge in [line.gauge for line in self.lines if line.pool == index]:
            lines = [at for at, line in enumerate(self.lines) if line.gauge is gauge]
            power = sum(self.interval.advance[at] for at in lines)
            owed = sum(self.lines[at].owed for at in lines)
            for at in lines:
                line = self.lines[at]
                line.enabled = (line.pool == index) == owned
                line.owed = owed if line.enabled else 0.0
                self.interval.advance[at] = power if line.enabled else 0.0

    def _remaining(self) -> float:
        return max(self.secured - self._at, 1e-3) if self.lines else 1.0
