"""How large networks are, whose they are, and what their checkpoints are stored in."""

import pytest
from bundled_facts import bundled_facts

from greenlint.lint.facts.networks import checkpoint, network
from greenlint.lint.facts.tree import BlockKind

LOOP = "\nfor x in data:\n    loss.backward()\n    opt.step()\n"
TORCH = "import torch\nfrom torch import nn\n"


def of_loop(source):
    """What is said of the network that the last loop trains."""
    facts = bundled_facts(TORCH + source + LOOP)
    found = network(facts, facts.tree.blocks_of(BlockKind.FOR)[-1], "")
    return set(found.words) if found is not None else None


def of_model(made, before=""):
    return of_loop(f"{before}\nmodel = {made}\nopt = torch.optim.SGD(model.parameters())")


LARGE, CONV, SMALL = {"large"}, {"large", "conv-only"}, {"small"}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("nn.Conv2d(3, 128, 3)", CONV),
        ("nn.Conv2d(64, 64, 3)", CONV),
        ("nn.Conv2d(32, 64, 3)", SMALL),
        ("nn.Conv1d(64, 128, 3)", SMALL),
        ("nn.Conv1d(128, 128, 3)", CONV),
        ("nn.Conv2d(3, width, 3)", None),
        ("nn.Linear(1024, 4096)", LARGE),
        ("nn.Linear(4096, 10)", SMALL),
        ("nn.Linear(width, 4096)", None),
        ("nn.LSTM(8, 512)", LARGE),
        ("nn.LSTM(8, 256)", SMALL),
        ("nn.GRU(8, width)", None),
        ("nn.TransformerEncoderLayer(512, 8)", LARGE),
        ("nn.TransformerEncoderLayer(64, 8)", SMALL),
        ("nn.MultiheadAttention(width, 8)", LARGE),
        ("nn.Sequential(nn.Conv2d(3, 256, 3), nn.Linear(2048, 2048))", LARGE),
        ("unknown()", None),
    ],
)
def test_layers_are_large_by_their_widths(made, expected):
    assert of_model(made) == expected


def test_keras_attention_is_large_with_wide_heads_and_a_wide_layer_beside_them():
    """Heads may be wide over a table of few features, so they say little alone."""
    for heads, dense, expected in ((8, 512, LARGE), (8, 64, SMALL), (1, 512, SMALL)):
        layers = (
            f"from keras import layers\nx = layers.MultiHeadAttention({heads}, key_dim=64)\n"
            f"layers.Dense({dense})\n"
        )
        assert of_loop(layers) == expected
    assert of_loop("from keras import layers\nlayers.MultiHeadAttention(heads, key_dim=64)") is None


def test_widths_are_followed_into_classes_and_functions():
    net = (
        "class Net(nn.Module):\n"
        "    def __init__(self, width=8):\n"
        "        super().__init__()\n"
        "        self.rnn = nn.GRU(width, width)\n"
        "def build(size):\n"
        "    return nn.GRU(size, size)\n"
    )
    assert of_model("Net(1024)", net) == LARGE
    assert of_model("Net(width=64)", net) == SMALL
    assert of_model("Net()", net) == SMALL
    assert of_model("build(640)", net) == LARGE


def test_blocks_of_ones_own_are_wide_by_their_arguments():
    block = (
        "class Block(nn.Module):\n"
        "    def __init__(self, i, o):\n"
        "        super().__init__()\n"
        "        self.a = nn.Conv2d(i, o * 2, 3)\n"
    )
    assert of_model("nn.Sequential(Block(3, 256))", block) == CONV
    assert of_model("nn.Sequential(Block(3, 32), Block(32, 48))", block) is None
    assert of_model("nn.Sequential(Block(3, 32))", block) == SMALL


def test_attention_written_by_hand_is_known_by_its_name():
    gpt = (
        "class GPT(nn.Module):\n"
        "    def __init__(self, config):\n"
        "        super().__init__()\n"
        "        self.project = nn.Linear(config.n, config.n)\n"
    )
    assert of_model("GPT(config)", gpt) == LARGE
    assert of_model("GPT(config)", gpt + "n_embd = 32\n") == SMALL


def test_small_data_make_networks_small_unless_there_are_others():
    digits = "from torchvision import datasets\ndatasets.MNIST('.')\n"
    assert of_model("nn.Conv2d(3, 256, 3)", digits) == SMALL
    assert of_model("nn.Conv2d(3, 256, 3)", digits + "datasets.ImageFolder('.')\n") == CONV
    named = "import tensorflow_datasets as tfds\ntfds.load('{}')\n"
    assert of_model("nn.Conv2d(3, 256, 3)", named.format("mnist")) == SMALL
    assert of_model("nn.Conv2d(3, 256, 3)", named.format("imagenet2012")) == CONV


def test_only_the_trained_network_counts():
    """A large one beside it is another's; where nothing can be told, all that are built count."""
    other = "import torchvision\nteacher = torchvision.models.resnet50()\n"
    assert of_model("nn.LSTM(8, 64)", other) == SMALL
    assert of_model("unknown()", other) == CONV
    assert of_model("unknown()", "import torchvision.models as m\nmake = m.alexnet\n") == CONV


def test_a_network_that_training_code_does_not_build_is_none():
    library = "def vision():\n    return nn.Conv2d(3, 512, 3)\n"
    assert of_model("unknown()", library) is None


def test_keras_networks_are_what_fit_is_called_on():
    source = (
        "import keras\nfrom keras import layers\n"
        "big = keras.Sequential()\nbig.add(layers.Conv2D(256, 3))\nbig.fit(x)\n"
        "small = keras.Sequential([layers.Conv2D(16, 3)])\nsmall.fit(x)\n"
    )
    facts = bundled_facts(source)
    found = [network(facts, call, "") for call in facts.calls_of("trainer.fit.keras")]
    assert [set(answer.words) for answer in found if answer] == [CONV, SMALL]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("AutoModel.from_pretrained('bert-base-uncased')", {"checkpoint.single"}),
        ("AutoModel.from_pretrained('Qwen/Qwen3-8B')", {"checkpoint.half"}),
        ("AutoModel.from_pretrained('google/flan-t5-base')", {"checkpoint.bfloat16-only"}),
        ("name = 'gpt2'\nAutoModel.from_pretrained(name)", {"checkpoint.single"}),
        ("AutoModel.from_config(config)", {"checkpoint.single"}),
        ("GPT2LMHeadModel(config)", {"checkpoint.single"}),
        ("AutoModel.from_pretrained(args.name)", None),
        ("print()", {"none"}),
    ],
)
def test_checkpoints_are_stored_in_a_precision(source, expected):
    facts = bundled_facts("from transformers import AutoModel, GPT2LMHeadModel\n" + source)
    found = checkpoint(facts, facts.tree.module, "")
    assert (set(found.words) if found is not None else None) == expected
