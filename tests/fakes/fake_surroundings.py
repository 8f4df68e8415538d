"""Surroundings of a session that a test decides: nothing of the machine is touched."""

from pathlib import Path

from fake_ecologits import FakeEcologits
from fake_meter import FakeMeter

from greenlint.carbon.region import detect
from greenlint.errors import LedgerError
from greenlint.ledger.entry import Account, Ledger
from greenlint.ledger.memory import MemoryLedger
from greenlint.metering.llm import LlmEstimator
from greenlint.metering.settings import llm_settings
from greenlint.policy.admission import RegionLimits, region_limits
from greenlint.policy.amounts import Amounts, Metric
from greenlint.policy.budget import Budget
from greenlint.policy.runtime_policy import RuntimePolicy
from greenlint.runtime.whereabouts import Whereabouts

NOWHERE = Path("/nonexistent")


class FakeAlerts:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Amounts]] = []
        self.exceeded_budgets: list[tuple[str, Metric]] = []

    def look(self, budget: Budget, account: Account, spent: Amounts) -> None:
        self.seen.append((budget.name, spent))

    def exceeded(self, budget: Budget, account: Account, metric: Metric, spent: Amounts) -> None:
        self.exceeded_budgets.append((budget.name, metric))


class FakeSurroundings:
    """A policy file, or none; a fake meter; a ledger in memory that can go out of reach."""

    def __init__(self, policy: Path | None = None) -> None:
        self.policy = policy
        self.meter = FakeMeter()
        self.ledger: Ledger = MemoryLedger()
        self.ledger_is_down = False
        self.told = FakeAlerts()
        self.declared_region = "zone:FR"
        self.load_ecologits = FakeEcologits

    def find_policy(self) -> Path | None:
        return self.policy

    def open_meter(self, policy: RuntimePolicy) -> FakeMeter:
        return self.meter

    def llm_estimator(self, policy: RuntimePolicy) -> LlmEstimator | None:
        settings = llm_settings(policy.sections.meter) if policy.sections else None
        return None if settings is None else LlmEstimator(settings, load=self.load_ecologits)

    def open_ledger(self, policy: RuntimePolicy) -> Ledger:
        if self.ledger_is_down:
            raise LedgerError("The ledger cannot be reached: the test cut it off.")
        return self.ledger

    def alerts(self, policy: RuntimePolicy, claims: object) -> FakeAlerts:
        return self.told

    def region(self, policy: RuntimePolicy) -> Whereabouts:
        detection = detect(environ={"GREENLINT_REGION": self.declared_region}, root=NOWHERE)
        if policy.sections is None:
            return Whereabouts(RegionLimits(), detection)
        return Whereabouts(region_limits(policy.sections.regions, policy.mode), detection)
