"""Meters that read what a test says, and CPU clocks that run as it says."""

from collections.abc import Iterable

from greenlint.metering.measurement import Component, Counter, Provenance
from greenlint.metering.weights import Lane, Lanes


class FakeMeter:
    """Counts the energy that a test adds, and leaves out what is said to be lost."""

    def __init__(
        self,
        *components: Component,
        name: str = "fake",
        provenance: Provenance = Provenance.MEASURED,
        devices: Iterable[int | None] = (None,),
    ) -> None:
        self.name = name
        self.provenance = provenance
        self.starting = False
        self.closed = False
        self.reads = 0
        self.lost: set[Component] = set()
        self.power: dict[tuple[Component, int | None], float] = {}
        self.energy: dict[tuple[Component, int | None], int] = {}
        for component in components or (Component.CPU,):
            for device in devices if component is Component.GPU else (None,):
                self.energy[component, device] = 0

    def add(self, joules: float, component: Component = Component.CPU, device: int | None = None):
        """Let a counter rise."""
        self.energy[component, device] += round(joules * 1_000_000)

    def read(self) -> tuple[Counter, ...]:
        self.reads += 1
        return tuple(
            Counter(
                component=component,
                energy=energy,
                power=self.power.get((component, device), 0.0),
                provenance=self.provenance,
                source=self.name,
                device=device,
            )
            for (component, device), energy in self.energy.items()
            if component not in self.lost
        )

    def close(self) -> None:
        self.closed = True


class FakeLane(Lane):
    """A thread whose CPU clock stands where a test puts it."""

    __slots__ = ("busy",)

    def __init__(self, thread: int) -> None:
        super().__init__(thread, None)
        self.busy = 0.0

    def cpu(self) -> float:
        return self.busy


class FakeLanes(Lanes):
    """Threads by number; a test says which one calls."""

    def __init__(self, threads: int = 1) -> None:
        super().__init__()
        self.lanes = [FakeLane(thread) for thread in range(threads)]
        self.current = 0

    def lane(self) -> Lane:
        return self.lanes[self.current]
