"""Keeps the figures of a source: asks again when they age, falls back when they are stale."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from greenlint.carbon.http_json import ServiceError
from greenlint.carbon.intensity import Intensity
from greenlint.carbon.intensity_sources import IntensitySource
from greenlint.units import Seconds

Lookup = Callable[[str], Intensity | None]

_log = logging.getLogger("greenlint.carbon")


@dataclass(slots=True)
class _Kept:
    """The last figure for a region, when it was asked for, and why the last try failed."""

    intensity: Intensity | None = None
    answered: float = 0.0
    asked: float = 0.0
    trouble: str = "it has not been asked yet"


class IntensityFeed:
    """Figures of one source by region. Calling it asks the source when a figure has aged.

    `known` never asks, so that it may stand where nothing may wait. Figures of one basis never
    take the place of those of another, whatever `fallback` has.
    """

    def __init__(
        self,
        source: IntensitySource,
        *,
        refresh_after: Seconds,
        stale_after: Seconds,
        fallback: Lookup,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._refresh_after = refresh_after
        self._stale_after = stale_after
        self._fallback = fallback
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._asking = threading.Lock()

    def __call__(self, region: str) -> Intensity | None:
        """The figure for a region, asked for if it is due; None when there is none."""
        self.refresh(region)
        return self.known(region)

    def known(self, region: str) -> Intensity | None:
        """The last figure, or what takes its place when it is stale; asks nobody."""
        kept = self._kept.get(region, _Kept())
        found = kept.intensity
        if found is not None:
            since = found.at if found.at is not None else kept.answered
            if self._clock() - since <= self._stale_after:
                return found
        instead = self._fallback(region)
        if instead is None or instead.basis is not self._source.basis:
            return None
        trouble = kept.trouble or "its figure is stale"
        return replace(instead, note=f"in place of {self._source.name}: {trouble}")

    def is_due(self, region: str) -> bool:
        """Whether `refresh` would ask the source."""
        kept = self._kept.get(region)
        # The clock may have been set back since.
        return kept is None or not 0 <= self._clock() - kept.asked < self._refresh_after

    def refresh(self, region: str) -> None:
        """Ask the source, unless it was asked within `refresh_after`, whatever it answered."""
        with self._asking:
            if not self.is_due(region):
                return
            kept = self._kept.get(region, _Kept())
            now = self._clock()
            try:
                found = self._source.fetch(region)
            except ServiceError as error:
                _log.warning("No carbon intensity of %s: %s", region, error)
                self._kept[region] = replace(kept, asked=now, trouble=str(error))
            else:
                self._kept[region] = _Kept(found, answered=now, asked=now, trouble="")
