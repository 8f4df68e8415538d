"""What all sections of a policy share, and the kinds of values that stand in them."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from greenlint import units
from greenlint.path_pattern import PathPattern

_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REGION = re.compile(r"(aws|gcp|azure):[a-z0-9-]+|zone:[A-Z]{2}(-[A-Z0-9]+)*")


class Section(BaseModel):
    """A mapping in the policy: unknown keys are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def completes_inherited(schema: dict[str, Any]) -> None:
    """Ask a single file for no key of an entry that another file may have begun."""
    schema.pop("required", None)


def may_be_removed(schema: dict[str, Any]) -> None:
    """Let an entry of a mapping be empty in a file: that drops what was inherited."""
    schema["additionalProperties"] = {"anyOf": [schema["additionalProperties"], {"type": "null"}]}


def without_removed(value: object) -> object:
    """Drop the entries of a mapping that a later file wrote empty."""
    if not isinstance(value, dict):
        return value
    return {name: entry for name, entry in value.items() if entry is not None}


def _schema_of(quantity: units.Quantity) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "pattern": quantity.pattern, "examples": [quantity.example]}
    )


def _time_zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    if name == "UTC":
        return name
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        from greenlint.yaml_document import nearest

        hint = nearest(name, available_timezones())
        raise units.UnitError(
            f"must be a time zone such as `Europe/Paris`, not {name!r}", hint=hint
        ) from None
    return name


def _environment_name(name: str) -> str:
    if not _ENVIRONMENT_NAME.fullmatch(name):
        raise units.UnitError(f"must be the name of an environment variable, not {name!r}")
    return name


def _region(name: str) -> str:
    if _REGION.fullmatch(name):
        return name
    provider, colon, place = name.partition(":")
    hint = "write aws:NAME, gcp:NAME, azure:NAME or zone:CODE"
    if colon and provider == "zone" and _REGION.fullmatch(f"zone:{place.upper()}"):
        hint = f"did you mean `zone:{place.upper()}`?"
    raise units.UnitError(
        f"must be a region such as `aws:eu-north-1` or `zone:FR`, not {name!r}", hint=hint
    )


def _on_unknown(word: str) -> str:
    if word in {"deny", "warn"}:
        return word
    verb, _, zone = word.partition(":")
    if verb == "assume" and _REGION.fullmatch(f"zone:{zone}"):
        return word
    raise units.UnitError(
        f"must be deny, warn or assume:ZONE, not {word!r}", hint="a zone is written `assume:FR`"
    )


def _web_url(url: str) -> str:
    return _url(url, ("https", "http"), "https://example.org/hook")


def _database_url(url: str) -> str:
    if urlsplit(url).scheme == "sqlite":
        return _url(url, ("sqlite",), "sqlite:///ledger.db")
    schemes = ("sqlite", "postgresql", "postgresql+psycopg")
    found = _url(url, schemes, "sqlite:///.greenlint/ledger.db")
    if urlsplit(found).password:
        raise units.UnitError("holds a password", hint="name a variable with `url_env` instead")
    return found


def _url(url: str, schemes: tuple[str, ...], example: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as reason:
        raise units.UnitError(f"is not a URL: {reason}") from None
    if parts.scheme not in schemes:
        raise units.UnitError(
            f"must be a URL such as `{example}`, not {url!r}", hint=f"begins: {', '.join(schemes)}"
        )
    if parts.scheme != "sqlite" and not parts.hostname:
        raise units.UnitError(f"names no host: {url!r}")
    return url


def _pattern(pattern: str) -> str:
    try:
        parsed = PathPattern.parse(pattern)
    except ValueError:
        raise units.UnitError(
            f"is not a pattern: {pattern!r}", hint="patterns are written as in a .gitignore file"
        ) from None
    if parsed is None:
        raise units.UnitError(f"matches nothing: {pattern!r}")
    return pattern


def _positive_pattern(pattern: str) -> str:
    if pattern.startswith("!"):
        raise units.UnitError("must not begin with `!`: write what matches, not what does not")
    return _pattern(pattern)


Grade = Literal["low", "medium", "high"]
Mode = Literal["observe", "warn", "enforce"]
Name = Annotated[str, Field(min_length=1)]

Energy = Annotated[units.Joules, BeforeValidator(units.parse_energy), _schema_of(units.ENERGY)]
Carbon = Annotated[units.GramsCO2e, BeforeValidator(units.parse_carbon), _schema_of(units.CARBON)]
Intensity = Annotated[
    units.GramsPerKwh, BeforeValidator(units.parse_intensity), _schema_of(units.INTENSITY)
]
Power = Annotated[units.Watts, BeforeValidator(units.parse_power), _schema_of(units.POWER)]
Duration = Annotated[
    units.Seconds, BeforeValidator(units.parse_duration), _schema_of(units.DURATION)
]
Count = Annotated[
    int,
    BeforeValidator(units.parse_count),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?[kMG]?$"},
            ],
            "examples": ["20M", 500],
        }
    ),
]
Percentage = Annotated[
    float,
    BeforeValidator(units.parse_percentage),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?%$", "examples": ["80%"]}),
]
Share = Annotated[
    float,
    BeforeValidator(units.parse_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^([0-9]+/[0-9]+|[0-9]+(\.[0-9]+)? ?%)$"},
            ],
            "examples": ["1/8", "12.5%"],
        }
    ),
]
TimeZone = Annotated[str, AfterValidator(_time_zone), Field(examples=["UTC", "Europe/Paris"])]
Region = Annotated[
    str, AfterValidator(_region), Field(json_schema_extra={"pattern": f"^({_REGION.pattern})$"})
]
OnUnknown = Annotated[
    str,
    AfterValidator(_on_unknown),
    Field(json_schema_extra={"pattern": "^(deny|warn|assume:[A-Z]{2}(-[A-Z0-9]+)*)$"}),
]
WebUrl = Annotated[str, AfterValidator(_web_url), Field(json_schema_extra={"format": "uri"})]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
EnvironmentName = Annotated[
    str,
    AfterValidator(_environment_name),
    Field(json_schema_extra={"pattern": f"^{_ENVIRONMENT_NAME.pattern}$"}),
]
Pattern = Annotated[Name, AfterValidator(_pattern)]
PositivePattern = Annotated[Name, AfterValidator(_positive_pattern)]
