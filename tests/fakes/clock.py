"""A clock that stands still until it is told otherwise."""


class FakeClock:
    """Gives `now` in seconds since the epoch; steps either way like one that is being set."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def step(self, seconds: float) -> None:
        """Move by `seconds`, which may be negative."""
        self.now += seconds
