"""How often code runs, and which loads are repeated for nothing."""

import pytest
from answers_of import facts_of

from greenlint.lint.facts.loads import Loads
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.repeats import Repeats
from greenlint.lint.facts.tree import Call

EACH = "for x in items:\n"
POOL = "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\n"
METHOD = "import gradio\nclass C:\n def f(self):\n  work()\n"
HANDLER = "def handler(event, context):\n"


def call_of(facts: Facts, text: str) -> Call:
    """The one call that is spelled `text(...)`."""
    (found,) = (call for call in facts.tree.calls if facts.callee_text(call) == text)
    return found


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("work()", set()),
        ("for x in items:\n    work(x)", {"loop"}),
        ("while queue:\n    work(queue.pop())", {"loop"}),
        ("[work(x) for x in items]", {"loop"}),
        ("for attempt in range(3):\n    work()", set()),
        ("for x in items:\n    work()\n    break", set()),
        (
            f"{EACH}    try:\n        work()\n        break\n    except OSError:\n        pass",
            set(),
        ),
        ("for x in items:\n    for y in x:\n        break\n    work(x)", {"loop"}),
        ("def f():\n    while True:\n        return work()", set()),
        ("def f(x):\n    work(x)\nfor x in items:\n    f(x)", {"caller-loop"}),
        ("def f(x):\n    work(x)\n    f(x)", set()),
        ("class C:\n    def __call__(self):\n        work()", {"handler"}),
        ("class C:\n    def run(self):\n        work()", set()),
        (
            "class C:\n def run(self):\n  work()\n def __call__(self):\n  self.run()",
            {"caller-handler"},
        ),
        ("def handler(event, context):\n    work()", {"handler"}),
        ("def lambda_handler(request, _):\n    work()", {"handler"}),
        (
            "import tornado.web as web\nclass C(web.RequestHandler):\n def get(self):\n  work()",
            {"handler"},
        ),
        (
            "import tornado.web as web\nclass C(web.RequestHandler):\n def setup(self):\n  work()",
            set(),
        ),
        ("import gradio\ndef f(x):\n    work(x)\ngradio.Interface(fn=f)", {"handler"}),
        (
            f"{METHOD} def g(self):\n  gradio.Interface(self.f)",
            {"handler"},
        ),
        ("def f(x):\n    work(x)\nlist(map(f, items))", {"mapped"}),
        ("list(map(lambda x: work(x), items))", {"mapped"}),
        ("def f(x):\n    work(x)\nlist(map(choose(), items))", set()),
        ("def f(x):\n    work(x)\nlist(map(self.f, items))", set()),
        ("def f(request):\n    work()", set()),
        ("def f():\n    def lambda_handler():\n        work()", set()),
        ("list(map(int, items))\nwork()", set()),
        ("import pandas\ndf = pandas.read_csv('a')\ndf['b'].apply(lambda x: work(x))", {"mapped"}),
        ("df['b'].apply(lambda x: work(x))", set()),
        (
            f"{POOL}def f():\n    work()\npool.submit(f)",
            set(),
        ),
        (
            f"{POOL}def f():\n    work()\n{EACH}    pool.submit(f)",
            {"mapped"},
        ),
        ("import streamlit as st\nst.title('a')\nwork()", {"script"}),
        ("import streamlit as st\ndef main():\n    st.title('a')\nmain()\nwork()", {"script"}),
        ("import streamlit as st\ndef show():\n    st.title('a')\nwork()", set()),
    ],
)
def test_what_makes_code_run_many_times(source: str, words: set[str]) -> None:
    facts = facts_of(source)
    call = call_of(facts, "work")
    assert facts.extension(Repeats).words(call.block, call.order) == words


def test_a_loop_that_asks_a_person_is_a_chat() -> None:
    facts = facts_of("while True:\n    work(input())\nfor x in items:\n    print(x)")
    asks, prints = (block for block in facts.tree.blocks if block.kind.value in {"while", "for"})
    repeats = facts.extension(Repeats)
    assert (repeats.is_chat(asks), repeats.is_chat(prints)) == (True, False)


LOADS = "import os, random, flask\nfrom spacy import load\n"


@pytest.mark.parametrize(
    ("source", "reasons"),
    [
        ("for x in items:\n    load('a')", {"loop"}),
        ("for x in items:\n    load(x)", set()),
        ("for x in items:\n    load(choose())", set()),
        ("for x in items:\n    load('a')\n    fit(x)", set()),
        ("for x in items:\n    if not ready:\n        load('a')", set()),
        ("for x in items:\n    if x is None:\n        load('a')", set()),
        ("for x in items:\n    if x in known:\n        continue\n    load('a')", set()),
        (
            f"{EACH}    if hasattr(x, 'a'):\n        pass\n    else:\n        load('a')",
            set(),
        ),
        ("for x in items:\n    if done and x in known:\n        load('a')", set()),
        ("for i, x in enumerate(items):\n    if i == 0:\n        load('a')", set()),
        ("for i, x in enumerate(items):\n    if i % 2 == 0:\n        load('a')", {"loop"}),
        ("for x in items:\n    if x > 3:\n        load('a')", {"loop"}),
        (
            f"{EACH}    try:\n        known[x]\n    except KeyError:\n        load('a')",
            set(),
        ),
        ("def f(event, context):\n    load('a')", {"handler"}),
        ("def handler(event, context):\n    load('a')", {"handler"}),
        ("def handler(event, context):\n    load(event['name'])", set()),
        ("def handler(event, context):\n    load(flask.request.args)", set()),
        ("def handler(event, context):\n    load(os.path.join('a', 'b'))", {"handler"}),
        ("def handler(event, context):\n    load('{}.bin'.format('a'))", {"handler"}),
        ("def handler(event, context):\n    load(random.choice(NAMES))", set()),
        ("def handler(event, context):\n    for x in event:\n        load(x)", set()),
        ("def handler(event, context, debug=False):\n    if debug:\n        load('a')", set()),
        (
            f"def get(name):\n    return load(name)\n{HANDLER}    get('a')",
            {"caller-handler"},
        ),
        (
            f"def get(name='a'):\n    return load(name)\n{HANDLER}    get()",
            {"caller-handler"},
        ),
        (
            f"def get(name):\n    return load(name)\n{HANDLER}    get(event.a)",
            set(),
        ),
        (
            f"def get(name):\n    return load(name + '.bin')\n{HANDLER}    get('a')",
            set(),
        ),
        ("def get(name):\n    return load(name)\nfor x in items:\n    get(*x)", set()),
        ("def get(*names):\n    return load(names)\nfor x in items:\n    get('a')", set()),
        (
            f"import functools\n@functools.cache\ndef f():\n    return load('a')\n{EACH}    f()",
            set(),
        ),
    ],
)
def test_why_the_same_thing_is_loaded_again(source: str, reasons: set[str]) -> None:
    facts = facts_of(LOADS + source)
    assert facts.extension(Loads).reasons(call_of(facts, "load")) == reasons
