"""Where a rule may fire, told from a file's text: never too little."""

from dataclasses import replace
from textwrap import dedent

import pytest

from greenlint.lint.outline import Outline
from greenlint.lint.ruleset import Ruleset, load_ruleset
from greenlint.lint.site import FileWords
from greenlint.policy.settings import LintSettings, PolicyFacts


@pytest.fixture(scope="module")
def ruleset(tmp_path_factory) -> Ruleset:
    root = tmp_path_factory.mktemp("root")
    return load_ruleset(LintSettings(select=("ALL",), root=str(root)))


def places(ruleset: Ruleset, rule: str, text: str) -> set[str]:
    """The functions that `rule` may fire in; an empty name stands for what is outside of all."""
    outline = Outline(dedent(text))
    spelled = ruleset.spelled(outline.text.encode())
    found = ruleset.subjects({rule}, FileWords(outline, spelled))
    return {part.name for part in found.get(rule, ())}


LOADS = """
    from transformers import pipeline, AutoModel
    {}
    def load(name):
        return AutoModel.from_pretrained(name)
    def other(name):
        return name
    """


@pytest.mark.parametrize(
    ("around", "found"),
    [
        ("", set()),
        ("for name in names: load(name)", {"load"}),
        ("pool.map(load, names)", {"load"}),
        ("model = load('a')", set()),
        ("def run(): return load('a')\n    for n in names: run()", {"load"}),
        ("def a(): load('a')\n    def b(): a()\n    def c():\n        while 1: b()", {"load"}),
        ("def run(): return load('a')\n    def other():\n        for n in names: ask(n)", set()),
        ("for n in names: ask(n)\n    load('a')", set()),
        ("for n in names:\n        ask(n)\n    else:\n        load('a')", {"load"}),
        ("for n in names:\n        ask(\n    a,\n    )\n        load(n)", {"load"}),
        ("models = [\n        load(n)\n        for n in names\n    ]", {"load"}),
        ("print(f'{{(}}')\n    for n in names: ask(n)\n    load('a')", {"load"}),
        ("pool.map(other, names)\n    model = load('a')", set()),
        (
            "class A:\n        def f(self): map(self.g, n)\n        def g(self): load('a')",
            {"load"},
        ),
        ("list(map(lambda n: load(n), names))", {"load"}),
        ("run = partial(load, 'a')\n    pool.map(run, names)", {"load"}),
        ("table['name'].apply(load)", {"load"}),
        ("button.click(load)", set()),
        ("import gradio\n    gradio.Button().click(load)", {"load"}),
        ("class M(Module):\n        def forward(self): return load('a')", {"load"}),
        ("@app.get('/')\n    def serve(): return load('a')", set()),
        (
            (
                "from fastapi import FastAPI\n    app = FastAPI()\n"
                "    @app.get('/')\n    def serve(): return load('a')"
            ),
            {"load"},
        ),
        ("def handle(event, context): load('a')", {"load"}),
        ("import streamlit\n    streamlit.write(load('a'))", {"load"}),
        (
            (
                "def outer():\n        def inner(): return AutoModel.from_pretrained('a')\n"
                "        for n in names: inner()"
            ),
            {"outer"},
        ),
        (
            (
                "def outer():\n        def inner(): return AutoModel.from_pretrained('a')\n"
                "    for n in names: inner()"
            ),
            {"outer"},
        ),
        ("def unrelated(x):\n        x.load()", set()),
        ("for n in names: AutoModel.from_pretrained(n)", {""}),
        ("print(f'{[AutoModel.from_pretrained(n) for n in names]}')", {""}),
        ("text = 'for n in names: AutoModel.from_pretrained(n)'", set()),
        ("f = lambda n: AutoModel.from_pretrained(n)", set()),
        ("list(map(lambda n: AutoModel.from_pretrained(n), names))", {""}),
        ("@cache\n    def serve(): return AutoModel.from_pretrained('a')", set()),
        ("def handle(event, context): AutoModel.from_pretrained('a')", {"handle"}),
        ("get = AutoModel.from_pretrained\n    for n in names: get(n)", {""}),
    ],
)
def test_what_nothing_repeats_needs_no_look(ruleset, around, found):
    """A load has to be in a loop, handed over, decorated or called for it to be repeated."""
    assert places(ruleset, "model-loaded-in-loop", LOADS.format(around)) == found


@pytest.mark.parametrize(
    ("loops", "found"),
    [
        ("for c in cs:\n        model.fit(x)", set()),
        ("for c in cs:\n        for d in ds:\n            model.fit(x)", {""}),
        ("for c in cs:\n        for d in ds:\n            fit(c, d)", {""}),
        ("for c in cs:\n        for d in ds:\n            unrelated(c, d)", set()),
        ("for c in cs:\n        for d in ds:\n            print(c, d)\n    model.fit(x)", set()),
        (
            "for c in cs:\n        for d in ds:\n            print(c, d)\n        model.fit(x)",
            set(),
        ),
        ("for c in cs:\n        for d in ds: model.fit(x)", {""}),
    ],
)
def test_a_search_needs_two_loops_that_lead_to_a_fit(ruleset, loops, found):
    """The fit may stand in a function that they call."""
    text = f"""
    from sklearn.svm import SVC
    def fit(c, d):
        return SVC(C=c, gamma=d).fit(x)
    model = SVC()
    {loops}
    """
    assert places(ruleset, "exhaustive-grid-search", text) == found


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        ("llm = ChatOpenAI()\n    def ask(q): return llm(q)", {"", "ask"}),
        ("def ask(llm: 'ChatOpenAI', q): return llm(q)", {"ask"}),
        (
            "def make(): return ChatOpenAI()\n    llm = make()\n    def ask(q): llm(q)",
            {"", "ask", "make"},
        ),
        ("llm = other()\n    def ask(q): return llm(q)", set()),
        ("m = (\n        p\n        | ChatOpenAI()\n    )\n    def ask(q): m(q)", {"", "ask"}),
    ],
)
def test_objects_that_are_called_are_followed(ruleset, calls, found):
    """`llm(prompt)` says nothing of what it is; where it comes from does."""
    text = f"""
    from langchain_openai import ChatOpenAI
    {calls}
    def unrelated(x):
        return str(x)
    """
    assert places(ruleset, "unbounded-generation", text) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("model.eval()\n    def show(x): return model(x)\n    def plot(x): return x", {"show"}),
        ("model = Net().eval()\n    def show(x): return model.forward(x)", {"show"}),
        ("def predict(net: torch.nn.Module, x): return net(x)", {"predict"}),
        ("def predict(x, net: torch.nn.Module = None): return net(x)", {"predict"}),
        ("def predict(net: torch.nn.Module, x: float): return float(x)", set()),
        ("def train_and_predict(net: torch.nn.Module, x): return net(x)", set()),
        ("loss = L1Loss().eval()\n    def measure(x): return loss(x)", set()),
        ("model.train()\n    def show(x): return model(x)", set()),
        ("model.train(mode=False)\n    def show(x): return model(x)", {"show"}),
        (
            "net.eval()\n    run(net)\n    def run(model): return model(model.train())",
            {"run"},
        ),
        ("def convert_weights(model, x):\n        model.eval()\n        return model(x)", set()),
    ],
)
def test_models_that_are_run_for_their_output(ruleset, code, found):
    """They are switched to evaluation, or called in a function named for what it gives."""
    text = f"import torch\n    {code}"
    found_places = places(ruleset, "inference-with-gradients", f"    {text}")
    assert found_places - {""} == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def step(x): return x.grad, jax.grad(f)(x)\n    def other(x): return x", {"step"}),
        ("g = jax.grad\n    def other(x): return g(x)", {"", "other"}),
        ("j = jax\n    g = j.grad\n    def other(x): return g(x)", {"", "other"}),
        ("self.of = jax\n    g = self.of.grad\n    def other(x): return g(x)", {"", "other"}),
        ("import jax as j\n    g = j.grad\n    def other(x): return g(x)", {"", "other"}),
        ("from jax import grad\n    g = grad\n    def other(x): return g(x)", {"", "other"}),
    ],
)
def test_an_attribute_of_the_same_name_is_no_function_of_a_library(ruleset, code, found):
    """`x.grad` of a tensor hands on no `jax.grad`; what stands for `jax` does."""
    text = f"import jax\n    {code}\n    jax.grad(f)\n    x.grad = y.grad"
    found_places = places(ruleset, "fp32-training-loop", f"    {text}")
    assert found_places - {""} == found - {""}


@pytest.mark.parametrize(
    ("policy", "rules"),
    [
        (PolicyFacts(), set()),
        (PolicyFacts(known=True), set()),
        (PolicyFacts(known=True, allow=("aws:eu-north-1",)), {"region-outside-policy"}),
        (PolicyFacts(known=True, max_intensity=100.0), {"region-outside-policy"}),
        (PolicyFacts(known=True, requires_budgets=True), {"undeclared-budget"}),
    ],
)
def test_what_the_policy_does_not_ask_for_is_not_looked_for(ruleset, policy, rules):
    """Without regions or budgets in the policy, their rules cost nothing."""
    text = b"import boto3, xgboost\nboto3.client('bedrock', region_name='x')\nxgboost.train(p)\n"
    names = {"region-outside-policy", "undeclared-budget"}
    assert replace(ruleset, policy=policy).gate(text) & names == rules


@pytest.mark.parametrize(
    ("rule", "imports", "code", "found"),
    [
        ("growing-dataframe", "pandas", "def grow(a, b): return pandas.concat([a, b])", set()),
        (
            "growing-dataframe",
            "pandas",
            "def grow(a):\n        for b in a: c = pandas.concat([c, b])",
            {"grow"},
        ),
        ("unbounded-retry", "tenacity, openai", "@cached\n    def ask(): retry()", set()),
        (
            "unbounded-retry",
            "tenacity, openai",
            "openai.OpenAI().chat.completions.create()\n    @tenacity.retry\n    def ask(): pass",
            {"", "ask"},
        ),
    ],
)
def test_conditions_on_what_stands_around(ruleset, rule, imports, code, found):
    """Without a loop nothing is in one; where no model is asked, none is asked again."""
    assert places(ruleset, rule, f"    import {imports}\n    {code}") == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def a(): ask(q)\n    def b(): other(q)", {"a"}),
        ("f = ask\n    def b(): f(q)", {"", "b"}),
    ],
)
def test_a_function_that_an_import_renames_is_called_by_that_name(ruleset, code, found):
    """Only what code gives another name may be called by any."""
    text = f"""
    from litellm import completion as ask
    {code}
    """
    assert places(ruleset, "unbounded-generation", text) == found


@pytest.mark.parametrize(
    ("imports", "found"),
    [
        ("import keras\n    from keras.applications import resnet", {"make"}),
        ("import keras.applications as resnet", {"make"}),
        ("from keras import applications as resnet", {"make"}),
        ("import keras; from keras.applications import resnet", {"make"}),
        ("import keras\n    from keras.src.applications import resnet", set()),
        ("import keras\n    from .applications import resnet", set()),
    ],
)
def test_only_what_can_lead_to_a_library_is_followed(ruleset, imports, found):
    """A module of the same name elsewhere is another."""
    text = f"""
    {imports}
    def make():
        for n in names: resnet.ResNet50()
    """
    assert places(ruleset, "model-loaded-in-loop", text) == found


ATTENTION = """
    def attend(q, k, v):
        w = F.softmax(q @ k)
        {}
    """


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("return w @ v", {"attend"}),
        ("return w @ v, w", set()),
        ("return F.linear(v, w), k.w, q[w, 0]", {"attend"}),  # `w` only within other things
        ("w = w @ v; return w, k", {"attend"}),
        ("x = F.softmax(v); return w @ v, w", {"attend"}),  # `x` may be attention
        ("return w @ v, w; f(F.softmax(v))", {"attend"}),  # and one without a name
        ("x = F.softmax(v); " * 30 + "return w, x", {"attend"}),  # too many to follow
    ],
)
def test_attention_that_hands_out_its_weights_is_not_handwritten(ruleset, rest, found):
    text = ATTENTION.format(rest.replace("; ", "\n        "))
    assert places(ruleset, "handwritten-attention", text) == found


QUOTED = '''
class Attention:
    """Explains itself at the margin:

def attend(q, k, v):
    return F.softmax(q @ k) @ v, None
"""

    def forward(self, q, k, v):
        return F.softmax(q @ k) @ v
'''


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        (ATTENTION.format("return w @ v"), True),
        (ATTENTION.format("return w @ v, w"), False),
        (ATTENTION.format("return w @ v, w") + "def other(q): return F.softmax(q)", False),
        (QUOTED, True),
    ],
)
def test_attention_is_told_from_the_text_before_there_is_an_outline(ruleset, text, likely):
    """One definition after the other; where a docstring looks like one, more is taken."""
    names = frozenset({"handwritten-attention"})
    assert ruleset.likely(names, dedent(text)) == (names if likely else frozenset())


@pytest.mark.parametrize("odd", ["b" * 300_000, "(" * 300_000, "softmax" * 40_000])
def test_odd_lines_take_no_longer_than_others(ruleset, odd):
    """A pattern that gives back would take hours on these."""
    assert not places(ruleset, "handwritten-attention", ATTENTION.format(f"return w, {odd}"))
