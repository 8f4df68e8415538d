"""Keeps the settings of a policy as JSON beside the hashes of the files that they came from."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from greenlint import __version__
from greenlint.level import Level
from greenlint.policy.settings import (
    BudgetFacts,
    LintSettings,
    PathSettings,
    PolicyFacts,
    RuleSettings,
)
from greenlint.regular_file import read_regular

_MAX_BYTES = 10_000_000
_LEVELS = ("min_severity", "min_confidence", "fail_severity", "fail_confidence")
_TUPLES = ("select", "extend_select", "ignore", "mandatory", "exclude", "rule_paths")


def recall(policy: Path, cache: Path) -> LintSettings | None:
    """The settings stored for `policy`; None unless all its files are as they were."""
    try:
        stored = json.loads(read_regular(_entry(policy, cache), limit=_MAX_BYTES))
        if stored["greenlint"] != __version__ or stored["policy"] != str(policy):
            return None
        if any(_hash(Path(file)) != known for file, known in stored["files"].items()):
            return None
        return _decode(stored["settings"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def remember(settings: LintSettings, *, policy: Path, files: Iterable[Path], cache: Path) -> None:
    """Store the settings of `policy`; a cache that cannot be written to is left alone."""
    try:
        stored = {
            "greenlint": __version__,
            "policy": str(policy),
            "files": {str(file): _hash(file) for file in files},
            "settings": asdict(settings),
        }
        entry = _entry(policy, cache)
        entry.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and moved, so that a reader or a kill never meets half a file.
        aside = entry.with_suffix(f".{os.getpid()}.tmp")
        aside.write_text(json.dumps(stored), encoding="utf-8")
        aside.replace(entry)
    except OSError:
        return


def _entry(policy: Path, cache: Path) -> Path:
    import hashlib

    return cache / "policy" / (hashlib.sha256(os.fsencode(policy)).hexdigest()[:24] + ".json")


def _hash(file: Path) -> str:
    import hashlib

    return hashlib.sha256(read_regular(file, limit=_MAX_BYTES)).hexdigest()


def _decode(stored: Mapping[str, Any]) -> LintSettings:
    values = dict(stored)
    for name in _LEVELS:
        values[name] = Level(values[name])
    for name in _TUPLES:
        values[name] = None if values[name] is None else tuple(values[name])
    values["rules"] = {
        name: RuleSettings(
            None if rule["severity"] is None else Level(rule["severity"]), rule["options"]
        )
        for name, rule in stored["rules"].items()
    }
    values["per_path"] = tuple(
        PathSettings(path["pattern"], tuple(path["select"]), tuple(path["ignore"]))
        for path in stored["per_path"]
    )
    values["facts"] = _facts(stored["facts"])
    return LintSettings(**values)


def _facts(stored: Mapping[str, Any]) -> PolicyFacts:
    values = dict(stored)
    values["budgets"] = tuple(BudgetFacts(**budget) for budget in stored["budgets"])
    for name in ("sci", "allow", "deny", "models_allow", "models_deny"):
        values[name] = tuple(stored[name])
    return PolicyFacts(**values)
