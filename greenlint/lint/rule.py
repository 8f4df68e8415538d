"""A rule as the matcher sees it: plain frozen values, built from its YAML by `ruleset`."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from greenlint.lint.finding import Level, Safety

Scalar = str | int | float | bool


class Subject(enum.StrEnum):
    """What a case looks at, one at a time."""

    CALL = "call"
    LOOP = "loop"
    FUNCTION = "function"
    IMAGE = "image"
    INSTALL = "install"
    VARIABLE = "variable"
    START = "start"
    WORKLOAD = "workload"
    CONTAINER = "container"

    @property
    def of_code(self) -> bool:
        """Whether it is a part of Python code, and not of a deployment file."""
        return self in {Subject.CALL, Subject.LOOP, Subject.FUNCTION}


@dataclass(frozen=True, slots=True)
class Option:
    """A threshold that the policy may override."""

    type: str
    default: Scalar
    description: str
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a fact's value must relate to `operands`; an operand `$name` is an option of the rule.

    `operator` is one of: equals, one-of, at-least, at-most, more-than, less-than, matches.
    """

    operator: str
    operands: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A fact of the subject, and what it must be; all comparisons must hold.

    `fact` is the name before the first dot, `detail` what follows it: `argument.output-cap`.
    """

    fact: str
    detail: str
    comparisons: tuple[Comparison, ...]


class Verb(enum.StrEnum):
    """What a fix may do; there are no others."""

    ADD_KEYWORD = "add-keyword"
    SET_KEYWORD = "set-keyword"
    REMOVE_KEYWORD = "remove-keyword"
    RENAME_CALLEE = "rename-callee"
    WRAP_IN_WITH = "wrap-in-with"
    DECORATE = "decorate"
    ADD_IMPORT = "add-import"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a fix does: `operand` is a keyword, a qualified name or an import.

    `value` is the text of the value that ADD_KEYWORD and SET_KEYWORD give; the first leaves a
    keyword alone that is there already, and is then not done.
    """

    verb: Verb
    operand: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class FixPlan:
    """How the subject of a case is mended: steps that are done together or not at all."""

    safety: Safety
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which a rule is broken.

    `where` must all be definitely true; of `unless`, a group of conditions that are all possibly
    true keeps the rule quiet: what is unknown never makes a finding. `gate` is in the form of the
    rule's and narrows it for this case.
    """

    name: str
    subject: Subject
    names: tuple[str, ...]
    where: tuple[Condition, ...] = ()
    unless: tuple[tuple[Condition, ...], ...] = ()
    severity: Level | None = None
    confidence: Level | None = None
    message: str | None = None
    advice: str | None = None
    gate: tuple[tuple[bytes, ...], ...] = ()
    fix: FixPlan | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the waste costs, where that is written, and how good the source is."""

    effect: str
    source: str
    quality: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Precision:
    """Findings on real public code that were read one by one, and how many were true."""

    read: int
    true: int
    repositories: int
    date: str

    @property
    def share(self) -> float:
        """The share of findings that were true, from 0 to 1."""
        return self.true / self.read if self.read else 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `gate` is in conjunctive form: every group needs one hit in a file's bytes.

    `tests` says whether it looks at tests: what runs once, to see that it works, wastes little.
    """

    name: str
    family: str
    summary: str
    severity: Level
    confidence: Level
    since: str
    gate: tuple[tuple[bytes, ...], ...]
    message: str
    advice: str
    path: Path
    tests: bool = True
    cases: tuple[Case, ...] = ()
    detector: str | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    values: Mapping[str, Scalar] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    precision: Precision | None = None
    fix: FixPlan | None = None

    @property
    def fix_safety(self) -> Safety | None:
        """`safe` when any fix of the rule is, `unsafe` when it only has others."""
        plans = [plan for plan in (self.fix, *(case.fix for case in self.cases)) if plan]
        if not plans:
            return None
        return min(plan.safety for plan in plans)  # "safe" < "unsafe"

    @property
    def reads_code(self) -> bool:
        """Whether it looks at Python code, and not at deployment files."""
        return not self.cases or any(case.subject.of_code for case in self.cases)

    @property
    def page(self) -> Path:
        """The Markdown page beside the rule: its documentation and its tests."""
        return self.path.with_suffix(".md")

    @property
    def on_by_default(self) -> bool:
        """Whether reading real findings has earned the rule its place."""
        if self.precision is None or self.confidence is Level.LOW:
            return False
        return self.precision.share >= 0.9
