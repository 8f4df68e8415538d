"""Holds calls and blocks to one budget, and says what was spent and decided under it."""

import logging
import time
from collections import deque
from typing import Any

from greenlint.ledger.entry import DecisionEntry
from greenlint.policy.amounts import Amounts, Limits, Metric
from greenlint.policy.budget import Budget, Mode
from greenlint.policy.decision import Decision, Outcome
from greenlint.runtime import session as sessions
from greenlint.runtime.binding import READY, Binding, decision_of
from greenlint.runtime.declaration import Declaration
from greenlint.runtime.errors import Breach, BudgetExceeded, BudgetUnmeasured
from greenlint.runtime.scope import WorkScope, innermost
from greenlint.runtime.use import NOTHING, REQUESTS, Use, beyond

logger = logging.getLogger("greenlint")

KEPT = 100  # decisions that a guard remembers
WATCHED = 2.0  # seconds of a long call that are held at once, where the keeper can stop it
LOG_AGAIN = 60.0  # seconds between two messages on unmeasured work
_UNMEASURED = {
    what: Decision(Outcome.ALLOW, f"the {what} of the call could not be measured", Metric(what))
    for what in ("energy", "carbon", "tokens")
}


class Guard:
    """One budget, for all calls of a function or all runs of a block.

    It estimates what the next call needs from those before it, so that a lease covers calls that
    run at the same time. `metered` asks for a meter whatever the budget limits.
    """

    metered = False

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.place = declaration.place
        self.need: Use = NOTHING
        self.last: Use = NOTHING
        self.unmeasured = 0
        self.binding: Binding | None = None
        self._mean: list[float] | None = None
        self._decisions: deque[Decision] = deque(maxlen=KEPT)
        self._logged = float("-inf")

    def open(self, *, awaiting: bool = False, whole_call: bool = False) -> WorkScope | None:
        """Begin work in the caller's context if that takes no waiting; None if it does."""
        binding = self.binding
        session = sessions.active
        if (
            binding is None
            or session is None
            or binding.epoch is not session.epoch
            or not binding.since <= session.clock() < binding.until
            or binding.unchecked
        ):
            return None
        parent = innermost()
        holder = binding.holder
        need = self.need
        coverer = None if parent is None else _coverer(binding, parent)
        if coverer is not None or holder is None:
            need = NOTHING
        elif not holder.take(need):
            return None
        scope = WorkScope(binding, parent, need, whole_call=whole_call)
        if coverer is not None:
            scope.be_covered_by(coverer)
        self._begin(scope, awaiting=awaiting)
        return scope

    def open_slowly(self, *, awaiting: bool = False, whole_call: bool = False) -> WorkScope:
        """Begin work, waiting for the policy and the ledger; raises if it is not admitted."""
        parent = innermost()
        binding = self.bind()
        coverer = None if parent is None else _coverer(binding, parent)
        need = self.admit(binding) if coverer is None else NOTHING
        scope = WorkScope(binding, parent, need, whole_call=whole_call)
        if coverer is not None:
            scope.be_covered_by(coverer)
        self._begin(scope, awaiting=awaiting)
        return scope

    def begin(self, binding: Binding, need: Use, *, awaiting: bool, whole_call: bool) -> WorkScope:
        """Begin work that was admitted before, in another thread."""
        parent = innermost()
        coverer = None if parent is None else _coverer(binding, parent)
        if coverer is not None:
            self.give_back(binding, need)
            need = NOTHING
        scope = WorkScope(binding, parent, need, whole_call=whole_call)
        if coverer is not None:
            scope.be_covered_by(coverer)
        self._begin(scope, awaiting=awaiting)
        return scope

    def admit_within(self, parent: WorkScope | None) -> tuple[Binding, Use]:
        """Bind, and hold what a call needs that begins within `parent`; for any thread."""
        binding = self.bind()
        if parent is not None and _coverer(binding, parent) is not None:
            return binding, NOTHING
        return binding, self.admit(binding)

    def admit(self, binding: Binding) -> Use:
        """Hold what the next call needs; raises if there is no room."""
        binding.require_meter()
        return NOTHING if binding.holder is None else binding.admit(self.need, self.place)

    def give_back(self, binding: Binding, need: Use) -> None:
        """What was held for a call that does not take place."""
        if binding.holder is not None:
            with binding.lock:
                binding.holder.charge(need, NOTHING)

    def bind(self) -> Binding:
        """The budget as it binds now; reads the policy if that is yet to be done."""
        session = sessions.current_session()
        binding = self.binding
        if (
            binding is None
            or binding.epoch is not session.epoch
            or not binding.since <= session.clock() < binding.until
        ):
            epoch = session.epoch
            budget, declared = self.declaration.resolve(session.policy())
            account, until = session.account(budget)
            holder = session.holder(budget, account, declared=declared)
            binding = Binding(self, session, budget, account=account, holder=holder, until=until)
            binding.epoch = epoch
            self._estimate_for(binding)
            self.binding = binding
        return binding

    def _begin(self, scope: WorkScope, *, awaiting: bool) -> None:
        session = scope.binding.session
        session.open_scopes[scope] = None
        if session.keeper.asleep:
            session.keeper.poke()
        scope.begin(awaiting=awaiting)

    def end(self, scope: WorkScope) -> Use:
        """Close a scope, whatever became of its work; what it used."""
        binding = scope.binding
        use = scope.close()
        binding.session.open_scopes.pop(scope, None)
        self.last = use
        if binding.holder is not None and scope.coverer is None:
            self._learn(binding, scope, use)
        return use

    def finish(self, scope: WorkScope, result: Any) -> Any:  # noqa: ANN401  # what the call returned
        """Close the scope of a call that returned; its result, or an error that holds it."""
        use = self.end(scope)
        binding = scope.binding
        if binding.holder is None and (metric := beyond(binding.budget.limits, use)) is not None:
            breach = binding.breach_of_call(metric, use)
            if binding.act_on(scope, breach) is not None:
                raise BudgetExceeded(breach, result=result, finished=True)
        if (what := scope.unmeasured()) is not None:
            self._note_unmeasured(binding, what, result)
        return result

    def fail(self, scope: WorkScope) -> None:
        """Close the scope of work that raised: its own error goes on, what it spent is settled."""
        use = self.end(scope)
        binding = scope.binding
        if binding.holder is None and (metric := beyond(binding.budget.limits, use)) is not None:
            binding.act_on(scope, binding.breach_of_call(metric, use))

    def note(self, binding: Binding, breach: Breach) -> None:
        """Remember and record a decision, and tell who is to be told."""
        decision = decision_of(breach)
        self._decisions.append(decision)
        session = binding.session
        session.record(
            DecisionEntry(
                account=binding.account,
                outcome=breach.outcome,
                reason=breach.reason,
                at=session.clock(),
                policy_hash=session.policy().hash,
                provenance=(binding.holder and binding.holder.provenance) or "",
                place=breach.place,
                labels=binding.budget.labels,
            )
        )
        if breach.used_up and (breach.spent > breach.limit or breach.outcome is not Outcome.ALLOW):
            spent = Amounts(**{breach.metric.value: breach.spent})
            alerts = session.alerts()
            alerts.look(binding.budget, binding.account, spent)
            alerts.exceeded(binding.budget, binding.account, breach.metric, spent)

    def decisions(self) -> tuple[Decision, ...]:
        """The latest decisions other than plain permission, the oldest first."""
        return tuple(self._decisions)

    def spent(self) -> Amounts:
        """What is spent of the budget in this period; per call, what the last call used."""
        binding = self.bind()
        if binding.holder is None:
            return Amounts(*(int(amount) for amount in self.last))
        return binding.holder.spent()

    def remaining(self) -> Limits:
        """What is left of each limit, never less than 0; None where there is no limit."""
        budget, spent = self.budget(), self.spent()
        left = {}
        for metric in Metric:
            limit = budget.limits.of(metric)
            left[metric.value] = None if limit is None else max(0, limit - spent.of(metric))
        return Limits(**left)

    def budget(self) -> Budget:
        """The budget as it holds now, with the policy's caps."""
        return self.bind().budget

    def _estimate_for(self, binding: Binding) -> None:
        """Until a call has shown what it costs, it needs the least of each metric."""
        if self._mean is None:
            self.need = _need(binding, NOTHING)
        else:
            self.need = _need(binding, tuple(self._mean))  # type: ignore[arg-type]  # of four

    def _learn(self, binding: Binding, scope: WorkScope, use: Use) -> None:
        """A moving average of the calls: each one counts an eighth."""
        if binding.limited == (REQUESTS,):
            return
        measurement = scope.measurement
        if binding.stops and measurement is not None and measurement.seconds > WATCHED:
            # The keeper looks at a long call while it runs: hold only what passes until it does.
            part = WATCHED / measurement.seconds
            use = (use[0] * part, use[1] * part, use[2] * part, use[3])
        mean, need = self._mean, self.need
        if mean is None:
            self._mean = list(use)
            self.need = _need(binding, use)
            return
        moved = False
        for at in binding.limited:
            held = need[at]
            mean[at] += (use[at] - mean[at]) / 8
            # What is held follows in steps: making it anew costs as much as all of this.
            if not held * 0.9 <= mean[at] <= held * 1.1:
                moved = True
        if moved:
            self.need = _need(binding, (mean[0], mean[1], mean[2], mean[3]))

    def log_unmeasured(self, binding: Binding, what: str, *, seconds: float = READY) -> None:
        """Warn of work that cannot be measured, now and then; not while the meter may yet start."""
        now = time.monotonic()
        if seconds < READY or now - self._logged < LOG_AGAIN or binding.budget.mode is Mode.OBSERVE:
            return
        self._logged = now
        allowed = binding.budget.allow_unmeasured
        logger.warning(
            "Budget `%s`: the %s of %s could not be measured, and the policy says %s.",
            binding.budget.name,
            what,
            self.place,
            "allow" if allowed else "deny",
        )

    def _note_unmeasured(self, binding: Binding, what: str, result: object) -> None:
        self.unmeasured += 1
        budget = binding.budget
        denied = not budget.allow_unmeasured and budget.mode is Mode.ENFORCE
        self.log_unmeasured(binding, what)
        if denied:
            breach = binding.unmeasured(what)
            self._decisions.append(decision_of(breach))
            raise BudgetUnmeasured(breach, result=result, finished=True)
        self._decisions.append(_UNMEASURED[what])


def _need(binding: Binding, use: Use) -> Use:
    """What to hold: at least one of each limited metric, and one request."""
    need = [0, 0, 0, 0]
    for at in binding.limited:
        need[at] = 1 if at == REQUESTS else max(1, round(use[at]))
    return (need[0], need[1], need[2], need[3])


def _coverer(binding: Binding, parent: WorkScope) -> WorkScope | None:
    """The running work around this that charges the same account: it is charged there, once."""
    scope: WorkScope | None = parent
    while scope is not None:
        around = scope.binding
        if (
            around.holder is not None
            and not scope.closed
            and scope.coverer is None
            and around.account == binding.account
        ):
            return scope
        scope = scope.parent
    return None
