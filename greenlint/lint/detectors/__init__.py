"""Rules that the declarative matcher cannot say; a module has the name of its rule.

It has `find(facts, rule)`, which yields hits, and may have `possible(site)`, which tells from the
text in which parts of a file there can be any.
"""

import importlib
from types import ModuleType


def detector_named(name: str) -> ModuleType:
    """The module of a detector; only bundled rules may name one, the loader has seen to that."""
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
