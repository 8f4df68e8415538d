"""O, M and SCI against vectors worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlint.carbon.embodied import embodied_carbon, profile, profile_names
from greenlint.carbon.sci import UNDEFINED, Emissions, operational_carbon, score, sum_of
from greenlint.provenance import Provenance
from greenlint.units import GramsCO2e, GramsPerKwh, Joules, Seconds, parse_duration

HOUR = Seconds(3600.0)


@pytest.mark.parametrize(
    ("joules", "intensity", "grams"),
    [
        (3_600_000, 400, 400),  # one kilowatt-hour
        (900, 56.039, 0.014_009_75),  # 900 J = 0.25 Wh; 0.000 25 kWh x 56.039
        (0, 400, 0),
        (9_000_000, 0, 0),
    ],
)
def test_operational_carbon_is_energy_times_intensity(joules, intensity, grams) -> None:
    assert operational_carbon(Joules(joules), GramsPerKwh(intensity)) == pytest.approx(grams)


def test_the_example_of_the_specification() -> None:
    """1,000 kg over 4 years, for one hour: 1,000,000 g / 35,040 h, about 28 g."""
    grams = embodied_carbon(
        GramsCO2e(1_000_000), reserved=HOUR, lifetime=parse_duration("4y"), share=1.0
    )
    assert grams == pytest.approx(28.538_812_785)


def test_a_share_of_the_resources_takes_its_share_of_the_carbon() -> None:
    """1,500 kg over 4 years, 1/8 of the server for 10 minutes: 1.5e6 / 210,240 / 8."""
    grams = embodied_carbon(
        GramsCO2e(1_500_000), reserved=Seconds(600), lifetime=parse_duration("4y"), share=1 / 8
    )
    assert grams == pytest.approx(0.891_838_28)


def test_sci_is_a_ratio_of_sums_and_no_mean_of_ratios() -> None:
    busy = Emissions(GramsCO2e(90), GramsCO2e(10), 1000)
    idle = Emissions(GramsCO2e(9), GramsCO2e(1), 1)
    assert score([busy, idle]) == pytest.approx(110 / 1001)
    assert score([busy]) == pytest.approx(0.1)


def test_no_units_have_no_score() -> None:
    spent = Emissions(GramsCO2e(5), GramsCO2e(1), 0)
    assert score([spent]) is UNDEFINED
    assert score([]) is UNDEFINED
    # What was spent on nothing counts once there is something.
    assert score([spent, Emissions(GramsCO2e(0), GramsCO2e(0), 2)]) == 3


@given(
    st.lists(
        st.builds(
            Emissions,
            st.floats(0, 1e6).map(GramsCO2e),
            st.floats(0, 1e6).map(GramsCO2e),
            st.integers(0, 10**6),
        )
    )
)
def test_the_score_does_not_depend_on_how_work_is_cut(parts) -> None:
    whole = score([sum_of(parts)])
    if whole is UNDEFINED:
        assert score(parts) is UNDEFINED
    else:
        assert score(parts) == pytest.approx(whole)


def test_a_profile_says_what_it_is_of_and_that_it_is_modelled() -> None:
    found = profile("aws-m5")
    assert found is not None
    assert found.total == pytest.approx(1_610_379.2)
    assert found.lifetime == parse_duration("4y")
    assert found.provenance is Provenance.MODELLED
    assert "AWS m5" in found.source
    assert profile("abacus") is None
    assert "aws-p4d" in profile_names()
