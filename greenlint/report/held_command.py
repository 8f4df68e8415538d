"""How things stand with a command that is held to a budget, in one line."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from greenlint.policy.amount_text import amount_text
from greenlint.policy.amounts import Metric
from greenlint.policy.budget import Budget
from greenlint.provenance import Provenance

if TYPE_CHECKING:
    from greenlint.runtime.command.spending import State

_METERED = (Metric.ENERGY, Metric.CARBON)


def live_text(budget: Budget, state: "State") -> str:
    """The line for a terminal: spent, limit, share and time."""
    parts = [f"{budget.name}", *_balances(budget, state), _duration(state.seconds)]
    if state.processes > 1:
        parts.append(f"{state.processes} processes")
    return f" {' | '.join(parts)} "


def summary_text(budget: Budget, state: "State", *, stopped: bool) -> str:
    """The line at the end: what was used, how that is known, and what is spent of the limit."""
    what = "stopped at the limit of" if stopped else "held to"
    used = " and ".join(
        amount_text(state.used.of(metric), metric)
        for metric in _METERED
        if metric is Metric.ENERGY or budget.limits.of(metric) is not None
    )
    spent = ", ".join(_balances(budget, state))
    known = f"used {used} in {_duration(state.seconds)} (energy {_known(state)})"
    if state.provenance is Provenance.UNAVAILABLE:
        known = f"ran for {_duration(state.seconds)}; its energy could not be measured"
    return f"{what} budget {budget.name}: {known}; spent per {budget.per}: {spent}"


def denied_text(budget: Budget, reason: str) -> str:
    """Why a command was not started."""
    return f"denied by budget {budget.name} ({budget.source}): {reason}"


def _balances(budget: Budget, state: "State") -> Iterator[str]:
    for metric in _METERED:
        limit = budget.limits.of(metric)
        if limit is None:
            continue
        spent = state.spent.of(metric)
        share = f" ({100 * spent / limit:.0f}%)" if limit else ""
        yield f"{amount_text(spent, metric)} of {amount_text(limit, metric)}{share}"


def _known(state: "State") -> str:
    others = [source for source in state.sources if source != state.provenance]
    return f"{state.provenance} by {', '.join(others)}" if others else f"{state.provenance}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
