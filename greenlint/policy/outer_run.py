"""How `greenlint run` tells the programs that it runs which budget they are already held to."""

from collections.abc import Mapping
from dataclasses import dataclass

RUN_VARIABLE = "GREENLINT_RUN"


@dataclass(frozen=True, slots=True)
class OuterRun:
    """The account that a `greenlint run` around this process charges for its energy and carbon.

    A guard within it that names the same budget must charge neither again. Tokens and requests are
    not seen from outside: the guard counts those itself, on this account.
    """

    budget: str
    holder: str
    period: int

    def text(self) -> str:
        """The value of the environment variable."""
        import json

        return json.dumps([self.budget, self.holder, self.period])


def outer_run(environment: Mapping[str, str]) -> OuterRun | None:
    """The run around this process, None when there is none; a value not of ours counts as none."""
    text = environment.get(RUN_VARIABLE)
    if not text:
        return None
    import json  # most processes have no run around them

    try:
        match json.loads(text):
            case [str(budget), str(holder), int(period)]:
                return OuterRun(budget, holder, period)
            case _:
                return None
    except ValueError:
        return None
