"""What a session asks of what lies around it, and of those that it looks after."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from greenlint.ledger.entry import Account, Ledger
from greenlint.policy.amounts import Amounts, Metric
from greenlint.policy.budget import Budget
from greenlint.policy.runtime_policy import RuntimePolicy

if TYPE_CHECKING:
    from greenlint.metering.llm import LlmEstimator
    from greenlint.metering.sampler import ProcessMeter
    from greenlint.runtime.whereabouts import Whereabouts


class Surroundings(Protocol):
    """Where a session gets what lies outside of it."""

    def find_policy(self) -> Path | None:
        """The policy of this process; None when there is none."""
        ...

    def open_meter(self, policy: RuntimePolicy) -> "ProcessMeter":
        """The meter that the policy asks for."""
        ...

    def llm_estimator(self, policy: RuntimePolicy) -> "LlmEstimator | None":
        """What estimates requests to hosted models; None where the policy does not ask for it."""
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
        """Whether the caller is the first to come to that share of the limit.

        LedgerError if nobody can say.
        """
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
