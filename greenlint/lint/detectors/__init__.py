"""Rules that the declarative matcher cannot say; a module has the name of its rule.

It has `find(facts, rule)`, which yields hits, and may have

- `possible_in(text)`, which tells from the whole text whether there can be any,
- `possible(site)`, which tells in which parts of a file,
- `SELF_CONTAINED = True`, if nothing outside of these parts changes what it finds in them.
"""

import importlib
from types import ModuleType


def detector_named(name: str) -> ModuleType:
    """The module of a detector; only bundled rules may name one, the loader has seen to that."""
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def may_find(detector: str, text: str) -> bool:
    """Whether a detector can find anything in a text."""
    possible_in = getattr(detector_named(detector), "possible_in", None)
    return possible_in is None or possible_in(text)


def is_self_contained(detector: str) -> bool:
    """Whether a detector needs no more of a file than the parts that it may fire in."""
    return getattr(detector_named(detector), "SELF_CONTAINED", False)
