"""From microjoules on each line of the timeline to a measurement that says what they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from greenlint.metering.gauge import Line
from greenlint.metering.measurement import Component, ComponentEnergy, Measurement, Provenance

# What a rank says of the CPU and memory of its node, which local rank 0 counts.
_COUNTED_ELSEWHERE = tuple(
    ComponentEnergy(component, 0, Provenance.DECLARED, "local-rank-0")
    for component in (Component.CPU, Component.MEMORY)
)
_WEAKEST_FIRST = (Provenance.DECLARED, Provenance.MODELLED, Provenance.MEASURED)


@dataclass(frozen=True, slots=True)
class _Part:
    """The lines of one component and source; a scope is older than some if it opened before."""

    component: Component
    source: str
    provenance: Provenance
    joined: float
    lines: tuple[int, ...]


class Readout:
    """How the lines that are known make up a measurement.

    Components of `expected` that no line reads are listed as unavailable; without any expected, the
    node is counted by another rank. Valid for `count` lines.
    """

    def __init__(
        self, lines: Sequence[Line], expected: Sequence[Component], *, complete: bool
    ) -> None:
        self.count = len(lines)
        self.complete = complete
        self._parts = tuple(_parts(lines))
        self._lines = tuple(part.lines for part in self._parts)
        self._joined = max((part.joined for part in self._parts), default=0.0)
        read = {part.component for part in self._parts}
        self._rest = tuple(
            ComponentEnergy(component, 0, Provenance.UNAVAILABLE, "")
            for component in expected
            if component not in read
        )
        if not expected and complete:
            self._rest = _COUNTED_ELSEWHERE
        self._provenance = self._weakest([part.provenance for part in self._parts])

    def measure(
        self, energy: Sequence[float], opened: float, now: float, *, pue: float
    ) -> Measurement:
        """The measurement of a scope; `energy` is in microjoules, one for each line."""
        total = 0
        amounts = []
        for lines in self._lines:
            amount = 0.0
            for line in lines:
                amount += energy[line]
            whole = int(amount)
            total += whole
            amounts.append(whole)
        provenance = self._provenance
        if opened < self._joined:
            provenance = self._weakest([_provenance(part, opened) for part in self._parts])
        components = partial(self._components, amounts, opened)
        return Measurement(int(total * pue), components, provenance, pue, now - opened)

    def _components(self, amounts: Sequence[int], opened: float) -> tuple[ComponentEnergy, ...]:
        found = [
            ComponentEnergy(part.component, amount, _provenance(part, opened), part.source)
            for part, amount in zip(self._parts, amounts, strict=True)
        ]
        return (*found, *self._rest)

    def _weakest(self, provenances: Sequence[Provenance]) -> Provenance:
        for provenance in _WEAKEST_FIRST:
            if provenance in provenances:
                return provenance
        # Nothing to read is no gap where another rank reads the node.
        elsewhere = self._rest == _COUNTED_ELSEWHERE
        return Provenance.DECLARED if elsewhere else Provenance.UNAVAILABLE


def _parts(lines: Sequence[Line]) -> list[_Part]:
    found: dict[tuple[Component, str], list[int]] = {}
    for index, line in enumerate(lines):
        found.setdefault((line.gauge.component, line.gauge.source), []).append(index)
    return [
        _Part(
            component=component,
            source=source,
            provenance=lines[indices[0]].gauge.provenance,
            joined=max(lines[index].gauge.joined for index in indices),
            lines=tuple(indices),
        )
        for (component, source), indices in found.items()
    ]


def _provenance(part: _Part, opened: float) -> Provenance:
    """What a scope says that opened then: before the first reading, part of it was not measured."""
    measured = part.provenance is Provenance.MEASURED
    return Provenance.MODELLED if measured and opened < part.joined else part.provenance
