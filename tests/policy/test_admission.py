"""Whether work may run somewhere, as a table."""

import pytest

from greenlint.carbon.intensity import Intensity, intensity_of
from greenlint.carbon.region import Detection, Strength
from greenlint.policy.admission import (
    RegionLimits,
    decide_region,
    intensity_in_force,
    region_in_force,
    region_limits,
)
from greenlint.policy.budget import Mode
from greenlint.policy.decision import Outcome
from greenlint.policy.limits import Regions
from greenlint.units import GramsPerKwh

UNKNOWN = Detection(None, None, "nothing says")


def at(region: str, contradiction: str = "") -> Detection:
    return Detection(region, Strength.PLATFORM, "told", (), contradiction)


def decide(limits: RegionLimits, detection: Detection):
    found = intensity_in_force(limits, detection, intensity_of)
    return decide_region(limits, detection, found)


@pytest.mark.parametrize(
    ("limits", "detection", "outcome", "reason"),
    [
        ({}, at("aws:eu-north-1"), "allow", "aws:eu-north-1 is allowed (platform)"),
        ({}, UNKNOWN, "warn", "the region is unknown: nothing says"),
        ({"on_unknown": "deny"}, UNKNOWN, "deny", "the region is unknown"),
        ({"on_unknown": "assume:FR"}, UNKNOWN, "allow", "zone:FR is allowed (assumed by the"),
        (
            {"on_unknown": "assume:PL", "max_intensity": 150},
            UNKNOWN,
            "deny",
            "zone:PL has 662 gCO2e/kWh",
        ),
        ({"allow": ("zone:SE",)}, at("aws:eu-north-1"), "allow", "is allowed"),
        ({"allow": ("zone:SE",)}, at("aws:eu-west-1"), "deny", "is not among the regions"),
        ({"deny": ("zone:PL",)}, at("gcp:europe-central2"), "deny", "lies in zone:PL"),
        (
            {"allow": ("zone:SE",), "deny": ("aws:eu-north-1",)},
            at("aws:eu-north-1"),
            "deny",
            "the policy denies aws:eu-north-1",
        ),
        ({"deny": ("zone:PL",)}, at("aws:new-1"), "warn", "which is denied, is unknown"),
        (
            {"allow": ("zone:PL",), "on_unknown": "deny"},
            at("aws:new-1"),
            "deny",
            "whether aws:new-1 lies where the policy allows is unknown",
        ),
        ({"max_intensity": 100}, at("aws:eu-north-1"), "allow", "is allowed"),
        (
            {"max_intensity": 100},
            at("aws:us-east-1"),
            "deny",
            "zone:US-VA has 245 gCO2e/kWh (EPA eGRID2023, 2023), over the 100",
        ),
        (
            {"max_intensity": 100, "on_unknown": "deny"},
            at("aws:new-1"),
            "deny",
            "the carbon intensity of aws:new-1 is unknown",
        ),
        ({}, at("zone:FR", "AWS Lambda says aws:us-east-1"), "warn", "but AWS Lambda says"),
        (
            {"deny": ("zone:PL",), "mode": Mode.WARN},
            at("zone:PL"),
            "warn",
            "the policy denies zone:PL",
        ),
        (
            {"deny": ("zone:PL",), "mode": Mode.OBSERVE},
            at("zone:PL"),
            "allow",
            "the policy denies zone:PL",
        ),
    ],
)
def test_decisions(limits, detection, outcome, reason) -> None:
    decision = decide(RegionLimits(**limits), detection)
    assert decision.outcome == outcome
    assert reason in decision.reason


def test_an_assumption_serves_where_only_the_figure_is_missing() -> None:
    limits = RegionLimits(max_intensity=GramsPerKwh(100), on_unknown="assume:SE")
    assert region_in_force(limits, at("aws:new-1")) == "aws:new-1"
    found = intensity_in_force(limits, at("aws:new-1"), intensity_of)
    assert isinstance(found, Intensity)
    assert found.zone == "zone:SE"
    assert decide(limits, at("aws:new-1")).outcome is Outcome.ALLOW


def test_limits_come_from_a_policy() -> None:
    regions = Regions(allow=("zone:FR",), max_intensity="150 gCO2e/kWh", on_unknown="assume:FR")
    limits = region_limits(regions, "warn")
    assert limits == RegionLimits(
        allow=("zone:FR",),
        max_intensity=GramsPerKwh(150),
        on_unknown="assume:FR",
        mode=Mode.WARN,
    )
    assert limits.assumed == "zone:FR"
