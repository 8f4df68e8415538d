"""Which rules apply, in all and to one file: the more specific word wins, `ignore` on a tie."""

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from greenlint.policy.globs import Globs
from greenlint.policy.settings import LintSettings

# How specific a word is; a rule that is on by default counts less than any word.
_BY_DEFAULT, _ALL, _FAMILY, _RULE = 1, 2, 3, 4


def is_selected(settings: LintSettings, rule: str, family: str, *, default: bool) -> bool:
    """Whether a rule applies to files that no `per_path` entry names."""
    if _rank(settings.mandatory, rule, family):
        return True
    chosen = _rank(settings.extend_select, rule, family)
    if settings.select is not None:
        chosen = max(chosen, _rank(settings.select, rule, family))
    elif default:
        chosen = max(chosen, _BY_DEFAULT)
    return chosen > _rank(settings.ignore, rule, family)


def is_needed(settings: LintSettings, rule: str, family: str, *, default: bool) -> bool:
    """Whether a rule applies to any file at all, also where only a `per_path` entry adds it."""
    if is_selected(settings, rule, family, default=default):
        return True
    return any(_rank(path.select, rule, family) for path in settings.per_path)


def with_command_line(
    settings: LintSettings,
    *,
    select: Collection[str] | None = None,
    extend_select: Collection[str] = (),
    ignore: Collection[str] = (),
) -> LintSettings:
    """The settings with what a command line adds; `select` there starts afresh.

    Mandatory rules stay on whatever a command line says.
    """
    if select is not None:
        settings = replace(
            settings,
            select=tuple(select),
            extend_select=(),
            ignore=(),
            per_path=tuple(replace(path, select=()) for path in settings.per_path),
        )
    kept = tuple(word for word in settings.ignore if word not in extend_select)
    return replace(
        settings,
        extend_select=(*settings.extend_select, *extend_select),
        ignore=(*kept, *ignore),
    )


class PathRules:
    """What the settings say about single files; patterns are compiled once."""

    def __init__(self, settings: LintSettings) -> None:
        self._settings = settings
        self._root = os.path.realpath(settings.root)
        self._folders: dict[str, str] = {}
        self._excluded = Globs(settings.exclude)
        self._changes = [(Globs([path.pattern]), path) for path in settings.per_path]

    def excludes(self, path: str | Path, *, directory: bool = False) -> bool:
        """Whether the policy leaves a file, or everything in a directory, out of the check."""
        if not self._settings.exclude:
            return False
        return self._excluded.matches(self._relative(path), directory=directory)

    def applies(self, path: str | Path, rule: str, family: str, *, default: bool) -> bool:
        """Whether a rule applies to one file; a later `per_path` entry overrules an earlier."""
        settings = self._settings
        selected = is_selected(settings, rule, family, default=default)
        if not self._changes or _rank(settings.mandatory, rule, family):
            return selected
        relative = self._relative(path)
        for globs, change in self._changes:
            added = _rank(change.select, rule, family)
            dropped = _rank(change.ignore, rule, family)
            if (added or dropped) and globs.matches(relative):
                selected = added > dropped
        return selected

    def _relative(self, path: str | Path) -> str:
        """The path below the policy's root with forward slashes; it begins `../` if outside."""
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = _relative(os.path.realpath(folder), self._root)
        return f"{self._folders[folder]}/{name}"


def _relative(folder: str, root: str) -> str:
    try:
        return os.path.relpath(folder, root).replace(os.sep, "/")
    except ValueError:  # another drive
        return ".."


def _rank(words: Collection[str], rule: str, family: str) -> int:
    if not words:
        return 0
    if rule in words:
        return _RULE
    if family and family in words:
        return _FAMILY
    return _ALL if "ALL" in words else 0
