"""What a policy says to `greenlint check`: plain values, read without yaml or pydantic."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from greenlint.level import Level
from greenlint.policy.search import find_policy, policy_root

__all__ = [
    "BudgetFacts",
    "LintSettings",
    "PathSettings",
    "PolicyFacts",
    "RuleSettings",
    "Scalar",
    "find_policy",
    "load_settings",
]

Scalar = int | float | str | bool


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What the policy says about one rule; `severity` None leaves the rule's own."""

    severity: Level | None = None
    options: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PathSettings:
    """Rules to add and to drop for the files that match a gitignore-style pattern."""

    pattern: str
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFacts:
    """A budget of the policy: its limits by metric, in the units of `Amounts`, and their period."""

    name: str
    per: str
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFacts:
    """What the policy says of running code, for rules that hold code to it before it runs.

    `known` is whether there is a policy. `sci` are the names of its SCI targets. `max_intensity`
    is in gCO2e/kWh. `models_*` are globs of names.
    """

    known: bool = False
    budgets: tuple[BudgetFacts, ...] = ()
    sci: tuple[str, ...] = ()
    requires_budgets: bool = False
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    max_intensity: float | None = None
    models_allow: tuple[str, ...] = ()
    models_deny: tuple[str, ...] = ()

    def says(self, topic: str) -> bool | None:
        """Whether it has `budgets`, `requires-budgets`, `regions`, `models`; None for others."""
        match topic:
            case "budgets":
                return bool(self.budgets or self.sci)
            case "requires-budgets":
                return self.requires_budgets
            case "regions":
                return bool(self.allow or self.deny or self.max_intensity is not None)
            case "models":
                return bool(self.models_allow or self.models_deny)
            case _:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LintSettings:
    """Everything `greenlint check` needs to know; names are rules, families or ALL.

    `select` None means the rules that are on by default. `min_*` say what is shown, `fail_*` what
    fails a run. `facts` are what rules may know of the rest of the policy. `rule_paths` are
    absolute; patterns and `baseline` are relative to `root`.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_severity: Level = Level.LOW
    min_confidence: Level = Level.MEDIUM
    fail_severity: Level = Level.LOW
    fail_confidence: Level = Level.MEDIUM
    mandatory: tuple[str, ...] = ()
    rules: Mapping[str, RuleSettings] = field(default_factory=dict)
    per_path: tuple[PathSettings, ...] = ()
    exclude: tuple[str, ...] = ()
    rule_paths: tuple[str, ...] = ()
    require_reason: bool = False
    baseline: str | None = None
    facts: PolicyFacts = PolicyFacts()
    root: str = "."
    policy: str | None = None

    @property
    def digest(self) -> str:
        """A hash of all of it, so that a cache notices any change."""
        import hashlib

        return hashlib.sha256(repr(self).encode()).hexdigest()


def load_settings(
    policy: Path | None, *, isolated: bool = False, cache: Path | None = None
) -> LintSettings:
    """The settings of `policy`; the defaults when there is none or the run is `isolated`.

    `cache` is a directory that keeps what was read, so that the next run needs no YAML parser.
    """
    if policy is None or isolated:
        return LintSettings(root=str(Path.cwd()))
    from greenlint.policy import stored

    policy = policy.absolute()
    settings = stored.recall(policy, cache) if cache else None
    if settings is None:
        from greenlint.policy.loading import lint_settings, load_policy

        loaded = load_policy(policy)
        settings = lint_settings(loaded, policy)
        if cache:
            stored.remember(settings, policy=policy, files=loaded.merged.files, cache=cache)
    # Which directory it is depends on files beside the policy, so it is looked up every time.
    return replace(settings, root=str(policy_root(policy)))
