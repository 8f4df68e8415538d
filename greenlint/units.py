"""Amounts with units, as a policy writes them: "2.5 kWh", "600 gCO2e", "150 gCO2e/kWh", "4y".

Factors are exact: a kilowatt-hour is 3,600,000 J. A day has 24 hours and a year 365 days.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NewType

Joules = NewType("Joules", float)
GramsCO2e = NewType("GramsCO2e", float)
GramsPerKwh = NewType("GramsPerKwh", float)
Watts = NewType("Watts", float)
Seconds = NewType("Seconds", float)

_NUMBER = r"[0-9]{1,15}(?:\.[0-9]{1,15})?"
_AMOUNT = re.compile(rf"({_NUMBER}) ?([^\s0-9].*)?")
_SHARE = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")
_COUNT_FACTORS = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}


class UnitError(ValueError):
    """An amount cannot be read; the text completes a sentence, `hint` says what would do."""

    def __init__(self, text: str, *, hint: str | None = None) -> None:
        super().__init__(text)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Quantity:
    """One kind of amount: its units, each as a multiple of the unit that `parse` returns."""

    noun: str
    example: str
    units: Mapping[str, Decimal]

    @property
    def pattern(self) -> str:
        """A regular expression of all valid spellings, for a JSON Schema."""
        return f"^{_NUMBER} ?({'|'.join(re.escape(unit) for unit in self.units)})$"

    def parse(self, value: object) -> float:
        """The amount that `value` spells; UnitError names the valid units."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise UnitError(f"needs a unit, not {value} alone", hint=self._hint())
        found = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
        if not found:
            raise UnitError(self._expected(value), hint=self._hint())
        number, unit = found.groups(default="")
        if unit not in self.units:
            text = f"has the unknown unit {unit!r}" if unit else f"needs a unit, not {value} alone"
            raise UnitError(text, hint=self._nearest(number, unit))
        return float(Decimal(number) * self.units[unit])

    def _expected(self, value: object) -> str:
        return f"must be {self.noun} such as `{self.example}`, not {_shown(value)}"

    def _hint(self) -> str:
        return "units: " + ", ".join(self.units)

    def _nearest(self, number: str, unit: str) -> str:
        from difflib import get_close_matches

        for known in self.units:
            if unit and known.lower() == unit.lower():
                return f"did you mean `{number} {known}`?"
        if close := get_close_matches(unit, list(self.units), n=1, cutoff=0.75):
            return f"did you mean `{number} {close[0]}`?"
        return self._hint()


def _units(**factors: str | int) -> dict[str, Decimal]:
    return {unit: Decimal(factor) for unit, factor in factors.items()}


ENERGY = Quantity(
    "an amount of energy",
    "2.5 kWh",
    _units(J=1, kJ=1_000, MJ=1_000_000, Wh=3_600, kWh=3_600_000, MWh=3_600_000_000),
)
CARBON = Quantity(
    "an amount of carbon",
    "600 gCO2e",
    _units(mgCO2e="0.001", gCO2e=1, kgCO2e=1_000, tCO2e=1_000_000),
)
INTENSITY = Quantity(
    "a carbon intensity",
    "150 gCO2e/kWh",
    {"gCO2e/kWh": Decimal(1), "kgCO2e/kWh": Decimal(1_000), "kgCO2e/MWh": Decimal(1)},
)
POWER = Quantity("a power", "65 W", _units(mW="0.001", W=1, kW=1_000))
DURATION = Quantity(
    "a duration",
    "1h",
    _units(ms="0.001", s=1, min=60, h=3_600, d=86_400, w=604_800, y=31_536_000),
)


def parse_energy(value: object) -> Joules:
    """Joules from "900 J", "2.5 kWh"."""
    return Joules(ENERGY.parse(value))


def parse_carbon(value: object) -> GramsCO2e:
    """Grams of CO2 equivalent from "600 gCO2e", "1.5 tCO2e"."""
    return GramsCO2e(CARBON.parse(value))


def parse_intensity(value: object) -> GramsPerKwh:
    """Grams of CO2 equivalent per kilowatt-hour from "150 gCO2e/kWh"."""
    return GramsPerKwh(INTENSITY.parse(value))


def parse_power(value: object) -> Watts:
    """Watts from "65 W"."""
    return Watts(POWER.parse(value))


def parse_duration(value: object) -> Seconds:
    """Seconds from "250 ms", "1h", "4y"; more than none."""
    seconds = DURATION.parse(value)
    if seconds == 0:
        raise UnitError("must be longer than nothing")
    return Seconds(seconds)


def parse_count(value: object) -> int:
    """A whole number from 1200, "50k", "20M"."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    hint = "write k, M or G for thousands, millions or thousand millions"
    if not found:
        raise UnitError(f"must be a count such as `20M`, not {_shown(value)}", hint=hint)
    number, unit = found.groups(default="")
    if unit not in _COUNT_FACTORS:
        raise UnitError(f"has the unknown unit {unit!r}", hint=hint)
    count = Decimal(number) * _COUNT_FACTORS[unit]
    if count != int(count):
        raise UnitError(f"must be a whole number, not {value!r}")
    return int(count)


def parse_percentage(value: object) -> float:
    """A fraction over 0 and up to 1 from "80%"."""
    found = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if not found or found[2] != "%":
        raise UnitError(f"must be a percentage such as `80%`, not {_shown(value)}")
    fraction = float(Decimal(found[1]) / 100)
    if not 0 < fraction <= 1:
        raise UnitError(f"must be over 0% and at most 100%, not {_shown(value)}")
    return fraction


def parse_share(value: object) -> float:
    """A fraction over 0 and up to 1 from "1/8", "12.5%", 0.125."""
    match value:
        case bool():
            share = None
        case int() | float():
            share = float(value)
        case str() if found := _SHARE.fullmatch(value):
            share = int(found[1]) / int(found[2]) if int(found[2]) else None
        case str() if value.endswith("%"):
            return parse_percentage(value)
        case _:
            share = None
    if share is None:
        raise UnitError(f"must be a share such as `1/8` or `12.5%`, not {_shown(value)}")
    if not 0 < share <= 1:
        raise UnitError(f"must be a share over 0 and at most 1, not {_shown(value)}")
    return share


def _shown(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return str(value).lower()
        case str():
            return repr(value)
        case int() | float():
            return str(value)
        case dict():
            return "a mapping"
        case _:
            return "a list"
