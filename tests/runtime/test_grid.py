"""Guards hold to the figures of the source of carbon intensity that the policy names."""

import threading
import time
from pathlib import Path

import pytest
from fake_meter import FakeMeter
from fake_surroundings import FakeSurroundings
from json_server import json_server
from waiting import wait_until

from greenlint import RegionDenied, carbon_budget, load_policy, region_guard
from greenlint.errors import PolicyError
from greenlint.policy.runtime_policy import load_runtime_policy
from greenlint.runtime.grid import IntensityWatch
from greenlint.runtime.session import Session

KWH = 3_600_000  # joules
HERE = "zone:FR"
LIVE = """\
    source: carbon-aware-sdk
    url: {url}
    zones: {{zone:FR: francecentral}}
    refresh_after: 1s
    stale_after: {stale}
    fallback: {fallback}
"""
CARBON = """\
budgets: {work: {carbon: 1 kgCO2e, per: run, scope: process}}
"""


def live(url: str, *, cap: str = "", fallback: str = "unknown", stale: str = "5s") -> str:
    settings = LIVE.format(url=url, fallback=fallback, stale=stale)
    return f"regions:\n{cap}  intensity:\n{settings}"


def rating(grams: float) -> list[dict[str, object]]:
    """What a Carbon Aware SDK answers, of now."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return [{"rating": grams, "time": now, "location": "francecentral"}]


def test_carbon_is_counted_by_the_csv_file_of_the_policy(
    session: Session, meter: FakeMeter, policy, tmp_path: Path
) -> None:
    (tmp_path / "grid.csv").write_text("region,grams_per_kwh\nzone:FR,400\n", encoding="utf-8")
    policy(CARBON + "regions: {intensity: {source: csv, file: grid.csv}}\n")

    @carbon_budget("work")
    def work() -> None:
        meter.use(KWH)

    work()
    assert work.budget.spent().carbon == pytest.approx(400e6, rel=1e-6)
    # A policy that names another source counts from its loading on.
    policy(CARBON)
    load_policy()
    wait_until(lambda: session.grid.factor != pytest.approx(400 / 3.6e6))


def test_carbon_follows_a_live_source_while_work_runs(
    session: Session, meter: FakeMeter, policy
) -> None:
    with json_server({"/emissions/bylocation": rating(100)}) as server:
        policy(CARBON + live(server.url))

        @carbon_budget("work")
        def work() -> None:
            meter.use(KWH)
            wait_until(lambda: work.budget.spent().carbon > 0)
            server.answers["/emissions/bylocation"] = rating(300)
            wait_until(lambda: session.grid.factor == pytest.approx(300 / 3.6e6))
            meter.use(KWH)

        work()
        assert work.budget.spent().carbon == pytest.approx(400e6, rel=1e-6)
        assert "location=francecentral" in server.asked[0].path


def test_a_region_guard_follows_a_live_source(session: Session, policy) -> None:
    path = "/emissions/bylocation"
    with json_server({path: rating(100)}) as server:
        policy(live(server.url, cap="  max_intensity: 150 gCO2e/kWh\n  on_unknown: deny\n"))
        work = region_guard(lambda: "done")
        assert work() == "done"  # the first look waits for the figure
        server.answers[path] = rating(300)
        denied = refused_soon(work)
        assert denied.intensity == 300
        assert "over the 150" in str(denied)


def refused_soon(work) -> RegionDenied:
    found: list[RegionDenied] = []

    def refused() -> bool:
        try:
            work()
        except RegionDenied as error:
            found.append(error)
        return bool(found)

    wait_until(refused)
    return found[0]


@pytest.mark.parametrize(("fallback", "expected"), [("bundled", "in place of"), ("unknown", None)])
def test_a_stale_figure_gives_way_to_the_fallback(policy, fallback: str, expected) -> None:
    with json_server({"/emissions/bylocation": rating(100)}) as server:
        loaded = load_runtime_policy(policy(live(server.url, fallback=fallback, stale="2s")))
        watch = IntensityWatch(loaded)
        first = watch(HERE)
        assert first is not None
        assert first.grams_per_kwh == 100
        server.answers["/emissions/bylocation"] = 503

        def gave_way() -> bool:
            now = watch.known(HERE)
            return now is None if expected is None else now is not None and bool(now.note)

        wait_until(gave_way)
        now = watch.known(HERE)
        assert expected is None or (now is not None and now.note.startswith(expected))


def test_nothing_waits_for_a_slow_source_but_the_first_look_a_moment(policy) -> None:
    answer = threading.Event()
    with json_server({}) as server:

        def slow() -> object:
            assert answer.wait(60)
            return rating(100)

        server.slowly["/emissions/bylocation"] = slow
        watch = IntensityWatch(load_runtime_policy(policy(live(server.url))), patience=0.05)
        assert watch.known(HERE) is None
        assert watch(HERE) is None
        assert [watch(HERE) for _ in range(100)] == [None] * 100
        answer.set()
        wait_until(lambda: watch.known(HERE) is not None)
        assert len(server.asked) == 1


def test_a_token_that_is_missing_is_told_where_carbon_is_limited(
    session: Session,
    surroundings: FakeSurroundings,
    policy,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GRID_TOKEN", raising=False)
    source = "{source: electricity-maps, token_env: GRID_TOKEN}"
    policy(CARBON + f"regions: {{intensity: {source}}}\n")
    with pytest.raises(PolicyError, match="in GRID_TOKEN, which is not set"):
        carbon_budget("work")(lambda: None)()
    session.grid.reload()
    session.grid.follow()
    assert "No carbon is counted" in caplog.text
