"""Constants, arguments and texts: known, absent, or unknown."""

import pytest

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.constants import Known
from greenlint.lint.facts.texts import estimated_tokens


def value_of(facts):
    """The constant that the argument of `use(...)` is."""
    call = next(c for c in facts.tree.calls if facts.callee_text(c) == "use")
    return facts.constants.value(call.node.args[0].value, call.block, call.order)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("use(3)", 3),
        ("use(-0.5)", -0.5),
        ("use('a' 'b')", "ab"),
        ("use(True)", True),
        ("use(None)", None),
        ("use(10 * 1_000 + 2**3)", 10_008),
        ("use(7 // 2)", 3),
        ("n = 20\nuse(n)", 20),
        ("N = 20\ndef f():\n    use(N)", 20),
        ("use(int('5'))", "5"),
        ("a = 'x'\nuse(a + 'y')", "xy"),
    ],
)
def test_literals_and_names_are_known(facts_of, source, value):
    """What the text says once and for all is known."""
    assert value_of(facts_of(source)) == Known(value)


@pytest.mark.parametrize(
    "source",
    [
        "def f(n=20):\n    use(n)",
        (
            "p = argparse.ArgumentParser()\np.add_argument('-n', '--the-n', default=20)\n"
            "a = p.parse_args()\nuse(a.the_n)"
        ),
        (
            "p = argparse.ArgumentParser()\np.add_argument('--x', dest='m', default=20)\n"
            "use(p.parse_args().m)"
        ),
        "class C:\n    n: int = 20\ndef f(c: C):\n    use(c.n)",
        (
            "class C:\n    def __init__(self, n=20):\n        self.n = n\n"
            "    def f(self):\n        use(self.n)"
        ),
    ],
)
def test_defaults_are_assumed(facts_of, source):
    """What a caller may override is known, and marked."""
    assert value_of(facts_of("import argparse\n" + source)) == Known(20, assumed=True)


@pytest.mark.parametrize(
    "source",
    [
        "use(n)",
        "n = 1\nif x:\n    n = 2\nuse(n)",
        "for n in x:\n    use(n)",
        "n = 1\nn += 1\nuse(n)",
        "use(f'{x}')",
        "use(1 / 0)",
        "use(9 ** 99999)",
        "use(load())",
        "p = make()\np.add_argument('--n', default=3)\nuse(other.n)",
    ],
)
def test_anything_else_is_unknown(facts_of, source):
    """Unknown is not zero."""
    assert value_of(facts_of(source)) is None


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("completion(max_tokens=3)", State.PRESENT),
        ("completion()", State.ABSENT),
        ("completion(**kw)", State.UNKNOWN),
        ("kw = {'max_tokens': 3}\ncompletion(**kw)", State.PRESENT),
        ("kw = {'a': 3}\ncompletion(**kw)", State.ABSENT),
        ("kw = dict(max_tokens=3)\ncompletion(**kw)", State.PRESENT),
        ("kw = {}\nkw['max_tokens'] = 3\ncompletion(**kw)", State.PRESENT),
        ("kw = {}\nkw[key] = 3\ncompletion(**kw)", State.UNKNOWN),
        ("kw = {}\nkw.update(max_tokens=3)\ncompletion(**kw)", State.PRESENT),
        ("kw = {}\nkw.update({'max_tokens': 3})\ncompletion(**kw)", State.PRESENT),
        ("kw = {}\nkw.update(more)\ncompletion(**kw)", State.UNKNOWN),
        ("kw = {'max_tokens': 3}\nkw.pop('max_tokens')\ncompletion(**kw)", State.PRESENT),
        ("base = {'max_tokens': 3}\nkw = {**base, 'a': 1}\ncompletion(**kw)", State.PRESENT),
        ("def f(**kw):\n    completion(**kw)", State.UNKNOWN),
        ("completion(config={'cap': 3})", State.PRESENT),
        ("completion(config=Config(cap=3))", State.PRESENT),
        ("c = Config(cap=3)\ncompletion(config=c)", State.PRESENT),
        ("completion(config={})", State.ABSENT),
        ("completion(config=load())", State.UNKNOWN),
        ("completion(config=given)", State.UNKNOWN),
        ("completion(*args)", State.UNKNOWN),
    ],
)
def test_roles_have_three_states(facts_of, source, state):
    """Present, absent, or unknown: through keywords, dicts, and constructors."""
    facts = facts_of("from litellm import completion\n" + source)
    call = facts.calls_of("llm.chat")[-1]
    assert facts.role(call, "output-cap").state is state


def test_positional_and_keyword_are_one(facts_of):
    """The catalog names the positions."""
    facts = facts_of("import litellm\nlitellm.completion('m', 'hello')")
    assert facts.text_of(facts.role(facts.tree.calls[0], "prompt")).literal == ["hello"]


@pytest.mark.parametrize(
    ("source", "literal", "constant"),
    [
        ("'a' + 'b'", ["a", "b"], True),
        ("f'a{x}b'", ["a", "b"], False),
        ("'a{}'.format(x)", ["a{}"], False),
        ("'\\n'.join(['a', 'b'])", ["\n", "a", "b"], True),
        ("textwrap.dedent('a').strip()", ["a"], True),
        ("[{'role': 'user', 'content': 'a'}]", ["a"], True),
        ("[{'role': 'user', 'content': [{'type': 'text', 'text': 'a'}]}]", ["a"], True),
        ("[HumanMessage('a'), m.SystemMessage(content='b')]", ["a", "b"], True),
        ("P", ["module"], True),
        ("load()", [], False),
        ("'%s' % 'x'", ["%s", "x"], True),
    ],
)
def test_texts_are_taken_apart(facts_of, source, literal, constant):
    """Literal parts are found in whatever holds them."""
    prefix = "import m\nfrom m import HumanMessage\nP = 'module'\n"
    facts = facts_of(f"{prefix}use({source})")
    call = next(c for c in facts.tree.calls if facts.callee_text(c) == "use")
    text = facts.texts.text(call.node.args[0].value, call.block, call.order)
    assert (text.literal, text.is_constant) == (literal, constant)


def test_token_estimates():
    """Prose has 4.6 characters a token, Chinese 1.5."""
    assert estimated_tokens("word " * 460) == 500
    assert estimated_tokens("漢" * 150) == 100


def test_construction_is_the_call_that_built_the_receiver(facts_of):
    """Options of a client are found from the request."""
    facts = facts_of("""
        from openai import OpenAI
        class A:
            def __init__(self):
                self.client = OpenAI(max_retries=0)
            def ask(self):
                return self.client.chat.completions.create()
    """)
    built = facts.construction(facts.calls_of("llm")[0])
    assert built is not None
    assert facts.argument(built, "max_retries").state is State.PRESENT
