"""Whether a module means to run on a GPU, a TPU or another accelerator."""

import re
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant, yes_or_no
from greenlint.lint.rule import Subject

_WORDS = re.compile(
    r"(^|_)(cuda|gpus?|tpu|xpu|npu|hpu|xla)(_|$)|^(device_map|get_accelerator|current_accelerator"
    r"|MirroredStrategy|MultiWorkerMirroredStrategy|TPUStrategy|pmap|local_device_count)$"
)
_TEXT = re.compile(r"/?(cuda|gpu|tpu|xpu|npu|hpu)(:\d+)?|/?device:(gpu|tpu):.*", re.IGNORECASE)

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
        """Whether anything names an accelerator: a call, an option, a device string."""
        if self._facts.accelerator:
            return True
        if any(_WORDS.search(word) for word in self._facts.tree.identifiers):
            return True
        return any(_names_device(node) for node in self._facts.tree.parents)


def _names_device(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.SimpleString):
        return False
    return _TEXT.fullmatch(node.raw_value) is not None


@fact("accelerator", *Subject)
def accelerator(facts: Facts, _: Unit, __: str) -> Answer:
    """Whether the file names an accelerator: `.cuda()`, `"cuda"`, `device_map`, a GPU notebook."""
    return yes_or_no(facts.extension(Accelerators).wanted)
