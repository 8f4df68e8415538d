"""What a policy says to running code: plain values, made once from the checked YAML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.policy.amounts import Limits, micro
from greenlint.policy.budget import Budget, Mode, OnExceed, Per, Scope

if TYPE_CHECKING:
    from greenlint.policy import limits
    from greenlint.policy.loading import LoadedPolicy
    from greenlint.policy.model import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimePolicy:
    """The policy that a process runs under; without a file it declares nothing.

    `sections` is the checked YAML, for the sections that other packages read themselves. `hash`
    changes with anything that the merged policy says; it stands beside each recorded decision.
    """

    path: Path | None = None
    hash: str = ""
    mode: Mode = Mode.ENFORCE
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    sections: "Policy | None" = None


def load_runtime_policy(path: Path) -> RuntimePolicy:
    """The policy at `path` and all that it extends; PolicyError holds every problem."""
    from greenlint.policy.loading import load_policy

    return runtime_policy(load_policy(path), path)


def runtime_policy(loaded: "LoadedPolicy", path: Path) -> RuntimePolicy:
    """What a loaded policy says to running code."""
    policy = loaded.policy
    mode = Mode(policy.mode)
    budgets = {}
    for name, declared in policy.budgets.items():
        place = loaded.merged.document.place(("budgets", name), key=True)
        source = f"{place.path}:{place.line}"
        budgets[name] = _budget(name, declared, mode=mode, source=source)
    return RuntimePolicy(
        path=path.absolute(),
        hash=_hash(loaded.merged.document.data),
        mode=mode,
        budgets=budgets,
        sections=policy,
    )


def _budget(name: str, declared: "limits.Budget", *, mode: Mode, source: str) -> Budget:
    return Budget(
        name=name,
        limits=Limits(
            micro(declared.energy), micro(declared.carbon), declared.tokens, declared.requests
        ),
        per=Per(declared.per),
        timezone=declared.timezone,
        scope=Scope(declared.scope),
        warn_at=tuple(sorted(declared.warn_at)),
        on_exceed=OnExceed(declared.on_exceed),
        mode=Mode(declared.mode) if declared.mode else mode,
        allow_unmeasured=declared.on_unmeasured == "allow",
        allow_without_ledger=declared.on_ledger_down == "allow",
        labels=dict(declared.labels),
        source=source,
    )


def _hash(data: object) -> str:
    import hashlib
    import json

    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
