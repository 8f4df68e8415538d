"""Renders what was spent, reserved and left of each budget, with a bar for each limit."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from greenlint.policy.amounts import Metric
from greenlint.policy.budget import Per
from greenlint.policy.period import period_end
from greenlint.report.budget_status import BudgetStatus
from greenlint.report.ledger import UNITS, short, time_text
from greenlint.report.palette import BOLD, DIM, GREEN, Style
from greenlint.report.screen import visible, width_of

BLOCKS, PLAIN = "█▓░", "#=."  # spent, reserved, left
_YELLOW, _RED = "1;33", "1;31"
_WARN_AT = 0.8  # of the limit, for a budget that says nothing itself
_LABEL, _AMOUNT, _LEAST_BAR, _WIDEST_BAR = 10, 12, 8, 40
_STARTS = {Per.HOUR: "%Y-%m-%d %H:%M", Per.DAY: "%Y-%m-%d", Per.MONTH: "%Y-%m"}


def budgets_text(shown: Sequence[BudgetStatus], style: Style, *, bar: str) -> Iterator[str]:
    """A heading for each budget and period, and a line for each metric it limits or counts."""
    length = min(max(style.width - 2 - _LABEL - 1 - 4 * _AMOUNT, _LEAST_BAR), _WIDEST_BAR)
    names = "".join(f"{name:>{_AMOUNT}}" for name in ("spent", "reserved", "left", "limit"))
    yield style.paint(DIM, " " * (2 + _LABEL + length) + names)
    for status in shown:
        yield from _heading(status, style)
        for metric in status.metrics():
            yield _line(status, metric, length, style, bar=bar)


def budgets_json(shown: Sequence[BudgetStatus], place: str) -> Iterator[str]:
    """The same for machines, version 1, in whole millionths."""
    content = {
        "version": 1,
        "ledger": place,
        "units": {metric.value: unit for metric, unit in UNITS.items()},
        "budgets": [_content(status) for status in shown],
    }
    yield from json.dumps(content, indent=2, ensure_ascii=False).splitlines()


def _heading(status: BudgetStatus, style: Style) -> Iterator[str]:
    name, holder = visible(status.name), visible(status.holder or "not used yet")
    if width_of(holder) > style.width // 2:  # a process is named by its machine and its start
        holder = f"{holder[:16]}...{holder[-16:]}"
    facts = f"{_period(status)}, {holder}"
    if width_of(name) + 2 + width_of(facts) <= style.width:
        yield f"{style.paint(BOLD, name)}  {style.paint(DIM, facts)}"
    else:
        yield style.paint(BOLD, name)
        yield style.paint(DIM, f"  {facts}")


def _period(status: BudgetStatus) -> str:
    budget = status.declared
    per = f"per {budget.per}" if budget else ""
    if status.period is None:
        return per
    if budget is None or budget.per not in _STARTS:
        since = f"since {datetime.fromtimestamp(status.period, UTC):%Y-%m-%d %H:%M} UTC"
        return f"{per} {since}".lstrip()
    local = datetime.fromtimestamp(status.period, ZoneInfo(budget.timezone))
    return f"{budget.per} {local:{_STARTS[budget.per]}} {budget.timezone}"


def _line(status: BudgetStatus, metric: Metric, length: int, style: Style, *, bar: str) -> str:
    spent, reserved = status.balance.settled.of(metric), status.balance.reserved.of(metric)
    limit = status.limits.of(metric)
    remaining = status.left(metric)
    left = "" if remaining is None else short(remaining, metric)
    most = "none" if limit is None else short(limit, metric)
    drawn = " " * length if limit is None else _bar(status, metric, length, style, bar=bar)
    amounts = (short(spent, metric), short(reserved, metric), left, most)
    return f"  {metric:{_LABEL}}{drawn}" + "".join(f"{text:>{_AMOUNT}}" for text in amounts)


def _bar(status: BudgetStatus, metric: Metric, length: int, style: Style, *, bar: str) -> str:
    spent, reserved = status.balance.settled.of(metric), status.balance.reserved.of(metric)
    limit = status.limits.of(metric) or 0
    used = min(_share(spent, limit, length), length)
    held = min(_share(reserved, limit, length), length - used)
    warn_at = status.declared.warn_at if status.declared else ()
    if spent >= limit:
        color = _RED
    elif spent >= limit * (warn_at[0] if warn_at else _WARN_AT):
        color = _YELLOW
    else:
        color = GREEN
    left = length - used - held
    return style.paint(color, bar[0] * used) + bar[1] * held + style.paint(DIM, bar[2] * left)


def _share(amount: int, limit: int, length: int) -> int:
    """How many cells an amount fills; what is not nothing fills one, what is not all, not all."""
    if amount <= 0:
        return 0
    if amount >= limit:
        return length
    return min(max(round(amount / limit * length), 1), length - 1)


def _content(status: BudgetStatus) -> dict[str, Any]:
    budget, period = status.declared, status.period
    return {
        "budget": status.name,
        "holder": status.holder,
        "per": budget.per.value if budget else None,
        "timezone": budget.timezone if budget else None,
        "period": None if period is None else time_text(period),
        "ends": _end(status),
        "current": status.current,
        "open_leases": status.open_leases,
        "source": budget.source if budget else None,
        "metrics": {
            metric.value: {
                "settled": status.balance.settled.of(metric),
                "reserved": status.balance.reserved.of(metric),
                "left": status.left(metric),
                "limit": status.limits.of(metric),
            }
            for metric in status.metrics()
        },
    }


def _end(status: BudgetStatus) -> str | None:
    budget, period = status.declared, status.period
    if budget is None or period is None or budget.per not in _STARTS:
        return None
    return time_text(period_end(budget.per, period, budget.timezone))
