"""What a checked policy says of running code, as the rules of `greenlint check` may know it."""

from typing import TYPE_CHECKING

from greenlint.policy.amounts import micro
from greenlint.policy.settings import BudgetFacts, PolicyFacts

if TYPE_CHECKING:
    from greenlint.policy.limits import Budget
    from greenlint.policy.model import Policy


def facts_of(policy: "Policy") -> PolicyFacts:
    """The facts of a policy."""
    return PolicyFacts(
        known=True,
        budgets=tuple(_budget_facts(name, budget) for name, budget in policy.budgets.items()),
        sci=tuple(policy.sci),
        requires_budgets="budgets" in policy.practices.require,
        allow=policy.regions.allow,
        deny=policy.regions.deny,
        max_intensity=policy.regions.max_intensity,
        models_allow=policy.models.allow,
        models_deny=policy.models.deny,
    )


def _budget_facts(name: str, budget: "Budget") -> BudgetFacts:
    amounts = {
        "energy": micro(budget.energy),
        "carbon": micro(budget.carbon),
        "tokens": budget.tokens,
        "requests": budget.requests,
    }
    limits = {metric: amount for metric, amount in amounts.items() if amount is not None}
    return BudgetFacts(name=name, per=budget.per, limits=limits)
