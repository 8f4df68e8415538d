"""Reads a policy with all that it extends, and remembers which file each value came from."""

import os.path
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.bundled import policies_directory, policy_names
from greenlint.errors import PolicyError, Problem
from greenlint.level import Level
from greenlint.policy.facts import facts_of
from greenlint.policy.search import is_directory, is_file, shown
from greenlint.policy.settings import LintSettings, PathSettings, RuleSettings
from greenlint.yaml_document import (
    Document,
    Location,
    Place,
    load_document,
    nearest,
    problems_of,
    read_document,
)

if TYPE_CHECKING:
    from greenlint.policy.model import Policy, RuleChange

_EMPTY = "{}"
_MAX_CHAIN = 50


@dataclass(frozen=True, slots=True)
class MergedPolicy:
    """What the files of a policy say together; `files` are in the order of merging.

    Places in `document` point into whichever file a value came from; `sources` are those files
    by the names that places carry.
    """

    document: Document
    files: tuple[Path, ...]
    sources: dict[str, Path]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A valid policy, and the merged text that it was read from."""

    policy: "Policy"
    merged: MergedPolicy


def load_policy(path: Path) -> LoadedPolicy:
    """The policy in a file and all that it extends; PolicyError holds every problem."""
    from pydantic import ValidationError

    from greenlint.policy.model import Policy

    merged = merge_policy(path)
    problems = list(merged.problems)
    try:
        policy = Policy.model_validate(merged.document.data)
    except ValidationError as error:
        problems += problems_of(error, merged.document, Policy)
        raise PolicyError(dict.fromkeys(problems)) from None
    if problems:
        raise PolicyError(problems)
    return LoadedPolicy(policy, merged)


def merge_policy(path: Path) -> MergedPolicy:
    """The merged document, not validated but for what each file says of itself."""
    reader = _Reader()
    reader.read(path.absolute(), ())
    merged = load_document(_EMPTY, shown(path))
    for document in reader.documents.values():
        merged = _merge(merged, document)
    sources = {document.path: file for file, document in reader.documents.items()}
    files = tuple(reader.documents)
    return MergedPolicy(merged, files, sources, tuple(reader.problems))


def lint_settings(loaded: LoadedPolicy, path: Path) -> LintSettings:
    """What the policy at `path` says to `greenlint check`; `root` is left to the caller."""
    lint = loaded.policy.lint
    return LintSettings(
        select=lint.select,
        extend_select=lint.extend_select,
        ignore=lint.ignore,
        min_severity=_level(lint.show.severity, Level.LOW),
        min_confidence=_level(lint.show.confidence, Level.MEDIUM),
        fail_severity=_level(lint.fail_on.severity, Level.LOW),
        fail_confidence=_level(lint.fail_on.confidence, Level.MEDIUM),
        mandatory=lint.mandatory,
        rules={name: _rule_settings(change) for name, change in lint.rules.items()},
        per_path=tuple(
            PathSettings(pattern, change.select, change.ignore)
            for pattern, change in lint.per_path.items()
        ),
        exclude=lint.exclude,
        rule_paths=rule_paths(loaded.merged),
        require_reason=lint.suppressions.require_reason,
        baseline=lint.baseline,
        facts=facts_of(loaded.policy),
        policy=str(path),
    )


def _level(word: str | None, default: Level) -> Level:
    return Level.of(word) if word else default


def _rule_settings(change: "RuleChange") -> RuleSettings:
    severity = Level.of(change.severity) if change.severity else None
    return RuleSettings(severity, dict(change.model_extra or {}))


def rule_paths(merged: MergedPolicy) -> tuple[str, ...]:
    """The directories of rules, each relative to the file that names it."""
    return tuple(str(path) for _, path in _rule_paths(merged))


def missing_rule_paths(merged: MergedPolicy) -> tuple[Problem, ...]:
    """A problem for each of `rule_paths` that names no directory."""
    return tuple(
        place.problem(f"there is no directory {shown(path)}")
        for place, path in _rule_paths(merged)
        if not is_directory(path)
    )


def _rule_paths(merged: MergedPolicy) -> Iterator[tuple[Place, Path]]:
    match merged.document.data:
        case {"lint": {"rule_paths": list(names)}}:
            for index, name in enumerate(names):
                place = merged.document.place(("lint", "rule_paths", index))
                if isinstance(name, str):
                    directory = merged.sources[place.path].parent
                    yield place, Path(os.path.normpath(directory / name))
        case _:
            return


class _Reader:
    """Reads policies depth first, so that each stands after all that it extends."""

    def __init__(self) -> None:
        self.documents: dict[Path, Document] = {}
        self.problems: list[Problem] = []

    def read(self, path: Path, chain: tuple[Path, ...]) -> None:
        document = read_document(path, shown=shown(path), error=PolicyError)
        self.problems += _header_problems(document)
        for location, name in _extended(document):
            self._extend(path, name, (*chain, path), document.place(location))
        self.documents[path] = document

    def _extend(self, path: Path, name: str, chain: tuple[Path, ...], place: Place) -> None:
        target = _target(path, name)
        if target is None:
            hint = nearest(name, policy_names())
            self.problems.append(place.problem(f"no bundled policy is called `{name}`", hint))
        elif target in chain:
            cycle = " -> ".join(shown(part) for part in (*chain[chain.index(target) :], target))
            self.problems.append(place.problem(f"extends itself: {cycle}"))
        elif len(chain) >= _MAX_CHAIN:
            self.problems.append(place.problem(f"extends more than {_MAX_CHAIN} policies in a row"))
        elif not is_file(target):
            self.problems.append(place.problem(f"there is no file {shown(target)}"))
        elif target not in self.documents:
            self.read(target, chain)


def _header_problems(document: Document) -> tuple[Problem, ...]:
    from pydantic import ValidationError

    from greenlint.policy.model import Header

    try:
        Header.model_validate(document.data)
    except ValidationError as error:
        return problems_of(error, document, Header)
    return ()


def _extended(document: Document) -> Iterator[tuple[Location, str]]:
    match document.data:
        case {"extends": str(name)}:
            yield ("extends",), name
        case {"extends": list(names)}:
            yield from (
                (("extends", index), name)
                for index, name in enumerate(names)
                if isinstance(name, str)
            )
        case _:
            return


def _target(path: Path, name: str) -> Path | None:
    """The file that `name` means in the policy at `path`; None for an unknown bundled name."""
    if "/" not in name and not name.endswith((".yaml", ".yml")):
        return policies_directory() / f"{name}.yaml" if name in policy_names() else None
    return Path(os.path.normpath(path.parent / name))


def _merge(base: Document, over: Document) -> Document:
    """Mappings are merged key by key; whatever else `over` holds takes the place of the old."""
    data = _merge_data(base.data, over.data)
    keys = {}
    values = {}
    for at in _locations(data, ()):
        values[at] = over.values.get(at) or base.values[at]
        if key := over.keys.get(at) or base.keys.get(at):
            keys[at] = key
    return Document(over.path, data, keys, values)


def _merge_data(base: object, over: object) -> object:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _merge_data(base[key], value) if key in base else value
    return merged


def _locations(data: object, at: Location) -> Iterator[Location]:
    yield at
    match data:
        case dict():
            for key, value in data.items():
                yield from _locations(value, (*at, key))
        case list():
            for index, value in enumerate(data):
                yield from _locations(value, (*at, index))
        case _:
            return
