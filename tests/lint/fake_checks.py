"""A rule and a check so simple that tests see only what the engine does with them.

Calls of `waste` are findings of the rule `waste`; of `waste_alone`, unless the project provides
`kind:cache`; `faint` has low confidence. `die`, `segfault` and `hang` do that to their process.
"""

import ast
import faulthandler
import os
import signal
import time
from pathlib import Path

from greenlint.lint.catalog import Catalog
from greenlint.lint.checker import Checked, Match
from greenlint.lint.engine import Checks
from greenlint.lint.finding import Level, Span
from greenlint.lint.rule import Rule
from greenlint.lint.ruleset import BUILT_IN, Ruleset
from greenlint.lint.source import Source, SourceError

NAMES = ("waste", "faint", "other")
_CALLS = {"waste": "waste", "waste_alone": "waste", "faint": "faint", "other": "other"}


def fake_ruleset(
    *, chosen: tuple[str, ...] = NAMES, mandatory: tuple[str, ...] = (), digest: str = "1"
) -> Ruleset:
    """The rules of this module, in the family `fake`."""
    rules = tuple(
        Rule(
            name=name,
            family="fake",
            summary="Waste.",
            severity=Level.MEDIUM,
            confidence=Level.HIGH,
            since="0.1",
            gate=((name.encode(), b"die", b"segfault", b"hang"),),
            message="waste",
            advice="Don't.",
            path=Path(f"{name}.yaml"),
        )
        for name in NAMES
    )
    names = dict.fromkeys(NAMES, "fake") | dict.fromkeys(BUILT_IN, "")
    return Ruleset(
        rules=rules,
        catalog=Catalog((), ()),
        digest=digest,
        chosen=frozenset(chosen) | BUILT_IN,
        mandatory=frozenset(mandatory),
        names=names,
    )


def find_waste(source: Source, ruleset: Ruleset) -> Checked:
    """A match for every call of a name that stands for a rule."""
    if not ruleset.gate(source.data):
        return Checked()
    try:
        tree = ast.parse(source.text)
    except SyntaxError as error:
        return Checked(unreadable=SourceError(error.msg, error.lineno or 1, error.offset or 1))
    except (RecursionError, MemoryError):
        return Checked(unreadable=SourceError("nested too deeply"))
    matches: list[Match] = []
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.Expr | ast.Assign):
            continue
        for node in ast.walk(statement):
            match node:
                case ast.Call(func=ast.Name(id=name)):
                    _suffer(name)
                    if name in _CALLS:
                        matches.append(_match(name, node, statement))
    return Checked(tuple(sorted(matches, key=lambda match: match.span)))


def ask_for_cache(source: Source, wanted: frozenset[str], ruleset: Ruleset) -> frozenset[str]:
    """`kind:cache` where the text says `cache_here`."""
    del ruleset
    return wanted & {"kind:cache"} if "cache_here" in source.text else frozenset()


FAKE_CHECKS = Checks(find_waste, ask_for_cache)


def _suffer(name: str) -> None:
    match name:
        case "die":
            os._exit(7)
        case "segfault":
            faulthandler.disable()  # pytest's would tell all the world
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":
            time.sleep(600)


def _match(name: str, node: ast.Call, statement: ast.stmt) -> Match:
    rule = _CALLS[name]
    return Match(
        rule,
        _span(node),
        _span(statement),
        Level.MEDIUM,
        Level.LOW if rule == "faint" else Level.HIGH,
        f"`{name}` wastes",
        "Don't.",
        ("kind:cache",) if name == "waste_alone" else (),
    )


def _span(node: ast.expr | ast.stmt) -> Span:
    return Span(
        node.lineno, node.col_offset + 1, node.end_lineno or 1, (node.end_col_offset or 0) + 1
    )
