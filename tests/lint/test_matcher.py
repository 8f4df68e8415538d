"""Conditions are three-valued: what is unknown never makes a finding."""

from pathlib import Path

import libcst as cst
import pytest

from greenlint.level import Level
from greenlint.lint.catalog import Catalog, CatalogCall, CatalogType
from greenlint.lint.facts.module import Facts
from greenlint.lint.matcher import hits
from greenlint.lint.rule import Case, Comparison, Condition, Option, Rule, Subject

CATALOG = Catalog(
    types=(CatalogType("chat.model", ("chat.Model",)),),
    calls=(
        CatalogCall("llm.chat", ("chat.ask",), provider="acme", traits=frozenset({"unbounded"})),
        CatalogCall("llm.chat", ("chat.model:ask",)),
        CatalogCall("cache.memo", ("functools.cache",)),
        CatalogCall("cache.response", ("chat.set_cache",)),
    ),
)


def condition(name: str, operator: str, *operands: str | float | bool) -> Condition:
    fact, _, detail = name.partition(".")
    return Condition(fact, detail, (Comparison(operator, operands),))


def rule(*cases: Case, message: str = "{call} asks", **options: Option) -> Rule:
    return Rule(
        name="a-rule",
        family="llm-calls",
        summary="",
        severity=Level.MEDIUM,
        confidence=Level.HIGH,
        since="0.1",
        gate=((b"chat",),),
        message=message,
        advice="do not",
        path=Path("a-rule.yaml"),
        cases=cases,
        options=options,
    )


def case(*where: Condition, unless=(), subject=Subject.CALL, names=("llm",), **levels) -> Case:
    return Case("a-case", subject, names, where, tuple(unless), **levels)


def run(source: str, *cases: Case, path: str = "app.py", **keywords):
    facts = Facts(cst.parse_module("import chat, functools\n" + source), CATALOG, path=path)
    return list(hits(facts, rule(*cases, **keywords)))


@pytest.mark.parametrize(
    ("source", "operator", "operands", "fires"),
    [
        ("chat.ask(n=3)", "equals", (3,), True),
        ("chat.ask(n=3)", "equals", (4,), False),
        ("chat.ask(n=1)", "equals", (True,), False),
        ("chat.ask(n=True)", "equals", (True,), True),
        ("chat.ask(n='a')", "one-of", ("a", "b"), True),
        ("chat.ask(n=x)", "equals", (3,), False),
        ("chat.ask(n=x)", "equals", ("present",), True),
        ("chat.ask(n=x)", "equals", ("computed",), True),
        ("chat.ask(n=None)", "equals", ("none",), True),
        ("chat.ask()", "equals", ("absent",), True),
        ("chat.ask(**kw)", "equals", ("absent",), False),
        ("chat.ask(**kw)", "equals", ("present",), False),
        ("chat.ask(n=20)", "at-least", (20,), True),
        ("chat.ask(n=19)", "at-least", (20,), False),
        ("chat.ask(n=20)", "at-most", (20,), True),
        ("chat.ask(n=20)", "more-than", (20,), False),
        ("chat.ask(n=20)", "less-than", (21,), True),
        ("chat.ask()", "at-least", (0,), False),
        ("chat.ask(n=x)", "at-least", (0,), False),
        ("chat.ask(n='claude-3')", "matches", ("claude-*",), True),
        ("chat.ask(n='gpt')", "matches", ("claude-*",), False),
        ("chat.ask(n=x)", "matches", ("claude-*",), False),
    ],
)
def test_where_must_be_definitely_true(source, operator, operands, fires):
    """Only what is known to hold fires."""
    assert bool(run(source, case(condition("argument.n", operator, *operands)))) is fires


@pytest.mark.parametrize(
    ("source", "quiet"),
    [
        ("chat.ask(n=True)", True),
        ("chat.ask(n=False)", False),
        ("chat.ask(n=x)", True),
        ("chat.ask(**kw)", True),
        ("chat.ask()", False),
    ],
)
def test_unless_needs_only_to_be_possible(source, quiet):
    """What may hold keeps the rule quiet."""
    found = run(source, case(unless=[(condition("argument.n", "one-of", *[True]),)]))
    assert (not found) is quiet


def test_all_conditions_of_an_unless_group_go_together():
    """One that is definitely false opens the group."""
    group = (condition("argument.n", "equals", 1), condition("in", "equals", "loop"))
    assert run("chat.ask(n=1)", case(unless=[group]))
    assert not run("for x in y:\n    chat.ask(n=1)", case(unless=[group]))


def test_the_first_case_that_matches_reports():
    """A subject is reported once, with that case's levels."""
    loop = case(condition("in", "equals", "loop"), confidence=Level.LOW, severity=Level.HIGH)
    found = run("for x in y:\n    chat.ask()\nchat.ask()", loop, case())
    assert sorted((h.severity, h.confidence) for h in found) == [
        (Level.MEDIUM, Level.HIGH),
        (Level.HIGH, Level.LOW),
    ]


def test_kinds_and_names_select_calls():
    """A case names kinds of the catalog or qualified names."""
    assert len(run("chat.ask()\nchat.Model().ask()\nchat.other()", case())) == 2
    assert len(run("chat.ask()\nchat.other()", case(names=("chat.o*",)))) == 1


def test_a_project_fact_is_left_open():
    """This file can't say no for the others."""
    quiet = case(unless=[(condition("project.cache.response", "equals", "yes"),)])
    (hit,) = run("chat.ask()", quiet)
    assert hit.unless_project == ("kind:cache.response",)
    assert not run("chat.set_cache()\nchat.ask()", quiet)


def test_a_dependency_is_asked_for_as_it_stands():
    """The engine reads the project's metadata."""
    quiet = case(unless=[(condition("project.dependency:gptcache", "equals", "yes"),)])
    (hit,) = run("chat.ask()", quiet)
    assert hit.unless_project == ("dependency:gptcache",)


def test_a_default_lowers_the_confidence():
    """What a caller may override is medium at most."""
    long = case(condition("argument.n", "at-least", 20))
    (hit,) = run("def f(n=30):\n    chat.ask(n=n)", long)
    assert hit.confidence is Level.MEDIUM


def test_tests_lower_the_severity():
    """Waste in a test is run by few."""
    (hit,) = run("chat.ask()", case(), path="tests/test_app.py")
    assert hit.severity is Level.LOW


def test_options_stand_behind_a_dollar():
    """`$limit` is the option's default, or what the policy says."""
    long = case(condition("argument.n", "at-least", "$limit"))
    limit = Option("integer", 5, "")
    assert run("chat.ask(n=5)", long, limit=limit)
    assert not run("chat.ask(n=4)", long, limit=limit)


def test_messages_name_what_was_seen():
    """Placeholders are facts of the subject."""
    message = "{call} of {provider}: {argument.n}, limit {limit}, {argument.m}, {nothing}"
    (hit,) = run("chat.ask(n=5)", case(), message=message, limit=Option("integer", 5, ""))
    assert hit.message == "chat.ask of acme: 5, limit 5, absent, ?"


def test_functions_and_loops_are_subjects_too():
    """Selected by the kinds that facts give them; none here."""
    assert not run("for x in y:\n    pass", case(subject=Subject.LOOP, names=("training",)))


@pytest.mark.parametrize(
    ("name", "word", "fires"),
    [
        ("kind", "llm", True),
        ("trait", "unbounded", True),
        ("provider", "other", False),
        ("imports", "chat", True),
        ("imports", "openai", False),
        ("function.cache.memo", "yes", True),
        ("class.cache.memo", "yes", False),
        ("under.cache.memo", "yes", True),
        ("file.cache.response", "no", True),
        ("name", "chat.ask", True),
        ("varies.n", "yes", True),
        ("text.m", "constant", True),
        ("tokens.m", 1, True),
    ],
)
def test_general_facts(name, word, fires):
    """Each word that rules are written in."""
    source = """
class Other: ...
@functools.cache
def f(items):
    for item in items:
        functools.cache
        chat.ask(n=item, m="word")
"""
    assert bool(run(source, case(condition(name, "equals", word)))) is fires


def test_constructor_arguments_of_the_receiver():
    """What the client was built with counts for its requests."""
    capped = case(condition("constructor.cap", "equals", "absent"))
    assert run("chat.Model().ask()", capped)
    assert not run("chat.Model(cap=3).ask()", capped)
    assert not run("def f(m: chat.Model):\n    m.ask()", capped)
