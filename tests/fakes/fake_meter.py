"""A meter whose readings a test decides."""

from greenlint.metering.measurement import Component, ComponentEnergy, Measurement, Provenance


class FakeShare:
    """The energy that one scope has: what `FakeMeter.use` gave it and those within it."""

    def __init__(self, meter: "FakeMeter", parent: "FakeShare | None", *, awaiting: bool) -> None:
        self.parent = parent
        self.awaiting = awaiting
        self.energy = 0
        self.closed = False
        self._meter = meter

    def read(self) -> Measurement:
        provenance = self._meter.provenance
        if provenance is Provenance.UNAVAILABLE:
            return Measurement(0, (), provenance)
        part = ComponentEnergy(Component.CPU, self.energy, provenance, "fake")
        return Measurement(self.energy, (part,), provenance, seconds=self._meter.seconds)

    def pause(self) -> None:
        self._meter.shares.remove(self)

    def resume(self) -> None:
        self._meter.shares.append(self)

    def close(self) -> Measurement:
        self.closed = True
        if self in self._meter.shares:
            self._meter.shares.remove(self)
        return self.read()


class FakeMeter:
    """Gives energy to the innermost open share, in joules, and to all around it."""

    def __init__(self) -> None:
        self.provenance = Provenance.MEASURED
        self.shares: list[FakeShare] = []
        self.opened = 0
        self.seconds = 0.0
        self.closed = False

    def open(self, parent: FakeShare | None, *, awaiting: bool) -> FakeShare:
        share = FakeShare(self, parent, awaiting=awaiting)
        self.shares.append(share)
        self.opened += 1
        return share

    def subscribe(self, callback) -> None:
        """The keeper of a test has ticks of its own."""

    def ready(self, timeout: float | None = None) -> bool:
        return self.provenance is not Provenance.UNAVAILABLE

    def use(self, joules: float, *, share: FakeShare | None = None) -> None:
        """Have the work that was begun last use some energy."""
        at: FakeShare | None = share or self.shares[-1]
        while at is not None:
            at.energy += round(joules * 1_000_000)
            at = at.parent

    def close(self) -> None:
        self.closed = True
