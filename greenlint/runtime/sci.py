"""The decorator that holds a service to a software carbon intensity over a rolling window."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from greenlint.carbon.embodied import embodied_carbon
from greenlint.carbon.sci import Emissions
from greenlint.errors import LedgerError, PolicyError, Problem
from greenlint.ledger.entry import Account, Usage, total_usage
from greenlint.policy.amounts import MICRO, Limits, Metric
from greenlint.policy.budget import Budget, OnExceed, Per
from greenlint.policy.decision import Decision, Outcome
from greenlint.policy.sci_limit import SciLimit, decide_sci, sci_limits
from greenlint.provenance import Provenance
from greenlint.runtime import session as sessions
from greenlint.runtime.accounts import FOREVER
from greenlint.runtime.binding import Binding
from greenlint.runtime.budgets import BudgetGuard
from greenlint.runtime.declaration import Declaration
from greenlint.runtime.errors import Breach, BudgetExceeded
from greenlint.runtime.guarded import ClassMethod, Guarded
from greenlint.runtime.place import calling_place
from greenlint.runtime.scope import WorkScope
from greenlint.runtime.use import Use
from greenlint.units import GramsCO2e, Seconds, parse_carbon

if TYPE_CHECKING:
    from greenlint.runtime.session import Session

logger = logging.getLogger("greenlint")

P = ParamSpec("P")
R = TypeVar("R")


class SciGuard(BudgetGuard):
    """Holds calls to a target under `sci` of the policy: SCI = (O + M) per R.

    O is the energy of the calls times the intensity of the grid where they ran. M is charged for
    the time in which at least one call ran. R is what was delivered: what `scope.units(n)`
    counted, else one for each call that returned. A call that raises, is cancelled or is closed
    early adds to O and M alone. The sums over the policy's window are kept in the ledger, so that
    all processes that share it are judged together; they are looked at by the keeper, about once
    a second. Above the limit, with at least `min_units` in the window, `deny` refuses calls with
    BudgetExceeded until the window has moved on, `warn` logs.
    """

    metered = True

    def __init__(self, declaration: Declaration, cap: GramsCO2e | None = None) -> None:
        super().__init__(declaration)
        self._cap = cap
        self._limit: SciLimit | None = None
        self._adding = threading.Lock()
        # Not yet in the ledger: use by the provenance of its energy, and seconds of hardware.
        self._unsaved: dict[str, _Sums] = {}
        self._reserved = 0.0
        self._running = 0
        self._busy_since = 0.0
        self._breach: Breach | None = None
        self._score: Decision | None = None

    def of_function(self, declaration: Declaration) -> "SciGuard":
        """The guard of one function."""
        return SciGuard(declaration, self._cap)

    def open(self, *, awaiting: bool = False, whole_call: bool = False) -> WorkScope | None:
        """Begin a call, unless the window is over the limit."""
        if self._breach is not None:
            return None
        return super().open(awaiting=awaiting, whole_call=whole_call)

    def admit(self, binding: Binding) -> Use:
        """Refuse while the window is over the limit."""
        breach = self._breach
        if breach is not None:
            self.note(binding, breach)
            raise BudgetExceeded(breach)
        return super().admit(binding)

    def score(self) -> Decision | None:
        """What the latest look at the window said; None before there was one."""
        return self._score

    def bind(self) -> Binding:
        """The target as it binds now."""
        session = sessions.current_session()
        binding = self.binding
        if binding is None or binding.epoch is not session.epoch:
            epoch = session.epoch
            limit = self._resolve(session)
            budget = Budget(
                name=limit.name,
                limits=Limits(),
                per=Per.CALL,
                on_exceed=limit.on_exceed,
                mode=limit.mode,
                source=str(session.policy().path),
            )
            account = Account(limit.name, "sci", session.process.began)
            binding = Binding(self, session, budget, account=account, holder=None, until=FOREVER)
            binding.epoch = epoch
            binding.limits_carbon = True
            session.grid.look()
            self._limit, self._breach, self.binding = limit, None, binding
            session.looks[self] = None
        return binding

    def _begin(self, scope: WorkScope, *, awaiting: bool) -> None:
        with self._adding:
            if self._running == 0:
                self._busy_since = time.monotonic()
            self._running += 1
        super()._begin(scope, awaiting=awaiting)

    def end(self, scope: WorkScope) -> Use:
        """Close a scope, and add what it used to the window."""
        use = super().end(scope)
        units = scope.unit_count
        if units is None:
            units = 1 if scope.whole_call and not scope.failed else 0
        measurement = scope.measurement
        known = measurement is not None and scope.unmeasured() is None
        with self._adding:
            self._running = max(0, self._running - 1)  # fewer: it began before a fork
            self._reserve()
            if measurement is not None and known:
                self._add(measurement.provenance.value, *scope.metered(), units)
            else:
                self._add(Provenance.UNAVAILABLE.value, 0, 0, units)
        return use

    def fail(self, scope: WorkScope) -> None:
        """Close the scope of a call that delivered no unit; what it used counts."""
        scope.failed = True
        super().fail(scope)

    def look(self) -> bool:
        """The keeper's turn: save what was used and judge the window; whether calls run."""
        binding, limit = self.binding, self._limit
        if binding is None or limit is None:
            return False
        with self._adding:
            if self._running:
                self._reserve()
            parts = self._take_whole(limit)
        try:
            ledger = binding.session.ledger()
            if parts:
                ledger.add_usage(limit.name, *parts)
                parts = ()
            window = total_usage(ledger.usage_within(limit.name, limit.window))
        except LedgerError as error:
            with self._adding:
                self._put_back(limit, parts)
            logger.warning("SCI `%s` cannot be judged: %s", limit.name, error)
            return True
        self._judge(binding, limit, window)
        return self._running > 0 or self._breach is not None

    def begin_in_child(self) -> None:
        """After a fork: what is not saved yet, and the calls of other threads, are the parent's."""
        self._adding = threading.Lock()
        self._unsaved = {}
        self._reserved = 0.0
        self._running = 0
        self._busy_since = time.monotonic()

    def _judge(self, binding: Binding, limit: SciLimit, window: Usage) -> None:
        emissions = Emissions(
            GramsCO2e(window.operational / MICRO), GramsCO2e(window.embodied / MICRO), window.units
        )
        decision = decide_sci(limit, emissions)
        before, self._score = self._score, decision
        worse = decision.outcome is not Outcome.ALLOW
        self._breach = (
            _breach(binding, limit, emissions, decision, self.place)
            if decision.outcome is Outcome.DENY
            else None
        )
        if worse and (before is None or before.outcome is not decision.outcome):
            logger.warning("SCI `%s`: %s.", limit.name, decision.reason)
            self._decisions.append(decision)

    def _reserve(self) -> None:
        """Add the time since calls began to run, or since this was last done."""
        now = time.monotonic()
        self._reserved += now - self._busy_since
        self._busy_since = now

    def _add(self, provenance: str, energy: float, operational: float, units: int) -> None:
        sums = self._unsaved.get(provenance)
        if sums is None:
            sums = self._unsaved[provenance] = _Sums()
        sums.energy += energy
        sums.operational += operational
        sums.units += units

    def _take_whole(self, limit: SciLimit) -> tuple[Usage, ...]:
        """What the ledger takes, which is whole numbers; fractions are kept for the next look."""
        parts = [sums.take_whole(provenance) for provenance, sums in self._unsaved.items()]
        rate = _micrograms_per_second(limit)
        embodied = int(self._reserved * rate)
        self._reserved -= embodied / rate if rate else self._reserved
        parts.append(Usage(embodied=embodied))
        return tuple(part for part in parts if part != Usage(provenance=part.provenance))

    def _put_back(self, limit: SciLimit, parts: tuple[Usage, ...]) -> None:
        for part in parts:
            if part.embodied:
                self._reserved += part.embodied / _micrograms_per_second(limit)
            else:
                self._add(part.provenance, part.energy, part.operational, part.units)

    def _resolve(self, session: "Session") -> SciLimit:
        policy = session.policy()
        targets = sci_limits(policy.sections) if policy.sections else {}
        for name in self.declaration.possible_names():
            if name in targets:
                return _capped(targets[name], self._cap)
        where = (
            f"no `sci` target of {policy.path}" if policy.path else "there is no policy, so none"
        )
        raise PolicyError(
            Problem(
                f"{where} is called `{self.declaration.name}`",
                self.declaration.place,
                hint="declare it under `sci`, with its `embodied` carbon",
            )
        )


@overload
def sci_budget(function: ClassMethod, /) -> ClassMethod: ...


@overload
def sci_budget(function: Callable[P, R], /) -> Guarded[P, R]: ...


@overload
def sci_budget(name: str | None = None, limit: str | None = None, /) -> SciGuard: ...


def sci_budget(name: Any = None, limit: str | None = None, /) -> Any:
    """Hold a function to a target under `sci` of the policy, by name.

    Bare, to the one named like the function. A `limit` such as "0.4 gCO2e" can only be stricter
    than the policy's. The target itself stands in the policy, as it takes embodied carbon, a
    window and a least number of units to be an SCI.
    """
    place = calling_place()
    cap = None if limit is None else parse_carbon(limit)
    named = name if isinstance(name, str) else None
    declaration = Declaration(named or place, Limits(), {}, place, guessed=named is None)
    guard = SciGuard(declaration, cap)
    if name is None or named is not None:
        return guard
    function: Any = name
    return guard(function)


def _capped(limit: SciLimit, cap: GramsCO2e | None) -> SciLimit:
    return limit if cap is None or cap >= limit.limit else replace(limit, limit=cap)


@dataclass(slots=True)
class _Sums:
    """Microjoules, micrograms of O, units; with fractions, as a short call emits little."""

    energy: float = 0.0
    operational: float = 0.0
    units: int = 0

    def take_whole(self, provenance: str) -> Usage:
        """The whole numbers, which are taken away."""
        usage = Usage(int(self.energy), int(self.operational), 0, self.units, provenance)
        self.energy -= usage.energy
        self.operational -= usage.operational
        self.units = 0
        return usage


def _micrograms_per_second(limit: SciLimit) -> float:
    """What a second of the hardware embodies."""
    hardware = limit.hardware
    second = embodied_carbon(
        hardware.total, reserved=Seconds(1), lifetime=hardware.lifetime, share=limit.share
    )
    return second * MICRO


def _breach(
    binding: Binding, limit: SciLimit, emissions: Emissions, decision: Decision, place: str
) -> Breach:
    return Breach(
        budget=limit.name,
        outcome=Outcome.STOP if limit.on_exceed is OnExceed.STOP else Outcome.DENY,
        reason=f"{decision.reason} (SCI over the window)",
        metric=Metric.CARBON,
        spent=round(emissions.total / emissions.units * MICRO),
        limit=round(limit.limit * MICRO),
        per=limit.per,
        period=binding.account.period,
        holder=binding.account.holder,
        place=place,
        source=binding.budget.source,
    )
