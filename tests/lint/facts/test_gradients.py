"""Direct calls of models: by type, by mode, under guards, and where gradients are wanted."""

from textwrap import dedent

import pytest
from bundled_facts import bundled_facts

from greenlint.lint.facts.gradients import Gradients
from greenlint.lint.facts.model_calls import ModelCalls

OBJECT = "class A:\n def a(self):\n  self.n = Net()\n  {}\n def predict(self):\n  self.n(x)"
NET = "import torch\nfrom torch import nn\nclass Net(nn.Module): ...\n"


def calls(source):
    """The model calls of a module."""
    return bundled_facts(NET + dedent(source)).extension(ModelCalls).all


@pytest.mark.parametrize(
    "source",
    [
        "net = Net()\nnet(x)",
        "net = Net().to('cuda')\nnet.forward(x)",
        "net = nn.DataParallel(Net())\nnet.module(x)",
        "def predict(net: nn.Module):\n    net(x)",
        "def predict(a, net):\n    net(x)\npredict(1, Net())",
        "class A:\n  def predict(self, net):\n    net(x)\n  def go(self):\n    self.predict(Net())",
        "net.eval()\nnet(x)",
        "net.train(False)\nnet(x)",
    ],
)
def test_models_are_known_by_type_or_mode(source):
    assert len(calls(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "net(x)",
        "net = build()\nnet(x)",
        "def predict(net):\n    net(x)\npredict(3)",
        "def predict(net):\n    net(x)",
        "frame.eval('a')\nframe(x)",
        "net.train(mode=True)\nnet(x)",
        "criterion = Net()\ncriterion(x)",
        "def predict(Model: nn.Module):\n    Model(x)",
        "(lambda x: x)(3)",
    ],
)
def test_other_calls_are_none(source):
    assert calls(source) == ()


def test_a_mode_alone_needs_torch():
    assert bundled_facts("net.eval()\nnet(x)").extension(ModelCalls).all == ()


@pytest.mark.parametrize(
    ("source", "in_force"),
    [
        ("net.eval()\nnet(x)", True),
        ("net = Net().eval()\nnet(x)", True),
        ("net = load().cuda().eval().cpu()\nnet(x)", True),
        ("net = Net()\nnet.eval()\nnet.train()\nnet(x)", False),
        ("net = Net()\nother.eval()\nnet(x)", False),
        ("net = Net()\nnet(x)\nnet.eval()", False),
        ("net = Net()\nif a:\n    net.eval()\nelse:\n    net(x)", False),
        ("net = Net()\nnet.eval()\ndef predict():\n    net(x)", True),
        ("net = Net()\nnet.eval()\nnet.train()\ndef predict():\n    net(x)", False),
        ("net = Net()\ndef g():\n    net.eval()\ndef predict():\n    net(x)", False),
        (
            OBJECT.format("self.n.eval()"),
            True,
        ),
        (
            OBJECT.format("self.n.eval(), self.n.train()"),
            False,
        ),
    ],
)
def test_the_mode_in_force(source, in_force):
    """On the same object, on the same path, with no `train()` after it."""
    (found,) = calls(source)
    assert (found.mode is not None) is in_force


def verdicts(source):
    """Of each model call: whether it is guarded, and whether its gradient is wanted."""
    facts = bundled_facts(NET + dedent(source))
    gradients = facts.extension(Gradients)
    return [
        (gradients.is_guarded(found.call.block), gradients.are_wanted(found))
        for found in facts.extension(ModelCalls).all
    ]


@pytest.mark.parametrize(
    "source",
    [
        "net = Net()\nwith torch.no_grad():\n    net(x)",
        "net = Net()\nguard = torch.no_grad()\nwith guard:\n    net(x)",
        "net = Net()\nwith torch.no_grad() if a else nullcontext():\n    net(x)",
        "net = Net()\n@torch.inference_mode()\ndef predict():\n    net(x)",
        "net = Net()\n@torch.no_grad\ndef predict():\n    def infer():\n        net(x)",
        "net = Net()\ntorch.set_grad_enabled(False)\nnet(x)",
        "net = Net()\nwith evaluating(net):\n    net(x)",
        "net = Net()\n@smart_inference()\ndef predict():\n    net(x)",
        "net = Net()\nrun(lambda x: net(x))",
        "net = Net()\ndef predict():\n    net(x)\nwith torch.no_grad():\n    predict()",
        "class A(nn.Module):\n    def predict(self):\n        net = Net()\n        net(x)",
        "class A(Net):\n    def predict(self):\n        net = Net()\n        net(x)",
        "class A:\n  def forward(self): ...\n  def predict(self):\n    net = Net()\n    net(x)",
    ],
)
def test_guards(source):
    assert [guarded for guarded, _ in verdicts(source)] == [True]


@pytest.mark.parametrize(
    "source",
    [
        "net = Net()\nnet(x)",
        "net = Net()\nwith open(x):\n    net(x)",
        "net = Net()\nflag = torch.set_grad_enabled(False)\nnet(x)",
        "net = Net()\ntorch.set_grad_enabled(True)\nnet(x)",
        "net = Net()\ndef predict():\n    net(x)\nwith torch.no_grad():\n    predict()\npredict()",
        "net = Net()\ndef predict(n):\n    net(x)\n    predict(n - 1)",
        "class B: ...\nclass A(B):\n    def predict(self):\n        net = Net()\n        net(x)",
        "class A(A):\n    def predict(self):\n        net = Net()\n        net(x)",
    ],
)
def test_no_guards(source):
    assert [guarded for guarded, _ in verdicts(source)] == [False]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("net = Net()\nnet(x)", False),
        ("net = Net()\nnet(x).sum().backward()", True),
        ("net = Net()\nl.backward()\nnet.eval()\nnet(x)", False),
        ("net = Net()\nnet.eval()\nnet(x)\nnet.train()\nl.backward()", False),
        ("net = Net()\nnet.eval()\nx.requires_grad = True\nnet(x)", True),
        ("net = Net()\nnet.eval()\nx = torch.zeros(3, requires_grad=True)\nnet(x)", True),
        ("net = Net()\nnet(x)\ntorch.autograd.grad(a, b)", True),
        ("net = Net()\nnet(x)\nattack(net)", True),
        ("net = Net()\ndef predict_with_gradient():\n    net(x)", True),
        (
            "net = Net()\nfor p in ps(net):\n  p.requires_grad = False\ndef predict():\n  net(x)",
            True,
        ),
        ("net = Net()\nnet.requires_grad_(False)\nnet(x)", True),
        (
            "net = Net()\ndef predict():\n    net(x)\ndef g():\n    predict()\n    l.backward()",
            True,
        ),
        (
            "net = Net()\ndef predict():\n net(x)\ndef h(): predict()\ndef g(): h(), l.backward()",
            True,
        ),
        ("net = Net()\ndef predict():\n    net(x)\ndef g():\n    predict()", False),
    ],
)
def test_wanted_gradients(source, wanted):
    assert [found for _, found in verdicts(source)] == [wanted]
