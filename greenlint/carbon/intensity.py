"""Carbon intensity of electricity by region, from the bundled yearly averages."""

from dataclasses import dataclass
from enum import StrEnum

from greenlint.carbon.tables import Table, table
from greenlint.carbon.zones import zone_of
from greenlint.provenance import Provenance
from greenlint.units import GramsPerKwh


class Basis(StrEnum):
    """What a figure is of: all generation, or the plants that answer to one more unit of demand.

    The two are different quantities; sums and fallbacks never mix them.
    """

    AVERAGE = "average"
    MARGINAL = "marginal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intensity:
    """The location-based carbon intensity of the electricity at a place.

    `zone` is what the figure is of, which may be wider than what was asked for. `table` names the
    source. `year` is that of a yearly average; `at` is when a live figure holds, in seconds since
    the epoch. `note` says why a fallback took the place of what the policy names.
    """

    grams_per_kwh: GramsPerKwh
    zone: str
    table: str
    basis: Basis = Basis.AVERAGE
    provenance: Provenance = Provenance.MODELLED
    year: int | None = None
    at: float | None = None
    note: str = ""


_TABLES = ("google_cloud", "united_states", "countries")


def intensity_of(region: str) -> Intensity | None:
    """The bundled figure for a region: its own, else that of its state or country.

    None when there is none. No figure ever stands in for another place: a state that the tables
    lack does not become its country, and an unknown region does not become an average of the world.
    """
    if found := _find(region):
        return found
    zone = zone_of(region)
    return _find(zone) if zone else None


def _find(region: str) -> Intensity | None:
    for name in _TABLES:
        found = _row(table(name), region)
        if found:
            return found
    return None


def _row(source: Table, region: str) -> Intensity | None:
    row = source.rows.get(region)
    if row is None:
        return None
    return Intensity(
        grams_per_kwh=GramsPerKwh(float(row["grams_per_kwh"])),
        zone=region,
        table=source.name,
        year=int(row["year"]),
    )
