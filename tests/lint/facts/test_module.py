"""What a module's calls, decorators and contexts mean."""

import pytest

from greenlint.lint.facts.vocabulary import Answer, fact_named
from greenlint.lint.rule import Subject


def test_decorators_bare_and_called(facts_of):
    """`@cache` and `@lru_cache(maxsize=1)` are both memos."""
    facts = facts_of("""
        import functools
        from functools import cache
        @cache
        def a(): ...
        @functools.lru_cache(maxsize=1)
        def b(): ...
        @other
        def c(): ...
    """)
    assert [facts.decorated_by(f, "cache.memo") for f in facts.functions()] == [True, True, False]


def test_contexts_directly_and_through_a_variable(facts_of):
    """`with torch.no_grad()` and `ctx = torch.no_grad(); with ctx` are the same."""
    facts = facts_of("""
        import torch
        guard = torch.no_grad()
        with torch.no_grad():
            model(1)
        with guard:
            model(2)
        with open("f"):
            model(3)
    """)
    calls = [c for c in facts.tree.calls if facts.callee_text(c) == "model"]
    assert [facts.is_under(c.block, "grad.guard") for c in calls] == [True, True, False]


def test_mentions_count_without_a_call(facts_of):
    """`dtype=torch.bfloat16` is evidence, though nothing is called."""
    facts = facts_of("import torch\nload(dtype=torch.bfloat16)")
    assert facts.has("precision")
    assert not facts_of("import torch\nload(dtype=torch.float64)").has("precision")


def test_mentions_know_their_function(facts_of):
    """Evidence in one function is not evidence in another."""
    facts = facts_of("""
        import torch
        def a():
            load(dtype=torch.bfloat16)
        def b():
            load()
    """)
    assert [facts.has("precision", within=f) for f in facts.functions()] == [True, False]


def test_callers_of_functions_and_methods(facts_of):
    """`run()` calls the function, `self.run()` the method."""
    facts = facts_of("""
        def run(): ...
        run()
        class A:
            def run(self): ...
            def go(self):
                self.run()
    """)
    function, method, _ = facts.functions()
    assert [facts.callee_text(c) for c in facts.callers(function)] == ["run"]
    assert [facts.callee_text(c) for c in facts.callers(method)] == ["self.run"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("ask()", {"module"}),
        ("for x in y:\n    ask()", {"module", "loop", "for"}),
        ("while True:\n    ask()", {"module", "loop", "while", "endless-loop"}),
        ("[ask() for x in y]", {"module", "loop", "comprehension"}),
        ("async def f():\n    try:\n        ask()\n    except E:\n        pass",
         {"function", "async", "try"}),
        ("for x in y:\n    def f():\n        ask()", {"function"}),
        ("class A:\n    def f(self):\n        ask()", {"class", "function"}),
        ("if __name__ == '__main__':\n    ask()", {"module", "branch", "main-guard"}),
    ],
)  # fmt: skip
def test_places(facts_of, source, words):
    """A call knows what it stands in."""
    facts = facts_of(source)
    function = fact_named(Subject.CALL, "in")
    assert function is not None
    assert function(facts, facts.tree.calls[0], "") == Answer(frozenset(words))


@pytest.mark.parametrize(
    ("path", "expected"),
    [("app/chat.py", False), ("tests/x.py", True), ("a/test_x.py", True), ("a/naive_loop.py", True),
     ("contest/latest.py", False), ("cifar10-baseline/baseline.py", False), ("a/naiver.py", False)],
)  # fmt: skip
def test_tests_and_slow_variants_are_known_by_their_path(facts_of, path, expected):
    """The severity is lowered there."""
    facts = facts_of("x = 1")
    facts.path = path
    assert facts.is_test is expected
