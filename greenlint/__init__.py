"""One YAML policy that holds AI code to its energy, carbon and region limits."""

TYPE_CHECKING = False  # as in `typing`, which is not loaded for it
if TYPE_CHECKING:
    from greenlint.runtime.budgets import (
        budget as budget,
    )
    from greenlint.runtime.budgets import (
        carbon_budget as carbon_budget,
    )
    from greenlint.runtime.budgets import (
        energy_budget as energy_budget,
    )
    from greenlint.runtime.budgets import (
        request_budget as request_budget,
    )
    from greenlint.runtime.budgets import (
        token_budget as token_budget,
    )
    from greenlint.runtime.callbacks.keras import KerasBudget as KerasBudget
    from greenlint.runtime.callbacks.lightning import LightningBudget as LightningBudget
    from greenlint.runtime.callbacks.transformers import TransformersBudget as TransformersBudget
    from greenlint.runtime.errors import (
        BudgetExceeded as BudgetExceeded,
    )
    from greenlint.runtime.errors import (
        BudgetUnmeasured as BudgetUnmeasured,
    )
    from greenlint.runtime.errors import (
        RegionDenied as RegionDenied,
    )
    from greenlint.runtime.regions import region_guard as region_guard
    from greenlint.runtime.reload import load_policy as load_policy
    from greenlint.runtime.sci import sci_budget as sci_budget
    from greenlint.runtime.scope import Scope as Scope
    from greenlint.runtime.scope import current_scope as current_scope

__version__ = "0.1.0"

_HOMES = {
    "BudgetExceeded": "errors",
    "BudgetUnmeasured": "errors",
    "KerasBudget": "callbacks.keras",
    "LightningBudget": "callbacks.lightning",
    "RegionDenied": "errors",
    "Scope": "scope",
    "TransformersBudget": "callbacks.transformers",
    "budget": "budgets",
    "carbon_budget": "budgets",
    "current_scope": "scope",
    "energy_budget": "budgets",
    "load_policy": "reload",
    "region_guard": "regions",
    "request_budget": "budgets",
    "sci_budget": "sci",
    "token_budget": "budgets",
}

# Without the callbacks: `from greenlint import *` must not load three trainers.
__all__ = [
    "BudgetExceeded",
    "BudgetUnmeasured",
    "RegionDenied",
    "Scope",
    "__version__",
    "budget",
    "carbon_budget",
    "current_scope",
    "energy_budget",
    "load_policy",
    "region_guard",
    "request_budget",
    "sci_budget",
    "token_budget",
]


def __getattr__(name: str) -> object:
    """Load what is asked for when it is asked for: the command line needs none of it.

    The callbacks also load the trainer that they are for.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"greenlint.runtime.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
