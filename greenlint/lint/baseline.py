"""The baseline: findings that were there when a project began to use greenlint.

An entry is a path, a rule, the snippet with its whitespace evened out, and how often they occur
together, so that lines may move. A finding that the baseline holds stays visible, as a note.
"""

import json
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from greenlint.errors import GreenlintError, Problem, UsageError
from greenlint.lint.finding import Finding
from greenlint.regular_file import read_regular

_VERSION = 1
_MAX_SNIPPET = 160
_MAX_BYTES = 100_000_000
_HINT = "`greenlint baseline write` makes a new one."


@dataclass(frozen=True, slots=True, order=True)
class BaselineKey:
    """What a finding is recognized by: `path` is relative to the baseline's root, with slashes."""

    path: str
    rule: str
    snippet: str


@dataclass(frozen=True, slots=True)
class StaleEntry:
    """A baseline entry whose finding is gone, `count` times."""

    path: str
    rule: str
    snippet: str
    count: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """How often each known finding occurs; `root` is the directory its paths are relative to."""

    root: str
    counts: Counter[BaselineKey] = field(default_factory=Counter)

    @classmethod
    def of(cls, findings: Iterable[Finding], *, root: str) -> "Baseline":
        """The baseline that holds exactly these findings."""
        return cls(root, Counter(key_of(finding, root) for finding in findings))

    def apply(self, findings: Iterable[Finding]) -> tuple[list[Finding], Counter[BaselineKey]]:
        """The findings, those marked that the baseline holds; and what it holds beyond them."""
        left = self.counts.copy()
        marked: list[Finding] = []
        for finding in findings:
            key = key_of(finding, self.root)
            known = left[key] > 0
            left[key] -= known
            marked.append(replace(finding, baselined=True) if known else finding)
        return marked, +left

    def stale(
        self, left: Counter[BaselineKey], *, was_checked: Callable[[BaselineKey], bool]
    ) -> tuple[StaleEntry, ...]:
        """Of what is `left`, the entries that this run would have found again, or nobody can."""
        return tuple(
            StaleEntry(key.path, key.rule, key.snippet, count)
            for key, count in sorted(left.items())
            if was_checked(key) or not _exists(Path(self.root, key.path))
        )

    def without(self, stale: Iterable[StaleEntry]) -> "Baseline":
        """The baseline without these entries."""
        gone = Counter(
            {BaselineKey(entry.path, entry.rule, entry.snippet): entry.count for entry in stale}
        )
        return Baseline(self.root, self.counts - gone)

    def write(self, path: Path) -> None:
        """Write the file, wholly or not at all; the same findings always give the same bytes."""
        entries = [
            {"path": key.path, "rule": key.rule, "snippet": key.snippet, "count": count}
            for key, count in sorted(self.counts.items())
        ]
        text = json.dumps({"version": _VERSION, "entries": entries}, indent=2, ensure_ascii=False)
        try:
            _replace(path, f"{text}\n".encode())
        except OSError as error:
            raise UsageError(
                Problem(f"the baseline can't be written: {error.strerror}", path=str(path)),
                hint="Name a place that can be written to.",
            ) from None


def load_baseline(path: Path, *, root: str) -> Baseline:
    """The baseline in a file; GreenlintError when it can't be used."""
    try:
        entries = _entries(json.loads(read_regular(path, limit=_MAX_BYTES)))
        return Baseline(root, Counter({key: count for key, count in entries if count > 0}))
    except OSError as error:
        message, line = f"the baseline can't be read: {error.strerror}", None
    except json.JSONDecodeError as error:
        message, line = f"the baseline is not valid JSON: {error.msg}", error.lineno
    except (KeyError, TypeError, ValueError, RecursionError):
        message, line = "this is no baseline of a version that greenlint knows", None
    raise GreenlintError(Problem(message, path=str(path), line=line), hint=_HINT)


def key_of(finding: Finding, root: str) -> BaselineKey:
    """What the baseline knows a finding by."""
    return BaselineKey(relative_path(finding.path, root), finding.rule, normalized(finding.snippet))


def normalized(snippet: Iterable[str]) -> str:
    """The code on one line, with single spaces; a hash stands for the rest where it is long."""
    text = " ".join(" ".join(snippet).split())
    if len(text) <= _MAX_SNIPPET:
        return text
    return f"{text[:_MAX_SNIPPET]}... sha256:{sha256(text.encode()).hexdigest()[:16]}"


def relative_path(shown: str, root: str) -> str:
    """A shown path as seen from `root`, with slashes, whatever directory greenlint ran in."""
    path, base = Path(shown).absolute(), Path(root).absolute()
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()


def _exists(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - pathlib raises for a name that none can have


def _entries(document: object) -> Iterable[tuple[BaselineKey, int]]:
    match document:
        case {"version": 1, "entries": list(entries)}:
            for entry in entries:
                match entry:
                    case {
                        "path": str(path), "rule": str(rule), "snippet": str(snippet),
                        "count": int(count),
                    }:  # fmt: skip
                        yield BaselineKey(path, rule, snippet), count
                    case _:
                        raise ValueError
        case _:
            raise ValueError


def _replace(path: Path, data: bytes) -> None:
    """Put `data` at `path` through a temporary file beside it; a link stays one."""
    import tempfile

    path = Path(os.path.realpath(path))
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        temporary.chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
