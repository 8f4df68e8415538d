"""What energy emits where this process runs, by the source that the policy names."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from greenlint.errors import PolicyError
from greenlint.forking import no_fork

if TYPE_CHECKING:
    from greenlint.carbon.intensity import Intensity
    from greenlint.carbon.intensity_feed import IntensityFeed, Lookup
    from greenlint.policy.runtime_policy import RuntimePolicy
    from greenlint.runtime.whereabouts import Whereabouts

logger = logging.getLogger("greenlint")

LOOK_AGAIN = 900.0  # seconds until it is looked up again where this process runs
FIRST_ANSWER = 2.0  # seconds that the first look at a region waits for a live source


class Locator(Protocol):
    """Who knows where this process runs."""

    def region(self, policy: "RuntimePolicy") -> "Whereabouts":
        """Where it runs, and where the policy lets it."""
        ...


class IntensityWatch:
    """The figures of a policy's source, for code that must not wait for a web service.

    A live source is asked in a thread of its own whenever a figure that is looked at has aged.
    Only the first look at a region waits for the answer, and not for long: a policy that names a
    source means its figures, also for a job that looks once. `known` does not even do that.
    """

    def __init__(self, policy: "RuntimePolicy", *, patience: float = FIRST_ANSWER) -> None:
        # These bring in what speaks HTTP.
        from greenlint.carbon.intensity_feed import IntensityFeed
        from greenlint.policy.intensity_lookup import intensity_lookup

        source = policy.sections.regions.intensity if policy.sections else None
        directory = policy.path.parent if policy.path else Path()
        self._lookup: Lookup = intensity_lookup(source, directory)
        self._feed = self._lookup if isinstance(self._lookup, IntensityFeed) else None
        self._patience = patience
        self._lock = threading.Lock()
        self._asking: dict[str, threading.Event] = {}
        self._seen: set[str] = set()

    @property
    def live(self) -> bool:
        """Whether figures may change while the process runs."""
        return self._feed is not None

    def __call__(self, region: str) -> "Intensity | None":
        """The figure for a region; the first look at it waits a moment for a live source."""
        if self._feed is not None and region not in self._seen:
            self._ask(self._feed, region).wait(self._patience)
            self._seen.add(region)
        return self.known(region)

    def known(self, region: str) -> "Intensity | None":
        """The same without waiting: what is known by now, or its fallback."""
        if self._feed is None:
            return self._lookup(region)
        if self._feed.is_due(region):
            self._ask(self._feed, region)
        return self._feed.known(region)

    def _ask(self, feed: "IntensityFeed", region: str) -> threading.Event:
        """Have the source asked; what is set once it has answered or failed."""
        with self._lock:
            answered = self._asking.get(region)
            if answered is None:
                answered = self._asking[region] = threading.Event()
                threading.Thread(
                    target=self._refresh,
                    args=(feed, region, answered),
                    name="greenlint-intensity",
                    daemon=True,
                ).start()
            return answered

    def _refresh(self, feed: "IntensityFeed", region: str, answered: threading.Event) -> None:
        try:
            feed.refresh(region)
        finally:
            with self._lock:
                del self._asking[region]
            answered.set()


class Grid:
    """The carbon of energy here: `factor` is in micrograms of CO2e per microjoule, None if unknown.

    `look` is for whoever begins work whose carbon is limited, `follow` for the keeper.
    """

    factor: float | None = None

    def __init__(
        self,
        locator: Locator,
        policy: "Callable[[], RuntimePolicy]",
        *,
        clock: Callable[[], float],
    ) -> None:
        self._locator = locator
        self._policy = policy
        self._clock = clock
        self._lock = threading.Lock()
        self._located = float("-inf")
        self._here: Whereabouts | None = None
        self._watch: IntensityWatch | None = None

    def watch(self) -> IntensityWatch:
        """The figures of the policy's source; PolicyError if that cannot be used."""
        with no_fork(), self._lock:  # it may import what speaks HTTP
            if self._watch is None:
                self._watch = IntensityWatch(self._policy())
            return self._watch

    def here(self) -> "Whereabouts":
        """Where this process runs by what can be seen now."""
        with no_fork():
            return self._locator.region(self._policy())

    def look(self) -> None:
        """Find out what energy emits here; the first time it waits a moment for a live source."""
        watch = self.watch()
        self._locate()
        if self._here is not None:
            self.factor = self._here.carbon_factor(watch)

    def follow(self) -> None:
        """Keep up with the source, and with where this runs; never waits for a web service."""
        # The clock may have been set back.
        if not 0 <= self._clock() - self._located < LOOK_AGAIN:
            self._locate()
        elif self._watch is None or not self._watch.live:
            return
        try:
            watch = self.watch()
        except PolicyError as error:
            logger.warning("No carbon is counted: %s", error)
            return
        if self._here is not None:
            self.factor = self._here.carbon_factor(watch.known)

    def reload(self) -> None:
        """The policy is another one; what was known holds until the next look."""
        with self._lock:
            self._watch = None
        self._located = float("-inf")

    def _locate(self) -> None:
        self._located = self._clock()
        self._here = self.here()
