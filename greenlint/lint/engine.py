"""A check from paths to findings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.lint.finding import Finding

if TYPE_CHECKING:
    from greenlint.lint.ruleset import Ruleset
    from greenlint.policy.settings import LintSettings


@dataclass(frozen=True, slots=True)
class StdinFile:
    """A file whose content came over standard input, and the path it is checked as."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What to check, and how.

    `jobs` is None for one process per core; `cache_dir` is None for no cache; `diff_base` names a
    git revision: only findings on lines changed since then are reported.
    """

    paths: tuple[str, ...]
    settings: "LintSettings"
    ruleset: "Ruleset"
    jobs: int | None = None
    cache_dir: Path | None = None
    stdin: StdinFile | None = None
    diff_base: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a check did, in numbers; `checked` counts files, the rest what its name says."""

    checked: int = 0
    skipped_notebooks: int = 0
    excluded: int = 0
    unreadable: int = 0
    findings: int = 0
    suppressed: int = 0
    baselined: int = 0
    from_cache: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class StaleEntry:
    """A baseline entry whose finding is gone, or found less often than the entry says."""

    path: str
    rule: str
    snippet: str
    count: int


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Findings sorted by path, line, column and rule, and what the check did to get them."""

    findings: tuple[Finding, ...] = ()
    summary: Summary = field(default_factory=Summary)
    stale_baseline: tuple[StaleEntry, ...] = ()


def check(
    request: CheckRequest, *, progress: Callable[[int, int], None] | None = None
) -> CheckResult:
    """Check every file that the request names; `progress` gets files done and files in all."""
    raise NotImplementedError
