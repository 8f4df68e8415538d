"""Which account of the ledger a budget is charged to at a moment."""

import os
from dataclasses import dataclass
from pathlib import Path

from greenlint.ledger.entry import Account
from greenlint.policy.budget import Budget, Per, Scope
from greenlint.policy.outer_run import OuterRun, outer_run

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Process:
    """Who this process is: its run, its machine, and itself; `began` is in seconds.

    `outer` is the `greenlint run` around it, which charges a budget for all that its tree uses.
    """

    run: str
    machine: str
    process: str
    began: int
    outer: OuterRun | None = None

    def is_counted_outside(self, budget: Budget) -> bool:
        """Whether the run around this process charges the energy and carbon of that budget."""
        return self.outer is not None and self.outer.budget == budget.name


def this_process(began: float) -> Process:
    """The identity of this process; GREENLINT_RUN_ID says which run it is part of."""
    machine = _machine()
    # A process id alone comes back, so the time of the start goes with it.
    process = f"{machine}:{os.getpid()}:{int(began * 1000):x}"
    run = os.environ.get("GREENLINT_RUN_ID") or process
    return Process(run, machine, process, int(began), outer_run(os.environ))


def account_of(budget: Budget, process: Process, now: float) -> tuple[Account, float]:
    """The account at `now`, and the moment at which another takes its place."""
    match budget.per:
        case Per.CALL | Per.RUN:
            start, end = process.began, FOREVER
        case Per.HOUR | Per.DAY | Per.MONTH:
            # Most budgets need no calendar.
            from greenlint.policy.period import period_end, period_start

            start = period_start(budget.per, now, budget.timezone)
            end = period_end(budget.per, start, budget.timezone)
    outer = process.outer
    if outer is not None and process.is_counted_outside(budget) and budget.per is not Per.CALL:
        began = outer.period if budget.per is Per.RUN else start
        return Account(budget.name, outer.holder, began), end
    return Account(budget.name, _holder(budget, process), start), end


def _holder(budget: Budget, process: Process) -> str:
    match budget.scope:
        case Scope.PROCESS:
            return f"process:{process.process}"
        case _ if budget.per is Per.RUN:
            return f"run:{process.run}"
        case Scope.HOST:
            return f"host:{process.machine}"
        case Scope.FLEET:
            return "fleet"


def _machine() -> str:
    """The machine's own identity where it has one: containers may share a host name."""
    try:
        name = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        name = ""
    if name:
        return name
    import socket

    return socket.gethostname()
