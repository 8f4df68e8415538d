"""Constant power that the policy declares, for machines where nothing can be read."""

import time
from collections.abc import Callable, Sequence

from greenlint.metering.measurement import Component, Counter, Provenance
from greenlint.metering.settings import DeclaredWatts


class DeclaredMeter:
    """Energy as declared watts times the time since the meter was made.

    `devices` are the accelerators that this process meters; each is taken to draw `watts.gpu`.
    Where no accelerator can be seen, one that the policy declares is believed to be there.
    """

    name = "declared"

    def __init__(
        self,
        watts: DeclaredWatts,
        *,
        devices: Sequence[int | None] = (None,),
        meters_node: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._start = clock()
        self._powers: list[tuple[Component, int | None, float]] = []
        if meters_node and watts.cpu is not None:
            self._powers.append((Component.CPU, None, watts.cpu))
        if meters_node and watts.memory is not None:
            self._powers.append((Component.MEMORY, None, watts.memory))
        if watts.gpu is not None:
            self._powers += [(Component.GPU, device, watts.gpu) for device in devices]

    def read(self) -> tuple[Counter, ...]:
        """The declared components; none where nothing is declared."""
        seconds = self._clock() - self._start
        return tuple(
            Counter(
                component=component,
                energy=round(watts * seconds * 1_000_000),
                power=watts,
                provenance=Provenance.DECLARED,
                source=self.name,
                device=device,
            )
            for component, device, watts in self._powers
        )

    def close(self) -> None:
        """Nothing is held."""
