"""Embodied carbon M: the share of making the hardware that falls to some work."""

from dataclasses import dataclass

from greenlint.carbon.tables import table
from greenlint.provenance import Provenance
from greenlint.units import GramsCO2e, Seconds

GRAMS_PER_KG = 1_000
SECONDS_PER_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Hardware:
    """What it took to make hardware (TE), how long it serves (EL), and who says so."""

    total: GramsCO2e
    lifetime: Seconds
    provenance: Provenance
    source: str


def embodied_carbon(
    total: GramsCO2e, *, reserved: Seconds, lifetime: Seconds, share: float
) -> GramsCO2e:
    """M = TE x TS x RS, with TS = TiR / EL (time) and RS = RR / ToR (resources, `share`).

    The specification's example: 1,000 kg over 4 years, for one hour, is about 28 g.
    """
    return GramsCO2e(total * (reserved / lifetime) * share)


def profile(name: str) -> Hardware | None:
    """A bundled hardware profile; None when there is none of that name."""
    source = table("hardware")
    row = source.rows.get(name)
    if row is None:
        return None
    return Hardware(
        GramsCO2e(float(row["total_kg"]) * GRAMS_PER_KG),
        Seconds(float(row["lifetime_years"]) * SECONDS_PER_YEAR),
        Provenance.MODELLED,
        f"{source.name}: {row['of']}",
    )


def profile_names() -> tuple[str, ...]:
    """The bundled profiles."""
    return tuple(table("hardware").rows)
