"""What flows whole into a prompt, and what keeps it short."""

import pytest
from answers_of import words

READ = "def read(path):\n    with open(path) as file:\n        return file.read()\n"
FRAME = "import pandas as pd\ndf = pd.read_csv(path)\n"
PDF = "from pypdf import PdfReader\n"
CLAUDE = "import anthropic\nc = anthropic.Anthropic()\n"
LOAD = "from langchain_community.document_loaders import PyPDFLoader\n"


@pytest.mark.parametrize(
    ("source", "held"),
    [
        (FRAME + "ASK(df.to_string())", {"table"}),
        (FRAME + "ASK(f'{df.to_csv()}')", {"table"}),
        (FRAME + "ASK('a' + df.to_json() + 'b')", {"table"}),
        (FRAME + "ASK('Rows: {}'.format(df.to_html()))", {"table"}),
        (FRAME + "ASK('%s' % df.to_string())", {"table"}),
        (FRAME + "ASK(['a', df.to_string()])", {"table"}),
        (FRAME + "ASK([{'role': 'user', 'content': df.to_string()}])", {"table"}),
        (FRAME + "ASK(df.to_string() if q else '')", {"table"}),
        (FRAME + "ASK(q or df.to_string())", {"table"}),
        (FRAME + "text = q + df.to_string() if q else ''\nASK(text)", {"table"}),
        (FRAME + "text = ''\ntext += df.to_string()\nASK(text)", {"table"}),
        (FRAME + "df = df.dropna()\nASK(df.to_string())", {"table"}),
        (FRAME + "def ask(text):\n    ASK(text)\nask(df.to_string())", {"table"}),
        (FRAME + "def ask(text):\n    ASK(text)\nask(df.to_string())\nask('a')", set()),
        (FRAME + "def ask(text):\n    ASK(text)\nask(*df)", set()),
        (FRAME + "ASK(df.to_string().strip())", {"table"}),
        (FRAME + "ASK(shorter(df.to_string()))", set()),
        (FRAME + "ASK(df.to_string()[:100])", set()),
        (FRAME + "ASK(df.head().to_string())", set()),
        (FRAME + "ASK(df.to_string(max_rows=5))", set()),
        (FRAME + "ASK(df.to_string(max_rows=None))", {"table"}),
        (FRAME + "ASK(df.to_csv('copy.csv'))", set()),
        ("import pandas as pd\ndf = pd.read_csv(path, nrows=5)\nASK(df.to_string())", set()),
        ("import pandas as pd\ndf = pd.read_sql('select a LIMIT 5', c)\nASK(df.to_csv())", set()),
        (FRAME + "text = df.to_string()\nif len(text) > 9:\n    stop()\nASK(text)", set()),
        (FRAME + "text = df.to_string()\nif len(text) == 0:\n    stop()\nASK(text)", {"table"}),
        (FRAME + "text = df.to_string()\nprint(len(text))\nASK(text)", {"table"}),
        (FRAME + "text = df.to_string()\nn = len(text)\nASK(text)", set()),
        (FRAME + "text = df.to_string()\ntruncate(text)\nASK(text)", set()),
        ("ASK(open(input()).read())", {"file"}),
        ("for path in paths:\n    ASK(open(path).read())", {"file"}),
        ("def f(path):\n    ASK(open(path).read())\nf('a')", {"fixed-file"}),
        ("f = lambda path: ASK(open(path).read())", {"file"}),
        ("def f(p):\n    ASK(open(p, 'rb').read().decode())", set()),
        ("import json\ndef f(p):\n    ASK(json.dumps(open(p).read()))", {"file"}),
        ("import json\ndef f(p):\n    ASK(json.loads(open(p).read()))", set()),
        ("def f(p):\n    text = open(p).read()\n    (g or h)(text)\n    ASK(text)", {"file"}),
        (
            "def f(p):\n    text = open(p).read()\n    log.info('%s', len(text))\n    ASK(text)",
            {"file"},
        ),
        ("def f(p):\n    text = open(p).read()\n    part = text[:n]\n    ASK(part)", set()),
        ("def f(p):\n    for part in open(p).read():\n        ASK(part)", set()),
        ("import work\nASK(work.text())", set()),
        ("from work import *\nASK(text())", set()),
        ("ASK(open('notes.txt').read())", {"fixed-file"}),
        ("ASK(open(name, 'rb').read())", set()),
        ("ASK(open(name, mode='rb').read())", set()),
        ("ASK(open(name).read(100))", set()),
        ("ASK(open(prompt_path).read())", set()),
        (READ + "def ask(path):\n    ASK(read(path))", {"file"}),
        (READ + "ASK(read('notes.txt'))", {"fixed-file"}),
        (READ + "async def ask(path):\n    ASK(await read(path))", {"file"}),
        ("import sys\nfrom pathlib import Path\nASK(Path(sys.argv[1]).read_text())", {"file"}),
        (PDF + "def f(p):\n    ASK(' '.join(x.text() for x in PdfReader(p).pages))", {"file"}),
        (PDF + "def f(p):\n    ASK(' '.join(x.text() for x in PdfReader(p).pages[:3]))", set()),
        ("import fitz\ndef f(p):\n    ASK(' '.join(x.text() for x in fitz.open(p)))", {"file"}),
        (
            PDF + "def f(p):\n    t = ''\n    for x in PdfReader(p).pages:\n        t += x.text()\n"
            "    ASK(t)",
            {"file"},
        ),
        (
            PDF + "def f(p):\n    t = ''\n    for x in PdfReader(p).pages:\n        t += 'a'\n"
            "    ASK(t)",
            set(),
        ),
        ("import requests\ndef f(u):\n    ASK(requests.get(u).text)", {"page"}),
        ("import requests\nASK(requests.get('https://example.org').text)", {"fixed-page"}),
        (
            LOAD + "def f(p):\n    docs = PyPDFLoader(p).load()\n"
            "    ASK(' '.join(d.page_content for d in docs))",
            {"documents"},
        ),
        (
            LOAD + "def f(p):\n    docs = PyPDFLoader(p).load()\n"
            "    ASK(' '.join(d.page_content for d in docs if d))",
            set(),
        ),
        (
            LOAD + "def f(p):\n    docs = PyPDFLoader(p).load()\n    ASK(docs[0].page_content)",
            set(),
        ),
        ("import base64\nASK('Look: ' + base64.b64encode(data).decode())", {"base64"}),
        ("import base64\nASK('data:image/png;base64,' + base64.b64encode(data).decode())", set()),
        (
            FRAME + "class C:\n    def text(self):\n        return df.to_csv()\n"
            "    def ask(self):\n        ASK(self.text())",
            {"table"},
        ),
        ("class C:\n    def ask(self):\n        ASK(self.text())", set()),
    ],
)
def test_what_a_prompt_holds(source: str, held: set[str]) -> None:
    assert words("prompt-holds", source) == held


@pytest.mark.parametrize(
    ("source", "grows"),
    [
        ("m = []\nwhile True:\n    m.append(input())\n    ASK(m)", True),
        ("m = []\nwhile 1:\n    m += [input()]\n    ASK(m)", True),
        ("m = []\nwhile True:\n    m.append(work())\n    ASK(m)", False),
        ("m = []\nfor x in range(9):\n    m.append(input())\n    ASK(m)", False),
        ("while True:\n    m = [input()]\n    m.append('a')\n    ASK(m)", False),
        ("m = []\nwhile True:\n    m.append(input())\n    ASK(m[-9:])", False),
        ("m = []\nwhile True:\n    m.append(input())\n    m.pop(0)\n    ASK(m)", False),
        ("m = []\nwhile True:\n    m.append(input())\n    del m[0]\n    ASK(m)", False),
        ("m = []\nwhile True:\n    m.append(input())\n    trim(m)\n    ASK(m)", False),
        ("m = []\nwhile True:\n    m.append(input())\n    print(len(m))\n    ASK(m)", False),
        ("m = []\nwhile True:\n    m.append(input())\n    (keep or drop)(m)\n    ASK(m)", True),
        ("m = []\nwhile True:\n    ASK(m + [input()])", False),
    ],
)
def test_a_chat_that_only_ever_adds_grows(source: str, *, grows: bool) -> None:
    assert words("history-grows", source) == ({"yes"} if grows else {"no"})


def test_a_chat_of_an_object_grows() -> None:
    """The list may be an attribute, which the loop adds to in place."""
    source = "class C:\n    def run(self):\n        while True:\n            "
    source += "self.m += [input()]\n            ASK(self.m)"
    assert words("history-grows", source) == {"yes"}


@pytest.mark.parametrize(
    ("source", "cached"),
    [
        ("ASK(text)", True),
        ("import cohere\nco = cohere.Client()\nco.chat(model=M, message=t)", False),
        (
            CLAUDE + "c.messages.create(system=[{'text': t, 'cache_control': {}}], messages=m)",
            True,
        ),
        (CLAUDE + "c.messages.create(messages=m)", False),
    ],
)
def test_providers_and_marks_that_keep_a_prefix(source: str, *, cached: bool) -> None:
    assert words("prefix-cached", source) == ({"yes"} if cached else {"no"})
