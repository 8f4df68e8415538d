"""An audit: which practices a project shows, place by place, and which it does not.

Practices are found as rules find waste, by the same matcher and the same data; imports,
requirements and other files count as well.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from greenlint.lint.catalog import Catalog, compiled_glob
from greenlint.lint.checker import check_source
from greenlint.lint.discovery import FoundFile, discover
from greenlint.lint.finding import Level
from greenlint.lint.gitignore import PathPatterns
from greenlint.lint.practice import (
    Activity,
    FileSign,
    Follows,
    Practice,
    PracticeResult,
    Sighting,
    Signs,
)
from greenlint.lint.practice_pack import load_practices
from greenlint.lint.processing import process
from greenlint.lint.project import dependencies
from greenlint.lint.project_files import project_files, text_lines
from greenlint.lint.rule import Rule
from greenlint.lint.rule_check import vocabulary_of
from greenlint.lint.ruleset import Ruleset, load_ruleset
from greenlint.lint.source import SourceError, place_of, read_source
from greenlint.lint.task import Lost, default_jobs
from greenlint.policy.settings import LintSettings

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([A-Za-z_][\w.]*)[ \t]+import[ \t]+\(?([^#\n]*)"
    r"|import[ \t]+([A-Za-z_][\w., \t]*))",
    re.MULTILINE,
)
_NAME = re.compile(r"[A-Za-z_][\w.]*")
# What a project tests or shows is not what it does.
_ELSEWHERE = frozenset({"test", "tests", "testing"})


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit of a project says: all practices by name, and how many files it read."""

    results: tuple[PracticeResult, ...]
    activities: tuple[str, ...]
    files: int
    root: str

    @property
    def missing(self) -> tuple[PracticeResult, ...]:
        """The practices that the policy requires, that apply and that were not seen."""
        return tuple(result for result in self.results if result.is_missing)


def audit(
    directory: str,
    *,
    required: Iterable[str] = (),
    exclude: Iterable[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Audit:
    """Audit the project in `directory`; `progress` gets files done and files in all."""
    root = os.path.abspath(directory)
    catalog = load_ruleset(LintSettings(root=root)).catalog
    practices, activities = load_practices(vocabulary_of([catalog]))
    signs = {
        **{practice.name: practice.signs for practice in practices},
        **{_key(activity): activity.signs for activity in activities},
    }
    found = discover([directory], root=root, exclude=exclude).files
    files = [file for file in found if _ELSEWHERE.isdisjoint(file.shown.split("/")[:-1])]
    sightings: dict[str, list[Sighting]] = {name: [] for name in signs}
    look = _Look(signs, _ruleset(signs, catalog))
    for done, (_, seen) in enumerate(process(files, look, jobs=default_jobs()), start=1):
        for name, sighting in () if isinstance(seen, Lost) else seen:
            sightings[name].append(sighting)
        if progress is not None:
            progress(done, len(files))
    for name, sighting in _elsewhere(signs, root, exclude):
        sightings[name].append(sighting)
    active = frozenset(a.name for a in activities if sightings[_key(a)])
    return Audit(
        tuple(_result(p, active, sightings[p.name], frozenset(required)) for p in practices),
        tuple(sorted(active)),
        len(files),
        root,
    )


def _key(activity: Activity) -> str:
    """A name that no practice has."""
    return f"activity:{activity.name}"


def _result(
    practice: Practice,
    active: frozenset[str],
    sightings: Sequence[Sighting],
    required: frozenset[str],
) -> PracticeResult:
    ordered = tuple(sorted(set(sightings), key=lambda s: (s.path, s.cell or 0, s.line)))
    if practice.activities and active.isdisjoint(practice.activities):
        # Words that look alike elsewhere show nothing: who trains nothing resumes no training.
        follows, ordered = Follows.DOES_NOT_APPLY, ()
    else:
        follows = Follows.SEEN if ordered else Follows.NOT_SEEN
    return PracticeResult(practice, follows, ordered, practice.name in required)


def _ruleset(signs: Mapping[str, Signs], catalog: Catalog) -> Ruleset:
    rules = tuple(
        Rule(
            name=name,
            family="practices",
            summary="",
            severity=Level.LOW,
            confidence=Level.HIGH,
            since="",
            gate=((b"import",),),
            message="`{call}`",
            advice="",
            path=Path(name),
            cases=found.cases,
        )
        for name, found in signs.items()
        if found.cases
    )
    return Ruleset(rules, catalog, "", chosen=frozenset(rule.name for rule in rules))


# -- Python files and notebooks ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Look:
    """Looks for signs in one file; what a process of its own is given to do."""

    signs: Mapping[str, Signs]
    ruleset: Ruleset = field(repr=False)

    def __call__(self, file: FoundFile) -> list[tuple[str, Sighting]]:
        """Every sign in a file, by the name of what it shows; none where it can't be read."""
        path = Path(file.path)
        try:
            source = read_source(path, shown=file.shown)
        except SourceError:
            return []
        seen = []
        for match in check_source(source, self.ruleset).matches:
            if match.needs_project:
                continue
            place = place_of(source, match.span)
            sighting = Sighting(file.shown, place.span.line, match.message.strip("`"), place.cell)
            seen.append((match.rule, sighting))
        for module, line in _imports(source.text if source.form.is_code else ""):
            for name in self._shown_by_import(module):
                cell, first = None, 0
                if source.cells:
                    cell, first = next(
                        (c.number, c.first_line - 1)
                        for c in reversed(source.cells)
                        if c.first_line <= line
                    )
                seen.append((name, Sighting(file.shown, line - first, f"import {module}", cell)))
        return seen

    def _shown_by_import(self, module: str) -> Iterator[str]:
        for name, signs in self.signs.items():
            if any(f"{module}.".startswith(f"{sign}.") for sign in signs.imports):
                yield name


def _imports(text: str) -> Iterator[tuple[str, int]]:
    """The modules and names that Python text imports, each with its line."""
    for found in _IMPORT.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found[1]:
            names = [part.split(" as ")[0].strip(" \t()") for part in found[2].split(",")]
            yield from ((f"{found[1]}.{name}", line) for name in names if name.isidentifier())
            if not any(name.isidentifier() for name in names):
                yield found[1], line
        else:
            for part in found[3].split(","):
                if name := _NAME.match(part.strip()):
                    yield name[0], line


# -- everything else -----------------------------------------------------------------------------


def _elsewhere(
    signs: Mapping[str, Signs], root: str, exclude: Iterable[str]
) -> Iterator[tuple[str, Sighting]]:
    """Signs in requirements and in files of other kinds."""
    required = dependencies(root)
    for name, found in signs.items():
        for dependency in found.dependencies:
            if dependency in required:
                yield name, Sighting("", 0, f"requires {dependency}")
    excluded = PathPatterns(root, exclude)
    names = [n for n in project_files(root) if not excluded.match(os.path.join(root, n))]
    for name, found in signs.items():
        for sign in found.files:
            yield from ((name, sighting) for sighting in _in_files(sign, root, names))


def _in_files(sign: FileSign, root: str, names: Sequence[str]) -> Iterator[Sighting]:
    patterns = PathPatterns(root, [sign.path])
    # In a line a dot is a character like any other.
    glob = compiled_glob(sign.line.replace("*", "**")) if sign.line else None
    for name in names:
        path = os.path.join(root, name)
        if not patterns.match(path) or not _ELSEWHERE.isdisjoint(name.split("/")[:-1]):
            continue
        if glob is None:
            yield Sighting(name, 0, name.rpartition("/")[2])
            continue
        for number, line in enumerate(text_lines(path), start=1):
            if len(line) < 500 and glob.fullmatch(line.strip().lower()):
                yield Sighting(name, number, line.strip()[:80])
                break
