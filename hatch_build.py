"""Puts the validated form of the rules into the wheel: no first run has to validate them."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ValidatedRules(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel is built; an editable installation reads the rules of the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Validate the rules; a rule that is wrong fails the build."""
        self._folder = Path(tempfile.mkdtemp(prefix="greenlint-rules-"))
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from greenlint.lint.ruleset import keep_bundled_rules

        keep_bundled_rules(self._folder)
        for path in self._folder.iterdir():
            build_data["force_include"][str(path)] = f"greenlint/_bundled/validated/{path.name}"

    def finalize(self, *_: object) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self._folder)
