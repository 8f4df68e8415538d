"""The sections that bind a running process: regions, budgets, SCI, meter, ledger, alerts."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StrictBool, StrictInt, model_validator

from greenlint.carbon.embodied import profile_names
from greenlint.policy.section import (
    Carbon,
    Count,
    DatabaseUrl,
    Duration,
    Energy,
    EnvironmentName,
    Intensity,
    Mode,
    Name,
    OnUnknown,
    Percentage,
    Power,
    Region,
    Section,
    Share,
    TimeZone,
    WebUrl,
    completes_inherited,
)
from greenlint.units import UnitError


class IntensitySource(Section):
    """Where the carbon intensity of a region comes from."""

    source: Literal["bundled", "electricity-maps", "watttime", "carbon-aware-sdk", "csv"] = (
        "bundled"
    )
    """The bundled yearly averages, a live service, or a CSV file."""
    url: WebUrl | None = None
    """The address of the service; needed for `carbon-aware-sdk`."""
    token_env: EnvironmentName | None = None
    """The variable that holds the token of the service; `user:password` for `watttime`."""
    zones: dict[Region, Name] = Field(default_factory=dict)
    """What the service calls a region, where it has names of its own; needed for `watttime`."""
    basis: Literal["average", "marginal"] | None = None
    """What the figures of `csv` and `carbon-aware-sdk` are of; average unless set."""
    file: Name | None = None
    """The CSV file, relative to the policy; needed for `csv`."""
    refresh_after: Duration = Field(default="15min", validate_default=True)
    """How long a value of a live source is used before it is asked for again."""
    stale_after: Duration = Field(default="2h", validate_default=True)
    """How old a value may grow before the fallback takes its place."""
    fallback: Literal["bundled", "unknown"] = "bundled"
    """What takes the place of a stale or missing value; `unknown` leaves it to `on_unknown`."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.source == "carbon-aware-sdk" and self.url is None:
            raise UnitError("with `source: carbon-aware-sdk` needs a `url`")
        if self.source == "csv" and self.file is None:
            raise UnitError("with `source: csv` needs a `file`")
        if self.source in {"electricity-maps", "watttime"} and self.token_env is None:
            raise UnitError(f"with `source: {self.source}` needs a `token_env`")
        fixed = {"bundled": "average", "electricity-maps": "average", "watttime": "marginal"}
        basis = fixed.get(self.source, self.basis or "average")
        if self.basis not in {None, basis}:
            raise UnitError(f"has figures that are {basis} with `source: {self.source}`")
        if basis == "marginal" and self.fallback == "bundled":
            # The bundled figures are averages: another quantity.
            hint = "write `fallback: unknown`"
            raise UnitError("must not mix marginal figures with bundled averages", hint=hint)
        return self


class Regions(Section):
    """Where work may run."""

    declared: Region | None = None
    """Where this work runs; empty takes the environment variable GREENLINT_REGION."""
    allow: tuple[Region, ...] = ()
    """The only regions where work may run; empty allows every region that is not denied."""
    deny: tuple[Region, ...] = ()
    """Regions where work must not run, also when they are allowed."""
    max_intensity: Intensity | None = None
    """The highest carbon intensity of the grid (location-based) at which work may run."""
    on_unknown: OnUnknown = "warn"
    """What follows when the region is unknown: deny, warn, or assume a zone (`assume:FR`)."""
    metadata: StrictBool = False
    """Whether the metadata services of the clouds may be asked where this runs, once."""
    intensity: IntensitySource = IntensitySource()
    """Where the carbon intensity comes from."""


class Budget(Section):
    """A limit on what one call, run or period may use; at least one amount is needed."""

    model_config = ConfigDict(json_schema_extra=completes_inherited)

    energy: Energy | None = None
    """The most energy, such as `2.5 kWh` or `900 J`."""
    carbon: Carbon | None = None
    """The most carbon, such as `600 gCO2e`."""
    tokens: Count | None = None
    """The most tokens, input and output together, such as `20M`."""
    requests: Count | None = None
    """The most requests, such as `50k`."""
    per: Literal["call", "run", "hour", "day", "month"]
    """What the limit is counted over."""
    timezone: TimeZone = "UTC"
    """Where an hour, day or month begins."""
    scope: Literal["process", "host", "fleet"] = "process"
    """Who shares the budget: one process, one machine, or everyone with the same ledger."""
    warn_at: tuple[Percentage, ...] = ()
    """Shares of the limit at which a warning is given, such as `[50%, 80%]`."""
    on_exceed: Literal["warn", "deny", "stop"] = "warn"
    """What follows at the limit: a warning, no further work admitted, or running work stopped."""
    on_unmeasured: Literal["allow", "deny"] = "allow"
    """What follows for work whose use cannot be measured."""
    on_ledger_down: Literal["allow", "deny"] = "allow"
    """What follows when no lease is left and the ledger cannot be reached."""
    mode: Mode | None = None
    """Overrides the mode of the policy for this budget."""
    labels: dict[Name, str] = Field(default_factory=dict)
    """Free words for reports, such as `team: search`."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if {self.energy, self.carbon, self.tokens, self.requests} == {None}:
            raise UnitError("sets no limit", hint="write energy, carbon, tokens or requests")
        if self.per in {"call", "run"} and "timezone" in self.model_fields_set:
            raise UnitError(f"sets a timezone, which means nothing per {self.per}")
        return self


class Embodied(Section):
    """The embodied carbon M: declared, or from a hardware profile."""

    profile: Name | None = None
    """A hardware profile by name, instead of the three numbers."""
    total: Carbon | None = None
    """The carbon of making the hardware (TE)."""
    lifetime: Duration | None = None
    """How long the hardware is expected to serve (EL), such as `4y`."""
    share: Share = 1.0
    """The share of the hardware that is reserved for this work (RR / ToR), such as `1/8`."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        declared = (self.total is not None, self.lifetime is not None)
        if self.profile is None and not all(declared):
            raise UnitError("needs `total` and `lifetime`, or a `profile`")
        if self.profile is not None and any(declared):
            raise UnitError("has a `profile` and numbers of its own", hint="keep one of the two")
        if self.profile is not None and self.profile not in profile_names():
            hint = "profiles: " + ", ".join(profile_names())
            raise UnitError(f"names the unknown profile {self.profile!r}", hint=hint)
        return self


class SciTarget(Section):
    """A limit on the software carbon intensity: (O + M) per functional unit R."""

    model_config = ConfigDict(json_schema_extra=completes_inherited)

    limit: Carbon
    """The most carbon per functional unit."""
    per: Name
    """The functional unit R, such as `request`."""
    window: Duration = Field(default="1h", validate_default=True)
    """The rolling window over which carbon and units are summed."""
    min_units: Annotated[StrictInt, Field(ge=1)] = 100
    """How many units the window must hold before the limit is enforced."""
    embodied: Embodied
    """The embodied carbon; an SCI without it is not one."""
    on_exceed: Literal["warn", "deny"] = "warn"
    """What follows above the limit."""
    mode: Mode | None = None
    """Overrides the mode of the policy for this target."""


class DeclaredPower(Section):
    """Power taken for parts that cannot be measured; marked `declared` in every report."""

    cpu: Power | None = None
    """The processor."""
    memory: Power | None = None
    """The memory."""
    gpu: Power | None = None
    """One accelerator."""


class HostedModels(Section):
    """How the energy of requests to hosted models is estimated, in the terms of ecologits."""

    provider: (
        Literal["anthropic", "cohere", "google_genai", "huggingface_hub", "mistralai", "openai"]
        | None
    ) = None
    """Who runs the models; unless set, the provider whose client gave the response."""
    zone: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["FRA"])] | None = None
    """The country of their electricity; unless set, that of the provider."""
    prefill: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    """The energy of an input token as a part of that of an output token; 0 leaves input out."""
    models: dict[str, str] = Field(default_factory=dict)
    """Under which name ecologits knows a model that responses call otherwise."""


class Meter(Section):
    """How energy is measured."""

    sources: Literal["auto"] | tuple[Literal["nvml", "rapl", "declared", "codecarbon"], ...] = (
        "auto"
    )
    """Where readings come from, best first; `auto` takes nvml, rapl, declared, codecarbon."""
    interval: Duration = Field(default="1s", validate_default=True)
    """The time between two readings."""
    pue: Annotated[float, Field(ge=1, le=5, allow_inf_nan=False)] = 1.0
    """Power usage effectiveness of the building: what it draws per unit that the machine draws."""
    declared: DeclaredPower = DeclaredPower()
    """Power taken where nothing can be measured."""
    llm: HostedModels | None = None
    """Estimate requests to hosted models and charge them to energy and carbon budgets."""


class Ledger(Section):
    """Where use is recorded."""

    url: DatabaseUrl | None = None
    """A SQLite or PostgreSQL address; `sqlite:///.greenlint/ledger.db` unless set."""
    url_env: EnvironmentName | None = None
    """The environment variable that holds the address, for one with a password."""
    durability: Literal["normal", "full"] = "normal"
    """`full` keeps acknowledged entries through a loss of power, at a cost per entry."""

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if self.url is not None and self.url_env is not None:
            raise UnitError("has both `url` and `url_env`", hint="keep one of the two")
        return self


class LogAlert(Section):
    """Alerts go to Python's logging, logger `greenlint`."""

    to: Literal["log"]
    """Where alerts go."""


class WebhookAlert(Section):
    """Alerts are posted as JSON."""

    to: Literal["webhook"]
    """Where alerts go."""
    url: WebUrl | None = None
    """The address, if it is no secret."""
    url_env: EnvironmentName | None = None
    """The environment variable that holds the address."""

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.url is None) == (self.url_env is None):
            raise UnitError("needs either `url` or `url_env`")
        return self


class CommandAlert(Section):
    """Alerts are handed to a program, as JSON on its standard input; no shell is involved."""

    to: Literal["command"]
    """Where alerts go."""
    command: tuple[Name, ...]
    """The program and its arguments, such as `[notify-send, greenlint]`."""
    timeout: Duration = Field(default="10s", validate_default=True)
    """How long it may run before it is killed."""

    @model_validator(mode="after")
    def _names_a_program(self) -> Self:
        if not self.command:
            raise UnitError("names no program", hint="write `command: [PROGRAM, ARGUMENT, ...]`")
        return self


Alert = Annotated[LogAlert | WebhookAlert | CommandAlert, Field(discriminator="to")]
