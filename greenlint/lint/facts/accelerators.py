"""Whether a module means to run on a GPU, a TPU or another accelerator."""

import re
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.lineage import Lineages
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.questions import project_question
from greenlint.lint.rule import Subject

_WORDS = re.compile(
    r"(^|_)(cuda|gpus?|tpu|xpu|npu|hpu|xla)(_|$)|^(device_map|get_accelerator|current_accelerator"
    r"|MirroredStrategy|MultiWorkerMirroredStrategy|TPUStrategy|pmap|local_device_count)$"
)
_TEXT = re.compile(
    r"/?(cuda|gpu|tpu|xpu|npu|hpu)(:(\d+|\{\w*\}|%[ds])?)?|/?device:(gpu|tpu):.*", re.IGNORECASE
)

relevant(
    __name__,
    _WORDS,
    *(
        "cuda",
        "use_cuda",
        "no_cuda",
        "gpu",
        "gpus",
        "n_gpu",
        "ngpu",
        "use_gpu",
        "tpu",
        "xla_device",
    ),
    *("device_map", "get_accelerator", "distribute", "pmap", "local_device_count", "GPU", "TPU"),
)


class Accelerators:
    """What one module says about the hardware it wants."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @cached_property
    def wanted(self) -> bool:
        """Whether anything names an accelerator: a call, an option, a device string.

        A notebook for a GPU does, unless its code names the CPU and nothing else.
        """
        if any(_WORDS.search(word) for word in self._facts.tree.identifiers):
            return True
        if any(_names_device(node) for node in self._facts.tree.parents):
            return True
        return self._facts.accelerator and not any(map(self._is_cpu, self._facts.tree.calls))

    def _is_cpu(self, call: Call) -> bool:
        """Whether it is `torch.device("cpu")`."""
        match call.node.args:
            case [cst.Arg(value=cst.SimpleString(raw_value="cpu"))]:
                return self._facts.called(call) == "torch.device"
            case _:
                return False

    @cached_property
    def references(self) -> frozenset[str]:
        """The names of other modules that the devices come from which tensors are moved to."""
        lineages = self._facts.extension(Lineages)
        return frozenset().union(
            *(
                lineages.of(device, call.block, call.order).references
                for call in self._facts.tree.calls
                if (device := _device_given(call)) is not None
            )
        )


def _names_device(node: cst.CSTNode) -> bool:
    match node:
        case cst.SimpleString():
            return _TEXT.fullmatch(node.raw_value) is not None
        case cst.FormattedStringText(value=text):
            return text.endswith(":") and _TEXT.fullmatch(text) is not None
        case _:
            return False


def _device_given(call: Call) -> cst.BaseExpression | None:
    """What a call names as a device: `x.to(device)`, `zeros(n, device=device)`."""
    moves = isinstance(call.node.func, cst.Attribute) and call.node.func.attr.value == "to"
    for index, argument in enumerate(call.node.args):
        if argument.keyword is not None and argument.keyword.value == "device":
            return argument.value
        if moves and index == 0 and argument.keyword is None and not argument.star:
            return argument.value
    return None


@fact("accelerator", *Subject)
def accelerator(facts: Facts, _: Unit, detail: str) -> Answer:
    """Whether the file names an accelerator: `.cuda()`, `"cuda"`, `device_map`, a GPU notebook.

    For `accelerator.anywhere` the modules may say so too that its devices come from.
    """
    accelerators = facts.extension(Accelerators)
    if detail != "anywhere" or accelerators.wanted or not accelerators.references:
        return yes_or_no(accelerators.wanted)
    return Answer(words_if={"yes": project_question("accelerator", accelerators.references)})
