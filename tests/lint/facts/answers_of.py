"""What a fact says of the request that a piece of source marks, under the bundled catalog."""

import functools
from textwrap import dedent

import libcst as cst

from greenlint import bundled
from greenlint.lint.catalog import Catalog
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import fact_named
from greenlint.lint.rule import Subject
from greenlint.lint.rule_pack import Content, read_pack
from greenlint.lint.ruleset import load_packs

PRELUDE = "from openai import OpenAI\nclient = OpenAI()\n"


@functools.cache
def bundled_catalog() -> Catalog:
    """The catalog that greenlint ships."""
    files = read_pack(bundled.rules_directory(), bundled=True)
    return load_packs([file for file in files if file.content is Content.CATALOG])[1]


def words(
    name: str, source: str, *, path: str = "app.py", notebook: bool = False
) -> frozenset[str]:
    """What the fact `name` (with a detail after a dot) says of the last request in `source`.

    `ASK(prompt)` and `EMBED(prompt)` stand for requests.
    """
    facts = facts_of(source, path=path, notebook=notebook)
    fact, _, detail = name.partition(".")
    function = fact_named(Subject.CALL, fact)
    assert function is not None
    answer = function(facts, last_request(facts), detail)
    return answer.words if answer is not None else frozenset({"unknown"})


def facts_of(source: str, *, path: str = "app.py", notebook: bool = False) -> Facts:
    """Facts of `source`, which may use `client` and the placeholders for requests."""
    text = dedent(source).replace("ASK(", "client.responses.create(model=M, input=")
    text = text.replace("EMBED(", "client.embeddings.create(model=M, input=")
    module = cst.parse_module(PRELUDE + text)
    return Facts(module, bundled_catalog(), path=path, notebook=notebook)


def last_request(facts: Facts) -> Call:
    """The last call of a model that stands in a module."""
    return facts.calls_of("llm", "local", "embedding-index")[-1]
