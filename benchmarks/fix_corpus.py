"""Fixes real code twice, in memory: `python benchmarks/fix_corpus.py FOLDER`.

Every rule is on and unsafe fixes too. What is printed must be zero where it says so: files that no
longer parse, findings that a fix left, fixes that a second run would make. Nothing is written.
"""

import argparse
import ast
import json
import sys
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path

from greenlint.level import Level
from greenlint.lint.engine import CheckRequest, check
from greenlint.lint.fixing import Fixed, FixedFile, fix_findings
from greenlint.lint.ruleset import load_ruleset
from greenlint.policy.settings import LintSettings


def main(arguments: list[str] | None = None) -> int:
    """Fix, check again, and print what came of it; 1 if something that must be zero is not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("paths", nargs="+", metavar="PATH")
    paths = parser.parse_args(arguments).paths
    settings = LintSettings(select=("ALL",), min_confidence=Level.LOW, root=str(Path.cwd()))
    request = CheckRequest(tuple(paths), settings, load_ruleset(settings))
    result = check(request)
    fixed = fix_findings(result, request, unsafe=True)
    overlay = {file.path: file.after for file in fixed.files}
    again = (
        fix_findings(
            check(replace(request, overlay=overlay)), replace(request, overlay=overlay), unsafe=True
        )
        if overlay
        else Fixed((), (), result)
    )
    broken = [file.shown for file in fixed.files if not _parses(file)]
    print(f"{result.summary.checked} files, {len(result.findings)} findings")
    print(f"fixed: {fixed.count} in {len(fixed.files)} files; dropped: {len(fixed.dropped)}")
    for rule, count in Counter(f for file in fixed.files for f in _rules(file)).most_common():
        print(f"  {rule}: {count}")
    print(f"files that no longer parse: {len(broken)} {broken[:5]}")
    print(f"fixes that a second run would make: {again.count}")
    return 1 if broken or again.count else 0


def _rules(file: FixedFile) -> list[str]:
    return [rule for rule, count in file.fixed.items() for _ in range(count)]


def _parses(file: FixedFile) -> bool:
    warnings.simplefilter("ignore")
    try:
        if file.path.endswith(".ipynb"):
            before, after = json.loads(file.before), json.loads(file.after)
            return _without_sources(before) == _without_sources(after)
        ast.parse(file.after)
    except (SyntaxError, ValueError):
        return False
    return True


def _without_sources(notebook: dict[str, object]) -> object:
    """All of a notebook that no fix may touch."""
    cells = notebook.get("cells")
    kept = [
        {key: value for key, value in cell.items() if key != "source"}
        for cell in (cells if isinstance(cells, list) else [])
    ]
    return {**notebook, "cells": kept}


if __name__ == "__main__":
    sys.exit(main())
