"""The share of the machine's energy that a tree of processes has."""

import time
from collections.abc import Callable
from typing import Protocol

from greenlint.metering.measurement import Component, ComponentEnergy, Counter, Measurement
from greenlint.policy.amounts import MICRO
from greenlint.provenance import weakest
from greenlint.runtime.command.process_tree import MachineUse, TreeUse, machine_use

Owners = Callable[[int], frozenset[int] | None]
_Key = tuple[Component, str, int | None]


class Counters(Protocol):
    """Whatever reads the counters of the machine."""

    def read(self) -> tuple[Counter, ...]:
        """The counters now."""
        ...


def owners_unknown(_: int) -> None:
    """Nobody can say which processes use an accelerator."""


class TreeEnergy:
    """Divides what the counters of the machine rise by between a tree and everything else.

    Of the CPU's energy the tree has its share of the CPU time that all programs used meanwhile, of
    the memory's its resident part of what is in use, of an accelerator's the tree's part of the
    processes that `owners` names for it: all of it where that cannot be told. So what the tree
    gets is never more than the counters show; pages that its processes share count for each.
    """

    def __init__(
        self,
        counters: Counters,
        *,
        pue: float = 1.0,
        owners: Owners = owners_unknown,
        machine: Callable[[], MachineUse] = machine_use,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counters = counters
        self._pue = pue
        self._owners = owners
        self._machine = machine
        self._clock = clock
        self._energies: dict[_Key, float] = {}
        self._sources: dict[_Key, Counter] = {}
        self._tree_seconds = 0.0
        self.begin()

    def begin(self) -> None:
        """The tree begins now: what came before is not its own."""
        self._latest = {_key(counter): counter.energy for counter in self._counters.read()}
        self._machine_seconds = self._machine().cpu_seconds
        self._began = self._clock()

    def look(self, use: TreeUse) -> Measurement:
        """What the tree has used since its beginning."""
        counters, machine = self._counters.read(), self._machine()
        shares = {
            Component.CPU: _part(
                use.cpu_seconds - self._tree_seconds, machine.cpu_seconds - self._machine_seconds
            ),
            Component.MEMORY: _part(use.resident, machine.memory),
        }
        self._tree_seconds, self._machine_seconds = use.cpu_seconds, machine.cpu_seconds
        for counter in counters:
            key = _key(counter)
            before = self._latest.get(key)
            rise = self._since_beginning(counter) if before is None else counter.energy - before
            self._latest[key] = counter.energy
            self._sources[key] = counter
            share = shares.get(counter.component)
            if share is None:
                share = self._share_of_accelerator(counter.device, use.processes)
            self._energies[key] = self._energies.get(key, 0.0) + rise * share
        return self._measurement()

    def _since_beginning(self, counter: Counter) -> float:
        """What a counter that appears late would have shown: its power for the time before."""
        return max(counter.energy, counter.power * (self._clock() - self._began) * MICRO)

    def _share_of_accelerator(self, device: int | None, tree: frozenset[int]) -> float:
        owners = self._owners(device or 0)
        if owners is None:
            return 1.0
        return _part(len(owners & tree), len(owners))

    def _measurement(self) -> Measurement:
        parts = tuple(
            ComponentEnergy(key[0], int(energy), self._sources[key].provenance, key[1])
            for key, energy in self._energies.items()
        )
        return Measurement(
            energy=int(sum(self._energies.values()) * self._pue),
            components=parts,
            provenance=weakest(part.provenance for part in parts),
            pue=self._pue,
            seconds=self._clock() - self._began,
        )


def _key(counter: Counter) -> _Key:
    return counter.component, counter.source, counter.device


def _part(amount: float, whole: float) -> float:
    """A share from 0 to 1; the two are read one after the other, so that it may come out over 1."""
    return min(1.0, max(0.0, amount / whole)) if whole > 0 else 0.0
