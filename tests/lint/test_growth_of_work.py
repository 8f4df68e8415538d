"""Code in which each step leads to the next one twice is checked in the time of its length.

Whoever followed every way through it would never come to an end.
"""

import pytest

from greenlint.lint.checker import check_source
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


@pytest.fixture(scope="module")
def ruleset(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    return load_ruleset(LintSettings(select=("ALL",), root=str(tmp_path_factory.mktemp("root"))))


@pytest.mark.parametrize(
    "parts", [BUILDERS, CALLERS, OPTIONS, LAYERS], ids=["builders", "callers", "options", "layers"]
)
def test_work_grows_with_the_code(ruleset: Ruleset, parts: tuple[str, ...]) -> None:
    source = parse_source((HEAD + "\n".join(parts)).encode(), shown="a.py", form=Form.PYTHON)
    assert check_source(source, ruleset).unreadable is None
