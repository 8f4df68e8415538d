"""Live sources of intensity, asked over real HTTP on this machine, and a CSV file."""

import logging
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest
from clock import FakeClock
from json_server import Redirect, json_server

from greenlint.carbon.http_json import ServiceError
from greenlint.carbon.intensity import Basis, Intensity, intensity_of
from greenlint.carbon.intensity_feed import IntensityFeed
from greenlint.carbon.intensity_sources import CarbonAwareSdk, CsvFile, ElectricityMaps, WattTime
from greenlint.provenance import Provenance
from greenlint.units import GramsPerKwh, Seconds

SECRET = "s3cr3t-t0ken"  # noqa: S105 - the value that must appear nowhere
EM = "/v3/carbon-intensity/latest"


def em_answer(grams: object = 41) -> dict[str, object]:
    return {"zone": "SE", "carbonIntensity": grams, "datetime": "2026-11-26T12:00:00.000Z"}


def electricity_maps(url: str, **zones: str) -> ElectricityMaps:
    return ElectricityMaps(SECRET, f"{url}/v3", {"aws:us-east-1": "US-MIDA-PJM", **zones})


@pytest.mark.parametrize(
    ("region", "query"),
    [
        ("zone:SE", {"zone": ["SE"]}),
        ("aws:eu-north-1", {"dataCenterProvider": ["aws"], "dataCenterRegion": ["eu-north-1"]}),
        ("aws:us-east-1", {"zone": ["US-MIDA-PJM"]}),
    ],
)
def test_electricity_maps_is_asked_by_zone_or_data_center(region, query) -> None:
    with json_server({EM: em_answer()}) as server:
        found = electricity_maps(server.url).fetch(region)
        asked = server.asked[0]
    assert parse_qs(urlsplit(asked.path).query) == query
    assert asked.headers["Auth-Token"] == SECRET
    assert (found.grams_per_kwh, found.zone, found.basis) == (41, "zone:SE", Basis.AVERAGE)
    assert found.at == 1_795_694_400


def test_watttime_logs_in_and_its_pounds_become_grams() -> None:
    forecast = {
        "data": [{"point_time": "2026-11-26T12:00:00+00:00", "value": 1000.0}],
        "meta": {"units": "lbs_co2_per_mwh"},
    }
    with json_server({"/login": {"token": "t"}, "/v3/forecast": forecast}) as server:
        source = WattTime(f"me:{SECRET}", server.url, {"aws:us-west-1": "CAISO_NORTH"})
        found = source.fetch("aws:us-west-1")
        login, asked = server.asked
        with pytest.raises(ServiceError, match="does not say what WattTime calls zone:FR"):
            source.fetch("zone:FR")
    assert login.headers["Authorization"].startswith("Basic ")
    assert asked.headers["Authorization"] == "Bearer t"
    # 1,000 lb/MWh x 453.59237 g/lb / 1,000 kWh/MWh
    assert found.grams_per_kwh == pytest.approx(453.592_37)
    assert found.basis is Basis.MARGINAL


def test_the_carbon_aware_sdk_gives_the_latest_figure_of_the_past() -> None:
    answer = [
        {"location": "westus", "time": "2026-01-01T00:00:00+00:00", "rating": 300},
        {"location": "westus", "time": "2026-01-01T01:00:00+00:00", "rating": 310.5},
        {"location": "westus", "time": "2999-01-01T00:00:00+00:00", "rating": 1},
        "noise",
    ]
    with json_server({"/emissions/bylocation": answer}) as server:
        source = CarbonAwareSdk(server.url, basis=Basis.MARGINAL)
        found = source.fetch("azure:westus")
        assert server.asked[0].path.endswith("?location=westus")
        server.answers["/emissions/bylocation"] = []
        with pytest.raises(ServiceError, match="no figure for westus"):
            source.fetch("azure:westus")
    assert (found.grams_per_kwh, found.basis) == (310.5, Basis.MARGINAL)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (401, "answered 401"),
        (500, "answered 500"),
        ("<html>", "did not answer with JSON"),
        ({"error": "no zone"}, "has no figure for zone:SE"),
        (em_answer(-1), "no figure"),
        (em_answer(99_999), "no figure"),
        (em_answer() | {"datetime": "yesterday"}, "no figure"),
        (Redirect("/elsewhere"), "answered 302"),
    ],
    ids=str,
)
def test_what_is_no_figure_is_refused_and_tells_no_secret(answer, reason) -> None:
    with json_server({EM: answer, "/elsewhere": em_answer()}) as server:
        with pytest.raises(ServiceError, match=reason) as caught:
            electricity_maps(server.url).fetch("zone:SE")
        assert [asked.path.partition("?")[0] for asked in server.asked] == [EM]
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(electricity_maps(server.url))


def test_a_service_that_is_down_is_told_so() -> None:
    with pytest.raises(ServiceError, match="cannot be reached"):
        electricity_maps("http://127.0.0.1:9").fetch("zone:SE")


def test_a_csv_file_is_read_by_region_then_by_zone(tmp_path) -> None:
    path = tmp_path / "grid.csv"
    path.write_text(
        "region,grams_per_kwh,at\n"
        "zone:SE,30,\n"
        "zone:FR,50,2026-01-01T00:00:00\n"
        "zone:FR,60,2026-01-02T00:00:00Z\n"
        "zone:FR,1,2999-01-01T00:00:00Z\n"
        "aws:eu-west-3,55,\n",
        "utf-8",
    )
    source = CsvFile(path)
    assert source.fetch("aws:eu-north-1").grams_per_kwh == 30
    assert source.fetch("zone:FR").grams_per_kwh == 60
    own = source.fetch("aws:eu-west-3")
    assert (own.grams_per_kwh, own.provenance) == (55, Provenance.DECLARED)
    with pytest.raises(ServiceError, match="no row for zone:PL"):
        source.fetch("zone:PL")


@pytest.mark.parametrize("text", ["region,grams\nzone:FR,1\n", "region,grams_per_kwh\nzone:FR,x\n"])
def test_a_csv_file_that_is_none_is_refused(tmp_path, text) -> None:
    path = tmp_path / "grid.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ServiceError, match="has a row that is none"):
        CsvFile(path).fetch("zone:FR")
    with pytest.raises(ServiceError, match="cannot be read"):
        CsvFile(tmp_path / "none.csv").fetch("zone:FR")


# -- how long a figure counts, and what takes its place -------------------------------------------


@dataclass
class FakeSource:
    """Answers with what it is given, by turns; an exception is raised."""

    answers: list[float | str]
    basis: Basis = Basis.AVERAGE
    name: str = "a source"
    at: float | None = None
    asked: list[str] = field(default_factory=list)

    def fetch(self, region: str) -> Intensity:
        self.asked.append(region)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise ServiceError(answer)
        return Intensity(
            grams_per_kwh=GramsPerKwh(answer),
            zone=region,
            table=self.name,
            basis=self.basis,
            at=self.at,
        )


def feed(source: FakeSource, clock: FakeClock, fallback=intensity_of) -> IntensityFeed:
    return IntensityFeed(
        source,
        refresh_after=Seconds(60),
        stale_after=Seconds(600),
        fallback=fallback,
        clock=clock,
    )


def grams(found: Intensity | None) -> float | None:
    return None if found is None else found.grams_per_kwh


def test_a_figure_is_used_until_it_has_aged() -> None:
    source, clock = FakeSource([10, 20]), FakeClock()
    lookup = feed(source, clock)
    assert grams(lookup("zone:FR")) == 10
    clock.step(59)
    assert grams(lookup("zone:FR")) == 10
    assert source.asked == ["zone:FR"]
    clock.step(1)
    assert grams(lookup("zone:FR")) == 20


def test_a_clock_that_was_set_back_makes_no_figure_last_longer() -> None:
    source, clock = FakeSource([10, 20]), FakeClock()
    lookup = feed(source, clock)
    assert grams(lookup("zone:FR")) == 10
    clock.step(-86_400)
    assert grams(lookup("zone:FR")) == 20


def test_a_failure_keeps_the_last_figure_until_it_is_stale(caplog) -> None:
    source, clock = FakeSource([10, "it is down", "it is down"]), FakeClock()
    lookup = feed(source, clock)
    lookup("zone:FR")
    clock.step(500)
    with caplog.at_level(logging.WARNING, "greenlint.carbon"):
        assert grams(lookup("zone:FR")) == 10
    assert "No carbon intensity of zone:FR: it is down" in caplog.text
    # Who did not answer is not asked again at once.
    lookup("zone:FR")
    assert len(source.asked) == 2
    clock.step(101)
    found = lookup("zone:FR")
    assert grams(found) == pytest.approx(56.039)
    assert found is not None
    assert found.note == "in place of a source: it is down"


def test_a_figure_ages_by_its_own_time() -> None:
    source, clock = FakeSource([10], at=1_799_990_000.0), FakeClock()
    found = feed(source, clock)("zone:FR")
    assert found is not None
    assert found.note == "in place of a source: its figure is stale"


def test_without_a_fallback_what_is_stale_is_unknown() -> None:
    lookup = feed(FakeSource(["it is down"]), FakeClock(), fallback=lambda _: None)
    assert lookup("zone:FR") is None


def test_an_average_never_takes_the_place_of_a_marginal_figure() -> None:
    lookup = feed(FakeSource(["it is down"], basis=Basis.MARGINAL), FakeClock())
    assert lookup("zone:FR") is None


def test_who_may_not_wait_asks_nobody() -> None:
    source = FakeSource([10])
    lookup = feed(source, FakeClock())
    found = lookup.known("zone:FR")
    assert found is not None
    assert found.note == "in place of a source: it has not been asked yet"
    assert source.asked == []
    lookup.refresh("zone:FR")
    assert grams(lookup.known("zone:FR")) == 10
