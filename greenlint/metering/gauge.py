"""What a counter of the machine read, what was charged of it, and what is still due."""

from dataclasses import dataclass

from greenlint.metering.measurement import Component, Counter, Provenance

Key = tuple[Component, int | None, str]


@dataclass(slots=True)
class Pool:
    """Scopes that share the same counters, each by its weight.

    `time` runs by `1 / weight` a second, so that a member's weight times the way `time` went is its
    part of the seconds. `covered` are the seconds of this interval with a member, `closed` the
    part of them that members had which have left; `earlier` are those of earlier intervals.
    """

    weight: int = 0
    time: float = 0.0
    covered: float = 0.0
    closed: float = 0.0
    earlier: float = 0.0

    def advance(self, seconds: float) -> None:
        """Let time go on with the present members."""
        if self.weight:
            self.time += seconds / self.weight
            self.covered += seconds


@dataclass(slots=True)
class Gauge:
    """One counter of the machine, in microjoules, and what was charged of it.

    `joined` is when it was first read and `first` the power then, taken for the time before.
    `known` is what it read in all, that time included, and `power` its rise a second lately.
    `counter` is its last value, or where it is taken to stand when an interval ends without a
    reading. `charged` is what went to scopes.
    """

    component: Component
    device: int | None
    source: str
    provenance: Provenance
    joined: float
    counter: float
    first: float = 0.0
    known: float = 0.0
    power: float = 0.0
    charged: float = 0.0
    shown: float = 0.0

    def published(self, seconds: float) -> float:
        """The counter `seconds` after the last reading, if power stays; it never falls.

        Where the power fell, it stands still until the readings have caught up.
        """
        self.shown = max(self.shown, self.known + self.power * seconds)
        return self.shown

    @property
    def key(self) -> Key:
        """What tells it from the others."""
        return self.component, self.device, self.source

    def read(self, counter: Counter) -> float:
        """Take in a reading; how far it is from where the counter was taken to stand."""
        step = counter.energy - self.counter
        self.counter = float(counter.energy)
        self.known += step
        return step

    def overlaps(self, other: "Gauge") -> bool:
        """Whether both count the same part of the machine."""
        return self.component is other.component and (
            self.device == other.device or None in {self.device, other.device}
        )


@dataclass(slots=True)
class Line:
    """A gauge as one pool has it; `owed` is what the pool was charged too little or too much."""

    gauge: Gauge
    pool: int
    enabled: bool = True
    owed: float = 0.0

    def settle(self, pool: Pool, *, step: float, seconds: float, advance: float) -> float:
        """End an interval of `seconds` in which the gauge rose by `step`.

        Returns the power to charge those who are still at work. They never pay for more than the
        interval took, so what others were charged too little goes to the advances of the next
        interval. What others were charged too much comes out of energy nobody used, else out of
        theirs, else out of the next interval.
        """
        power = max(step / seconds, 0.0)
        remaining = max(pool.covered - pool.closed, 0.0)
        rest = step / seconds * pool.covered + self.owed - advance * pool.closed
        final = 0.0
        if remaining > 1e-9:  # less than that is what rounding leaves
            final = min(max(rest / remaining, 0.0), power)
        rest -= final * remaining
        if rest < 0:
            self.owed = min(rest + power * (seconds - pool.covered), 0.0)
        else:
            # More than one interval's worth lapses, lest a scope pay for what was long ago.
            self.owed = min(rest, power * pool.covered)
        self.gauge.charged += advance * pool.closed + final * remaining
        return final

    def next_advance(self, horizon: float) -> float:
        """The power to charge in advance for the next `horizon` seconds.

        With it, what was charged stays within what the gauge will have published by then.
        """
        gauge = self.gauge
        within = gauge.power + (gauge.known - gauge.charged) / horizon
        return max(min(gauge.power + self.owed / horizon, within), 0.0)
