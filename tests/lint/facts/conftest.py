"""A small catalog, and facts of a piece of source."""

from collections.abc import Callable
from textwrap import dedent

import libcst as cst
import pytest

from greenlint.lint.catalog import Catalog, CatalogCall, CatalogType
from greenlint.lint.facts.module import Facts

FactsOf = Callable[[str], Facts]

CATALOG = Catalog(
    types=(
        CatalogType("openai.client", ("openai.OpenAI", "openai.AsyncOpenAI"), ("with_options",)),
        CatalogType("langchain.model", ("langchain_openai.Chat*",), composes=True),
        CatalogType("torch.module", ("torch.nn.Module",)),
    ),
    calls=(
        CatalogCall(
            "llm.chat",
            ("openai.client:chat.completions.create", "litellm.completion"),
            arguments={"prompt": ("messages",), "output-cap": ("max_tokens", "config.cap")},
            positions=("model", "messages"),
        ),
        CatalogCall("llm.chat", ("langchain.model:invoke",), arguments={"prompt": ("input",)}),
        CatalogCall("llm.embedding", ("openai.client:embeddings.create",)),
        CatalogCall("cache.memo", ("functools.lru_cache", "functools.cache")),
        CatalogCall("grad.guard", ("torch.no_grad", "torch.inference_mode")),
        CatalogCall("precision.low", ("torch.bfloat16",)),
    ),
)


@pytest.fixture
def facts_of() -> FactsOf:
    """Facts of dedented source text, under the small catalog."""

    def make(source: str) -> Facts:
        return Facts(cst.parse_module(dedent(source)), CATALOG, path="app/chat.py")

    return make
