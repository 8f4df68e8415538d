"""The whole of a greenlint.yaml, as pydantic checks it; the published JSON Schema comes from it."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool

from greenlint.policy.limits import Alert, Budget, Ledger, LogAlert, Meter, Regions, SciTarget
from greenlint.policy.practices import Practice
from greenlint.policy.section import (
    Grade,
    Mode,
    Name,
    Pattern,
    PositivePattern,
    Section,
    may_be_removed,
    without_removed,
)
from greenlint.policy.settings import Scalar
from greenlint.units import UnitError

SCHEMA_ID = "urn:greenlint:policy:1"

Names = tuple[Name, ...]
Entry = TypeVar("Entry")
Removable = Annotated[
    Entry, BeforeValidator(without_removed), Field(json_schema_extra=may_be_removed)
]


def _scalar(value: object) -> object:
    if isinstance(value, str | int | float | bool):
        return value
    kind = {dict: "a mapping", list: "a list", type(None): "empty"}[type(value)]
    raise UnitError(f"must be a number, text, true or false, not {kind}")


class Grades(Section):
    """A finding counts from this severity and this confidence on."""

    severity: Grade | None = None
    """How much it wastes, at least."""
    confidence: Grade | None = None
    """How sure the match is, at least."""


class RuleChange(Section):
    """What changes for one rule: its severity, and the options that its page lists."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Scalar, BeforeValidator(_scalar)]]

    severity: Grade | None = None
    """Takes the place of the rule's own severity."""


class PathChange(Section):
    """What changes for the files that match a pattern."""

    select: Names = ()
    """Rules or families to add."""
    ignore: Names = ()
    """Rules or families to leave out."""


class Suppressions(Section):
    """How findings may be suppressed in code."""

    require_reason: StrictBool = False
    """Whether every `# greenlint: ignore[...]` must say why."""


class Lint(Section):
    """What `greenlint check` reports, and what fails it."""

    select: Names | None = None
    """Rules, families or ALL, instead of the rules that are on by default."""
    extend_select: Names = ()
    """Rules or families to add to those selected."""
    ignore: Names = ()
    """Rules or families to leave out; the more specific of `select` and `ignore` wins."""
    show: Grades = Grades()
    """What is shown; low severity and medium confidence unless set."""
    fail_on: Grades = Grades()
    """What makes the exit code 1; low severity and medium confidence unless set."""
    mandatory: Names = ()
    """Rules that are always on and cannot be suppressed in code."""
    rules: Removable[dict[Name, RuleChange]] = Field(default_factory=dict)
    """Severity and options by rule; an entry written empty drops what was inherited."""
    per_path: Removable[dict[PositivePattern, PathChange]] = Field(default_factory=dict)
    """Changes by gitignore-style pattern, relative to the directory of the policy."""
    exclude: tuple[Pattern, ...] = ()
    """Gitignore-style patterns of files that are not checked."""
    rule_paths: Names = ()
    """Directories of rules of your own, relative to the file that names them; data only."""
    baseline: Name | None = None
    """The baseline file, relative to the directory of the policy."""
    suppressions: Suppressions = Suppressions()
    """How findings may be suppressed in code."""


class Practices(Section):
    """Green-AI practices of the project."""

    require: tuple[Practice, ...] = ()
    """Practices that an audit must find evidence of."""


class Models(Section):
    """Models that may be called, as globs of their names."""

    allow: Names = ()
    """The only models that may be used; empty allows every model that is not denied."""
    deny: Names = ()
    """Models that must not be used, also when they are allowed."""


class Policy(Section):
    """One policy for AI code: what to report before it runs, what to hold it to while it runs."""

    model_config = ConfigDict(title="greenlint policy")

    version: Literal[1]
    """The version of this format."""
    extends: Name | Names = ()
    """Policies to build on, bundled ones by name or files relative to this one; later ones win."""
    mode: Mode = "enforce"
    """Whether limits are only recorded, warned about or enforced."""
    lint: Lint = Lint()
    """What `greenlint check` reports, and what fails it."""
    practices: Practices = Practices()
    """Practices that an audit must find evidence of."""
    models: Models = Models()
    """Models that may be called."""
    regions: Regions = Regions()
    """Where work may run."""
    budgets: Removable[dict[Name, Budget]] = Field(default_factory=dict)
    """Limits by name; code refers to the name."""
    sci: Removable[dict[Name, SciTarget]] = Field(default_factory=dict)
    """Limits on the software carbon intensity by name."""
    meter: Meter = Meter()
    """How energy is measured."""
    ledger: Ledger = Ledger()
    """Where use is recorded."""
    alerts: tuple[Alert, ...] = (LogAlert(to="log"),)
    """Who is told of warnings and exceeded limits; Python's logging unless set."""


class Header(Section):
    """What every file of a policy says for itself, whatever else it holds."""

    model_config = ConfigDict(extra="ignore")

    version: Literal[1]
    extends: Name | Names = ()


def policy_schema() -> dict[str, Any]:
    """The JSON Schema of a policy file, for editors and for policies/policy.schema.json."""
    schema = Policy.model_json_schema()
    definitions = schema["$defs"]
    for definition in (schema, *definitions.values()):
        for described in definition.get("properties", {}).values():
            described.pop("title", None)
            if section := described.get("$ref"):
                # A section's default is what its own keys say; its words may serve for the key.
                described.pop("default", None)
                name = section.rpartition("/")[2]
                described.setdefault("description", definitions[name]["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}
