"""Reads the time that an option is given, such as `10s` or `90d`."""

from typing import TYPE_CHECKING

from greenlint.errors import UsageError

if TYPE_CHECKING:
    from greenlint.units import Seconds


def duration_option(option: str, text: str) -> "Seconds":
    """The seconds; UsageError, naming the option, if the text says no time."""
    from greenlint.units import UnitError, parse_duration

    try:
        return parse_duration(text)
    except UnitError as error:
        raise UsageError(f"{option} {error}.", hint=error.hint or "") from None
