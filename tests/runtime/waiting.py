"""Waits for what another thread brings about, and no longer."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Return once `condition` holds; the test fails if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.002)
