"""Amounts with units: exact factors, and refusals that name what would do."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlint import units

QUANTITIES = (units.ENERGY, units.CARBON, units.INTENSITY, units.POWER, units.DURATION)


@pytest.mark.parametrize(
    ("parse", "text", "amount"),
    [
        (units.parse_energy, "900 J", 900.0),
        (units.parse_energy, "2.5 kWh", 9_000_000.0),
        (units.parse_energy, "2.5kWh", 9_000_000.0),
        (units.parse_energy, "2 MWh", 7_200_000_000.0),
        (units.parse_carbon, "600 gCO2e", 600.0),
        (units.parse_carbon, "1500 kgCO2e", 1_500_000.0),
        (units.parse_carbon, "0.4 mgCO2e", 0.0004),
        (units.parse_intensity, "150 gCO2e/kWh", 150.0),
        (units.parse_intensity, "150 kgCO2e/MWh", 150.0),
        (units.parse_power, "65 W", 65.0),
        (units.parse_duration, "1h", 3600.0),
        (units.parse_duration, "15min", 900.0),
        (units.parse_duration, "4y", 4 * 365 * 86_400.0),
        (units.parse_count, "20M", 20_000_000),
        (units.parse_count, "1.5k", 1500),
        (units.parse_count, 12, 12),
        (units.parse_count, "12", 12),
        (units.parse_percentage, "50%", 0.5),
        (units.parse_percentage, "100 %", 1.0),
        (units.parse_share, "1/8", 0.125),
        (units.parse_share, "12.5%", 0.125),
        (units.parse_share, 1, 1.0),
    ],
)
def test_an_amount_becomes_its_unit(
    parse: Callable[[object], float], text: object, amount: float
) -> None:
    assert parse(text) == amount


@pytest.mark.parametrize(
    ("parse", "value", "message", "hint"),
    [
        (
            units.parse_energy,
            "2.5 kwh",
            "has the unknown unit 'kwh'",
            "did you mean `2.5 kWh`?",
        ),
        (
            units.parse_energy,
            "3 apples",
            "has the unknown unit 'apples'",
            "units: J, kJ, MJ, Wh, kWh, MWh",
        ),
        (units.parse_energy, "12", "needs a unit, not 12 alone", "units: J, kJ, MJ, Wh, kWh, MWh"),
        (units.parse_energy, 900, "needs a unit, not 900 alone", "units: J, kJ, MJ, Wh, kWh, MWh"),
        (
            units.parse_energy,
            "-1 J",
            "must be an amount of energy such as `2.5 kWh`, not '-1 J'",
            "units: J, kJ, MJ, Wh, kWh, MWh",
        ),
        (
            units.parse_energy,
            True,
            "must be an amount of energy such as `2.5 kWh`, not true",
            "units: J, kJ, MJ, Wh, kWh, MWh",
        ),
        (
            units.parse_carbon,
            None,
            "must be an amount of carbon such as `600 gCO2e`, not empty",
            "units: mgCO2e, gCO2e, kgCO2e, tCO2e",
        ),
        (
            units.parse_carbon,
            "600 gCO2",
            "has the unknown unit 'gCO2'",
            "did you mean `600 gCO2e`?",
        ),
        (
            units.parse_intensity,
            ["x"],
            "must be a carbon intensity such as `150 gCO2e/kWh`, not a list",
            "units: gCO2e/kWh, kgCO2e/kWh, kgCO2e/MWh",
        ),
        (
            units.parse_power,
            {},
            "must be a power such as `65 W`, not a mapping",
            "units: mW, W, kW",
        ),
        (units.parse_duration, "0s", "must be longer than nothing", None),
        (
            units.parse_duration,
            "5 m",
            "has the unknown unit 'm'",
            "units: ms, s, min, h, d, w, y",
        ),
        (
            units.parse_count,
            "20 X",
            "has the unknown unit 'X'",
            "write k, M or G for thousands, millions or thousand millions",
        ),
        (
            units.parse_count,
            -1,
            "must be a count such as `20M`, not -1",
            "write k, M or G for thousands, millions or thousand millions",
        ),
        (units.parse_count, "0.5", "must be a whole number, not '0.5'", None),
        (units.parse_percentage, 50, "must be a percentage such as `80%`, not 50", None),
        (units.parse_percentage, "120%", "must be over 0% and at most 100%, not '120%'", None),
        (units.parse_share, "1/0", "must be a share such as `1/8` or `12.5%`, not '1/0'", None),
        (units.parse_share, False, "must be a share such as `1/8` or `12.5%`, not false", None),
        (units.parse_share, "9/8", "must be a share over 0 and at most 1, not '9/8'", None),
    ],
)
def test_a_refusal_says_what_would_do(
    parse: Callable[[object], float], value: object, message: str, hint: str | None
) -> None:
    with pytest.raises(units.UnitError) as refusal:
        parse(value)
    assert (str(refusal.value), refusal.value.hint) == (message, hint)


@given(
    quantity=st.sampled_from(QUANTITIES),
    number=st.decimals(min_value=0, max_value=10**9, places=3),
    data=st.data(),
)
def test_any_number_with_any_unit_is_number_times_factor(
    quantity: units.Quantity, number: Decimal, data: st.DataObject
) -> None:
    unit = data.draw(st.sampled_from(sorted(quantity.units)))
    assert quantity.parse(f"{number} {unit}") == float(number * quantity.units[unit])


@given(
    quantity=st.sampled_from(QUANTITIES), value=st.text() | st.integers() | st.floats() | st.none()
)
def test_whatever_is_written_is_an_amount_or_a_unit_error(
    quantity: units.Quantity, value: object
) -> None:
    try:
        amount = quantity.parse(value)
    except units.UnitError:
        return
    assert amount >= 0


@given(value=st.text() | st.integers() | st.floats() | st.booleans())
def test_a_share_is_over_nothing_and_at_most_all(value: object) -> None:
    try:
        share = units.parse_share(value)
    except units.UnitError:
        return
    assert 0 < share <= 1


@given(quantity=st.sampled_from(QUANTITIES), data=st.data())
def test_what_the_schema_pattern_allows_can_be_parsed(
    quantity: units.Quantity, data: st.DataObject
) -> None:
    text = data.draw(st.from_regex(quantity.pattern.replace("$", r"\Z")))
    assert quantity.parse(text) >= 0
