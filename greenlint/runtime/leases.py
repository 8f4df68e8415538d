"""Spends parts of a budget in memory: a lease is reserved in the ledger, used up, and settled.

A call that finds room in the lease costs a lock and an addition; the ledger is asked ahead of need
by the keeper's thread, and on the caller's thread only when the lease is used up.
"""

import threading
import time
from collections.abc import Callable

from greenlint.errors import LedgerError
from greenlint.ledger.entry import Account, Balance, Lease, Ledger, Refusal
from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.budget import Budget
from greenlint.policy.decision import Outcome, outcome_beyond_limit
from greenlint.provenance import Provenance, weakest
from greenlint.runtime.burn import Burn
from greenlint.runtime.outage import Outage
from greenlint.runtime.room import Room
from greenlint.runtime.settlements import Settlements
from greenlint.runtime.use import METRICS, NOTHING, Use, amounts, limited, use_of

LIFETIME = 60.0  # seconds until a lease of a process that died is charged in full
SETTLE_AFTER = 5.0  # seconds between two settlements, and of burn that a lease covers
MANY = 16  # leases at once, before they are settled out of turn

NO_MORE = [0.0] * 4


class LeaseHolder(Room):
    """What this process may spend of one account, and what it has spent of it.

    `binding` is whether the limit can refuse work; if it cannot, no call ever waits here. `poke`
    wakes the keeper. All methods may be called from any thread; those of the room never block on
    the ledger.
    """

    def __init__(
        self,
        budget: Budget,
        account: Account,
        ledger: Callable[[], Ledger],
        *,
        poke: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(limited(budget.limits), poke=poke)
        self.budget = budget
        self.account = account
        self.binding = outcome_beyond_limit(budget) in {Outcome.DENY, Outcome.STOP}
        self.provenance: Provenance | None = None  # the weakest part of what is spent of late
        self._ledger = ledger
        self._clock = clock
        self._limits = budget.limits if self.binding else Limits()
        self._begin()

    def _begin(self) -> None:
        self._filling = threading.Lock()  # held while the ledger is asked
        self._leases: list[Lease] = []
        self._owed = Settlements(self.account, self._ledger, lifetime=LIFETIME)
        self._balance: Balance | None = None
        self._settled_at = self._clock()
        self._burn = Burn(self._settled_at)
        self._renew_at = 0.0
        self._outage = Outage(self.budget)
        self._retired = False
        self.learned = False  # anything about its provenance, since the last settlement

    def learn(self, provenance: Provenance) -> None:
        """How the energy that is charged now is known; the caller holds `lock`."""
        if provenance is Provenance.UNAVAILABLE and self.provenance is not None:
            return  # what nobody could measure has no part in the sum
        kept = self.learned and self.provenance is not Provenance.UNAVAILABLE
        self.provenance = weakest((self.provenance if kept else None, provenance))
        self.learned = True

    def acquire(self, need: Use) -> Refusal | None:
        """Hold `need`, asking the ledger for it; the refusal if there is no room.

        Raises LedgerError when the ledger is out of reach and the budget denies work then.
        """
        with self._filling:
            if self.take(need):
                return None
            try:
                refusal = self._fill(need)
            except LedgerError as error:
                self._outage.note(error, self._clock())
                if not self.budget.allow_without_ledger:
                    raise
                refusal = None
            if refusal is None:
                self._take_anyhow(need)
            return refusal

    def cover(self) -> Refusal | None:
        """Bring what was spent under a lease; the refusal when the limit is passed."""
        return self.acquire(NOTHING) if self.is_overdrawn() else None

    def spent(self) -> Amounts:
        """What is spent of the account by everyone, with what this process has yet to settle."""
        balance = self._ledger().balance(self.account)
        return balance.settled + self._unsettled()

    def latest_spent(self) -> Amounts:
        """The same by the last look at the ledger."""
        settled = self._balance.settled if self._balance else Amounts()
        return settled + self._unsettled()

    def tend(self) -> Amounts | None:
        """The keeper's turn: refill, settle, renew; what is spent now, None if nobody knows."""
        with self._filling:
            if self._outage.lasts(self._clock()):
                return None
            try:
                return self._tend()
            except LedgerError as error:
                self._outage.note(error, self._clock())
                return None

    def settle(self) -> bool:
        """Settle all that was spent, leaving leases only for calls that run; False if it failed."""
        with self._filling:
            try:
                self._owed.pay()
                self._settle()
            except LedgerError as error:
                self._outage.note(error, self._clock())
                return False
        return True

    def retire(self) -> None:
        """The period is over or the policy another: no new work comes, what runs is settled."""
        self._retired = True

    def begin_in_child(self) -> None:
        """After a fork: leases, and what was spent of them, are the parent's."""
        self.clear()
        self._begin()

    @property
    def idle(self) -> bool:
        """Whether nothing is spent, held or leased."""
        return not (self._leases or self._owed or any(self._held) or any(self._spent))

    def _unsettled(self) -> Amounts:
        with self.lock:
            spent = amounts(tuple(self._spent))  # type: ignore[arg-type]  # of four
            return self._owed.total() + spent

    def _tend(self) -> Amounts:
        now = self._clock()
        self._owed.pay()
        with self.lock:
            total = list(self._total)
        self._burn.see(total, now)
        if self._retired:
            self._settle()
        elif self._thirsty or self.is_overdrawn():
            self._thirsty = False
            # What a limit leaves no room for stays over the lease until it is settled, as debt.
            self._fill(NOTHING)
        if now - self._settled_at >= SETTLE_AFTER or len(self._leases) >= MANY:
            self._settle(ahead=True)
        elif self._leases and now >= self._renew_at:
            self._renew()
        self._balance = self._ledger().balance(self.account)
        self._outage.end()
        return self._balance.settled + self._unsettled()

    def _fill(self, need: Use) -> Refusal | None:
        """Reserve what `need` lacks and some more."""
        if self._outage.lasts(self._clock()):
            raise LedgerError(self._outage.reason)
        if self._balance is None:
            self._balance = self._ledger().balance(self.account)
        with self.lock:
            lacking = [0.0] * 4
            for at in self._limited:
                lacking[at] = max(0, need[at] - self._left[at])
        chunk = self._chunk(self._balance)
        if not any(lacking) and not any(chunk):
            return None
        granted = self._reserve(lacking, chunk)
        self._outage.end()
        if isinstance(granted, Refusal):
            self._balance = granted.balance
            return granted
        with self.lock:
            self._leases.append(granted)
            given = use_of(granted.granted)
            for at in self._limited:
                self._left[at] += given[at]
                # Refill ahead only where a lease is worth several calls.
                self._low[at] = given[at] / 2 if given[at] > 8 * lacking[at] else 0
        return None

    def _chunk(self, balance: Balance) -> list[float]:
        """The smaller of one percent of what remains and five seconds of burn."""
        chunk = [0.0] * 4
        for at in self._limited:
            metric = METRICS[at]
            limit = self.budget.limits.of(metric) or 0
            used = balance.settled.of(metric) + balance.reserved.of(metric)
            remaining = max(0, limit - used) if self.binding else limit
            chunk[at] = self._burn.chunk(at, remaining, seconds=SETTLE_AFTER)
        return chunk

    def _reserve(self, needed: list[float], chunk: list[float]) -> Lease | Refusal:
        wanted = [max(pair) for pair in zip(needed, chunk, strict=True)]
        granted = self._ledger().reserve(
            self.account,
            limits=self._limits,
            wanted=_whole(wanted),
            needed=_whole(needed),
            lifetime=LIFETIME,
        )
        self._renew_at = self._clock() + LIFETIME / 3
        return granted

    def _settle(self, *, ahead: bool = False) -> None:
        """Exchange the leases: what was spent is settled, what calls hold stays reserved.

        `ahead` reserves for calls to come too, so that the next one need not wait.
        """
        with self.lock:
            held = list(self._held)
            used = any(int(amount) for amount in self._spent)
        if not used and not any(held):
            self._give_back()
            return
        fresh: Lease | None = None
        chunk = self._chunk(self._balance) if ahead and self._balance else NO_MORE
        if any(held) or any(chunk):
            granted = self._reserve(held, chunk)
            if isinstance(granted, Lease):
                fresh = granted
            elif any(held):
                self._renew()
                return
        if not self._leases and (debt := self._owed.reserve_free(self._unsettled())) is not None:
            self._leases.append(debt)
        self._exchange(fresh)
        self._settled_at = self._clock()
        self._owed.pay()

    def _exchange(self, fresh: Lease | None) -> None:
        with self.lock:
            leases, self._leases = self._leases, [fresh] if fresh else []
            spent = amounts(tuple(self._spent))  # type: ignore[arg-type]  # of four
            self._spent = [
                have - gone for have, gone in zip(self._spent, use_of(spent), strict=True)
            ]
            given = use_of(fresh.granted) if fresh else NOTHING
            for at in self._limited:
                self._left[at] = given[at] - self._held[at] - self._spent[at]
                self._low[at] = given[at] / 2
            provenance = (self.learned and self.provenance) or ""
            self.learned = False
        self._owed.owe(leases, spent, provenance=provenance)

    def _give_back(self) -> None:
        with self.lock:
            if any(self._held) or any(int(amount) for amount in self._spent):
                return
            leases, self._leases = self._leases, []
            for at in self._limited:
                self._left[at] = -self._spent[at]
                self._low[at] = 0
        self._owed.owe(leases, Amounts(), provenance="")
        self._settled_at = self._clock()
        self._owed.pay()

    def _renew(self) -> None:
        leases = [self._ledger().renew(lease, lifetime=LIFETIME) for lease in self._leases]
        with self.lock:
            self._leases = [new or old for new, old in zip(leases, self._leases, strict=True)]
        self._renew_at = self._clock() + LIFETIME / 3


def _whole(parts: list[float]) -> Amounts:
    """Whole numbers, rounded up: a lease covers what it is for."""
    return Amounts(*(-int(-part // 1) for part in parts))
