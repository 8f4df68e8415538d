"""Amounts of the ledger as people read them: `1.25 kWh`, `310 mgCO2e`, `1,200 tokens`."""

from collections.abc import Iterable

from greenlint.policy.amounts import Metric

_MICROJOULES = (("kWh", 3_600_000_000_000), ("Wh", 3_600_000_000), ("J", 1_000_000), ("mJ", 1_000))
_MICROGRAMS = (("kgCO2e", 1_000_000_000), ("gCO2e", 1_000_000), ("mgCO2e", 1_000))


def amount_text(amount: int, metric: Metric) -> str:
    """An amount in the units of `Amounts`, with three significant digits and a unit that fits."""
    match metric:
        case Metric.ENERGY:
            return _scaled(amount, _MICROJOULES)
        case Metric.CARBON:
            return _scaled(amount, _MICROGRAMS)
        case Metric.TOKENS | Metric.REQUESTS:
            return f"{amount:,} {metric}"


def _scaled(amount: int, units: Iterable[tuple[str, int]]) -> str:
    unit, size = "", 1
    for unit, size in units:  # noqa: B007  # the last unit serves for whatever is smaller
        if abs(amount) >= size:
            break
    value = amount / size
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{digits}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit}"
