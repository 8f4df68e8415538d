"""What a session finds on a real machine: the policy file, the meter, the ledger, the region."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.ledger.entry import Ledger
from greenlint.policy.runtime_policy import RuntimePolicy
from greenlint.runtime.protocols import Alerts, Claims
from greenlint.runtime.whereabouts import Whereabouts

if TYPE_CHECKING:
    from greenlint.metering.llm import LlmEstimator
    from greenlint.metering.sampler import ProcessMeter

POLICY_VARIABLE = "GREENLINT_POLICY"


class Machine:
    """The surroundings of every process that is no test."""

    def find_policy(self) -> Path | None:
        """What GREENLINT_POLICY names, else the nearest upwards, as `greenlint check` does."""
        from greenlint.policy.search import find_policy

        named = os.environ.get(POLICY_VARIABLE)
        return Path(named).absolute() if named else find_policy(Path.cwd())

    def open_meter(self, policy: RuntimePolicy) -> "ProcessMeter":
        """The meter that the policy asks for, or the best that the machine offers."""
        from greenlint.metering.sampler import process_meter
        from greenlint.metering.settings import MeterSettings, meter_settings

        sections = policy.sections
        return process_meter(meter_settings(sections.meter) if sections else MeterSettings())

    def llm_estimator(self, policy: RuntimePolicy) -> "LlmEstimator | None":
        """What estimates requests to hosted models; None where the policy does not ask for it."""
        from greenlint.metering.settings import llm_settings

        settings = llm_settings(policy.sections.meter) if policy.sections else None
        if settings is None:
            return None
        from greenlint.metering.llm import LlmEstimator

        return LlmEstimator(settings)

    def open_ledger(self, policy: RuntimePolicy) -> Ledger:
        """The ledger that the policy names; without a policy, that of the current directory."""
        from greenlint.ledger.connect import open_ledger
        from greenlint.policy.limits import Ledger as LedgerSection
        from greenlint.policy.search import policy_root

        sections = policy.sections
        directory = policy_root(policy.path) if policy.path else Path.cwd()
        return open_ledger(sections.ledger if sections else LedgerSection(), directory)

    def alerts(self, policy: RuntimePolicy, claims: Claims) -> Alerts:
        """The alerts that the policy asks for; Python's logging unless it says otherwise."""
        from greenlint.runtime.alerts import Alerts as RealAlerts
        from greenlint.runtime.alerts.targets import LogTarget, targets_of

        sections = policy.sections
        targets = targets_of(sections.alerts) if sections else (LogTarget(),)
        return RealAlerts(targets, claims=claims)

    def region(self, policy: RuntimePolicy) -> Whereabouts:
        """Where this runs, and where the policy lets it run."""
        from greenlint.carbon.metadata import ask_metadata
        from greenlint.carbon.region import detect
        from greenlint.policy.admission import RegionLimits, region_limits

        regions = policy.sections.regions if policy.sections else None
        if regions is None:
            return Whereabouts(RegionLimits(mode=policy.mode), detect())
        metadata = ask_metadata if regions.metadata else None
        detection = detect(regions.declared, metadata=metadata)
        return Whereabouts(region_limits(regions, policy.mode), detection)
