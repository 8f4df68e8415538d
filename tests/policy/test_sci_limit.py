"""Limits on the SCI: what a policy comes to, and when a window breaks one."""

from pathlib import Path

import pytest

from greenlint.carbon.embodied import Hardware
from greenlint.carbon.sci import Emissions
from greenlint.policy.budget import Mode, OnExceed
from greenlint.policy.loading import load_policy
from greenlint.policy.sci_limit import SciLimit, decide_sci, sci_limits
from greenlint.provenance import Provenance
from greenlint.units import GramsCO2e, Seconds

SERVER = Hardware(GramsCO2e(1_500_000), Seconds(126_144_000), Provenance.DECLARED, "policy")


def limit(**changes) -> SciLimit:
    values = {
        "name": "answer",
        "limit": GramsCO2e(0.4),
        "per": "request",
        "window": Seconds(3600),
        "min_units": 100,
        "hardware": SERVER,
        "on_exceed": OnExceed.DENY,
    }
    return SciLimit(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "grams", "units", "outcome", "reason"),
    [
        ({}, 40, 100, "allow", "0.4 gCO2e per request, the limit is 0.4"),
        ({}, 41, 100, "deny", "0.41 gCO2e per request"),
        ({}, 1000, 99, "allow", "99 of at least 100 request units"),
        ({}, 1000, 0, "allow", "0 of at least 100"),
        ({"min_units": 1}, 1000, 0, "allow", "0 of at least 1"),
        ({"on_exceed": OnExceed.WARN}, 41, 100, "warn", "0.41"),
        ({"mode": Mode.WARN}, 41, 100, "warn", "0.41"),
        ({"mode": Mode.OBSERVE}, 41, 100, "allow", "0.41"),
    ],
)
def test_decisions_on_a_window(changes, grams, units, outcome, reason) -> None:
    emissions = Emissions(GramsCO2e(grams - 1), GramsCO2e(1), units)
    decision = decide_sci(limit(**changes), emissions)
    assert decision.outcome == outcome
    assert reason in decision.reason


def test_limits_of_the_worked_example() -> None:
    policy = load_policy(Path(__file__).parent / "example.yaml").policy
    found = sci_limits(policy)["answer-question"]
    assert found.hardware == SERVER
    assert (found.share, found.min_units, found.per) == (0.125, 100, "request")
    assert (found.window, found.limit, found.mode) == (3600, 0.4, Mode.ENFORCE)


def test_a_profile_brings_its_own_numbers(tmp_path) -> None:
    path = tmp_path / "greenlint.yaml"
    path.write_text(
        "version: 1\n"
        "sci: {a: {limit: 1 gCO2e, per: job, embodied: {profile: aws-m5, share: 1/48}}}\n",
        "utf-8",
    )
    found = sci_limits(load_policy(path).policy)["a"]
    assert found.hardware.provenance is Provenance.MODELLED
    assert found.share == pytest.approx(1 / 48)
