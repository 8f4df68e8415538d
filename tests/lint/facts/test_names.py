"""Names resolve through imports and through how a receiver was built, never by their tail."""

import pytest

from greenlint.lint.facts.module import Facts


def called(facts: Facts) -> list[str | None]:
    return [facts.called(call) for call in facts.tree.calls]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import litellm\nlitellm.completion()", "litellm.completion"),
        ("import litellm as l\nl.completion()", "litellm.completion"),
        ("from litellm import completion as ask\nask()", "litellm.completion"),
        ("import a.b.c\na.b.c.run()", "a.b.c.run"),
        ("import a.b.c as d\nd.run()", "a.b.c.run"),
        ("from .clients import make\nmake()", ".clients.make"),
        ("from . import clients\nclients.make()", ".clients.make"),
        ("def f():\n    import litellm\n    litellm.completion()", "litellm.completion"),
        ("try:\n    import litellm\nexcept ImportError:\n    litellm = None\nlitellm.completion()",
         "litellm.completion"),
        ("def run(): ...\nrun()", ".run"),
        ("print()", "builtins.print"),
        ("from tools import *\nprint()", None),
        ("unknown.create()", None),
        ("def f(client):\n    client.create()", None),
    ],
)  # fmt: skip
def test_called_name(facts_of, source, expected):
    """The last call of the source calls what its imports say."""
    assert called(facts_of(source))[-1] == expected


CLIENT_CALL = "openai.client:chat.completions.create"


@pytest.mark.parametrize(
    "source",
    [
        "c = OpenAI()\nc.chat.completions.create()",
        "OpenAI().chat.completions.create()",
        "c = OpenAI()\nc.with_options(timeout=3).chat.completions.create()",
        "def f(c: OpenAI):\n    c.chat.completions.create()",
        "def f(c: 'OpenAI | None' = None):\n    c.chat.completions.create()",
        "from typing import Optional\ndef f(c: Optional[OpenAI]):\n    c.chat.completions.create()",
        "def f(c=OpenAI()):\n    c.chat.completions.create()",
        "with OpenAI() as c:\n    c.chat.completions.create()",
        (
            "class A:\n    def __init__(self):\n        self.c = OpenAI()\n"
            "    def f(self):\n        self.c.chat.completions.create()"
        ),
        (
            "class A:\n    def __init__(self, c: OpenAI):\n        self.c = c\n"
            "    def f(self):\n        self.c.chat.completions.create()"
        ),
        "class A:\n    c = OpenAI()\n    def f(self):\n        self.c.chat.completions.create()",
        "c = OpenAI()\ndef f():\n    c.chat.completions.create()",
        "def f(c):\n    c.chat.completions.create()\nf(OpenAI())",
        "def f(x, *, c=None):\n    c.chat.completions.create()\nf(1, c=OpenAI())",
        "c = OpenAI() if key else None\nc.chat.completions.create()",
        "def make():\n    return OpenAI(), 3\nc, n = make()\nc.chat.completions.create()",
        (
            "class A:\n    def __init__(self, c):\n        self.c = c\n"
            "    def f(self):\n        self.c.chat.completions.create()\nA(OpenAI())"
        ),
        (
            "class A:\n    def make(self):\n        return OpenAI()\n"
            "    def f(self):\n        c = self.make()\n        c.chat.completions.create()"
        ),
        "c = None\ndef f():\n    global c\n    c = OpenAI()\n    c.chat.completions.create()",
        "def make():\n    return OpenAI()\nmake().chat.completions.create()",
        "def make() -> OpenAI: ...\nc = make()\nc.chat.completions.create()",
        "class Mine(OpenAI): ...\nMine().chat.completions.create()",
        "def f(c=None):\n    c = c or OpenAI()\n    c.chat.completions.create()",
        "if x:\n    c = OpenAI()\nelse:\n    c = OpenAI(base_url='u')\nc.chat.completions.create()",
        "a, b = OpenAI(), 1\na.chat.completions.create()",
        "if (c := OpenAI()):\n    c.chat.completions.create()",
        "async def f():\n    c = OpenAI()\n    await c.chat.completions.create()",
        "create = OpenAI().chat.completions.create\ncreate()",
    ],
)
def test_receiver_has_the_type_of_its_construction(facts_of, source):
    """However the client gets to the call, the call is known."""
    assert CLIENT_CALL in called(facts_of("from openai import OpenAI\n" + source))


@pytest.mark.parametrize(
    "source",
    [
        "from twilio.rest import Client\nClient().chat.completions.create()",
        "c = make()\nc.chat.completions.create()",
        "if x:\n    c = OpenAI()\nelse:\n    c = Fake()\nc.chat.completions.create()",
        "c = OpenAI()\nc = Fake()\nc.chat.completions.create()",
        "for c in clients:\n    c.chat.completions.create()",
        "class A:\n    def f(self):\n        self.chat.completions.create()",
    ],
)
def test_a_like_named_method_of_something_else_is_not_it(facts_of, source):
    """The tail of a name says nothing."""
    found = called(facts_of("from openai import OpenAI\nfrom fakes import Fake\n" + source))
    assert CLIENT_CALL not in found


@pytest.mark.parametrize(
    "source",
    [
        "def f(c):\n    c.chat.completions.create()\nf(OpenAI())\nf(Mock())",
        "def f(c):\n    c.chat.completions.create()\nf(*clients)",
        "def f(x, c):\n    c.chat.completions.create()\nf(OpenAI())",
        "def make():\n    return OpenAI(), 3\nn, c = make()\nc.chat.completions.create()",
        "def make():\n    return OpenAI(), 3\n*_, c = make()\nc.chat.completions.create()",
        "def make():\n    return OpenAI()\nc, n = make()\nc.chat.completions.create()",
    ],
)
def test_a_receiver_that_may_be_something_else_is_unknown(facts_of, source):
    """Callers that disagree, hide what they give, or give it to another parameter tell nothing."""
    imports = "from unittest.mock import Mock\nfrom openai import OpenAI\n"
    facts = facts_of(imports + source)
    assert all(facts.called(call) != CLIENT_CALL for call in facts.tree.calls)


def test_chain_of_runnables_is_a_model(facts_of):
    """`prompt | model | parser` is invoked as a model is."""
    facts = facts_of("""
        from langchain_openai import ChatOpenAI
        chain = prompt | ChatOpenAI() | parser
        chain.invoke({})
    """)
    assert facts.is_a(facts.tree.calls[-1], "llm")


def test_an_object_that_is_called(facts_of):
    """Calling an object is calling its `__call__`."""
    facts = facts_of("from langchain_openai import ChatOpenAI\nm = ChatOpenAI()\nm('hi')")
    assert called(facts)[-1] == "langchain.model:__call__"


def test_definitions_that_are_surely_replaced_do_not_reach(facts_of):
    """The last unconditional assignment before the use is the one that counts."""
    facts = facts_of("""
        n = 1
        n = 2
        use(n)
    """)
    found = facts.names.definitions("n", facts.tree.module, facts.tree.calls[0].order)
    assert [facts.constants.value(b.value, b.block, b.order).value for b in found] == [2]


def test_a_branch_leaves_both_definitions(facts_of):
    """What is assigned only under a condition may or may not reach."""
    facts = facts_of("""
        n = 1
        if x:
            n = 2
        use(n)
    """)
    assert len(facts.names.definitions("n", facts.tree.module, facts.tree.calls[0].order)) == 2


def test_a_loop_carries_its_own_definition_round(facts_of):
    """What a pass assigns after the use reaches the use in the next pass."""
    facts = facts_of("""
        n = 1
        for i in x:
            use(n)
            n = 2
    """)
    call = facts.tree.calls[0]
    assert len(facts.names.definitions("n", call.block, call.order)) == 2


def test_other_arm_of_a_branch_does_not_reach(facts_of):
    """An `else` never sees what its `if` assigned."""
    facts = facts_of("""
        n = 1
        if x:
            n = 2
        else:
            use(n)
    """)
    call = facts.tree.calls[0]
    assert len(facts.names.definitions("n", call.block, call.order)) == 1


def test_recursive_definitions_end(facts_of):
    """Names defined by each other are unknown, not endless."""
    facts = facts_of("a = b\nb = a\ndef f(): return f()\na.x()\nf().y()")
    assert [facts.called(c) for c in facts.tree.calls if facts.callee_text(c) == "a.x"] == [None]
