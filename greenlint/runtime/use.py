"""What one piece of work used, as plain tuples: cheaper on the hot path than `Amounts`."""

from greenlint.policy.amounts import Amounts, Limits, Metric

# Energy in microjoules, carbon in micrograms of CO2e, tokens, requests: the fields of `Amounts`.
# Carbon may have a fraction: a short call emits less than a microgram.
Use = tuple[float, float, float, float]

NOTHING: Use = (0, 0, 0, 0)
METRICS = tuple(Metric)
ENERGY, CARBON, TOKENS, REQUESTS = range(4)


def amounts(use: Use) -> Amounts:
    """The same in whole numbers, rounded down."""
    return Amounts(int(use[0]), int(use[1]), int(use[2]), int(use[3]))


def use_of(amount: Amounts) -> Use:
    """The same as a tuple."""
    return (amount.energy, amount.carbon, amount.tokens, amount.requests)


def limited(limits: Limits) -> tuple[int, ...]:
    """Which positions of a `Use` have a limit."""
    return tuple(at for at, metric in enumerate(METRICS) if limits.of(metric) is not None)


def less(use: Use, other: Use) -> Use:
    """The difference."""
    return (use[0] - other[0], use[1] - other[1], use[2] - other[2], use[3] - other[3])


def rest(held: Use, used: Use) -> Use:
    """What of `held` is not used yet."""
    return (
        max(0, held[0] - used[0]),
        max(0, held[1] - used[1]),
        max(0, held[2] - used[2]),
        max(0, held[3] - used[3]),
    )


def beyond(limits: Limits, use: Use) -> Metric | None:
    """The first metric of which more is used than the limit."""
    for metric, used in zip(METRICS, use, strict=True):
        limit = limits.of(metric)
        if limit is not None and used > limit:
            return metric
    return None
