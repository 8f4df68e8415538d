"""When the hour, day or month of a budget begins: pure functions of a time and a time zone."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from greenlint.policy.budget import Per

_QUARTER = 900  # seconds; every change of a clock that is in force today is a multiple of it


def period_start(per: Per, at: float, timezone: str = "UTC") -> int:
    """The start of the period that holds `at`, both in seconds since the epoch.

    Local time decides. The hour that a clock repeats in autumn is two periods. A day starts at
    midnight, or when the clock jumps over midnight. ValueError for calls and runs.
    """
    local = datetime.fromtimestamp(at, _zone(timezone))
    match per:
        case Per.HOUR:
            return _hour(at, timezone)
        case Per.DAY:
            return _seconds(_midnight(local))
        case Per.MONTH:
            return _seconds(_midnight(local.replace(day=1)))
        case Per.CALL | Per.RUN:
            raise ValueError(f"a {per} has no period: it starts when it starts")


def period_end(per: Per, start: int, timezone: str = "UTC") -> int:
    """The start of the period after the one that begins at `start`."""
    local = datetime.fromtimestamp(start, _zone(timezone))
    match per:
        case Per.HOUR:
            end = start + 3600
            while period_start(per, end, timezone) == start:  # a clock set back in its middle
                end += _QUARTER
            return period_start(per, end, timezone)
        case Per.DAY:
            return _seconds(_midnight(local + timedelta(days=1)))
        case Per.MONTH:
            return _seconds(_midnight(local.replace(day=1) + timedelta(days=32)).replace(day=1))
        case Per.CALL | Per.RUN:
            raise ValueError(f"a {per} has no period: it ends when it ends")


def _hour(at: float, timezone: str) -> int:
    """The latest full hour by the local clock; where that changes by half hours, one is longer."""
    start = int(at // 1)
    while past := start - _full_hour(start, timezone):
        start -= past
    return start


def _full_hour(at: int, timezone: str) -> int:
    local = datetime.fromtimestamp(at, _zone(timezone))
    return at - local.minute * 60 - local.second


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _seconds(local: datetime) -> int:
    return int(local.timestamp())


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)
