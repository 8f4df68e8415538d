"""Names of regions (`aws:eu-north-1`, `zone:FR`), and which country or state each lies in."""

import re
from collections.abc import Mapping
from functools import cache

from greenlint.carbon.tables import table

ZONE = "zone:"
_REGION = re.compile(r"(aws|gcp|azure):[a-z0-9-]+|zone:[A-Z]{2}(-[A-Z0-9]+)*")


def is_region(name: str) -> bool:
    """Whether a name has the form of a region, known or not."""
    return _REGION.fullmatch(name) is not None


def zone_of(region: str) -> str | None:
    """The country or state of a region, such as `zone:SE`; None when it is not known."""
    if region.startswith(ZONE):
        return region
    row = table("cloud_regions").rows.get(region)
    return row["zone"] if row else None


def place_of(region: str) -> str | None:
    """The city or area of a cloud region in words; None when it is not known."""
    row = table("cloud_regions").rows.get(region)
    return row["place"] if row else None


def covers(entry: str, region: str) -> bool | None:
    """Whether an entry of an allow or deny list means `region`; None when that can't be told.

    A zone means all that lies in it: `zone:FR` covers `aws:eu-west-3`, `zone:US` covers
    `zone:US-VA`. A cloud region means itself alone.
    """
    if entry == region:
        return True
    if not entry.startswith(ZONE):
        return False
    zone = zone_of(region)
    if zone is None:
        return None
    if entry.startswith(f"{zone}-"):
        # Somewhere in the United States may be in Virginia.
        return None
    return zone == entry or zone.startswith(f"{entry}-")


def cloud_region(name: str) -> str | None:
    """The full name of a cloud's own name for a region: `eu-north-1` is `aws:eu-north-1`."""
    return _by_name().get(name)


@cache
def _by_name() -> Mapping[str, str]:
    """No two clouds use the same name for a region; a test holds that."""
    return {region.partition(":")[2]: region for region in table("cloud_regions").rows}
