"""The bundled tables: what they say of themselves, and that nothing is made up."""

import re
from pathlib import Path

import pytest

import greenlint.carbon
from greenlint.carbon.intensity import Basis, intensity_of
from greenlint.carbon.tables import table
from greenlint.carbon.zones import cloud_region, covers, is_region, place_of, zone_of

DATA = Path(greenlint.carbon.__file__).parent / "data"
INTENSITIES = ("countries", "united_states", "google_cloud")


@pytest.mark.parametrize("name", [path.stem for path in DATA.glob("*.csv")])
def test_each_table_says_where_it_is_from(name) -> None:
    about = table(name).about
    assert {"table", "licence", "made"} <= set(about)
    assert any(key.startswith("source") and "https://" in about[key] for key in about)
    assert re.match(r"20\d\d-\d\d-\d\d", about["made"])
    if name != "cloud_regions":
        assert {"unit", "year"} <= set(about)


@pytest.mark.parametrize("name", INTENSITIES)
def test_each_intensity_is_plausible(name) -> None:
    for region, row in table(name).rows.items():
        assert is_region(region)
        assert 0 < float(row["grams_per_kwh"]) < 1500
        assert 2009 <= int(row["year"]) <= 2025


@pytest.mark.parametrize(
    ("region", "grams", "zone", "year"),
    [
        ("zone:FR", 56.039, "zone:FR", 2023),
        ("aws:eu-west-3", 56.039, "zone:FR", 2023),
        ("azure:swedencentral", 40.695, "zone:SE", 2023),
        ("gcp:europe-west9", 34, "gcp:europe-west9", 2023),
        ("gcp:me-central1", 575, "gcp:me-central1", 2023),
        # Newer than Google's table, so its country counts.
        ("gcp:europe-north2", 40.695, "zone:SE", 2023),
        # eGRID2023: 364.96 lb/MWh x 453.59237 g / 1,000 kWh.
        ("aws:us-west-2", 165.544, "zone:US-OR", 2023),
    ],
)
def test_the_nearest_figure_counts_and_says_what_it_is_of(region, grams, zone, year) -> None:
    found = intensity_of(region)
    assert found is not None
    assert (found.grams_per_kwh, found.zone, found.year) == (grams, zone, year)
    assert found.basis is Basis.AVERAGE
    assert found.table


@pytest.mark.parametrize("region", ["aws:mars-1", "zone:XX", "zone:CA-QC", "azure:nowhere"])
def test_unknown_stays_unknown(region) -> None:
    assert intensity_of(region) is None


def test_every_cloud_region_has_a_figure() -> None:
    assert [region for region in table("cloud_regions").rows if intensity_of(region) is None] == []


def test_no_two_clouds_share_a_name() -> None:
    names = [region.partition(":")[2] for region in table("cloud_regions").rows]
    assert len(names) == len(set(names))
    assert cloud_region("eu-north-1") == "aws:eu-north-1"
    assert cloud_region("rack-7") is None


@pytest.mark.parametrize(
    ("entry", "region", "expected"),
    [
        ("aws:eu-west-3", "aws:eu-west-3", True),
        ("zone:FR", "aws:eu-west-3", True),
        ("zone:US", "aws:us-east-1", True),
        ("zone:US-VA", "aws:us-east-1", True),
        ("zone:US-VA", "aws:us-west-2", False),
        ("zone:U", "aws:us-east-1", False),
        ("aws:eu-west-3", "zone:FR", False),
        ("zone:US-VA", "zone:US", None),
        ("zone:FR", "aws:new-1", None),
        ("aws:eu-west-3", "aws:new-1", False),
    ],
)
def test_a_zone_covers_what_lies_in_it(entry, region, expected) -> None:
    assert covers(entry, region) is expected


def test_places_have_words() -> None:
    assert place_of("aws:eu-north-1") == "Stockholm"
    assert place_of("aws:mars-1") is None
    assert zone_of("zone:FR") == "zone:FR"
