"""When the hours, days and months of budgets begin, wherever and whatever the clocks do."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greenlint.policy.budget import Per
from greenlint.policy.period import period_end, period_start

ZONES = sorted(available_timezones())
PERIODS = [Per.HOUR, Per.DAY, Per.MONTH]
HOUR = 3600
LORD_HOWE = "Australia/Lord_Howe"

times = st.floats(0, 4_102_444_800)  # from 1970 to 2100
zones = st.sampled_from(ZONES)
periods = st.sampled_from(PERIODS)


def utc(text: str) -> int:
    """Seconds since the epoch of an ISO time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("per", "zone", "at", "start", "end"),
    [
        (Per.HOUR, "UTC", "2026-11-21T13:59:59", "2026-11-21T13:00", "2026-11-21T14:00"),
        (Per.DAY, "UTC", "2026-11-21T00:00:00", "2026-11-21T00:00", "2026-11-22T00:00"),
        (Per.MONTH, "UTC", "2026-12-31T23:59:59", "2026-12-01T00:00", "2027-01-01T00:00"),
        # A leap year has a 29th of February, and its February a day more.
        (Per.DAY, "UTC", "2028-02-29T12:00", "2028-02-29T00:00", "2028-03-01T00:00"),
        (Per.MONTH, "UTC", "2028-02-29T12:00", "2028-02-01T00:00", "2028-03-01T00:00"),
        (Per.MONTH, "UTC", "2026-02-28T12:00", "2026-02-01T00:00", "2026-03-01T00:00"),
        # The day of another place.
        (Per.DAY, "Asia/Tokyo", "2026-11-21T15:00", "2026-11-21T15:00", "2026-11-22T15:00"),
        (Per.HOUR, "Asia/Kolkata", "2026-11-21T10:15", "2026-11-21T09:30", "2026-11-21T10:30"),
        # Paris: 23 hours in spring, 25 in autumn.
        (Per.DAY, "Europe/Paris", "2026-03-29T12:00", "2026-03-28T23:00", "2026-03-29T22:00"),
        (Per.DAY, "Europe/Paris", "2026-10-25T12:00", "2026-10-24T22:00", "2026-10-25T23:00"),
        # Paris: the hour from 2 to 3 comes twice, each with a budget of its own.
        (Per.HOUR, "Europe/Paris", "2026-10-25T00:30", "2026-10-25T00:00", "2026-10-25T01:00"),
        (Per.HOUR, "Europe/Paris", "2026-10-25T01:30", "2026-10-25T01:00", "2026-10-25T02:00"),
        # Santiago: the clock jumps over midnight.
        (Per.DAY, "America/Santiago", "2026-09-06T12:00", "2026-09-06T04:00", "2026-09-07T03:00"),
        # Havana: midnight comes twice (in a year that is past: newer tables change the later ones).
        (Per.DAY, "America/Havana", "2024-11-03T05:30", "2024-11-03T04:00", "2024-11-04T05:00"),
        # Lord Howe: half an hour of summer time makes an hour of ninety minutes.
        (
            Per.HOUR,
            LORD_HOWE,
            "2026-04-04T15:15",
            "2026-04-04T14:00",
            "2026-04-04T15:30",
        ),
        # Samoa had no 30 December 2011.
        (Per.DAY, "Pacific/Apia", "2011-12-30T09:59", "2011-12-29T10:00", "2011-12-30T10:00"),
    ],
)
def test_by_hand(per: Per, zone: str, at: str, start: str, end: str) -> None:
    assert period_start(per, utc(at), zone) == utc(start)
    assert period_end(per, utc(start), zone) == utc(end)


@given(times, periods, zones)
@example(utc("2019-04-06T14:11:32"), Per.HOUR, "NZ-CHAT")  # three quarters of an hour off
def test_a_time_lies_in_its_period(at: float, per: Per, zone: str) -> None:
    """Periods follow each other without gap or overlap: that every time is in one, is all of it."""
    start = period_start(per, at, zone)
    end = period_end(per, start, zone)
    assert start <= at < end
    assert period_start(per, start, zone) == start
    assert period_start(per, end - 1, zone) == start
    assert period_start(per, end, zone) == end


@given(times, st.floats(0, 40 * 24 * HOUR), periods, zones)
def test_later_is_never_an_earlier_period(at: float, by: float, per: Per, zone: str) -> None:
    assert period_start(per, at, zone) <= period_start(per, at + by, zone)


@given(times, zones)
def test_a_day_begins_at_midnight_or_at_a_jump_over_it(at: float, zone: str) -> None:
    start = period_start(Per.DAY, at, zone)
    local = datetime.fromtimestamp(start, ZoneInfo(zone))
    just_before = datetime.fromtimestamp(start - 1, ZoneInfo(zone))
    assert (local.hour, local.minute) == (0, 0) or local.utcoffset() != just_before.utcoffset()


@pytest.mark.parametrize("per", [Per.CALL, Per.RUN])
def test_calls_and_runs_have_none(per: Per) -> None:
    with pytest.raises(ValueError, match="has no period"):
        period_start(per, 0)
    with pytest.raises(ValueError, match="has no period"):
        period_end(per, 0)
