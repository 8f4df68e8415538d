"""What the guards of one process share: the policy, the meter, the ledgers, and the leases."""

import atexit
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from greenlint.forking import no_fork
from greenlint.ledger.entry import Account, DecisionEntry, Ledger
from greenlint.ledger.memory import MemoryLedger
from greenlint.policy.budget import Budget, Per
from greenlint.policy.runtime_policy import RuntimePolicy
from greenlint.runtime.accounts import account_of, this_process
from greenlint.runtime.decisions import WaitingDecisions
from greenlint.runtime.grid import Grid
from greenlint.runtime.holders import Holders
from greenlint.runtime.keeper import Keeper
from greenlint.runtime.leases import LeaseHolder
from greenlint.runtime.ledgers import PolicyLedgers
from greenlint.runtime.protocols import Alerts, Looker, Surroundings

if TYPE_CHECKING:
    from greenlint.metering.llm import LlmEstimator
    from greenlint.metering.sampler import ProcessMeter
    from greenlint.runtime.scope import WorkScope

logger = logging.getLogger("greenlint")


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
        self._estimators: list[LlmEstimator | None] = []  # the one of the policy, once it is made
        self.grid = Grid(self.surroundings, self.policy, clock=self.clock)
        self._ledgers = PolicyLedgers(self.surroundings, self.policy)
        self._memory = MemoryLedger(clock=self.clock)
        self._alerts: Alerts | None = None
        self._holders = Holders(self._memory, poke=self.keeper.poke)
        self._decisions = WaitingDecisions(self._write)

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
        for holder in self._holders.all():
            holder.settle()
        with self._lock:
            self._path, self._policy = found, policy
            self._holders.retire_all()
            self._alerts = None
            self._estimators.clear()
            self.grid.reload()
            self._ledgers.add(policy)
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

    def llm_estimator(self) -> "LlmEstimator | None":
        """What estimates requests to hosted models, if the policy asks for it."""
        with self._lock:
            if not self._estimators:
                found = self.surroundings.llm_estimator(self.policy())
                if found is not None:
                    found.start()
                self._estimators.append(found)
            return self._estimators[0]

    def ledger(self) -> Ledger:
        """The ledger of the policy, opened at the first call; LedgerError if that fails."""
        with self._lock:
            ledger = self._ledgers.latest()
        return ledger()

    def account(self, budget: Budget) -> tuple[Account, float]:
        """The account of a budget now, and until when."""
        return account_of(budget, self.process, self.clock())

    def holder(self, budget: Budget, account: Account, *, declared: bool) -> LeaseHolder | None:
        """The lease holder of an account; None for a budget per call."""
        if budget.per is Per.CALL:
            return None
        with self._lock:
            return self._holders.of(budget, account, self._ledgers.latest, declared=declared)

    def record(self, entry: DecisionEntry) -> None:
        """Have a decision recorded soon; equal ones are counted and recorded together."""
        self._decisions.add(entry)
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
        in_memory = (
            self._holders.is_inline(account) and account.holder == f"process:{self.process.process}"
        )
        ledger = self._memory if in_memory else self.ledger()
        return ledger.claim(account, threshold)

    def close(self) -> None:
        """Settle everything, and open nothing any more; calls that run are charged until now."""
        self.keeper.close()
        for scope in tuple(self.open_scopes):
            scope.spent()
        for looker in tuple(self.looks):
            looker.look()
        for holder in self._holders.all():
            if not holder.settle():
                logger.warning(
                    "The ledger did not take the last of what was spent of budget `%s`: its leases"
                    " will be charged in full when they expire, and what is over them is lost.",
                    holder.budget.name,
                )
        self._decisions.write()
        with self._lock:
            self._ledgers.close()

    def begin_in_child(self) -> None:
        """After a fork: leases, threads and what waits are the parent's."""
        self._lock = threading.RLock()
        self.keeper.begin_in_child()
        for looker in tuple(self.looks):
            looker.begin_in_child()
        self._holders.begin_in_child()
        for scope in tuple(self.open_scopes):
            scope.begin_in_child()
        # What goes on in the child is charged where it began.
        running = self._running()
        kept = (self._policy, self._path, self._meter, self._ledgers, self._alerts)
        self._begin()
        self._policy, self._path, self._meter, self._ledgers, self._alerts = kept
        self._holders.keep([holder for holder in running if holder is not None])
        self.epoch = object()

    def _turn(self) -> bool:
        """One turn of the keeper; whether anything is under way."""
        for scope in tuple(self.open_scopes):
            scope.watch()
        for holder in self._holders.all():
            spent = holder.tend()
            if spent is not None and spent:
                self.alerts().look(holder.budget, holder.account, spent)
        if self._meter is not None:
            self.grid.follow()
        looking = [looker.look() for looker in tuple(self.looks)]
        self._decisions.write()
        self._holders.drop_ended(self._is_over, self._running())
        return (
            any(looking)
            or bool(self.open_scopes)
            or any(not holder.idle for holder in self._holders.all())
        )

    def _running(self) -> set[LeaseHolder | None]:
        """The holders that work is charged to which runs now."""
        return {scope.binding.holder for scope in tuple(self.open_scopes)}

    def _is_over(self, holder: LeaseHolder) -> bool:
        """Whether its period is; one that lies ahead, as the clock was set back, is not."""
        account, _ = account_of(holder.budget, self.process, self.clock())
        return account.period > holder.account.period

    def _write(self, entry: DecisionEntry) -> None:
        absent = self._policy is None or (self._policy.path is None and not self._ledgers)
        in_memory = absent or self._holders.is_inline(entry.account)
        (self._memory if in_memory else self.ledger()).record(entry)


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


active: Session | None = None
_making = threading.Lock()
atexit.register(_close_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
