"""Which source a policy names, and what it refuses to mix."""

import pytest
from json_server import json_server

from greenlint.carbon.intensity import intensity_of
from greenlint.errors import PolicyError
from greenlint.policy.intensity_lookup import intensity_lookup
from greenlint.policy.limits import IntensitySource

ENVIRON = {"TOKEN": "user:password"}


def test_nothing_said_means_the_bundled_tables(tmp_path) -> None:
    assert intensity_lookup(None, tmp_path) is intensity_of
    assert intensity_lookup(IntensitySource(), tmp_path) is intensity_of


def test_a_csv_file_lies_beside_the_policy(tmp_path) -> None:
    (tmp_path / "grid.csv").write_text("region,grams_per_kwh\nzone:FR,12\n", "utf-8")
    found = intensity_lookup(IntensitySource(source="csv", file="grid.csv"), tmp_path)
    assert found("aws:eu-west-3").grams_per_kwh == 12
    # What the file lacks, the bundled tables have.
    assert found("zone:SE").note.startswith("in place of CSV file: grid.csv has no row")


@pytest.mark.parametrize(
    ("source", "path", "answer"),
    [
        (
            {"source": "electricity-maps", "token_env": "TOKEN"},
            "/carbon-intensity/latest",
            {"zone": "FR", "carbonIntensity": 12, "datetime": "2999-01-01T00:00:00Z"},
        ),
        (
            {"source": "carbon-aware-sdk", "basis": "marginal", "fallback": "unknown"},
            "/emissions/bylocation",
            [{"rating": 12, "time": "2026-01-01T00:00:00Z"}],
        ),
        (
            {
                "source": "watttime",
                "token_env": "TOKEN",
                "zones": {"zone:FR": "FR"},
                "fallback": "unknown",
            },
            "/v3/forecast",
            {
                "data": [{"point_time": "2999-01-01T00:00:00Z", "value": 26.455_471_462}],
                "meta": {"units": "lbs_co2_per_mwh"},
            },
        ),
    ],
    ids=lambda value: value.get("source", "") if isinstance(value, dict) else "",
)
def test_live_sources_are_asked_where_the_policy_says(tmp_path, source, path, answer) -> None:
    with json_server({path: answer, "/login": {"token": "t"}}) as server:
        settings = IntensitySource(url=server.url, stale_after="4y", **source)
        found = intensity_lookup(settings, tmp_path, environ=ENVIRON)("zone:FR")
    assert found.grams_per_kwh == pytest.approx(12)
    assert found.basis == ("average" if source["source"] == "electricity-maps" else "marginal")


def test_a_token_that_is_not_there_is_asked_for(tmp_path) -> None:
    settings = IntensitySource.model_validate(
        {"source": "electricity-maps", "token_env": "EM_TOKEN"}
    )
    with pytest.raises(PolicyError, match="in EM_TOKEN, which is not set"):
        intensity_lookup(settings, tmp_path, environ={})
