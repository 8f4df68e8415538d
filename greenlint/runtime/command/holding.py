"""What a budget needs around a command: the meter, the ledger, the region, who is alerted."""

import logging
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from greenlint.ledger.entry import Account
from greenlint.metering.composite import CompositeMeter, available_meters
from greenlint.metering.measurement import Component
from greenlint.metering.rank import find_rank
from greenlint.metering.settings import MeterSettings, meter_settings
from greenlint.policy.admission import decide_region
from greenlint.policy.amounts import Metric
from greenlint.policy.budget import Budget
from greenlint.policy.decision import Outcome
from greenlint.policy.runtime_policy import RuntimePolicy
from greenlint.runtime.accounts import this_process
from greenlint.runtime.alerts import Alerts, targets_of
from greenlint.runtime.alerts.targets import LogTarget, Target
from greenlint.runtime.command.energy import TreeEnergy
from greenlint.runtime.command.gpu_owners import GpuOwners
from greenlint.runtime.command.process_tree import TreeUse
from greenlint.runtime.command.spending import Backing, Spending, State
from greenlint.runtime.grid import IntensityWatch
from greenlint.runtime.surroundings import Machine

if TYPE_CHECKING:
    from greenlint.ledger.entry import Ledger

logger = logging.getLogger("greenlint")

FIRST_READING = 10.0  # seconds to wait for one where unmeasured work is denied
_LOOK_AGAIN_AFTER = 0.05


class Holding:
    """One budget of a policy around one command; `place` says which, in the ledger."""

    def __init__(self, policy: RuntimePolicy, budget: Budget, *, place: str) -> None:
        self._policy = policy
        self._budget = budget
        self._machine = Machine()
        self._ledger: Ledger | None = None
        self._whereabouts = self._machine.region(policy)
        self._watch = IntensityWatch(policy)
        self._factor = self._whereabouts.carbon_factor(self._watch)
        settings = meter_settings(policy.sections.meter) if policy.sections else MeterSettings()
        rank = find_rank()
        self._meter = CompositeMeter(
            available_meters(settings, rank=rank), components=_components(whole=rank.meters_node)
        )
        self._energy = TreeEnergy(self._meter, pue=settings.pue, owners=GpuOwners())
        process = this_process(time.time())
        self.run_id = process.run
        self._alerts = Alerts(_targets(policy), claims=self)
        self._spending = Spending(
            budget,
            process,
            energy=self._energy,
            carbon_factor=self._carbon_factor,
            backing=Backing(self.ledger, self._alerts, policy_hash=policy.hash, place=place),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._spending.close()  # what did not start, say, gives back what was reserved for it
        self._meter.close()
        self._alerts.close()
        if self._ledger is not None:
            self._ledger.close()

    @property
    def account(self) -> Account:
        """The account that is charged now."""
        return self._spending.account

    @property
    def state(self) -> State:
        """How things stand."""
        return self._spending.state

    def ledger(self) -> "Ledger":
        """The ledger of the policy, opened when it is first asked; LedgerError if that fails."""
        if self._ledger is None:
            self._ledger = self._machine.open_ledger(self._policy)
        return self._ledger

    def claim(self, account: Account, threshold: float) -> bool:
        """Whether this process is the first to come to that threshold; from the alerts' thread."""
        return self.ledger().claim(account, threshold)

    def denial(self) -> str | None:
        """Why the command must not start; None when it may."""
        reason = self._region_denial() or self._unmeasured()
        if reason is None:
            return self._spending.admit()
        self._spending.deny(reason)
        return reason

    def begin(self) -> None:
        """The command starts now."""
        self._energy.begin()

    def look(self, use: TreeUse) -> bool:
        """Charge what was used; whether the command must be stopped."""
        return self._spending.look(use)

    def settle(self) -> None:
        """Charge the ledger for all that was used."""
        if not self._spending.close():
            logger.warning(
                "The ledger did not take the last of what was used; the lease will be charged in"
                " full when it expires."
            )

    def _carbon_factor(self) -> float | None:
        return self._whereabouts.carbon_factor(self._watch.known)

    def _region_denial(self) -> str | None:
        """Why nothing may run where this runs, if the policy has a say in that."""
        here = self._whereabouts
        limits = here.limits
        if not limits.allow and not limits.deny and limits.max_intensity is None:
            return None
        decision = decide_region(limits, here.detection, here.intensity_under(limits, self._watch))
        match decision.outcome:
            case Outcome.DENY | Outcome.STOP:
                return decision.reason
            case Outcome.WARN:
                logger.warning("%s.", decision.reason)
                return None
            case Outcome.ALLOW:
                return None

    def _unmeasured(self) -> str | None:
        """What of the budget cannot be measured, where the policy denies such work."""
        allowed = self._budget.allow_unmeasured
        limits_carbon = self._budget.limits.of(Metric.CARBON) is not None
        if limits_carbon and self._factor is None:
            reason = "the carbon intensity is unknown where this runs"
            if not allowed:
                return f"{reason} (`greenlint region` says why)"
            logger.warning("No carbon is counted: %s.", reason)
        if allowed or self._is_readable():
            return None
        return "the energy of this machine cannot be measured"

    def _is_readable(self) -> bool:
        """Whether there is any counter; some backends need seconds for their first reading."""
        deadline = time.monotonic() + FIRST_READING
        while not self._meter.read():
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_AGAIN_AFTER)
        return True


def _targets(policy: RuntimePolicy) -> tuple[Target, ...]:
    """Those that the policy names, and the log: whoever watches the command is always told."""
    named = targets_of(policy.sections.alerts) if policy.sections else ()
    if any(isinstance(target, LogTarget) for target in named):
        return named
    return (LogTarget(), *named)


def _components(*, whole: bool) -> tuple[Component, ...]:
    """What this process meters: of the ranks of a job on a node, one counts CPU and memory."""
    return tuple(Component) if whole else (Component.GPU,)
