"""What code declares of a budget, and what comes of it under a policy."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from greenlint.errors import PolicyError, Problem
from greenlint.policy.amount_text import amount_text
from greenlint.policy.amounts import Limits, Metric
from greenlint.policy.budget import Budget, Mode, OnExceed, Per, Scope
from greenlint.policy.runtime_policy import RuntimePolicy
from greenlint.runtime.inline import BudgetOptions, fractions

if TYPE_CHECKING:
    from collections.abc import Iterable

_STRICTNESS = (OnExceed.WARN, OnExceed.DENY, OnExceed.STOP)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a decorator or a block says: a name, limits of its own, or both.

    `metric` is what the decorator's name promises a limit on. `place` is where it was written.
    `guessed` says that the name is that of the function, for want of another.
    """

    name: str
    limits: Limits
    options: BudgetOptions
    place: str
    metric: Metric | None = None
    guessed: bool = False

    def __post_init__(self) -> None:
        _check_options(self.options)

    def of_function(self, function: object) -> "Declaration":
        """The same for a function, whose name serves where none was given."""
        inner = getattr(function, "__func__", function)
        if not self.guessed:
            return self
        name = getattr(inner, "__qualname__", type(inner).__qualname__)
        module = getattr(inner, "__module__", "") or ""
        called = f"{module}.{name}".replace("<locals>.", "")
        # A function may have several budgets without a name, one for each metric.
        limited = "" if self.metric is None else f" ({self.metric})"
        return replace(self, name=called + (limited if self.limits.set_metrics() else ""))

    def resolve(self, policy: RuntimePolicy) -> tuple[Budget, bool]:
        """The budget that holds, and whether the policy declares it; PolicyError if none does."""
        declared = self._declared(policy)
        if declared is None:
            if not self.limits.set_metrics():
                raise self._unknown(policy)
            return self._inline(policy), False
        budget = self._capped(declared)
        if self.metric is not None and budget.limits.of(self.metric) is None:
            raise self._problem(
                f"budget `{declared.name}` ({declared.source}) sets no limit on {self.metric}",
                f"add `{self.metric}:` to it, or use budget({declared.name!r})",
            )
        return budget, True

    def _declared(self, policy: RuntimePolicy) -> Budget | None:
        if self.guessed and self.limits.set_metrics():
            return None  # a limit without a name is its own, whatever the function is called
        for name in self.possible_names():
            if name in policy.budgets:
                return policy.budgets[name]
        return None

    def possible_names(self) -> tuple[str, ...]:
        """The names under which a policy may know it."""
        if not self.guessed:
            return (self.name,)
        name = self.name.rpartition(".")[2]
        return (name, name.replace("_", "-"))

    def _inline(self, policy: RuntimePolicy) -> Budget:
        options = self.options
        per = "run" if self.metric is Metric.REQUESTS else "call"
        return Budget(
            name=self.name,
            limits=self.limits,
            per=Per(options.get("per", per)),
            timezone=options.get("timezone", "UTC"),
            scope=Scope(options.get("scope", "process")),
            warn_at=fractions(options.get("warn_at", ())),
            on_exceed=OnExceed(options.get("on_exceed", "stop")),
            mode=Mode(options.get("mode", policy.mode)),
            allow_unmeasured=options.get("on_unmeasured", "allow") == "allow",
            allow_without_ledger=options.get("on_ledger_down", "allow") == "allow",
            labels=dict(options.get("labels", {})),
            source=self.place,
        )

    def _capped(self, declared: Budget) -> Budget:
        """The policy's budget, made stricter by what the code says."""
        for key in ("per", "scope", "timezone"):
            if (said := self.options.get(key, getattr(declared, key))) != getattr(declared, key):
                raise self._problem(
                    f"budget `{declared.name}` is declared with `{key}: {getattr(declared, key)}`"
                    f" ({declared.source}), and the code says {said!r}",
                    f"leave {key} out, or give this limit a name of its own",
                )
        limits, notes = self._smaller(declared)
        options = self.options
        on_exceed = OnExceed(options.get("on_exceed", declared.on_exceed))
        return replace(
            declared,
            limits=limits,
            warn_at=tuple(sorted({*declared.warn_at, *fractions(options.get("warn_at", ()))})),
            on_exceed=max(on_exceed, declared.on_exceed, key=_STRICTNESS.index),
            allow_unmeasured=declared.allow_unmeasured and options.get("on_unmeasured") != "deny",
            allow_without_ledger=declared.allow_without_ledger
            and options.get("on_ledger_down") != "deny",
            labels={**declared.labels, **options.get("labels", {})},
            source=", ".join([declared.source, *notes]),
        )

    def _smaller(self, declared: Budget) -> tuple[Limits, list[str]]:
        """For each metric the smaller limit, and where the code and the policy differ."""
        smaller: dict[str, int | None] = {}
        notes = []
        for metric in Metric:
            ours, theirs = self.limits.of(metric), declared.limits.of(metric)
            both = [limit for limit in (ours, theirs) if limit is not None]
            smaller[metric] = min(both, default=None)
            if ours is not None and theirs is not None and ours > theirs:
                notes.append(f"which caps the {amount_text(ours, metric)} of {self.place}")
            elif ours is not None and ours != theirs:
                notes.append(f"lowered by {self.place}")
        return Limits(**smaller), notes

    def _unknown(self, policy: RuntimePolicy) -> PolicyError:
        if policy.path is None:
            return self._problem(
                f"budget `{self.name}` is declared nowhere: there is no policy",
                "add a greenlint.yaml (`greenlint init`), set GREENLINT_POLICY, or write a limit in"
                ' the code such as energy="900 J"',
            )
        return self._problem(
            f"no budget of {policy.path} is called `{self.name}`",
            _nearest(self.name, policy.budgets) or "declare it under `budgets`",
        )

    def _problem(self, message: str, hint: str) -> PolicyError:
        path, _, line = self.place.rpartition(":")
        at = int(line) if line.isdecimal() else None
        return PolicyError(Problem(message, path or self.place, at, hint=hint))


_WORDS: Mapping[str, type[StrEnum] | tuple[str, ...]] = {
    "per": Per,
    "scope": Scope,
    "on_exceed": OnExceed,
    "mode": Mode,
    "on_unmeasured": ("allow", "deny"),
    "on_ledger_down": ("allow", "deny"),
}


def _check_options(options: BudgetOptions) -> None:
    """TypeError or ValueError where the code is written, not at the first call."""
    if unknown := options.keys() - BudgetOptions.__annotations__.keys():
        named = " and ".join(sorted(unknown))
        known = ", ".join(BudgetOptions.__annotations__)
        raise TypeError(f"a budget takes no {named}; it takes {known}")
    for key, words in _WORDS.items():
        said = options.get(key)
        if said is not None and said not in tuple(words):
            raise ValueError(f"{key} must be one of {', '.join(words)}, not {said!r}")
    fractions(options.get("warn_at", ()))
    if options.get("timezone", "UTC") != "UTC":
        from zoneinfo import ZoneInfo

        ZoneInfo(options["timezone"])


def _nearest(name: str, names: "Iterable[str]") -> str | None:
    from difflib import get_close_matches

    close = get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else None
