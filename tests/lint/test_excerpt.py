"""Excerpts of modules: what defines a name, and what that leads to."""

import ast

import pytest

from greenlint.lint.excerpt import Excerpts

MODULE = '''\
"""A module."""
import torch
try:
    from fast import kernel
except ImportError:
    kernel = None
WIDTH, DEPTH = 64, 2
other: int = 5

@torch.jit.script
def helper(x):
    return x * WIDTH

class Base:
    pass

class Net(Base):
    """helper and unused are words here."""

    def forward(self, x):
        return helper(x)

def unused():
    from late import thing
    return thing

if DEPTH > 1:
    def chosen():
        return Net()
else:
    chosen = unused

def main(loader):
    fit(Net(), loader)
'''


def names(reference: str) -> set[str]:
    text = Excerpts(MODULE).of(reference)
    assert text.count("\n") in {0, MODULE.count("\n")}
    found = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.If):
            found.add(type(node).__name__)
    return found


@pytest.mark.parametrize(
    ("reference", "kept"),
    [
        ("Net", {"Net", "Base", "helper", "Assign"}),
        ("helper", {"helper", "Assign"}),
        ("WIDTH", {"Assign"}),
        ("other", {"AnnAssign"}),
        ("unused", {"unused"}),
        ("chosen", {"If", "unused", "Net", "Base", "helper", "Assign"}),
        ("kernel", set()),
        ("missing", set()),
        ("", set()),
        ("<training:fit:model:0", set()),
    ],
)
def test_an_excerpt_is_what_a_name_leads_to(reference: str, kept: set[str]) -> None:
    assert names(reference) == kept


def test_imports_stay_and_what_is_not_there_leaves_nothing() -> None:
    text = Excerpts(MODULE).of("helper")
    assert "import torch" in text
    assert "from fast import kernel" in text
    assert "@torch.jit.script" in text
    assert "class Net" not in text
    assert Excerpts(MODULE).of("missing") == ""
    assert "import *" in Excerpts("from a import *\n").of("missing")


def test_a_handover_starts_with_the_callers_of_its_function() -> None:
    module = MODULE.replace("import torch", "import torch\nfrom training import fit")
    text = Excerpts(module).of("<training:fit:model:0")
    assert "def main(loader)" in text
    assert "class Net" in text
    assert "def unused" not in text
