"""What work uses, in whole numbers, so that sums are exact however many are added."""

from dataclasses import dataclass
from enum import StrEnum

MICRO = 1_000_000


def micro(amount: float | None) -> int | None:
    """Joules or grams in the whole millionths that budgets are counted in."""
    return None if amount is None else round(amount * MICRO)


class Metric(StrEnum):
    """What a budget can limit; each value is the name of a field of `Amounts`."""

    ENERGY = "energy"
    CARBON = "carbon"
    TOKENS = "tokens"
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class Amounts:
    """Energy in microjoules, carbon in micrograms of CO2 equivalent, tokens and requests."""

    energy: int = 0
    carbon: int = 0
    tokens: int = 0
    requests: int = 0

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            self.energy + other.energy,
            self.carbon + other.carbon,
            self.tokens + other.tokens,
            self.requests + other.requests,
        )

    def __sub__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            self.energy - other.energy,
            self.carbon - other.carbon,
            self.tokens - other.tokens,
            self.requests - other.requests,
        )

    def __bool__(self) -> bool:
        return bool(self.energy or self.carbon or self.tokens or self.requests)

    def of(self, metric: Metric) -> int:
        """The amount of one metric."""
        value: int = getattr(self, metric)
        return value


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be used of each metric, in the units of `Amounts`; None is no limit."""

    energy: int | None = None
    carbon: int | None = None
    tokens: int | None = None
    requests: int | None = None

    def of(self, metric: Metric) -> int | None:
        """The limit on one metric, None where there is none."""
        value: int | None = getattr(self, metric)
        return value

    def set_metrics(self) -> tuple[Metric, ...]:
        """The metrics that have a limit."""
        return tuple(metric for metric in Metric if self.of(metric) is not None)
