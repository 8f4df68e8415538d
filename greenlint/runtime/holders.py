"""The lease holders of a process: one for each account and the limits that it is held to."""

import threading
from collections.abc import Callable, Collection

from greenlint.errors import PolicyError, Problem
from greenlint.ledger.entry import Account, Ledger
from greenlint.ledger.memory import MemoryLedger
from greenlint.policy.amounts import Limits, Metric
from greenlint.policy.budget import Budget, OnExceed, Scope
from greenlint.runtime.leases import LeaseHolder

Key = tuple[Account, bool, Limits, OnExceed, bool]


class Holders:
    """Those that new work is charged to, and the retired, which settle what still runs.

    A budget that only the code declares, for this process alone, is kept in `memory`.
    """

    def __init__(self, memory: MemoryLedger, *, poke: Callable[[], None]) -> None:
        self._memory = memory
        self._poke = poke
        self._lock = threading.Lock()
        self._holders: dict[Key, LeaseHolder] = {}
        self._retired: list[LeaseHolder] = []
        self._inline: dict[Account, tuple[tuple[Metric, ...], str]] = {}

    def of(
        self,
        budget: Budget,
        account: Account,
        ledger: Callable[[], Callable[[], Ledger]],
        *,
        declared: bool,
    ) -> LeaseHolder:
        """That of an account; `ledger` gives what opens the policy's, for a new one."""
        in_memory = not declared and budget.scope is Scope.PROCESS
        key = (account, in_memory, budget.limits, budget.on_exceed, budget.allow_without_ledger)
        with self._lock:
            if not declared:
                self._require_one_kind(budget, account)
            holder = self._holders.get(key)
            if holder is None:
                opener = self._in_memory if in_memory else ledger()
                holder = LeaseHolder(budget, account, opener, poke=self._poke)
                self._holders[key] = holder
            return holder

    def all(self) -> list[LeaseHolder]:
        """The present ones and the retired."""
        with self._lock:
            return [*self._holders.values(), *self._retired]

    def is_inline(self, account: Account) -> bool:
        """Whether only code declares the budget of an account."""
        return account in self._inline

    def retire_all(self) -> None:
        """The policy is another one: new work gets new holders."""
        with self._lock:
            self._retired += self._holders.values()
            self._holders = {}

    def begin_in_child(self) -> None:
        """After a fork: leases, and what was spent of them, are the parent's."""
        # Another thread of the parent may have held it.
        self._lock = threading.Lock()
        for holder in self.all():
            holder.begin_in_child()

    def keep(self, holders: Collection[LeaseHolder]) -> None:
        """Settle these too: work that goes on in a child is charged to them."""
        self._retired = list(holders)

    def drop_ended(
        self, is_over: Callable[[LeaseHolder], bool], running: Collection[LeaseHolder | None]
    ) -> None:
        """Retire the holders of periods that are over, and forget the retired that are done.

        Those in `running` may yet be charged, also where nothing is held for it any more.
        """
        with self._lock:
            for key, holder in tuple(self._holders.items()):
                if is_over(holder):
                    self._retired.append(self._holders.pop(key))
            for holder in self._retired:
                holder.retire()
            self._retired = [h for h in self._retired if not h.idle or h in running]

    def _in_memory(self) -> Ledger:
        return self._memory

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
