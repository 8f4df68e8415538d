"""A tree of processes gets its part of what the machine's counters rise by, and no more."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlint.metering.measurement import Component, Counter
from greenlint.provenance import Provenance
from greenlint.runtime.command.energy import TreeEnergy
from greenlint.runtime.command.process_tree import MachineUse, TreeUse, machine_use


@dataclass
class ScriptedMachine:
    """A machine whose counters and use are set by hand."""

    energies: dict[Component, int] = field(default_factory=dict)
    cpu_seconds: float = 100.0
    memory: int = 1000
    provenance: dict[Component, Provenance] = field(default_factory=dict)
    power: float = 0.0

    def read(self) -> tuple[Counter, ...]:
        """The counters as they are set."""
        return tuple(
            Counter(
                part, energy, self.power, self.provenance.get(part, Provenance.MEASURED), "rapl"
            )
            for part, energy in self.energies.items()
        )

    def use(self) -> MachineUse:
        """The use as it is set."""
        return MachineUse(self.cpu_seconds, self.memory)


def tree(seconds: float, *, resident: int = 0, processes: tuple[int, ...] = (7,)) -> TreeUse:
    return TreeUse(seconds, resident, frozenset(processes))


def test_cpu_is_shared_by_cpu_time_and_memory_by_what_is_resident():
    machine = ScriptedMachine({Component.CPU: 500, Component.MEMORY: 0})
    energy = TreeEnergy(machine, pue=1.5, machine=machine.use)
    machine.energies = {Component.CPU: 1500, Component.MEMORY: 400}
    machine.cpu_seconds += 4
    measured = energy.look(tree(1.0, resident=500))
    assert {part.component: part.energy for part in measured.components} == {
        Component.CPU: 250,
        Component.MEMORY: 200,
    }
    assert measured.energy == 675


def test_each_interval_has_a_share_of_its_own():
    machine = ScriptedMachine({Component.CPU: 0})
    energy = TreeEnergy(machine, machine=machine.use)
    for rise, busy, seconds in ((100, 1.0, 1.0), (1000, 10.0, 1.0), (100, 1.0, 2.0)):
        machine.energies[Component.CPU] += rise
        machine.cpu_seconds += busy
        measured = energy.look(tree(seconds))
    assert measured.energy == 100 + 0 + 100


@pytest.mark.parametrize(
    ("owners", "expected"), [(None, 100), ({7}, 100), ({7, 9}, 50), ({9}, 0), (set(), 0)]
)
def test_accelerator_goes_to_its_owners_and_to_the_command_when_they_are_unknown(
    owners: set[int] | None, expected: int
):
    machine = ScriptedMachine({Component.GPU: 0})
    found = None if owners is None else frozenset(owners)
    energy = TreeEnergy(machine, machine=machine.use, owners=lambda _: found)
    machine.energies = {Component.GPU: 100}
    assert energy.look(tree(0.0)).energy == expected


def test_counter_that_appears_late_has_its_power_for_the_time_before():
    machine = ScriptedMachine(power=2.0)
    now = 10.0
    energy = TreeEnergy(machine, machine=machine.use, clock=lambda: now)
    assert energy.look(tree(1.0)).provenance is Provenance.UNAVAILABLE
    now = 13.0
    machine.energies = {Component.GPU: 1_000_000}
    assert energy.look(tree(1.0)).energy == 6_000_000
    machine.energies = {Component.GPU: 1_000_100}
    assert energy.look(tree(1.0)).energy == 6_000_100


def test_provenance_is_that_of_the_weakest_part():
    machine = ScriptedMachine(
        {Component.CPU: 0, Component.MEMORY: 0}, provenance={Component.MEMORY: Provenance.DECLARED}
    )
    energy = TreeEnergy(machine, machine=machine.use)
    assert energy.look(tree(0.0)).provenance is Provenance.DECLARED


amounts = st.integers(0, 10**9)


@given(st.lists(st.tuples(amounts, st.floats(0, 1e6), st.floats(0, 1e6), amounts), max_size=20))
def test_tree_never_gets_more_than_the_counters_rise(steps: list[tuple[int, float, float, int]]):
    machine = ScriptedMachine({Component.CPU: 5, Component.MEMORY: 5})
    energy = TreeEnergy(machine, machine=machine.use)
    seconds = 0.0
    for rise, busy, mine, resident in steps:
        machine.energies = {part: total + rise for part, total in machine.energies.items()}
        machine.cpu_seconds += busy
        seconds += mine
        measured = energy.look(tree(seconds, resident=resident))
        assert 0 <= measured.energy <= sum(machine.energies.values()) - 10


def test_machine_is_read_from_the_kernel():
    first, second = machine_use(), machine_use()
    assert 0 < first.cpu_seconds <= second.cpu_seconds
    assert first.memory > 1_000_000
