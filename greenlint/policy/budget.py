"""A budget as the runtime holds work to it; a policy writes it as `limits.Budget` has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from greenlint.policy.amounts import Limits


class Mode(StrEnum):
    """How far a limit binds: only recorded, warned about, or enforced."""

    OBSERVE = "observe"
    WARN = "warn"
    ENFORCE = "enforce"


class Per(StrEnum):
    """What a limit is counted over."""

    CALL = "call"
    RUN = "run"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class Scope(StrEnum):
    """Who shares a budget: one process, one machine, or all that use the same ledger."""

    PROCESS = "process"
    HOST = "host"
    FLEET = "fleet"


class OnExceed(StrEnum):
    """What follows at the limit: a warning, no further work admitted, or running work stopped."""

    WARN = "warn"
    DENY = "deny"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A limit on what one call, run or period may use.

    `warn_at` are fractions of the limit in rising order. `source` says where the budget was
    written: `greenlint.yaml:12`, or `inline` for one in the code. `allow_unmeasured` and
    `allow_without_ledger` say what follows when use cannot be measured, or when no lease is left
    and the ledger cannot be reached.
    """

    name: str
    limits: Limits
    per: Per
    timezone: str = "UTC"
    scope: Scope = Scope.PROCESS
    warn_at: tuple[float, ...] = ()
    on_exceed: OnExceed = OnExceed.WARN
    mode: Mode = Mode.ENFORCE
    allow_unmeasured: bool = True
    allow_without_ledger: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    source: str = "inline"
