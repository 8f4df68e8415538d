"""What imports lead to, and what that means for the gate and for slices."""

import time
from pathlib import Path

import pytest

from greenlint.level import Level
from greenlint.lint.catalog import Catalog, CatalogCall, CatalogType
from greenlint.lint.gate import Gate
from greenlint.lint.reach import Reach, imported_roots, roots_of
from greenlint.lint.relevance import RuleRelevance
from greenlint.lint.rule import Case, Comparison, Condition, Rule, Subject
from greenlint.lint.spelling import Spellings

CATALOG = Catalog(
    types=(
        CatalogType("acme.client", ("acme.Client", "acme_*.Client")),
        CatalogType("acme.chat", ("acme.client:chats.open",)),
    ),
    calls=(
        CatalogCall("llm.chat", ("acme.chat:send", "acme.client:ask", "other.ask_*")),
        CatalogCall("ask.person", ("builtins.input",)),
        CatalogCall("cache.response", ("acme.set_cache",)),
    ),
)
SPELLINGS = Spellings(CATALOG)


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        (b"import a", {"a"}),
        (b"import a.b as c, d", {"a", "d"}),
        (b"from a.b import c", {"a"}),
        (b"x = 1; import a", {"a"}),
        (b"if x: import a", {"a"}),
        (b"try: from a import b", {"a"}),
        (b"x = 1; from a import b; import c.d", {"a", "c"}),
        (b"from a \\\n    import b", {"a"}),
        (b"import a, \\\n    b.c, \\\n    d\nimport e", {"a", "b", "d", "e"}),
        (b"from a import(b)", {"a"}),
        (b"import a  # import b", {"a"}),
        (b"importlib.import_module('a')", set()),
        (b"if x:\n\timport a", {"a"}),
        (b"from . import a\nfrom .b import c", set()),
        (b"important = 1\n# from a\nnot_from = b", set()),
    ],
)
def test_roots_of_absolute_imports(text, roots):
    """A relative import leads to no library."""
    assert imported_roots(text) == roots


@pytest.mark.parametrize("line", [b";import a, \\\n", b";import a", b"import a, \\\n"])
def test_imports_that_never_end_take_no_longer_than_their_length(line: bytes) -> None:
    started = time.process_time()
    assert imported_roots(line * 20_000) >= {"a"}
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("name", "roots"),
    [
        ("acme.set_cache", {"acme"}),
        ("acme.client:ask", {"acme", "acme_*"}),
        ("acme.chat:send", {"acme", "acme_*"}),
        ("builtins.input", {""}),
        (".own", {""}),
        ("unknown.type:x", {""}),
    ],
)
def test_libraries_that_a_name_needs(name, roots):
    """An object's type is reached through what builds it, and what builds that."""
    assert set(roots_of(name, CATALOG)) == roots


def test_names_within_reach():
    """Names of the kinds whose libraries are imported, and what builds their receivers."""
    reach = Reach(CATALOG)
    assert set(reach.names("llm", frozenset({"acme", "os"}))) == {
        "acme.chat:send",
        "acme.client:ask",
    }
    assert set(reach.names("llm", frozenset({"acme_pro"}))) == {"acme.chat:send", "acme.client:ask"}
    assert set(reach.names("llm", frozenset({"os"}))) == set()
    assert set(reach.names("ask.person", frozenset({"os"}))) == {"builtins.input"}
    assert reach.makers("llm") == {"acme.client:chats.open", "acme.Client", "acme_*.Client"}


def rule(*cases: Case) -> Rule:
    return Rule(
        name="a-rule",
        family="llm-calls",
        summary="",
        severity=Level.LOW,
        confidence=Level.HIGH,
        since="0.1",
        gate=((b"import",),),
        message="",
        advice="",
        path=Path("a-rule.yaml"),
        cases=cases,
    )


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        (b"import acme\nc = acme.Client()\nc.ask()", True),
        (b"import acme_pro\nc = acme_pro.Client()\nc.ask()", True),
        (b"import acme\ndef f(c: 'acme.Client'):\n    c.ask()", True),
        (b"import acme\nc = make()\nc.ask()", False),
        (b"import acme\nc = acme.Client()\nc.other()", False),
        (b"import os\nc.ask()", False),
        (b"from .acme import c\nc.ask()", False),
        (b"import acme  # c.ask()", False),
        (b"from acme import Client\nf'{Client().ask()}'", True),
        (b"import other\nother.ask_me()", True),
    ],
)
def test_a_case_needs_its_library_and_one_of_its_calls(text, is_open):
    """Both have to be there for a case that looks at calls."""
    gate = Gate([rule(Case("a-case", Subject.CALL, ("llm",)))], SPELLINGS)
    assert bool(gate.candidates(text)) is is_open


def test_a_case_may_need_words_of_its_own():
    """Cases on loops say which."""
    case = Case("a-case", Subject.LOOP, ("training",), gate=((b"backward(",), (b".step(",)))
    gate = Gate([rule(case)], SPELLINGS)
    assert gate.candidates(b"import x\nl.backward()\no.step()")
    assert not gate.candidates(b"import x\nl.backward()")
    assert not gate.candidates(b"import x\nl.backward()  # o.step()")


def test_words_that_are_imports_have_to_be_imported():
    """What a docstring imports is none of the file's libraries."""
    case = Case("a-case", Subject.LOOP, ("training",), gate=((b"import a", b"from a"), (b"step(",)))
    gate = Gate([rule(case)], SPELLINGS)
    assert gate.candidates(b"import a_b\no.step()")
    assert gate.candidates(b"if x: import a\no.step()")
    assert gate.candidates(b"import os, a\no.step()")
    assert not gate.candidates(b"'import a'\no.step()")


def test_what_matters_to_a_rule():
    """What its cases look for in the whole file; where they start is in the slice anyway."""
    cached = Condition("file", "cache.response", (Comparison("equals", ("yes",)),))
    near = Condition("function", "ask.person", (Comparison("equals", ("yes",)),))
    case = Case("a-case", Subject.CALL, ("llm.chat",), unless=((cached,), (near,)))
    relevance = RuleRelevance([rule(case)]).of(
        frozenset({"a-rule"}),
        SPELLINGS.in_text(b"import acme\nacme.set_cache()\nacme.Client().ask(input())"),
    )
    assert relevance.covers(frozenset({"set_cache"}))
    assert not relevance.covers(frozenset({"ask"}))
    assert not relevance.covers(frozenset({"input("}))


def test_what_facts_declare_matters_to_the_rules_written_in_them():
    """Training loops are made of backward passes and steps."""
    case = Case("a-case", Subject.LOOP, ("training.batch-loop",))
    relevance = RuleRelevance([rule(case)]).of(frozenset({"a-rule"}), SPELLINGS.in_text(b""))
    assert relevance.covers(frozenset({"backward("}))
    assert not relevance.covers(frozenset({"unrelated"}))
