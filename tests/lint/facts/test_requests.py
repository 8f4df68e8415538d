"""How requests relate to others, what their answers are for, and where their rows come from."""

import pytest
from answers_of import words


@pytest.mark.parametrize(
    "source",
    [
        "ASK('x')",
        "P = 'x'\ndef f():\n    ASK(P)",
        "P = 'a {b}'\nASK(P.format(b='c'))",
        "from prompts import SYSTEM\nASK(SYSTEM)",
        "import prompts\nASK(prompts.SYSTEM)",
        "from textwrap import dedent\nASK(dedent('x'))",
        "def f():\n    messages = [{'role': 'user', 'content': 'x'}]\n    ASK(messages)",
        "P = ['x']\nASK(P)",
        "P = ['x']\ndef f():\n    ASK(P)",
    ],
)
def test_constant_prompts(source):
    """Literals, whatever names they go by."""
    assert "constant" in words("request", source)


@pytest.mark.parametrize(
    "source",
    [
        "ASK(f())",
        "def f(x):\n    ASK(x)",
        "for x in y:\n    ASK(x)",
        "ASK(unknown)",
        "from prompts import current\nASK(current)",
        "from flask import request\nASK(request.args.get('q'))",
        "P = []\nP.append(read())\nASK(P)",
        "P = {}\nP['a'] = read()\nASK(P)",
        "history = ['x']\ndef f():\n    ASK(history)",
        "def f(self):\n    ASK(self.prompt)",
        "with open('f') as f:\n    ASK(f)",
        "client.responses.create(**kw)",
        "client.responses.create(model=M)",
        "a, b = read()\nASK(a)",
        "def f(model):\n    client.responses.create(model=model, input='x')",
    ],
)
def test_prompts_that_may_differ(source):
    """Whatever comes from outside, or is filled in place."""
    assert "constant" not in words("request", source)


def test_a_chain_holds_a_part_of_the_prompt():
    """A template that is made of a parameter makes the request differ."""
    head = (
        "from langchain_openai import ChatOpenAI\n"
        "from langchain_core.prompts import PromptTemplate as T\n"
    )
    fixed = head + "chain = T.from_template('x') | ChatOpenAI()\nchain.invoke({})"
    given = head + "def f(t):\n    chain = T.from_template(t) | ChatOpenAI()\n    chain.invoke({})"
    assert "constant" in words("request", fixed)
    assert "constant" not in words("request", given)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("for x in y:\n    ASK('x')", True),
        ("while go():\n    ASK('x')", True),
        ("for x in y:\n    ASK(x)", False),
        ("for x in y:\n    client.responses.create(model=x, input='x')", False),
        ("for c in keys:\n    client = OpenAI(api_key=c)\n    ASK('x')", False),
        ("m = []\nfor x in y:\n    m.append(x)\n    ASK(m)", False),
        ("m = []\nfor x in y:\n    step(m)\n    ASK(m)", False),
        ("m = []\nfor x in y:\n    m.add_user(x)\n    ASK(m)", False),
        ("m = build()\nfor x in y:\n    print(m)\n    ASK(m)", True),
        ("for x in y:\n    ASK(build())", False),
        ("for x in y:\n    client.responses.create(**kw)", False),
        ("while not done:\n    try:\n        ASK('x')\n    except E: ...", False),
        ("for attempt in range(3):\n    ASK('x')", False),
        ("ASK('x')", False),
    ],
)
def test_requests_that_a_loop_repeats(source, expected):
    """The same in every pass, and surely so."""
    assert ("unchanged" in words("request", source)) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("ASK('x')\nASK('x')", True),
        ("ASK(p)\nASK(p)", True),
        ("ASK(p)\nwith x:\n    ASK(p)", True),
        ("ASK('x')\nASK('y')", False),
        ("ASK(p)\np = 1\nASK(p)", False),
        ("m = []\nASK(m)\nm[0] = 1\nASK(m)", False),
        ("m = []\nASK(m)\nstep(m)\nASK(m)", False),
        ("m = []\nASK(m)\nprint(m)\nASK(m)", True),
        ("ASK(f())\nASK(f())", False),
        ("import langchain\nASK('x')\nlangchain.debug = True\nASK('x')", False),
        ("ASK('x')\nother.debug = True\nASK('x')", True),
        ("import streamlit\nASK(p)\nstreamlit.session_state.a = 1\nASK(p)", True),
        ("if a:\n    ASK('x')\nASK('x')", False),
        ("ASK('x')\nif a:\n    ASK('x')", False),
        ("def f():\n    ASK('x')\ndef g():\n    ASK('x')", False),
        ("client.responses.create(**kw)\nclient.responses.create(**kw)", False),
    ],
)
def test_requests_that_are_sent_twice(source, expected):
    """Equal text, equal values, and one path through both."""
    assert ("twin" in words("request", source)) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("for _ in range(3):\n    a.append(ASK(p))", "kept"),
        ("for _ in range(3):\n    r = ASK(p)\n    t = r.text\n    a[t] = t", "kept"),
        ("for _ in range(3):\n    r = ASK(p)\n    n += r", "kept"),
        ("def f():\n    while x:\n        r = ASK(p)\n        yield r", "kept"),
        (
            "def f():\n    for _ in a:\n        r = ASK(p)\n        if r:\n            return r",
            "kept",
        ),
        ("a = [ASK(p) for _ in b]", "kept"),
        ("for _ in rows:\n    a.append(ASK(p))", "kept"),
        ("for row in rows:\n    a.append(ASK(p))", "replaced"),
        ("for i in range(3):\n    print(ASK(p))", "replaced"),
        ("for i in range(3):\n    a.append(i)\n    ASK(p)", "replaced"),
        ("ASK(p)", "replaced"),
        ("for a in b.c():\n    (lambda: 0)()\n    ASK(p)", "replaced"),
    ],
)
def test_samples(body, expected):
    """What is gathered of one question is a set of samples."""
    assert words("samples", body) == {expected}


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("client.responses.create(model=M, input=p, previous_response_id=i)", "conversation"),
        ("client.responses.create(model=M, input=p, tools=t)", "tools"),
        ("client.responses.create(model=M, input=p, prompt_cache_key='k')", "prefix-cache"),
        ("client.responses.create(model=M, input=p, temperature=0.7)", "sampling"),
        ("client.responses.create(model=M, input=p, temperature=t)", "sampling"),
        ("client.chat.completions.create(model=M, messages=p, n=3)", "sampling"),
        ("ASK('Tell me a joke')", "invention"),
        ("def sample():\n    ASK(p)", "invention"),
        (
            "for i in range(3):\n    client.responses.create(model=M, input=p, temperature=0)",
            "sampling",
        ),
        ("while True:\n    ASK(input())", "person"),
        ("import time\nfor a in b:\n    t = time.time()\n    ASK(a)", "timing"),
        ("r = ASK(p)\nprint(r.usage)", "accounting"),
        ("def evaluate():\n    ASK(p)", "evaluation"),
        ("class Judge:\n    def ask(self):\n        ASK(p)", "evaluation"),
        ("for row in test_set:\n    ASK(row)", "evaluation"),
        ("for row in data['test']:\n    ASK(row)", "evaluation"),
        ("for row in rows:\n    predictions.append(ASK(row))", "evaluation"),
        ("for row in rows:\n    correct = ASK(row)", "evaluation"),
        ("def f(x):\n    return ASK(x)\nfor row in gold:\n    f(row)", "evaluation"),
        ("def health():\n    ASK(p)", "probe"),
        ("ASK('Hello!')", "probe"),
        ("def f(x):\n    return ASK(x)\nscore([f(x) for x in y])", "evaluation"),
        ("def f(x):\n    return ASK(x)\npreds = list(f(x) for x in y)", "evaluation"),
        ("def measure_latency():\n    ASK(p)", "measurement"),
    ],
)
def test_purposes(source, word):
    """Arguments and names tell what a request is for."""
    assert word in words("purpose", source)


@pytest.mark.parametrize(
    "source",
    [
        "ASK(p)",
        "client.responses.create(model=M, input=p, temperature=0)",
        "for i in range(100):\n    client.responses.create(model=M, input=p, temperature=0)",
        "for i in range(n):\n    client.responses.create(model=M, input=p, temperature=0)",
        "for row in rows:\n    a = ASK(row)",
    ],
)
def test_no_purpose_of_note(source):
    """Plain requests, and a temperature of nought."""
    assert words("purpose", source) == set()


def test_folders_and_agents_tell_the_purpose():
    """A file below `evals` evaluates; an agent's prompts grow by themselves."""
    assert words("purpose", "ASK(p)", path="app/evals/run.py") == {"evaluation"}
    assert words("purpose", "ASK(p)", path="app/retrieval/run.py") == set()
    agent = "import anthropic as a\na.Anthropic().beta.messages.tool_runner(messages=m)"
    assert "conversation" in words("purpose", agent)
    model = "import langchain_openai as o\nchain = p | o.ChatOpenAI(temperature=1)\nchain.invoke(q)"
    assert "sampling" in words("purpose", model)


LOADERS = "from langchain_community.document_loaders import PyPDFLoader, WebBaseLoader\n"
OPENED = "with open('f') as f:\n    rows = [json.loads(line) for line in f]\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import json\nfor r in json.load(open('f')):\n    ASK(r)", {"loop"}),
        ("import csv\nfor i, r in enumerate(csv.reader(open('f'))):\n    ASK(r[0])", {"loop"}),
        (f"import json\n{OPENED}for r in rows:\n    ASK(r)", {"loop"}),
        ("for r in load_jsonl(p):\n    ASK(r)", {"loop"}),
        ("for r in open('f').read().splitlines():\n    ASK(r)", {"loop"}),
        (
            "import pandas as pd\nfor _, r in pd.read_csv('f').iterrows():\n    ASK(r['a'])",
            {"loop"},
        ),
        (
            "rows = []\nfor l in open('f'):\n    rows.append(l)\nfor r in rows:\n    ASK(r)",
            {"loop"},
        ),
        (
            "rows = {}\nfor l in open('f'):\n    rows[l] = l\nfor r in rows.items():\n    ASK(r)",
            {"loop"},
        ),
        ("def f(rows):\n    for r in rows:\n        ASK(r)\nf(load_csv_data())", {"loop"}),
        ("def f(r):\n    ASK(r)\nfor r in open('f'):\n    f(r)", {"caller"}),
        ("import pandas as pd\ndef f(r):\n    ASK(r)\npd.read_csv('f')['a'].apply(f)", {"mapped"}),
        ("def f(r):\n    ASK(r)\npool.map(f, open('f'))", {"mapped"}),
        ("def f(r):\n    ASK(r)\nfor r in open('f'):\n    pool.submit(f, r)", {"mapped"}),
        ("[ASK(r) for r in open('f')]", {"loop"}),
        ("for r in open('f'):\n    ASK('x')", set()),
        ("for r in rows:\n    ASK(r)", set()),
        ("for r in search(open('f')):\n    ASK(r)", set()),
        ("for r in load_csv_data()[:10]:\n    ASK(r)", set()),
        ("for r in load_csv_data()[:500]:\n    ASK(r)", {"loop"}),
        ("import pandas as pd\nfor r in pd.read_csv('f').head(5).iterrows():\n    ASK(r)", set()),
        ("for r in [1, 2]:\n    ASK(r)", set()),
        ("import pandas as pd\nfor r in pd.read_clipboard().iterrows():\n    ASK(r)", set()),
        ("t = load_data()\nfor i in range(len(t)):\n    ASK(t[i])", {"loop"}),
        ("t = load_data()\nfor i in range(0, len(t), 9):\n    ASK(t[i : i + 9])", set()),
        (f"{LOADERS}for d in PyPDFLoader(p).load():\n    ASK(d.page_content)", {"loop"}),
        (f"{LOADERS}for d in WebBaseLoader(u).load():\n    ASK(d.page_content)", set()),
        ("while True:\n    ASK(x)", set()),
        ("def f(r):\n    ASK(r)\nf(1)", set()),
        ("client.responses.create(model=M)", set()),
        ("for name in open('f'):\n    ASK(input(name))", set()),
    ],
)
def test_rows_that_are_stored(source, expected):
    """Loops over files, tables and datasets, also through names, lists and functions."""
    assert words("per-row.prompt", source) == expected


ENCODER = (
    "from sentence_transformers import SentenceTransformer\nmodel = SentenceTransformer('m')\n"
)
DOCUMENTS = "DOCS = ['a', 'b', 'c', 'd']\n"
HANDLER = "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/')\ndef get(q):\n    return q\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (DOCUMENTS + HANDLER + "model.encode(DOCS)", {"every-start"}),
        (DOCUMENTS + "model.encode(DOCS)", set()),
        (HANDLER + "model.encode(open('f').readlines())", {"every-start"}),
        (DOCUMENTS + HANDLER.replace("return q", "model.encode(DOCS)"), {"every-request"}),
        (HANDLER.replace("return q", "model.encode(q)"), set()),
        (HANDLER.replace("return q", "d = []\n    d.append(q)\n    model.encode(d)"), set()),
        (HANDLER + "model.encode(fetch())", set()),
        (HANDLER + "model.encode(['a', 'b'])", set()),
        (DOCUMENTS + HANDLER + "np.save('f', model.encode(DOCS))", set()),
        (DOCUMENTS + HANDLER + "np.dump(model.encode(DOCS))\nmodel.encode(DOCS)", set()),
        (HANDLER + "model.encode()", set()),
    ],
)
def test_corpora(source, expected):
    """A fixed corpus, embedded when a service starts or answers."""
    assert words("corpus", ENCODER + source) == expected


def test_a_corpus_in_a_notebook_or_a_kept_store_is_right():
    """A notebook serves nobody, and a store with a place of its own is kept."""
    source = ENCODER + DOCUMENTS + HANDLER + "model.encode(DOCS)"
    assert words("corpus", source, notebook=True) == set()
    build = "from langchain_chroma import Chroma\n{}{}Chroma.from_texts(DOCS, e{})"
    assert words("corpus", build.format(DOCUMENTS, HANDLER, "")) == {"every-start"}
    assert words("corpus", build.format(DOCUMENTS, HANDLER, ", persist_directory='d'")) == set()
