"""One item per request, or a batch: told from the form of the input and the loops around it."""

import pytest
from answers_of import words

ITEM = "one-by-one.prompt"


@pytest.mark.parametrize(
    "prompt",
    [
        "text",
        "[text]",
        "f'passage: {text}'",
        "'passage: ' + text",
        "text.strip()",
        "str(text)",
        "text['body']",
        "text.body",
        "rows[text]",
    ],
)
def test_an_item_of_a_loop_is_one_input(prompt):
    """However the item is dressed up, it is one."""
    assert words(ITEM, f"for text in texts:\n    EMBED({prompt})") == {"loop"}


@pytest.mark.parametrize(
    "prompt",
    [
        "[text, title]",
        "[t for t in text]",
        "text[0:10]",
        "text['sentences']",
        "text.sentences",
        "text.split()",
        "list(text)",
        "[text] * 3",
        "[*text]",
        "[]",
        "clean(text)",
        "text if text else None",
        "-text",
        "(yield)",
    ],
)
def test_many_or_unknown_inputs_are_no_item(prompt):
    """A list is a batch, and what a function makes of an item can't be told."""
    assert words(ITEM, f"def f():\n    for text in texts:\n        EMBED({prompt})") == set()


@pytest.mark.parametrize(
    "loop",
    [
        "for batch in batches(texts, 10):\n    EMBED(batch)",
        "for part in [texts[i : i + 9] for i in range(0, n, 9)]:\n    EMBED(part)",
        "for part in chunked(texts, 10):\n    EMBED(part)",
        "for part in np.array_split(texts, 10):\n    EMBED(part)",
        "for line in sys.stdin:\n    EMBED(line)",
        "for event in stream():\n    EMBED(event.text)",
        "while True:\n    EMBED(queue.get())",
        "for name in names:\n    EMBED(input(name))",
        "for text in texts:\n    EMBED(title)",
    ],
)
def test_loops_over_batches_and_streams_are_right(loop):
    """What comes in batches, or one by one by its nature, can't be gathered."""
    assert words(ITEM, loop) == set()


def test_a_retry_is_no_loop_over_items():
    """A loop that ends with the first success tries one item again."""
    source = (
        "for attempt in tries:\n    try:\n        EMBED(attempt)\n        break\n    except E: ..."
    )
    assert words(ITEM, source) == set()


def test_other_arguments_may_not_vary():
    """Items for different models, clients or sizes share no request."""
    assert words(ITEM, "for text in texts:\n    EMBED(text, dimensions=text.size)") == set()
    source = "for other in clients:\n    for text in texts:\n        EMBED(text)"
    assert words(ITEM, source) == {"loop"}


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("[embed(t) for t in texts]", {"caller"}),
        ("for t in texts:\n    embed(f'query: {t}')", {"caller"}),
        ("df['text'].apply(embed)", {"mapped"}),
        ("list(map(embed, texts))", {"mapped"}),
        ("for t in texts:\n    pool.submit(embed, t)", {"mapped"}),
        ("pool.submit(embed, text)", set()),
        ("ds.map(embed, batched=True)", set()),
        ("ds.map(embed, batched=False)", {"mapped"}),
        ("embed(texts)", set()),
        ("for t in texts:\n    embed([t, t])", set()),
        ("for t in texts:\n    embed(*t)", set()),
    ],
)
def test_functions_are_followed_to_their_callers(use, expected):
    """A parameter is what the callers give it."""
    assert words(ITEM, f"def embed(text):\n    return EMBED(text)\n{use}") == expected


def test_a_search_for_one_query_is_followed_no_further():
    """Its callers ask when they ask; but a loop around it in the same function may gather."""
    source = "def find(q):\n    return index.search(EMBED(q))\nfor q in qs:\n    find(q)"
    assert words(ITEM, source) == set()
    assert words(ITEM, "for q in qs:\n    index.search(EMBED(q))") == {"loop"}


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("text", {"caller"}),
        ("text: str", {"caller"}),
        ("text: list[str]", set()),
        ("texts", set()),
        ("text='x', *, other=1", {"caller"}),
    ],
)
def test_a_parameter_says_what_it_takes(parameter, expected):
    """An annotation, or a plural, stands for a batch."""
    name = parameter.split(":")[0].split("=")[0].strip()
    source = f"def embed({parameter}):\n    return EMBED({name})\nfor t in items:\n    embed(t)"
    assert words(ITEM, source) == expected


def test_methods_are_followed_too():
    """`self.embed` called in a loop, or handed to `map`."""
    source = """
        class Index:
            def embed(self, text):
                return EMBED(text)
            def build(self, texts):
                for text in texts:
                    self.embed(text)
    """
    assert words(ITEM, source) == {"caller"}
    mapped = source.replace("for text in texts:", "if texts:").replace(
        "self.embed(text)", "pool.map(self.embed, texts)"
    )
    assert words(ITEM, mapped) == {"mapped"}


def test_columns_are_batches():
    """A key of a table is a column, a key of a row a value."""
    assert words(ITEM, "def f(df):\n    EMBED(df['text'])\nfor t in tables:\n    f(t)") == set()
    source = (
        "import pandas as pd\nfor p in paths:\n    table = pd.read_csv(p)\n    EMBED(table['text'])"
    )
    assert words(ITEM, source) == set()


def test_answers_that_build_on_answers_are_no_items():
    """What is added up in the loop hangs on the answer before."""
    source = "text = ''\nfor item in items:\n    text += EMBED(text + item)"
    assert words(ITEM, source) == set()


def test_a_test_may_compare_single_items_with_a_batch():
    """In a test that asks for both, one by one is the point."""
    source = "def test_same():\n    EMBED(texts)\n    return [EMBED(t) for t in texts]"
    assert words(ITEM, source, path="tests/test_app.py") == set()
    assert words(ITEM, source) == {"comprehension"}


def test_an_argument_that_is_not_there_is_unknown():
    """Without the input nothing can be said."""
    assert words(ITEM, "for t in texts:\n    client.embeddings.create(**t)") == {"unknown"}
