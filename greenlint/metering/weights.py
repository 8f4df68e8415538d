"""How much of the time the code of a scope is on a CPU, known from its thread and from before."""

import threading
import time
from dataclasses import dataclass, field

# The weight of a scope that works all the time. Weights are whole, so that sums of them are exact.
FULL = 128
# Calls are looked at this often, in seconds, so that short ones do not pay for their own weighing.
RESOLUTION = 0.02
# Seconds of calls after which older ones count half.
_MEMORY = 0.5


@dataclass(slots=True)
class Habit:
    """What calls of one kind used of a CPU lately; `due` is when to look again."""

    weight: int = FULL
    due: float = 0.0
    busy: float = 0.0
    elapsed: float = 0.0

    def learn(self, busy: float, elapsed: float, now: float) -> None:
        """Take in a call that was on a CPU for `busy` of `elapsed` seconds."""
        self.due = now + RESOLUTION
        if elapsed <= 0:
            return
        self.busy += busy
        self.elapsed += elapsed
        self.weight = weight_of(self.busy, self.elapsed)
        if self.elapsed > _MEMORY:
            self.busy /= 2
            self.elapsed /= 2


def weight_of(busy: float, elapsed: float) -> int:
    """The weight of a thread that is on a CPU for `busy` of `elapsed` seconds, at least 1."""
    return min(max(round(FULL * busy / elapsed), 1), FULL)


@dataclass(slots=True)
class Lane:
    """A thread that runs scopes: its CPU clock, where the system has one for each thread."""

    thread: int
    clock: int | None
    habit: Habit = field(default_factory=Habit)

    def cpu(self) -> float:
        """Seconds that the thread was on a CPU; -1 where nobody can tell, or it has ended."""
        if self.clock is None:
            return -1.0
        try:
            return time.clock_gettime(self.clock)
        except OSError:
            return -1.0


class Lanes:
    """The lanes of this process, and what is known of calls by name."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._habits: dict[str, Habit] = {}

    def lane(self) -> Lane:
        """That of the calling thread."""
        try:
            lane: Lane = self._local.lane
        except AttributeError:
            lane = self._local.lane = Lane(threading.get_ident(), _cpu_clock())
        return lane

    def habit(self, name: str) -> Habit:
        """That of the calls of a name."""
        habit = self._habits.get(name)
        if habit is None:
            habit = self._habits.setdefault(name, Habit())
        return habit


def _cpu_clock() -> int | None:
    # The id names the thread to the kernel, which refuses it once the thread has ended.
    if hasattr(time, "pthread_getcpuclockid"):
        return time.pthread_getcpuclockid(threading.get_ident())
    return None
