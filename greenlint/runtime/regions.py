"""The decorator that lets work run only where the policy allows it."""

import logging
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypedDict, TypeVar, Unpack, overload

from greenlint.policy.budget import Mode
from greenlint.policy.decision import Decision, Outcome
from greenlint.runtime import session as sessions
from greenlint.runtime.before import check_before
from greenlint.runtime.errors import RegionDenied
from greenlint.runtime.grid import LOOK_AGAIN
from greenlint.runtime.place import calling_place, name_of

if TYPE_CHECKING:
    from greenlint.policy.admission import RegionLimits

logger = logging.getLogger("greenlint")

Function = TypeVar("Function", bound=Callable[..., Any])

FOLLOW_AFTER = 1.0  # seconds that a decision holds where the figures are of a live source


class RegionOptions(TypedDict, total=False):
    """Limits of the code's own; the policy's hold as well."""

    allow: tuple[str, ...]
    """The only regions where work may run, such as `("aws:eu-north-1", "zone:FR")`."""
    deny: tuple[str, ...]
    """Regions where it must not."""
    max_intensity: str
    """The highest carbon intensity of the grid, such as "150 gCO2e/kWh"."""
    on_unknown: str
    """What follows when the region is unknown: `deny`, `warn` or `assume:ZONE`."""
    mode: Literal["observe", "warn", "enforce"]
    """How far the code's own limits bind."""


class RegionGuard:
    """Lets calls, or a block, begin only where the policy and the code's own limits allow.

    The region is looked up at the first call and once more every fifteen minutes; where the policy
    names a live source of intensity, calls follow its figures. It raises RegionDenied; a warning is
    logged once.
    """

    def __init__(self, options: RegionOptions, place: str) -> None:
        self._options = options
        self._limits = _limits(options)
        self._place = place
        self._epoch: object = None
        self._since = self._until = 0.0
        self._decision = Decision(Outcome.ALLOW, "")
        self._denial: RegionDenied | None = None
        self._warned = ""

    def check(self) -> None:
        """Raise RegionDenied if work may not run here."""
        session = sessions.active
        if (
            session is None
            or session.epoch is not self._epoch
            or not self._since <= session.clock() < self._until
        ):
            self._decide()
        if self._denial is not None:
            raise self._denial.again()

    def decision(self) -> Decision:
        """What was decided last, and why; decides if nothing was yet."""
        if self._epoch is None:
            self._decide()
        return self._decision

    def __call__(self, function: Function, /) -> Function:
        """Guard the calls of a function of any kind."""
        guard = RegionGuard(self._options, f"{name_of(function)} ({self._place})")
        wrapped: Function = check_before(function, guard.check)
        return wrapped

    def __enter__(self) -> Self:
        """Begin the block, if it may run here."""
        self.check()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held."""

    def _decide(self) -> None:
        from greenlint.policy.admission import decide_region

        session = sessions.current_session()
        epoch = session.epoch
        place, watch = session.grid.here(), session.grid.watch()
        for limits in (place.limits, self._limits):
            intensity = place.intensity_under(limits, watch)
            decision = decide_region(limits, place.detection, intensity)
            self._decision, self._denial = decision, None
            if decision.outcome is Outcome.DENY:
                self._denial = RegionDenied(
                    decision.reason,
                    region=place.detection.region,
                    place=self._place,
                    intensity=None if intensity is None else intensity.grams_per_kwh,
                    limit=limits.max_intensity,
                )
                break
            if decision.outcome is Outcome.WARN and decision.reason != self._warned:
                self._warned = decision.reason
                logger.warning("Region: %s, at %s.", decision.reason, self._place)
        self._since = session.clock()  # it may be set back
        self._until = self._since + (FOLLOW_AFTER if watch.live else LOOK_AGAIN)
        self._epoch = epoch


@overload
def region_guard(function: Function, /) -> Function: ...


@overload
def region_guard(**options: Unpack[RegionOptions]) -> RegionGuard: ...


def region_guard(
    function: Callable[..., Any] | None = None, /, **options: Unpack[RegionOptions]
) -> Any:
    """Let a function run only where the policy allows it.

    Bare or called without arguments it holds to the policy's `regions`: the allowed and denied
    regions, the highest intensity, and `on_unknown`. Limits of the code's own hold besides.
    """
    guard = RegionGuard(options, calling_place())
    return guard if function is None else guard(function)


def _limits(options: RegionOptions) -> "RegionLimits":
    """The code's own limits, in place of a policy's."""
    from greenlint.carbon.zones import is_region
    from greenlint.policy.admission import RegionLimits
    from greenlint.units import parse_intensity

    if unknown := options.keys() - RegionOptions.__annotations__.keys():
        known = ", ".join(RegionOptions.__annotations__)
        raise TypeError(f"a region guard takes no {' and '.join(unknown)}; it takes {known}")
    for region in (*options.get("allow", ()), *options.get("deny", ())):
        if not is_region(region):
            raise ValueError(
                f"{region!r} is no region: write one such as aws:eu-north-1 or zone:FR"
            )
    word = options.get("on_unknown", "warn" if not options else "deny")
    if word not in {"deny", "warn"} and not word.startswith("assume:"):
        raise ValueError(f"on_unknown must be deny, warn or assume:ZONE, not {word!r}")
    cap = options.get("max_intensity")
    return RegionLimits(
        allow=tuple(options.get("allow", ())),
        deny=tuple(options.get("deny", ())),
        max_intensity=None if cap is None else parse_intensity(cap),
        on_unknown=word,
        mode=Mode(options.get("mode", Mode.ENFORCE if options else Mode.OBSERVE)),
    )
