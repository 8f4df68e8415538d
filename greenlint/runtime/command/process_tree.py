"""The processes that a command became, and what they used of the machine; from Linux's /proc.

CPU time is exact, however short-lived the processes are: those that have ended count through the
parents that waited for them, and whoever loses its parent is adopted and waited for by us.
"""

import os
import resource
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from greenlint.runtime.alerts.targets import ALERT_VARIABLE

_TICK = 1.0 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_KIBIBYTE = 1024
# Fields of /proc/PID/stat after the name, counted from 0: man 5 proc_pid_stat counts them from 3.
_STATE, _PARENT, _RSS = 0, 1, 21
_TIMES = slice(11, 15)  # user and system time of its own, then of the children it waited for
_ZOMBIE = b"Z"


@dataclass(frozen=True, slots=True)
class TreeUse:
    """What a tree has used so far: CPU seconds; and now: resident bytes, the ids of the living."""

    cpu_seconds: float
    resident: int
    processes: frozenset[int]


@dataclass(frozen=True, slots=True)
class MachineUse:
    """What the machine has used so far: busy CPU seconds over all cores; bytes in use now."""

    cpu_seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    alive: bool
    cpu_seconds: float
    resident: int


class ProcessTree:
    """All descendants of this process from now on, but the programs that alerts start."""

    def __init__(self, *, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        # A shell that became this process by `exec` may have left children of its own.
        self._not_ours = frozenset(_children(_processes(proc)).get(os.getpid(), ()))
        self._before = _seconds_of_ended()
        self._lost = 0.0
        self._latest = 0.0

    def look(self) -> TreeUse:
        """What the tree has used by now; the CPU time never falls."""
        use = self._sum()
        if use.cpu_seconds < self._latest:
            # A process may have been counted neither as alive nor as ended, in between.
            use = self._sum()
        if use.cpu_seconds < self._latest:
            # One ended whose parent ignores SIGCHLD: Linux forgets the time of such children.
            self._lost += self._latest - use.cpu_seconds
        self._latest = use.cpu_seconds
        return TreeUse(use.cpu_seconds + self._lost, use.resident, use.processes)

    def living(self) -> frozenset[int]:
        """The ids of the processes that are alive."""
        return self._sum().processes

    def signal(self, number: signal.Signals) -> tuple[int, ...]:
        """Send a signal to every living process; the ids of those that may not be signaled."""
        refused = []
        for process in self.living():
            try:
                os.kill(process, number)
            except ProcessLookupError:
                continue
            except PermissionError:
                refused.append(process)
        return tuple(refused)

    def _sum(self) -> TreeUse:
        found = _processes(self._proc)
        members = tuple(self._members(found))
        return TreeUse(
            _seconds_of_ended() - self._before + sum(found[id_].cpu_seconds for id_ in members),
            sum(found[id_].resident for id_ in members),
            frozenset(id_ for id_ in members if found[id_].alive),
        )

    def _members(self, found: Mapping[int, _Process]) -> Iterator[int]:
        children = _children(found)
        waiting = [id_ for id_ in children.get(os.getpid(), ()) if self._is_ours(id_)]
        while waiting:
            id_ = waiting.pop()
            yield id_
            waiting += children.get(id_, ())

    def _is_ours(self, id_: int) -> bool:
        if id_ in self._not_ours:
            return False
        try:
            environment = (self._proc / str(id_) / "environ").read_bytes()
        except OSError:
            return True
        return f"{ALERT_VARIABLE}=".encode() not in environment


def machine_use(proc: Path = Path("/proc")) -> MachineUse:
    """What everything on this machine has used; inside a container, still the whole machine."""
    # user nice system idle iowait irq softirq: waiting for a disk is no work.
    user, nice, system, _, _, irq, softirq, *_ = _first_line(proc / "stat")
    memory = dict(_memory(proc / "meminfo"))
    used = memory["MemTotal"] - memory.get("MemAvailable", memory.get("MemFree", 0))
    return MachineUse((user + nice + system + irq + softirq) * _TICK, used)


def _processes(proc: Path) -> dict[int, _Process]:
    found = {}
    for name in os.listdir(proc):  # noqa: PTH208  # names are wanted, a thousand times over
        if name.isdecimal() and (process := _process(f"{proc}/{name}/stat")):
            found[int(name)] = process
    return found


def _children(found: Mapping[int, _Process]) -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for id_, process in found.items():
        children.setdefault(process.parent, []).append(id_)
    return children


def _process(path: str) -> _Process | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # the same
            text = file.read()
    except OSError:  # it has ended
        return None
    # The name stands in parentheses and may hold any character.
    fields = text[text.rindex(b")") + 2 :].split()
    return _Process(
        parent=int(fields[_PARENT]),
        alive=fields[_STATE] != _ZOMBIE,
        cpu_seconds=sum(map(int, fields[_TIMES])) * _TICK,
        resident=int(fields[_RSS]) * _PAGE,
    )


def _seconds_of_ended() -> float:
    """CPU time of the children that were waited for, and of theirs."""
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def _first_line(path: Path) -> list[int]:
    with path.open(encoding="ascii") as file:
        return [int(word) for word in file.readline().split()[1:]]


def _memory(path: Path) -> Iterator[tuple[str, int]]:
    for line in path.read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        yield name, int(rest.split()[0]) * _KIBIBYTE
