"""What the guards of one process share: the policy, the meter, the ledgers, and the leases."""

import atexit
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

from greenlint.errors import LedgerError, PolicyError, Problem
from greenlint.forking import no_fork
from greenlint.ledger.entry import Account, DecisionEntry, Ledger
from greenlint.ledger.memory import MemoryLedger
from greenlint.policy.amounts import Amounts, Limits, Metric
from greenlint.policy.budget import Budget, OnExceed, Per, Scope
from greenlint.policy.runtime_policy import RuntimePolicy
from greenlint.runtime.accounts import account_of, this_process
from greenlint.runtime.grid import Grid
from greenlint.runtime.keeper import Keeper
from greenlint.runtime.leases import LeaseHolder

if TYPE_CHECKING:
    from greenlint.metering.sampler import ProcessMeter
    from greenlint.runtime.scope import WorkScope
    from greenlint.runtime.whereabouts import Whereabouts

logger = logging.getLogger("greenlint")

WAITING_DECISIONS = 1_000  # of different kinds, until the ledger takes them


class Surroundings(Protocol):
    """Where a session gets what lies outside of it."""

    def find_policy(self) -> Path | None:
        """The policy of this process; None when there is none."""
        ...

    def open_meter(self, policy: RuntimePolicy) -> "ProcessMeter":
        """The meter that the policy asks for."""
        ...

    def open_ledger(self, policy: RuntimePolicy) -> Ledger:
        """The ledger that the policy names."""
        ...

    def alerts(self, policy: RuntimePolicy, claims: "Claims") -> "Alerts":
        """Who is told that budgets run out."""
        ...

    def region(self, policy: RuntimePolicy) -> "Whereabouts":
        """Where this process runs, and where the policy lets it."""
        ...


class Claims(Protocol):
    """Who may raise an alert: the first that asks, of all who share the account."""

    def claim(self, account: Account, threshold: float) -> bool:
        """Whether the caller is the first to come to that share of the limit."""
        ...


class Alerts(Protocol):
    """Who is told that budgets run out; see `greenlint.runtime.alerts`."""

    def look(self, budget: Budget, account: Account, spent: Amounts) -> None:
        """Raise the alerts that are due."""
        ...

    def exceeded(self, budget: Budget, account: Account, metric: Metric, spent: Amounts) -> None:
        """Raise the alert that a limit left no room."""
        ...


class Looker(Protocol):
    """Something that the keeper has to look at in each of its turns."""

    def look(self) -> bool:
        """Take a turn; whether another is wanted soon."""
        ...

    def begin_in_child(self) -> None:
        """After a fork: what is not saved yet is the parent's to save."""
        ...


class Session:
    """Everything at run time that is neither a guard nor a call.

    `epoch` changes whenever guards must look at their budgets again: after a fork, and when the
    policy was loaded anew. Nothing is opened before it is needed.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        clock: Callable[[], float] = time.time,
        interval: float = 1.0,
    ) -> None:
        self.surroundings = surroundings
        self.clock = clock
        self.epoch = object()
        self.open_scopes: dict[WorkScope, None] = {}
        self.looks: WeakKeyDictionary[Looker, None] = WeakKeyDictionary()
        self.keeper = Keeper(self._turn, interval=interval)
        self._lock = threading.RLock()
        self._begin()

    def _begin(self) -> None:
        self.process = this_process(self.clock())
        self._policy: RuntimePolicy | None = None
        self._path: Path | None = None
        self._meter: ProcessMeter | None = None
        self.grid = Grid(self.surroundings, self.policy, clock=self.clock)
        # That of the policy is the last; those before serve calls that began under another policy.
        self._ledgers: list[OpenOnce] = []
        self._memory = MemoryLedger(clock=self.clock)
        self._alerts: Alerts | None = None
        self._holders: dict[tuple[Account, bool, Limits, OnExceed, bool], LeaseHolder] = {}
        self._inline: dict[Account, tuple[tuple[Metric, ...], str]] = {}
        self._retired: list[LeaseHolder] = []
        self._decisions: dict[tuple[Account, str], tuple[DecisionEntry, int]] = {}

    def policy(self) -> RuntimePolicy:
        """The policy of this process, read at the first call; PolicyError if it cannot be used."""
        with self._lock:
            if self._policy is None:
                path = self._path or self.surroundings.find_policy()
                self._policy = RuntimePolicy() if path is None else _read(path)
            return self._policy

    def load(self, path: Path | None) -> RuntimePolicy:
        """Read the policy again; guards hold to it from their next call on.

        A policy that cannot be used changes nothing. Calls that run are settled as they began, and
        the meter goes on as it was set up.
        """
        found = path or self.surroundings.find_policy()
        policy = RuntimePolicy() if found is None else _read(found)
        for holder in self._all_holders():
            holder.settle()
        with self._lock:
            self._path, self._policy = found, policy
            self._retired += self._holders.values()
            self._holders = {}
            self._alerts = None
            self.grid.reload()
            self._ledgers.append(OpenOnce(self.surroundings, policy))
            self.epoch = object()
        self.keeper.poke()
        return policy

    def meter(self) -> "ProcessMeter":
        """The meter, made at the first call; it starts by itself, off the caller's thread."""
        with self._lock:
            if self._meter is None:
                self._meter = self.surroundings.open_meter(self.policy())
                self._meter.subscribe(self.keeper.tick)
            return self._meter

    def ledger(self) -> Ledger:
        """The ledger of the policy, opened at the first call; LedgerError if that fails."""
        return self._policy_ledger()()

    def _policy_ledger(self) -> "OpenOnce":
        with self._lock:
            if not self._ledgers:
                self._ledgers.append(OpenOnce(self.surroundings, self.policy()))
            return self._ledgers[-1]

    def account(self, budget: Budget) -> tuple[Account, float]:
        """The account of a budget now, and until when."""
        return account_of(budget, self.process, self.clock())

    def holder(self, budget: Budget, account: Account, *, declared: bool) -> LeaseHolder | None:
        """The lease holder of an account; None for a budget per call.

        A budget that only the code declares, for this process alone, is kept in memory.
        """
        if budget.per is Per.CALL:
            return None
        in_memory = not declared and budget.scope is Scope.PROCESS
        key = (account, in_memory, budget.limits, budget.on_exceed, budget.allow_without_ledger)
        with self._lock:
            if not declared:
                self._require_one_kind(budget, account)
            holder = self._holders.get(key)
            if holder is None:
                opener = self._in_memory if in_memory else self._policy_ledger()
                holder = LeaseHolder(budget, account, opener, poke=self.keeper.poke)
                self._holders[key] = holder
            return holder

    def _require_one_kind(self, budget: Budget, account: Account) -> None:
        """One name in code is one budget: else what two guards charge would count twice."""
        metrics = budget.limits.set_metrics()
        first, source = self._inline.setdefault(account, (metrics, budget.source))
        if first != metrics:
            limited = " and ".join(first)
            raise PolicyError(
                Problem(
                    f"budget `{budget.name}` limits {limited} at {source}, and something else here",
                    budget.source,
                    hint="give it another name, or declare both limits with budget(...)",
                )
            )

    def record(self, entry: DecisionEntry) -> None:
        """Have a decision recorded soon; equal ones are counted and recorded together."""
        with self._lock:
            key = (entry.account, f"{entry.outcome} {entry.place}")
            if key in self._decisions or len(self._decisions) < WAITING_DECISIONS:
                count = self._decisions[key][1] if key in self._decisions else 0
                self._decisions[key] = (entry, count + 1)
        self.keeper.poke()

    def alerts(self) -> Alerts:
        """Who is told that budgets run out."""
        with self._lock:
            if self._alerts is None:
                with no_fork():
                    self._alerts = self.surroundings.alerts(self.policy(), self)
            return self._alerts

    def claim(self, account: Account, threshold: float) -> bool:
        """Whether this process is the first to raise an alert; LedgerError if nobody can say."""
        in_memory = account in self._inline and account.holder == f"process:{self.process.process}"
        ledger = self._memory if in_memory else self.ledger()
        return ledger.claim(account, threshold)

    def close(self) -> None:
        """Settle everything, and open nothing any more; calls that run are charged until now."""
        self.keeper.close()
        for scope in tuple(self.open_scopes):
            scope.spent()
        for looker in tuple(self.looks):
            looker.look()
        for holder in self._all_holders():
            holder.settle()
        self._write_decisions()
        with self._lock:
            for ledger in self._ledgers:
                ledger.close()

    def begin_in_child(self) -> None:
        """After a fork: leases, threads and what waits are the parent's."""
        self._lock = threading.RLock()
        self.keeper.begin_in_child()
        for looker in tuple(self.looks):
            looker.begin_in_child()
        for holder in self._all_holders():
            holder.begin_in_child()
        for scope in tuple(self.open_scopes):
            scope.begin_in_child()
        # What goes on in the child is charged where it began.
        running = {scope.binding.holder for scope in tuple(self.open_scopes)}
        kept = (self._policy, self._path, self._meter, self._ledgers, self._alerts)
        self._begin()
        self._policy, self._path, self._meter, self._ledgers, self._alerts = kept
        self._retired = [holder for holder in running if holder is not None]
        self.epoch = object()

    def _in_memory(self) -> Ledger:
        return self._memory

    def _all_holders(self) -> list[LeaseHolder]:
        with self._lock:
            return [*self._holders.values(), *self._retired]

    def _turn(self) -> bool:
        """One turn of the keeper; whether anything is under way."""
        for scope in tuple(self.open_scopes):
            scope.watch()
        now = self.clock()
        for holder in self._all_holders():
            spent = holder.tend()
            if spent is not None and spent:
                self.alerts().look(holder.budget, holder.account, spent)
        if self._meter is not None:
            self.grid.follow()
        looking = [looker.look() for looker in tuple(self.looks)]
        self._write_decisions()
        self._drop_ended(now)
        return (
            any(looking)
            or bool(self.open_scopes)
            or any(not holder.idle for holder in self._all_holders())
        )

    def _drop_ended(self, now: float) -> None:
        """Retire the holders of periods that are over, and forget the retired that are done."""
        with self._lock:
            for key, holder in tuple(self._holders.items()):
                if account_of(holder.budget, self.process, now)[0] != holder.account:
                    self._retired.append(self._holders.pop(key))
            for holder in self._retired:
                holder.retire()
            # What runs may yet spend, also where nothing is held for it any more.
            running = {scope.binding.holder for scope in tuple(self.open_scopes)}
            self._retired = [h for h in self._retired if not h.idle or h in running]

    def _write_decisions(self) -> None:
        with self._lock:
            waiting, self._decisions = self._decisions, {}
        while waiting:
            key = next(iter(waiting))
            entry, count = waiting[key]
            try:
                self._write(entry, count)
            except LedgerError:
                with self._lock:
                    self._decisions = {**waiting, **self._decisions}
                return
            del waiting[key]

    def _write(self, entry: DecisionEntry, count: int) -> None:
        if count > 1:
            entry = _repeated(entry, count)
        in_memory = entry.account in self._inline or self._policy_is_absent()
        (self._memory if in_memory else self.ledger()).record(entry)

    def _policy_is_absent(self) -> bool:
        return self._policy is None or (self._policy.path is None and not self._ledgers)


class OpenOnce:
    """The ledger of one policy, opened at the first call; tried again after that failed."""

    def __init__(self, surroundings: Surroundings, policy: RuntimePolicy) -> None:
        self._surroundings = surroundings
        self._policy = policy
        self._lock = threading.Lock()
        self.opened: Ledger | None = None

    def __call__(self) -> Ledger:
        """The ledger; LedgerError if it cannot be reached."""
        ledger = self.opened
        if ledger is None:
            with no_fork(), self._lock:
                ledger = self.opened or self._surroundings.open_ledger(self._policy)
                self.opened = ledger
        return ledger

    def close(self) -> None:
        """Give back its connection."""
        if self.opened is not None:
            self.opened.close()


def current_session() -> Session:
    """The session of this process, made at the first call."""
    if active is not None:
        return active
    with _making:
        if active is None:
            from greenlint.runtime.surroundings import Machine

            install(Session(Machine()))
    return current_session()


def install(session: Session) -> None:
    """Make a session that of this process; the one before is closed."""
    global active  # there is one, as there is one process
    before, active = active, session
    if before is not None:
        before.close()
    _close_with_worker()


def _close_at_exit() -> None:
    if active is not None:
        active.close()


def _begin_in_child() -> None:
    global _making  # noqa: PLW0603  # another thread of the parent may have held it
    _making = threading.Lock()
    if active is None:
        return
    active.begin_in_child()
    if (util := sys.modules.get("multiprocessing.util")) is not None:
        # Its list is emptied after this, and then filled by what is registered here.
        util.register_after_fork(active, _close_with_child)


def _close_with_worker() -> None:
    """A process of multiprocessing may end without running what atexit has: it has its own list."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        _close_with_child(None)


def _close_with_child(_: object) -> None:
    from multiprocessing.util import Finalize

    Finalize(None, _close_at_exit, exitpriority=0)


def _read(path: Path) -> RuntimePolicy:
    from greenlint.policy.runtime_policy import load_runtime_policy

    return load_runtime_policy(path)


def _repeated(entry: DecisionEntry, count: int) -> DecisionEntry:
    return replace(entry, reason=f"{entry.reason} (and {count - 1} times more)")


active: Session | None = None
_making = threading.Lock()
atexit.register(_close_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
