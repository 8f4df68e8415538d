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

    `joined` is when it was first read. `last` is its latest value, read at `at`, the one before
    that at `before`; `power` is the rise a second between. `counter` is where it stands, if an
    interval ended without a reading. `known` is what it counted in all, the time before included,
    `charged` what went to scopes, and `published` what all scopes together may have, which rises
    by `slope` a second.
    """

    component: Component
    device: int | None
    source: str
    provenance: Provenance
    joined: float
    counter: float
    last: float
    at: float
    before: float
    known: float = 0.0
    power: float = 0.0
    charged: float = 0.0
    published: float = 0.0
    slope: float = 0.0

    def publish(self, seconds: float) -> None:
        """Let the published counter go on; it is at least what was read, and never falls."""
        self.published = max(self.published + self.slope * seconds, self.known)

    def aim(self, horizon: float) -> None:
        """Let the published counter be right in `horizon` seconds, if power stays."""
        self.slope = max(self.power + (self.known - self.published) / horizon, 0.0)

    @property
    def key(self) -> Key:
        """What tells it from the others."""
        return self.component, self.device, self.source

    def read(self, counter: Counter, now: float) -> float:
        """Take in a reading; how far it is from where the counter was taken to stand."""
        energy = float(counter.energy)
        if now > self.at:
            self.power = max(energy - self.last, 0.0) / (now - self.at)
        self.last, self.before, self.at = energy, self.at, now
        step = energy - self.counter
        self.counter = energy
        self.known += step
        return step

    def carry_on(self, seconds: float) -> None:
        """Take the counter to have gone on at its power."""
        self.counter += self.power * seconds
        self.known += self.power * seconds

    def overlaps(self, other: "Gauge") -> bool:
        """Whether both count the same part of the machine."""
        return self.component is other.component and (
            self.device == other.device or None in {self.device, other.device}
        )


@dataclass(slots=True)
class Line:
    """A gauge as one pool has it; `owed` is what the pool was charged too little or too much.

    `first` is the power charged for the time before the gauge was first read.
    """

    gauge: Gauge
    pool: int
    first: float = 0.0
    enabled: bool = True
    owed: float = 0.0

    def settle(self, pool: Pool, *, step: float, seconds: float, advance: float) -> float:
        """End an interval of `seconds` in which the gauge rose by `step`.

        Returns the power to charge those who are still at work: never less than the advance, so
        that no share ever falls, and never more than the gauge's power, so that none pays for the
        past of others. What was charged too little goes to the advances of the next interval; what
        was charged too much comes out of energy nobody used, else out of those advances.
        """
        power = self.gauge.power
        remaining = max(pool.covered - pool.closed, 0.0)
        covered = pool.covered / seconds
        rest = (step * covered if step > 0 else step) + self.owed - advance * pool.covered
        extra = 0.0
        if rest > 0 and remaining > 1e-9:  # less than that is what rounding leaves
            extra = min(rest / remaining, max(power - advance, 0.0))
            rest -= extra * remaining
        if rest < 0:
            self.owed = min(rest + max(step * (1 - covered), 0.0), 0.0)
        else:
            # What is older lapses, lest a scope pay for what was long ago.
            self.owed = min(rest, power * (self.gauge.at - self.gauge.before))
        self.gauge.charged += advance * pool.covered + extra * remaining
        return advance + extra

    def carry_on(self, pool: Pool, *, advance: float) -> None:
        """End an interval as if its advance had proved right."""
        self.gauge.charged += advance * pool.covered
        self.owed -= (advance - self.gauge.power) * pool.covered

    def next_advance(self, horizon: float) -> float:
        """The power to charge in advance for the next `horizon` seconds.

        With it, what was charged stays within what the gauge publishes.
        """
        gauge = self.gauge
        within = gauge.slope + (gauge.published - gauge.charged) / horizon
        return max(min(gauge.power + self.owed / horizon, within), 0.0)
