"""From the plain form of rules and catalogs, which is validated and cached, to their values."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from greenlint.level import Level
from greenlint.lint.catalog import Catalog, CatalogCall, CatalogType
from greenlint.lint.finding import Safety
from greenlint.lint.rule import (
    Case,
    Comparison,
    Condition,
    Evidence,
    FixPlan,
    Option,
    Precision,
    Rule,
    Step,
    Subject,
    Verb,
)

Plain = Mapping[str, Any]
"""What JSON holds: the dump of a model of `rule_text`, without its defaults."""


def rule_of(plain: Plain, *, path: Path, family: str) -> Rule:
    """The rule of that plain form; its options have their defaults."""
    options = {name: _option(option) for name, option in plain.get("options", {}).items()}
    precision = plain.get("precision")
    return Rule(
        name=plain["name"],
        family=family,
        summary=plain["summary"],
        severity=Level.of(plain["severity"]),
        confidence=Level.of(plain["confidence"]),
        since=plain["since"],
        gate=_gate(plain["gate"]),
        message=plain["message"],
        advice=plain["advice"],
        path=path,
        tests=plain.get("tests", True),
        cases=tuple(case_of(case) for case in plain.get("match") or ()),
        detector=plain.get("detector"),
        options=options,
        values={name: option.default for name, option in options.items()},
        evidence=tuple(Evidence(**evidence) for evidence in plain.get("evidence", ())),
        precision=Precision(**precision) if precision else None,
        fix=_fix(plain.get("fix")),
    )


def catalog_of(plains: Iterable[Plain]) -> Catalog:
    """One catalog of several files; a type named twice has what both say of it."""
    types: dict[str, CatalogType] = {}
    calls: list[CatalogCall] = []
    for plain in plains:
        for entry in plain.get("types", ()):
            kind = _type(entry)
            types[kind.name] = _merged(types[kind.name], kind) if kind.name in types else kind
        calls.extend(_call(entry) for entry in plain.get("calls", ()))
    return Catalog(tuple(types.values()), tuple(calls))


def _option(plain: Plain) -> Option:
    return Option(
        type=plain["type"],
        default=plain["default"],
        description=plain["description"],
        minimum=plain.get("minimum"),
        maximum=plain.get("maximum"),
    )


def case_of(plain: Plain) -> Case:
    """The case of that plain form."""
    subject = next(subject for subject in Subject if subject.value in plain)
    where = plain.get("where", {})
    return Case(
        name=plain["case"],
        subject=subject,
        names=tuple(plain[subject.value]),
        where=tuple(
            condition
            for group in (where if isinstance(where, list) else [where])
            for condition in _conditions(group)
        ),
        unless=tuple(_conditions(group) for group in plain.get("unless", ())),
        severity=_level(plain.get("severity")),
        confidence=_level(plain.get("confidence")),
        message=plain.get("message"),
        advice=plain.get("advice"),
        gate=_gate(plain.get("gate", ())),
        fix=_fix(plain.get("fix")),
    )


def _fix(plain: Plain | None) -> FixPlan | None:
    if plain is None:
        return None
    return FixPlan(Safety(plain["safety"]), tuple(map(_step, plain["steps"])))


def _step(plain: Plain) -> Step:
    verb = next(verb for verb in Verb if verb.name.lower() in plain)
    return Step(verb, plain[verb.name.lower()], plain.get("value", ""))


def _gate(groups: Sequence[Sequence[str]]) -> tuple[tuple[bytes, ...], ...]:
    return tuple(tuple(word.encode() for word in group) for group in groups)


def _conditions(plain: Plain) -> tuple[Condition, ...]:
    return tuple(
        Condition(*_split(name), tuple(Comparison(op, tuple(on)) for op, on in comparisons.items()))
        for name, comparisons in plain.items()
    )


def _split(name: str) -> tuple[str, str]:
    fact, _, detail = name.partition(".")
    return fact, detail


def _level(word: str | None) -> Level | None:
    return None if word is None else Level.of(word)


def _type(plain: Plain) -> CatalogType:
    return CatalogType(
        name=plain["name"],
        constructors=tuple(plain["constructors"]),
        returns_self=tuple(plain.get("returns_self", ())),
        composes=plain.get("composes", False),
    )


def _merged(first: CatalogType, second: CatalogType) -> CatalogType:
    return CatalogType(
        name=first.name,
        constructors=(*first.constructors, *second.constructors),
        returns_self=(*first.returns_self, *second.returns_self),
        composes=first.composes or second.composes,
    )


def _call(plain: Plain) -> CatalogCall:
    arguments = plain.get("arguments", {})
    return CatalogCall(
        kind=plain["kind"],
        names=tuple(plain["names"]),
        provider=plain.get("provider", ""),
        arguments={role: tuple(paths) for role, paths in arguments.items()},
        positions=tuple(plain.get("positions", ())),
        traits=frozenset(plain.get("traits", ())),
    )
