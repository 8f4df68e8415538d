"""Whether earlier answers are looked at before a request: caches, memos, checks by hand."""

import pytest
from answers_of import words

ROWS = "for row in rows:\n"


@pytest.mark.parametrize(
    "guard",
    [
        "if row.id in done:\n        continue\n    ASK(row)",
        "if row.id not in done:\n        ASK(row)",
        "if not (row.id in done):\n        ASK(row)",
        "if os.path.exists(p):\n        continue\n    ASK(row)",
        "if not p.exists():\n        ASK(row)",
        "if p.exists() and not force:\n        continue\n    ASK(row)",
        "if pd.isna(row['answer']):\n        ASK(row)",
        "if row['answer'] is None:\n        ASK(row)",
        "if find(row) == None:\n        ASK(row)",
        "if self.answer is None:\n        ASK(row)",
        "if cached is not None:\n        continue\n    ASK(row)",
        "if already_done:\n        continue\n    ASK(row)",
        "if (hit := look(row)):\n        continue\n    ASK(row)",
        "if row.id in done:\n        pass\n    else:\n        ASK(row)",
        "try:\n        load(row)\n    except KeyError:\n        ASK(row)",
        "if not new(row):\n        continue\n    ASK(row)\ndef new(r):\n    return not r.exists()",
        "if new(row):\n        ASK(row)\ndef new(r):\n    return not r.exists()",
        "with lock:\n        if row.id in done:\n            continue\n        ASK(row)",
    ],
)
def test_a_look_before_the_request_is_a_check(guard):
    """Each way to ask whether the answer is there already."""
    assert "checked" in words("remembered", f"{ROWS}    {guard}")


@pytest.mark.parametrize(
    "guard",
    [
        "if not row.text:\n        continue\n    ASK(row)",
        "if row.text is None:\n        continue\n    ASK(row)",
        "if text is None:\n        ASK(row)",
        "if 'error' in row.text:\n        continue\n    ASK(row)",
        "if row.kind in ['a', 'b']:\n        continue\n    ASK(row)",
        "if row.kind not in KINDS:\n        continue\n    ASK(row)",
        "if row.size > 3:\n        continue\n    ASK(row)",
        "if row.kind in KINDS:\n        ASK(row)",
        "if ready:\n        continue\n    ASK(row)",
        "if row.id in done:\n        log(row)\n    ASK(row)",
        "if -row:\n        continue\n    ASK(row)",
    ],
)
def test_a_look_at_the_input_is_no_check(guard):
    """Empty, unwanted or odd rows are skipped, not answered ones."""
    assert "checked" not in words("remembered", f"{ROWS}    {guard}")


def test_the_caller_may_check():
    """A check around the call of the function counts, and so does one further out."""
    source = """
        def ask(text):
            return ASK(text)
        def annotate(row):
            return ask(row)
        for row in rows:
            if row.id in done:
                continue
            annotate(row)
    """
    assert "checked" in words("remembered", source)
    submitted = source.replace(
        "            annotate(row)", "            pool.submit(annotate, row)"
    )
    assert "checked" in words("remembered", submitted)


@pytest.mark.parametrize(
    "decorator",
    [
        "@functools.cache",
        "@functools.lru_cache()",
        "@functools.lru_cache(maxsize=9)",
        "@my_cache",
        "@tools.memoize(ttl=3)",
        "@prefect.task",
        "@methodtools.lru_cache()",
        "@joblib.Memory('d').cache",
        "@cachier.cachier()",
        "@backoff\n@functools.cache",
    ],
)
def test_memos(decorator):
    """Decorators that remember results, whoever made them."""
    modules = "functools, prefect, joblib, cachier, methodtools"
    source = f"import {modules}\n{decorator}\ndef f(x):\n    return ASK(x)"
    assert "memo" in words("remembered", source)


@pytest.mark.parametrize(
    "source",
    [
        "@functools.cache\nasync def f(x):\n    return await ASK(x)",
        "@functools.lru_cache(maxsize=0)\ndef f(x):\n    return ASK(x)",
        "@functools.lru_cache(0)\ndef f(x):\n    return ASK(x)",
        "@functools.wraps(g)\ndef f(x):\n    return ASK(x)",
        "memory = joblib.Memory(None)\n@memory.cache\ndef f(x):\n    return ASK(x)",
        "memory = joblib.Memory(location=None)\n@memory.cache\ndef f(x):\n    return ASK(x)",
        "@app.get('/')\ndef f(x):\n    return ASK(x)",
    ],
)
def test_no_memos(source):
    """What remembers nothing, or what can't be used twice."""
    assert "memo" not in words("remembered", f"import functools, joblib\n{source}")


def test_a_function_may_be_wrapped_later_or_by_its_callers():
    """`ask = memory.cache(ask)`, and a memo on the only caller."""
    ask = "def f(x):\n    return ASK(x)\n"
    wrapped = f"import joblib\nmemory = joblib.Memory('d')\n{ask}f = memory.cache(f)"
    assert "memo" in words("remembered", wrapped)
    called = f"import functools\n{ask}@functools.cache\ndef g(x):\n    return f(x)"
    assert "memo" in words("remembered", called)
    assert "memo" not in words("remembered", f"{called}\ndef h(x):\n    return f(x)")


def test_names_speak_of_what_is_done():
    """Code that names what it has done may well look at it."""
    assert "named" in words("remembered", "def f(x):\n    done = read()\n    return ASK(x)")
    assert "named" in words("remembered", "cache = read()\nASK(x)")
    assert "named" in words("remembered", "def f(x):\n    return ASK(x)\ndef resume():\n    f(1)")
    assert "named" not in words("remembered", "def f(x):\n    rows = read()\n    return ASK(x)")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from gptcache import cache\ncache.init()\nASK(x)", True),
        ("from langchain_core.globals import set_llm_cache\nset_llm_cache(C())\nASK(x)", False),
        ("from instructor.cache import AutoCache\nc = AutoCache()\nASK(x)", True),
        ("import litellm\nlitellm.completion('m', [], caching=True)", False),
        ("import litellm\nlitellm.enable_cache()\nlitellm.completion('m', [])", True),
        ("import litellm\nlitellm.enable_cache()\nlitellm.completion('m', [], caching=True)", True),
        ("import dspy\ndspy.LM('m', cache=False)('x')", False),
        ("import dspy\ndspy.LM('m', cache=True)('x')", True),
        ("import dspy\ndspy.LM('m', cache=flag)('x')", True),
    ],
)
def test_caches_of_libraries_serve_their_own_requests(source, expected):
    """A cache of LangChain is none for the client of OpenAI."""
    assert ("library" in words("remembered", source)) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import litellm\nlitellm.caching = True\nlitellm.completion('m', [])", {"unused-flag"}),
        ("import litellm\nlitellm.caching = False\nlitellm.completion('m', [])", set()),
        ("import litellm\nlitellm.completion('m', [], cache={'no-cache': True})", {"off"}),
        ("import litellm\nlitellm.completion('m', [], cache={'no-cache': False})", set()),
        ("import litellm\nlitellm.completion('m', [], caching=False)", {"off"}),
        ("import litellm\nlitellm.completion('m', [])", set()),
    ],
)
def test_switches(source, expected):
    """What is said of a cache at the request or for the module."""
    assert words("cache-switch", source) == expected


def test_only_the_first_request_trusts_the_flag():
    """One finding per module is enough."""
    source = "import litellm\nlitellm.caching = True\nlitellm.completion('m', [])\n"
    assert words("cache-switch", source) == {"unused-flag"}
    assert words("cache-switch", f"{source}litellm.completion('n', [])") == set()
