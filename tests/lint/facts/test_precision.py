"""The traces of precision, of accelerators, and what optimizers change."""

import pytest
from bundled_facts import bundled_facts

from greenlint.lint.facts.accelerators import accelerator
from greenlint.lint.facts.optimizers import optimizes, trains
from greenlint.lint.facts.precision import precision

TEACHER = (
    "import torch\nfrom transformers import AutoModel\n"
    "teacher = AutoModel.from_pretrained('t'{teacher})\n"
    "student = AutoModel.from_pretrained('s'{student})\n"
    "optimizer = torch.optim.SGD(student.parameters())\n"
)


def answer(function, source):
    """The words that a fact of the whole file says."""
    facts = bundled_facts(source)
    return set(function(facts, facts.tree.module, "").words)


@pytest.mark.parametrize(
    "source",
    [
        "with torch.autocast('cuda'): pass",
        "scaler = GradScaler()",
        "loss_scaler(loss)",
        "model.half()",
        "model.to(torch.bfloat16)",
        "import torch\nmodel.bfloat16()",
        "parser.add_argument('--fp16')",
        "config['mixed_precision']",
        "train(use_amp=True)",
        "f(precision='bf16-mixed')",
        "torch.backends.cuda.matmul.allow_tf32 = True",
        "torch.set_float32_matmul_precision('high')",
        "from apex import amp\namp.initialize()",
        "keras.mixed_precision.set_global_policy('mixed_float16')",
        "Trainer(fp16=flag)",
        "state.fsdp_plugin",
    ],
)
def test_lower_precision_leaves_a_trace(source):
    assert answer(precision, source) == {"low"}


@pytest.mark.parametrize(
    "source",
    [
        "half = len(x) // 2",
        "vgg16(x)",
        "x.half(3)",
        "import numpy as np\nx.astype(np.float16)",
        "Trainer(fp16=False)",
        "Trainer(bf16=None)",
        "Accelerator(mixed_precision='no')",
        "Fabric(precision=32)",
        "print('this model was trained in fp16, which is something else altogether')",
        "precision, recall = score(y)",
        "",
    ],
)
def test_other_words_leave_none(source):
    assert answer(precision, source) == {"single"}


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.set_default_dtype(torch.float64)",
        "tf.keras.backend.set_floatx('float64')",
        "torch.set_default_tensor_type('torch.DoubleTensor')",
        "torch.set_default_tensor_type(DoubleTensor)",
        "import torch\nx = torch.zeros(3, dtype=torch.float64)",
        "import torch\nmodel = torch.nn.Sequential()\nmodel.double()",
    ],
)
def test_double_precision_is_asked_for(source):
    assert "double" in answer(precision, source)


@pytest.mark.parametrize(
    "source", ["correct.double() / n", "double(x)", "f(dtype(3))", "set_default_dtype(3)"]
)
def test_a_double_of_something_else_is_none(source):
    assert answer(precision, source) == {"single"}


@pytest.mark.parametrize(
    ("teacher", "student", "more", "expected"),
    [
        (", dtype=torch.bfloat16", "", "", "single"),
        ("", ", dtype=torch.bfloat16", "", "low"),
        ("", "", "teacher.half()", "single"),
        ("", "", "teacher.to(torch.float16)", "single"),
        ("", "", "student.half()", "low"),
        ("", "", "wrap(AutoModel.from_pretrained('x', dtype=torch.float16))", "low"),
    ],
)
def test_precision_belongs_to_a_model(teacher, student, more, expected):
    """What is said of another model than the trained one does not count."""
    source = TEACHER.format(teacher=teacher, student=student) + more
    assert answer(precision, source) == {expected}


@pytest.mark.parametrize(
    "source",
    [
        "x.cuda()",
        "device = 'cuda:0'",
        "torch.device('CUDA')",
        "AutoModel.from_pretrained('x', device_map='auto')",
        "with tf.device('/GPU:0'): pass",
        "tf.config.list_physical_devices('GPU')",
        "args.use_cuda",
        "torch.accelerator.current_accelerator()",
        "jax.pmap(step)",
    ],
)
def test_an_accelerator_is_named(source):
    assert answer(accelerator, source) == {"yes"}


@pytest.mark.parametrize(
    "source", ["x.to(device)", "device = 'cpu'", "barracuda()", "print('gpus are fast')"]
)
def test_no_accelerator_is_named(source):
    assert answer(accelerator, source) == {"no"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("model.parameters()", {"parameters"}),
        ("[{'params': model.head.parameters()}]", {"parameters"}),
        ("chain(a.parameters(), b.parameters())", {"parameters"}),
        ("[image]", {"tensors"}),
        ("[x.requires_grad_()]", {"tensors"}),
        ("given", set()),
        ("[3]", set()),
        ("[]", set()),
    ],
)
def test_optimizers_change_parameters_or_tensors(given, expected):
    assert answer(optimizes, f"import torch\no = torch.optim.Adam({given})") == expected


def test_one_optimizer_of_parameters_is_enough():
    source = "from torch.optim import SGD\na = SGD([z])\nb = SGD(net.parameters())\nSGD()"
    assert answer(optimizes, source) == {"parameters"}


def test_a_backward_pass_trains():
    assert answer(trains, "accelerator.backward(loss)") == {"yes"}
    assert answer(trains, "backward(loss)") == {"no"}
