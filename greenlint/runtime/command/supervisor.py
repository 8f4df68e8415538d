"""Runs a command to its end, passes signals on, and stops the whole tree when it is told to."""

import contextlib
import logging
import math
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence

from greenlint.runtime.command.process_tree import ProcessTree, TreeUse
from greenlint.runtime.command.spawn import adopt_orphans, spawn

logger = logging.getLogger("greenlint")

PASSED_ON = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGTSTP,
    signal.SIGCONT,
    signal.SIGWINCH,
)
KILL_AGAIN_AFTER = 0.05  # seconds: a tree that goes on forking needs more than one round
KILL_AT_MOST_FOR = 5.0  # seconds; a process in an uninterruptible wait outlives even that
_FROM_KERNEL = 0x80  # si_code of what a terminal sends
_SIGNALED = 128  # a shell's exit code for a signal is this much more than its number


Watch = Callable[[TreeUse], bool]  # whether the tree must be stopped


class Supervisor:
    """Runs one command, from the main thread, in the caller's process group.

    The command ends when all of its tree has, so that nothing that it leaves behind runs on unseen.
    Signals are blocked in this process from now on and waited for; none has a handler.
    """

    def __init__(
        self,
        *,
        interval: float,
        grace: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval = interval
        self._grace = grace
        self._clock = clock
        self._signals = {*PASSED_ON, signal.SIGCHLD}
        # Before there is any other thread: threads inherit the mask.
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        self._status: int | None = None
        self._kill_at: float | None = None
        self._give_up_at = math.inf
        self.stopped = False

    def run(self, command: Sequence[str], environment: Mapping[str, str], *, watch: Watch) -> int:
        """The exit code of the command, as a shell tells it: 128 and the number for a signal.

        `watch` is called at every interval and at the end.
        """
        self._watch = watch
        adopt_orphans()
        self._tree = ProcessTree()
        self._leader = spawn(command, environment, mask=_signals_of(self._mask))
        due = self._clock() + self._interval
        while self._reap():
            now = self._clock()
            if now >= due:
                due = now + self._interval
                self._look()
            self._kill_if_due(now)
            self._pass_on(max(0.0, min(due, self._kill_at or due) - self._clock()))
        self._look()
        return _exit_code(self._status or 0)

    def _look(self) -> None:
        if self._watch(self._tree.look()) and not self.stopped:
            self._stop()

    def _reap(self) -> bool:
        """Take leave of those that have ended; whether any of the tree is left."""
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if process == self._leader:
                self._status = status
            elif not process:
                alive = self._status is None or self._tree.living()
                return bool(alive) and self._clock() < self._give_up_at

    def _pass_on(self, timeout: float) -> None:
        """Wait for a signal, and hand it to the command, or to what is left of its tree."""
        got = signal.sigtimedwait(self._signals, timeout)
        if got is None or got.si_signo == signal.SIGCHLD:
            return
        number = signal.Signals(got.si_signo)
        # What a terminal sends, or a process of the tree to its group, has reached the command.
        if got.si_code != _FROM_KERNEL and got.si_pid not in self._tree.living():
            self._send(number)
        if number is signal.SIGTSTP:
            # Whoever waits for this process has to see that it stopped.
            os.kill(os.getpid(), signal.SIGSTOP)

    def _send(self, number: signal.Signals) -> None:
        if self._status is not None:
            self._tree.signal(number)
            return
        with contextlib.suppress(PermissionError):  # it runs as another user: see sudo(8)
            os.kill(self._leader, number)

    def _stop(self) -> None:
        self.stopped = True
        self._kill_at = self._clock() + self._grace
        refused = self._tree.signal(signal.SIGTERM)
        self._tree.signal(signal.SIGCONT)  # a stopped process hears nothing else
        self._give_up_at = self._kill_at + KILL_AT_MOST_FOR
        if refused:
            logger.warning("Not stopped, as they belong to another user: %s.", _listed(refused))

    def _kill_if_due(self, now: float) -> None:
        if self._kill_at is None or now < self._kill_at:
            return
        self._kill_at = now + KILL_AGAIN_AFTER
        self._tree.signal(signal.SIGKILL)


def _signals_of(mask: set[signal.Signals | int]) -> set[signal.Signals]:
    return {signal.Signals(number) for number in mask}


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else _SIGNALED - code


def _listed(processes: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(processes)))
