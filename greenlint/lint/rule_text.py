"""The YAML of rules and of the API catalog as text enters: nothing looser gets past this."""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    model_validator,
)

from greenlint.lint.rule_words import (
    Argument,
    Conditions,
    Date,
    GateGroup,
    Globs,
    Grade,
    Kind,
    Line,
    OptionName,
    Scalar,
    Template,
    Version,
    Word,
)


class Text(BaseModel):
    """What all models share: unknown keys are refused and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OptionText(Text):
    """A threshold that a policy may override."""

    type: Literal["integer", "number", "string", "boolean"]
    default: Scalar
    description: Line
    minimum: StrictInt | StrictFloat | None = None
    maximum: StrictInt | StrictFloat | None = None


class CaseText(Text):
    """One way in which the rule is broken; the first case that matches a subject reports it."""

    case: Word
    call: Globs | None = None
    loop: Globs | None = None
    function: Globs | None = None
    where: Conditions | Annotated[tuple[Conditions, ...], Field(max_length=20)] | None = None
    unless: Annotated[tuple[Conditions, ...], Field(max_length=100)] = ()
    severity: Grade | None = None
    confidence: Grade | None = None
    message: Template | None = None
    advice: Template | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if sum(names is not None for names in (self.call, self.loop, self.function)) != 1:
            raise ValueError("a case has exactly one of `call`, `loop` and `function`")
        return self


class EvidenceText(Text):
    """What the waste costs, where that is written, and how good the source is."""

    effect: Line
    source: Line
    quality: Literal["measured", "published", "vendor", "weak"]
    date: Date


class PrecisionText(Text):
    """Findings on real public code, each one read, and how many of them were true."""

    read: Annotated[StrictInt, Field(ge=1)]
    true: Annotated[StrictInt, Field(ge=0)]
    repositories: Annotated[StrictInt, Field(ge=1)]
    date: Date

    @model_validator(mode="after")
    def _no_more_true_than_read(self) -> Self:
        if self.true > self.read:
            raise ValueError("`true` can't be more than `read`")
        return self


class RuleText(Text):
    """A rule of greenlint: what it looks for, what it says, and why it may be believed."""

    name: Word
    summary: Line
    severity: Grade
    confidence: Grade
    since: Version
    gate: Annotated[tuple[GateGroup, ...], Field(min_length=1, max_length=8)]
    options: Annotated[dict[OptionName, OptionText], Field(max_length=20)] = {}
    message: Template
    advice: Template
    match: Annotated[tuple[CaseText, ...], Field(min_length=1, max_length=100)] | None = None
    detector: Word | None = None
    evidence: Annotated[tuple[EvidenceText, ...], Field(max_length=50)] = ()
    precision: PrecisionText | None = None

    @model_validator(mode="after")
    def _match_or_detector(self) -> Self:
        if (self.match is None) == (self.detector is None):
            raise ValueError("a rule has `match`, or else `detector`")
        return self


class TypeText(Text):
    """Classes that behave alike, such as every client of one SDK."""

    name: Kind
    constructors: Globs
    returns_self: Annotated[tuple[Argument, ...], Field(max_length=200)] = Field(
        (), alias="returns-self"
    )
    composes: StrictBool = False


class CallText(Text):
    """Calls of one meaning."""

    kind: Kind
    names: Globs
    provider: Annotated[StrictStr, StringConstraints(max_length=100)] = ""
    positions: Annotated[tuple[Argument, ...], Field(max_length=100)] = ()
    arguments: Annotated[
        dict[Word, Annotated[tuple[Argument, ...], Field(min_length=1, max_length=50)]],
        Field(max_length=100),
    ] = {}
    traits: Annotated[tuple[Word, ...], Field(max_length=50)] = ()


class CatalogText(Text):
    """What is known of some APIs, with where it was read and when."""

    source: Line
    date: Date
    types: Annotated[tuple[TypeText, ...], Field(max_length=2000)] = ()
    calls: Annotated[tuple[CallText, ...], Field(max_length=5000)] = ()
