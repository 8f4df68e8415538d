"""Facts of a piece of source under the catalog that greenlint ships."""

import libcst as cst
from answers_of import bundled_catalog

from greenlint.lint.facts.module import Facts


def bundled_facts(source: str) -> Facts:
    """Facts of `source`, as a file of an application."""
    return Facts(cst.parse_module(source), bundled_catalog(), path="app/train.py")
