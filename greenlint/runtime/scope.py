"""One piece of guarded work while it runs: what it used so far, and whether it may go on."""

import os
import threading
from collections.abc import Callable
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Protocol

from greenlint.policy.amounts import Amounts
from greenlint.policy.decision import Outcome
from greenlint.provenance import Provenance, weakest
from greenlint.runtime.errors import Breach, BudgetExceeded
from greenlint.runtime.use import NOTHING, Use, amounts, less, rest

if TYPE_CHECKING:
    from greenlint.metering.llm import RequestEstimate
    from greenlint.metering.measurement import Measurement
    from greenlint.metering.share import Share
    from greenlint.runtime.binding import Binding
    from greenlint.runtime.leases import LeaseHolder

_current: ContextVar["WorkScope | None"] = ContextVar("greenlint_scope", default=None)
_counting = threading.Lock()
_UNAVAILABLE = Provenance.UNAVAILABLE  # looking up a member takes longer than comparing it


class Scope(Protocol):
    """Guarded work, as the code within it sees it."""

    def checkpoint(self) -> None:
        """Raise BudgetExceeded if a limit on this work, or on work around it, was passed.

        Call it where the work may stop cleanly: between batches, after a saved step. It raises
        where the policy says `deny` or `stop`; where it says `warn`, it only warns.
        """
        ...

    def units(self, count: int = 1) -> None:
        """Count functional units (R of the SCI) that were done."""
        ...

    def tokens(self, count: int) -> None:
        """Count tokens that were used, input and output together; 0 says that it was none."""
        ...

    def requests(self, count: int = 1) -> None:
        """Count requests that were made; a guarded call without any counts as one."""
        ...

    def spent(self) -> Amounts:
        """What this work used so far, in microjoules, micrograms of CO2e, tokens, requests."""
        ...


class _Unguarded:
    """Where no budget guards the code: counts go nowhere, and work may go on."""

    def checkpoint(self) -> None:
        """Nothing limits this work."""

    def units(self, count: int = 1) -> None:
        """Nobody asks for units."""

    def tokens(self, count: int) -> None:
        """Nobody asks for tokens."""

    def requests(self, count: int = 1) -> None:
        """Nobody asks for requests."""

    def spent(self) -> Amounts:
        """Nobody measures."""
        return Amounts()


_UNGUARDED = _Unguarded()


def current_scope() -> Scope:
    """The innermost guarded work that this code is part of.

    Outside any budget it is a scope whose counts go nowhere and whose checkpoint passes, so that a
    library may count tokens whether or not its caller holds a budget.
    """
    return _current.get() or _UNGUARDED


def innermost() -> "WorkScope | None":
    """The same, None outside any budget."""
    return _current.get()


class WorkScope:
    """One guarded call, block or generator; opened by a guard and closed once.

    `held` is what was held of the lease for it. `coverer` is the scope around it that charges
    the same account, so that nothing is counted twice; work that goes on when that has ended is
    charged by itself from then on. Work is closed by the thread that runs it, and
    watched by the keeper's.
    """

    # Defaults stand here, so that a call that needs none of them does not pay for setting them.
    closed = False
    coverer: "WorkScope | None" = None
    breach: Breach | None = None
    warned = False
    failed = False
    measurement: "Measurement | None" = None
    _charged: Use = NOTHING
    _share: "Share | None" = None
    _energy = 0
    _carbon = 0.0
    _carbon_of = 0
    _tokens: int | None = None
    _requests: int | None = None
    _unit_count: int | None = None
    # Of requests to hosted models, which no meter sees: microjoules, micrograms of CO2e.
    estimates: tuple[int, int] | None = None
    estimated: Provenance | None = None
    covering: "dict[WorkScope, None] | None" = None
    _stop: Callable[[], None] | None = None
    _token: "Token[WorkScope | None] | None" = None

    def __init__(
        self, binding: "Binding", parent: "WorkScope | None", held: Use, *, whole_call: bool
    ) -> None:
        self.binding = binding
        self.parent = parent
        self.whole_call = whole_call
        self._held = held

    def begin(self, *, awaiting: bool) -> None:
        """Begin in the caller's context; `awaiting` says that the work is a coroutine's."""
        meter = self.binding.meter
        if meter is not None:
            parent = None if self.parent is None else self.parent.share()
            self._share = meter.open(parent, awaiting=awaiting)
        self._token = _current.set(self)

    def be_covered_by(self, coverer: "WorkScope") -> None:
        """Have a scope around this charge what it uses."""
        with _counting:
            if not coverer.closed:
                self.coverer = coverer
                coverer.covering = coverer.covering or {}
                coverer.covering[self] = None

    def charge_itself(self) -> None:
        """What covered this has ended, and was charged for all until now."""
        self._charged = self.use()
        self.coverer = None

    def resume(self) -> None:
        """Go on after a pause, in the caller's context."""
        if self._share is not None:
            self._share.resume()
        self._token = _current.set(self)

    def pause(self) -> None:
        """Leave the caller's context, and let others have the share."""
        self._leave()
        if self._share is not None:
            self._share.pause()

    def _leave(self) -> None:
        if self._token is not None:
            # A block may be left in another context than it was entered in: that of a test's
            # fixture, say. Its own context is gone then, and there is nothing to restore.
            try:  # noqa: SIM105  # `suppress` takes as long as all the rest
                _current.reset(self._token)
            except ValueError:
                pass
            self._token = None

    def share(self) -> "Share | None":
        """The share that work within this one is part of."""
        if self._share is not None or self.parent is None:
            return self._share
        return self.parent.share()

    def stops_by(self, stop: Callable[[], None]) -> None:
        """Have `stop` called, from another thread, when the work has to end."""
        self._stop = stop

    def checkpoint(self) -> None:
        """Raise BudgetExceeded if a limit on this work, or on work around it, was passed."""
        scope: WorkScope | None = self
        while scope is not None:
            if (breach := scope.breach or scope.look()) is not None:
                raise BudgetExceeded(breach)
            scope = scope.parent

    def units(self, count: int = 1) -> None:
        """Count functional units that were done."""
        self._count("_unit_count", count)

    def tokens(self, count: int) -> None:
        """Count tokens that were used, input and output together."""
        self._count("_tokens", count)

    def requests(self, count: int = 1) -> None:
        """Count requests that were made."""
        self._count("_requests", count)

    def spent(self) -> Amounts:
        """What this work used so far."""
        self.refresh()
        self._charge(finally_=False)
        return amounts(self.use())

    def use(self) -> Use:
        """What is known to be used, without asking the meter."""
        energy, carbon = self._energy, self._carbon
        if self.estimates is not None:
            energy += self.estimates[0]
            carbon += self.estimates[1]
        return (energy, carbon, self._tokens or 0, self._requests or 0)

    def metered(self) -> tuple[int, float]:
        """The energy and carbon of this machine alone, without those of hosted models."""
        return self._energy, self._carbon

    @property
    def has_estimates(self) -> bool:
        """Whether a request to a hosted model was estimated, or would have been."""
        return self.estimated is not None

    def add_estimate(self, estimate: "RequestEstimate") -> None:
        """Count what a request to a hosted model came to, here and in all work around."""
        scope: WorkScope | None = self
        with _counting:
            while scope is not None:
                if not scope.closed:
                    energy, carbon = scope.estimates or (0, 0)
                    scope.estimates = (energy + estimate.energy, carbon + estimate.carbon)
                    scope.estimated = weakest((scope.estimated, estimate.provenance))
                scope = scope.parent

    @property
    def token_count(self) -> int | None:
        """The tokens that were counted; None when nobody said."""
        return self._tokens

    @property
    def unit_count(self) -> int | None:
        """The functional units that were counted; None when none were."""
        return self._unit_count

    def look(self) -> Breach | None:
        """Charge what was used so far; the breach if the work must not go on."""
        self.refresh()
        self._charge(finally_=False)
        breach = None if self.coverer else self.binding.breach(self.use())
        return None if breach is None else self.binding.act_on(self, breach)

    def watch(self) -> None:
        """The keeper's look: end the work if a limit was passed and the policy says `stop`."""
        if self.breach is not None:
            return
        breach = self.look()
        measurement = self.measurement
        if measurement is not None and measurement.provenance is _UNAVAILABLE:
            self.binding.guard.log_unmeasured(self.binding, "energy", seconds=measurement.seconds)
        if breach is not None and breach.outcome is Outcome.STOP:
            self.breach = breach
            if self._stop is not None:
                self._stop()

    def close(self) -> Use:
        """Settle accounts with the lease; what the work used in all."""
        self._leave()
        if self.covering is not None:
            self._uncover()
        self.closed = True
        if self._share is not None:
            measurement = self.measurement = self._share.close()
            self._energy = max(self._energy, measurement.energy)
        if self._requests is None and self.whole_call:
            self._requests = 1
            parent = self.parent
            if parent is not None:
                parent.requests(1)
        self._charge(finally_=True)
        coverer = self.coverer
        if coverer is not None and coverer.covering is not None:
            coverer.covering.pop(self, None)
        return self.use()

    def unmeasured(self) -> str | None:
        """What nobody could measure of that which the budget limits; None if all was."""
        binding = self.binding
        measurement = self.measurement
        if binding.meter is not None and (
            measurement is None or measurement.provenance is _UNAVAILABLE
        ):
            return "energy"
        if binding.limits_energy and self.estimated is _UNAVAILABLE:
            return "energy"
        if binding.limits_carbon and binding.session.grid.factor is None:
            return "carbon"
        if binding.limits_tokens and self._tokens is None:
            return "tokens"
        return None

    def _uncover(self) -> None:
        """From now on, work that goes on within this charges itself what it uses."""
        covering = tuple(self.covering or ())
        for scope in covering:
            scope.refresh()
        with _counting:
            self.closed = True
            for scope in covering:
                if not scope.closed:
                    scope.charge_itself()

    def begin_in_child(self) -> None:
        """After a fork: what was used until now is the parent's to charge."""
        holder = self.binding.holder
        self.binding.lock = threading.Lock() if holder is None else holder.lock
        self._held = NOTHING
        self._charged = self.use()

    def refresh(self) -> None:
        """Ask the meter what was used until now."""
        if self._share is not None:
            measurement = self.measurement = self._share.read()
            self._energy = max(self._energy, measurement.energy)

    def _charge(self, *, finally_: bool) -> None:
        """Tell the holder what was used since it was last told, and give back what was held."""
        binding = self.binding
        holder = binding.holder
        with binding.lock:
            energy = self._energy
            factor = binding.session.grid.factor
            if factor is not None and energy != self._carbon_of:
                self._carbon += (energy - self._carbon_of) * factor
                self._carbon_of = energy
            if holder is None or self.coverer is not None:
                return
            use = self.use()
            self._tell_provenance(holder)
            charged, self._charged = self._charged, use
            held, self._held = self._held, NOTHING
            if charged is not NOTHING:
                use = less(use, charged)
            if not finally_:
                # What the call is yet expected to use stays held.
                self._held = rest(held, use)
                held = less(held, self._held)
            holder.charge(held, use)

    def _tell_provenance(self, holder: "LeaseHolder") -> None:
        measurement, estimated = self.measurement, self.estimated
        if measurement is not None:
            provenance = measurement.provenance
            if provenance is not holder.provenance or not holder.learned:
                holder.learn(provenance)
        if estimated is not None:
            holder.learn(estimated)

    def _count(self, name: str, count: int) -> None:
        if count < 0:
            raise ValueError(f"{count} cannot be counted: it is less than nothing")
        scope: WorkScope | None = self
        with _counting:
            while scope is not None:
                if not scope.closed:
                    setattr(scope, name, (getattr(scope, name) or 0) + count)
                scope = scope.parent


def _begin_in_child() -> None:
    global _counting  # noqa: PLW0603  # another thread of the parent may have held it
    _counting = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
