"""What a meter says: readings of the machine, and the share of them that one piece of work had."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from greenlint.provenance import Provenance

__all__ = ["Component", "ComponentEnergy", "Counter", "Measurement", "Meter", "Provenance"]


class Component(StrEnum):
    """A part of the machine whose energy is counted apart."""

    CPU = "cpu"
    MEMORY = "memory"
    GPU = "gpu"


@dataclass(frozen=True, slots=True)
class Counter:
    """The cumulative energy of one component since its meter was started.

    `energy` is in microjoules and never falls; `power` is the latest, in watts. `device` numbers
    the accelerators of a machine. `source` names the backend: `nvml`, `rapl`, `codecarbon`, ...
    """

    component: Component
    energy: int
    power: float
    provenance: Provenance
    source: str
    device: int | None = None


class Meter(Protocol):
    """A backend that reads the energy of some components of the machine."""

    @property
    def name(self) -> str:
        """The word for this backend in reports and in the policy."""
        ...

    def read(self) -> tuple[Counter, ...]:
        """The counters now; one that cannot be read is left out. Never raises for a sensor."""
        ...

    def close(self) -> None:
        """Give back what the backend holds."""
        ...


class ComponentEnergy(NamedTuple):
    """The share of one component's energy that a piece of work had, in microjoules."""

    component: Component
    energy: int
    provenance: Provenance
    source: str


class Measurement:
    """The energy that one piece of work used so far.

    `energy` is in microjoules, what the building drew: the sum of `components` times `pue`.
    `provenance` is that of the weakest component; UNAVAILABLE when nothing could be read, and then
    `energy` is 0 and must not be taken for one. `seconds` is how long the work took so far.
    """

    # One is made for every guarded call, and hardly anyone asks for its components: they may be
    # given as what makes them.
    __slots__ = ("_components", "energy", "provenance", "pue", "seconds")

    def __init__(
        self,
        energy: int,
        components: tuple[ComponentEnergy, ...] | Callable[[], tuple[ComponentEnergy, ...]],
        provenance: Provenance,
        pue: float = 1.0,
        seconds: float = 0.0,
    ) -> None:
        self.energy = energy
        self.provenance = provenance
        self.pue = pue
        self.seconds = seconds
        self._components = components

    @property
    def components(self) -> tuple[ComponentEnergy, ...]:
        """Each component, or that it could not be read."""
        found = self._components
        if not isinstance(found, tuple):
            found = self._components = found()
        return found
