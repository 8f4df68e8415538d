"""The energy counters of Intel and AMD processors, as Linux shows them in powercap.

https://docs.kernel.org/power/powercap/powercap.html describes the tree. `energy_uj` counts
microjoules and starts again at zero after `max_energy_range_uj`.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from greenlint.metering.measurement import Component, Counter, Provenance

POWERCAP = Path("/sys/class/powercap")


@dataclass(slots=True)
class _Zone:
    """One counter file: its last raw value, and what it counted since the meter was made."""

    component: Component
    path: Path
    range: int
    last: int | None
    total: int = 0
    lost: bool = False

    def update(self) -> None:
        raw = _number(self.path)
        self.lost = raw is None
        if raw is None:
            return
        if self.last is not None:
            step = raw - self.last
            # Without a range a counter that fell was reset: what it shows is all that is known.
            self.total += step if step >= 0 else step + self.range if self.range else raw
        self.last = raw


class RaplMeter:
    """Processor packages as CPU and their DRAM zones as memory, for all sockets together.

    A component of which one zone cannot be read is left out: half of a machine is not the machine.
    Zones within a package (cores, graphics) are part of it and not read. `psys`, the whole
    platform, is not read either, since it holds the packages.
    """

    name = "rapl"

    def __init__(
        self, root: Path = POWERCAP, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._zones = list(_zones(root))
        self._power = dict.fromkeys(self._components(), 0.0)
        self._at = clock()

    def read(self) -> tuple[Counter, ...]:
        """The counters of what can be read; none without permission or on other hardware."""
        before = {component: self._total(component) for component in self._power}
        for zone in self._zones:
            zone.update()
        now = self._clock()
        seconds = now - self._at
        self._at = now
        if seconds > 0:
            for component, energy in before.items():
                self._power[component] = (self._total(component) - energy) / seconds / 1_000_000
        return tuple(self._counter(component) for component in self._components())

    def close(self) -> None:
        """Nothing is held."""

    def _components(self) -> Iterator[Component]:
        for component in (Component.CPU, Component.MEMORY):
            zones = [zone for zone in self._zones if zone.component is component]
            if zones and not any(zone.lost for zone in zones):
                yield component

    def _total(self, component: Component) -> int:
        return sum(zone.total for zone in self._zones if zone.component is component)

    def _counter(self, component: Component) -> Counter:
        return Counter(
            component=component,
            energy=self._total(component),
            power=self._power.get(component, 0.0),
            provenance=Provenance.MEASURED,
            source=self.name,
        )


def _zones(root: Path) -> Iterator[_Zone]:
    """The zones worth counting; one that exists and cannot be read is there, and lost."""
    seen: set[tuple[Component, str]] = set()
    # `intel-rapl-mmio` shows the same packages a second time.
    for path in sorted(root.glob("intel-rapl:*"), key=lambda found: found.name):
        label = _text(path / "name")
        parent = path.name.rpartition(":")[0]
        if label.startswith("package"):
            component = Component.CPU
        elif label == "dram":
            component = Component.MEMORY
        else:
            continue
        # A package can show up twice, by two drivers; its DRAM is told apart by its package.
        identity = (component, label if component is Component.CPU else parent)
        if identity in seen:
            continue
        seen.add(identity)
        counter = path / "energy_uj"
        raw = _number(counter)
        largest = _number(path / "max_energy_range_uj") or 0
        yield _Zone(component, counter, largest, raw, lost=raw is None)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_bytes())
    except (OSError, ValueError):
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
