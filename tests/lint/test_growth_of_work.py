"""Code in which each step leads to the next one twice is checked in the time of its length.

Whoever followed every way through it would never come to an end.
"""

import gc
import json
from collections.abc import Iterator
from typing import ClassVar

import pytest

from greenlint.lint.catalog import Catalog, CatalogCall
from greenlint.lint.checker import check_source, survey_source
from greenlint.lint.facts.survey import possible_facts
from greenlint.lint.forms import Form
from greenlint.lint.ruleset import Ruleset, load_ruleset
from greenlint.lint.source import parse_source
from greenlint.policy.settings import LintSettings

STEPS = range(30)
HEAD = "import torch\nfrom torch import nn\nfrom openai import OpenAI\nclient = OpenAI()\n"
TRAINING = """
def train(loader, epochs, model):
    optimizer = torch.optim.Adam(model.parameters())
    for epoch in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x.cuda()), y.cuda())
            loss.backward()
            optimizer.step()
"""
BUILDERS = (
    *(f"def f{i}():\n    return join(f{i + 1}(), f{i + 1}())\n" for i in STEPS),
    "def f30():\n    return nn.Linear(2, 2)\n",
    TRAINING,
    "train(data, 90, f0().cuda())\n",
)
CALLERS = (
    TRAINING,
    *(
        f"def f{i}(a, b):\n    {call}(a, b, net)\n    {call}(a, b, net)\n"
        for i in STEPS
        for call in ("train" if i == 0 else f"f{i - 1}",)
    ),
    "f29(data, 90)\n",
)
OPTIONS = (
    "d0 = {'max_tokens': 5}\n",
    *(f"d{i + 1} = {{**d{i}, **d{i}}}\nd{i + 1}.update(**d{i}, **d{i})\n" for i in STEPS),
    "client.chat.completions.create(model='gpt-4o', messages=[], **d30)\n",
)
LAYERS = (
    "def f0(rows):\n    for row in rows:\n        client.chat.completions.create(messages=[row])\n",
    *(
        f"def f{i}_{j}(rows):\n" + "".join(f"    {called}(rows)\n" for called in below)
        for i in range(10)
        for j in range(12)
        for below in ([f"f{i - 1}_{k}" for k in range(12)] if i else ["f0"],)
    ),
    "f9_0(wanted)\n",
)
MIXTURES = (
    *(f"v{i} = ''" for i in range(12)),
    "for i in range(9):",
    *(f"    v{i} = {' + '.join(f'v{k}' for k in range(12))}" for i in range(12)),
    "    client.chat.completions.create(messages=[{'role': 'user', 'content': v0}])",
)
SOFTMAXES = ("def attend(q, k):", *(f"    x{i} = softmax(q @ k)" for i in range(1_000)))


@pytest.fixture(scope="module")
def ruleset(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    return load_ruleset(LintSettings(select=("ALL",), root=str(tmp_path_factory.mktemp("root"))))


@pytest.mark.parametrize(
    "parts",
    [BUILDERS, CALLERS, OPTIONS, LAYERS, MIXTURES, SOFTMAXES],
    ids=["builders", "callers", "options", "layers", "mixtures", "softmaxes"],
)
def test_work_grows_with_the_code(ruleset: Ruleset, parts: tuple[str, ...]) -> None:
    source = parse_source((HEAD + "\n".join(parts)).encode(), shown="a.py", form=Form.PYTHON)
    assert check_source(source, ruleset).unreadable is None


class CountedCalls(tuple[CatalogCall, ...]):
    """The calls of a catalog, which know how often somebody went through them."""

    __slots__ = ()
    searches: ClassVar[int] = 0

    def __iter__(self) -> Iterator[CatalogCall]:
        """Go through them once more."""
        CountedCalls.searches += 1
        return super().__iter__()


def test_the_catalog_is_searched_once_whatever_is_asked_of_however_many_files(
    ruleset: Ruleset,
) -> None:
    catalog = Catalog(ruleset.catalog.types, CountedCalls(ruleset.catalog.calls))
    wanted = frozenset(f"near:precision:m{n}:x{n}" for n in range(50))
    CountedCalls.searches = 0
    for n in range(50):
        text = b"import torch\nimport m7\nwith torch.autocast('cuda'): pass\n"
        asked = possible_facts(wanted, f"x{n}.py", text, catalog=catalog)
        assert asked.keys() == {"near:precision:m7:x7", f"near:precision:m{n}:x{n}"}
    assert CountedCalls.searches == 1


def test_what_is_known_of_a_file_is_free_without_a_search_for_cycles(ruleset: Ruleset) -> None:
    code = HEAD + TRAINING + "train(data, 90, nn.Linear(4096, 4096).cuda())\n"
    code += "data = prepared(data)\n" * 2_000
    source = parse_source(code.encode(), shown="a.py", form=Form.PYTHON)
    check_source(source, ruleset)
    gc.collect()
    gc.disable()
    try:
        assert check_source(source, ruleset).matches
        left_behind = gc.collect()
    finally:
        gc.enable()
    assert left_behind < 5_000


def test_an_answer_does_not_hang_on_what_else_is_asked(ruleset: Ruleset) -> None:
    """A name that the catalog leaves open, and a neighbor that a function imports."""
    code = (
        "from apex import amp\n\ndef main(model, optimizer):\n    from training import fit\n"
        "    amp.initialize(model, optimizer)\n    fit(model)\n"
    )
    source = parse_source(code.encode(), shown="main.py", form=Form.PYTHON)
    wanted = frozenset({"near:precision:training:torch"})
    more = wanted | {"kind:cache.response", "kind:optimizer", "guarded:fit"}
    assert survey_source(source, wanted, ruleset) == wanted
    assert survey_source(source, more, ruleset) & wanted == wanted


@pytest.mark.parametrize("lines", [500, 5_000])
def test_each_line_of_a_notebook_is_placed_once(lines: int) -> None:
    """However long the one line of its JSON is."""
    cells = [{"cell_type": "code", "source": [f"x = {n}\n"]} for n in range(lines)]
    notebook = json.dumps({"metadata": {}, "cells": cells}).encode()
    source = parse_source(notebook, shown="a.ipynb", form=Form.NOTEBOOK)
    places = [cell.physical(1, 1) for cell in source.cells]
    assert [notebook[column - 1 :].split()[0] for _, column in places] == [b"x"] * lines
