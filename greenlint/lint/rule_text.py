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
    model_validator,
)

from greenlint.lint.rule import Subject
from greenlint.lint.rule_words import (
    Argument,
    Conditions,
    Date,
    DottedName,
    Expression,
    GateGroup,
    Globs,
    Grade,
    Identifier,
    ImportText,
    Kind,
    Line,
    OptionName,
    Scalar,
    Sized,
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


class StepText(Text):
    """One thing that a fix does: exactly one verb."""

    add_keyword: Identifier | None = Field(None, alias="add-keyword")
    set_keyword: Identifier | None = Field(None, alias="set-keyword")
    value: Expression | None = None
    remove_keyword: Identifier | None = Field(None, alias="remove-keyword")
    rename_callee: DottedName | None = Field(None, alias="rename-callee")
    wrap_in_with: Expression | None = Field(None, alias="wrap-in-with")
    decorate: Expression | None = None
    add_import: ImportText | None = Field(None, alias="add-import")

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        verbs = self.model_fields_set - {"value"}
        if len(verbs) != 1:
            raise ValueError("must have exactly one verb, such as `set-keyword`")
        gives_value = bool(verbs & {"add_keyword", "set_keyword"})
        if gives_value != (self.value is not None):
            raise ValueError("must have a `value` with `add-keyword` or `set-keyword`, only there")
        return self


class FixText(Text):
    """How a finding is mended; `safe` only where all results stay the same."""

    safety: Literal["safe", "unsafe"]
    steps: Annotated[tuple[StepText, ...], Sized(1, 8)]


class CaseText(Text):
    """One way in which the rule is broken; the first case that matches a subject reports it."""

    case: Word
    call: Globs | None = None
    loop: Globs | None = None
    function: Globs | None = None
    image: Globs | None = None
    install: Globs | None = None
    variable: Globs | None = None
    start: Globs | None = None
    workload: Globs | None = None
    container: Globs | None = None
    gate: Annotated[tuple[GateGroup, ...], Sized(0, 8)] = ()
    where: Conditions | Annotated[tuple[Conditions, ...], Sized(0, 20)] | None = None
    unless: Annotated[tuple[Conditions, ...], Sized(0, 100)] = ()
    severity: Grade | None = None
    confidence: Grade | None = None
    message: Template | None = None
    advice: Template | None = None
    fix: FixText | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if len(self.subjects) != 1:
            named = ", ".join(f"`{subject}`" for subject in Subject)
            raise ValueError(f"must have exactly one subject: {named}")
        return self

    @property
    def subjects(self) -> dict[Subject, tuple[str, ...]]:
        """What the case looks at, and the names of what it looks for; exactly one."""
        named = {subject: getattr(self, subject) for subject in Subject}
        return {subject: names for subject, names in named.items() if names is not None}


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
            raise ValueError("must not have more `true` than `read`")
        return self


class RuleText(Text):
    """A rule of greenlint: what it looks for, what it says, and why it may be believed."""

    name: Word
    summary: Line
    severity: Grade
    confidence: Grade
    since: Version
    gate: Annotated[tuple[GateGroup, ...], Sized(1, 8)]
    tests: StrictBool = True
    options: Annotated[dict[OptionName, OptionText], Sized(0, 20)] = {}
    message: Template
    advice: Template
    match: Annotated[tuple[CaseText, ...], Sized(1, 100)] | None = None
    detector: Word | None = None
    evidence: Annotated[tuple[EvidenceText, ...], Sized(0, 50)] = ()
    precision: PrecisionText | None = None
    fix: FixText | None = None

    @model_validator(mode="after")
    def _match_or_detector(self) -> Self:
        if (self.match is None) == (self.detector is None):
            raise ValueError("must have either `match` or `detector`")
        of_code = {subject.of_code for case in self.match or () for subject in case.subjects}
        if len(of_code) > 1:
            raise ValueError("must look at code or at deployment files, not at both")
        return self


class TypeText(Text):
    """Classes that behave alike, such as every client of one SDK."""

    name: Kind
    constructors: Globs
    returns_self: Annotated[tuple[Argument, ...], Sized(0, 200)] = Field((), alias="returns-self")
    composes: StrictBool = False


class CallText(Text):
    """Calls of one meaning."""

    kind: Kind
    names: Globs
    provider: Annotated[StrictStr, Sized(0, 100)] = ""
    positions: Annotated[tuple[Argument, ...], Sized(0, 100)] = ()
    arguments: Annotated[
        dict[Word, Annotated[tuple[Argument, ...], Sized(1, 50)]],
        Sized(0, 100),
    ] = {}
    traits: Annotated[tuple[Word, ...], Sized(0, 50)] = ()


class CatalogText(Text):
    """What is known of some APIs, with where it was read and when."""

    source: Line
    date: Date
    types: Annotated[tuple[TypeText, ...], Sized(0, 2000)] = ()
    calls: Annotated[tuple[CallText, ...], Sized(0, 5000)] = ()
