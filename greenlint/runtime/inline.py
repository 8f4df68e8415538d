"""Limits that code writes beside a budget's name, or instead of one."""

import math
from collections.abc import Mapping
from typing import Literal, TypedDict

from greenlint.policy.amounts import MICRO, Limits
from greenlint.units import parse_carbon, parse_count, parse_energy, parse_percentage

JOULES_PER_KWH = 3_600_000


class BudgetOptions(TypedDict, total=False):
    """What code may say of a budget; the keys of a policy's budget, and `interrupt`.

    For a budget that the policy declares, the policy decides: what the code says can only make it
    stricter. `per`, `scope` and `timezone` must then be those of the policy, or left out.
    """

    name: str
    """The name in messages, reports and the ledger; that of the function unless given."""
    per: Literal["call", "run", "hour", "day", "month"]
    """What the limit is counted over; `call` unless given, for requests `run`."""
    scope: Literal["process", "host", "fleet"]
    """Who shares the budget; `process` unless given, which is kept in memory."""
    timezone: str
    """Where an hour, day or month begins; `UTC` unless given."""
    warn_at: tuple[str, ...]
    """Shares of the limit at which a warning is given, such as `("50%", "80%")`."""
    on_exceed: Literal["warn", "deny", "stop"]
    """What follows at the limit; `stop` unless given."""
    on_unmeasured: Literal["allow", "deny"]
    """What follows for work whose use cannot be measured; `allow` unless given."""
    on_ledger_down: Literal["allow", "deny"]
    """What follows when the ledger is out of reach and no lease is left; `allow` unless given."""
    mode: Literal["observe", "warn", "enforce"]
    """How far the limit binds; `enforce` unless given."""
    labels: Mapping[str, str]
    """Free words for reports."""
    interrupt: bool
    """Let `stop` raise in the thread of a plain function; see `greenlint.runtime.interrupt`."""


def energy_limit(
    text: str | None, *, joules: float | None = None, kwh: float | None = None
) -> int | None:
    """Microjoules from the one that is given: "2.5 kWh", joules or kilowatt-hours."""
    given = _only(energy=text, joules=joules, kwh=kwh)
    if given is None:
        return None
    if text is not None:
        return round(parse_energy(text) * MICRO)
    factor = MICRO if joules is not None else JOULES_PER_KWH * MICRO
    return round(_positive(given, joules if joules is not None else kwh) * factor)


def carbon_limit(text: str | None, *, grams: float | None = None) -> int | None:
    """Micrograms from the one that is given: "600 gCO2e", or grams of CO2 equivalent."""
    given = _only(carbon=text, grams=grams)
    if given is None:
        return None
    if text is not None:
        return round(parse_carbon(text) * MICRO)
    return round(_positive(given, grams) * MICRO)


def count_limit(count: int | str | None) -> int | None:
    """A whole number from 500, "50k", "20M"."""
    return None if count is None else parse_count(count)


def fractions(shares: tuple[str, ...]) -> tuple[float, ...]:
    """Fractions of a limit in rising order from percentages."""
    return tuple(sorted(parse_percentage(share) for share in shares))


def is_amount(text: str) -> bool:
    """Whether a lone text is an amount, such as "2.5 kWh", and not the name of a budget."""
    return text[:1].isdecimal()


def any_limit(limits: Limits) -> bool:
    """Whether there is a limit at all."""
    return bool(limits.set_metrics())


def _only(**given: object) -> str | None:
    """The name of the one that is given; ValueError for more than one."""
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise ValueError(f"{' and '.join(names)} say the same limit twice: keep one of them")
    return names[0] if names else None


def _positive(name: str, value: float | None) -> float:
    if value is None or isinstance(value, bool) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} must be a number from 0 on, not {value!r}")
    return value
