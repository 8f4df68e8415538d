"""In what precision a module computes: the traces that 16-bit, 8-bit or 64-bit numbers leave.

What can be told to belong to another model than the trained one does not count: a frozen teacher
loaded in bfloat16 says nothing of how the student is trained.
"""

import re
from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

_LOW = re.compile(
    r"autocast|grad_?scaler|loss_?scaler|dynamicscale|to_fp32|bf16|bfloat16|fp16|fp8|float16|float8"
    r"|half_?precision|mixed_?precision|tf32|fp32_precision|float32_matmul|tensor_float_32"
    r"|(^|[_-])amp($|[_-])|apex|deepspeed|fsdp|transformer_engine|torchao|^(jmp|msamp)$|16-(mixed|true)",
    re.IGNORECASE,
)
_FULL = frozenset({"no", "fp32", "float32", "32", "32-true", 32})
_LONGEST_OPTION = 40  # longer strings are prose
_CASTS = frozenset({"half", "bfloat16"})
_DOUBLE_DEFAULTS = frozenset(
    {"set_default_dtype", "set_default_tensor_type", "set_floatx", "enable_x64"}
)
_NOT_TENSORS = ("numpy.", "pandas.", "pyarrow.", "polars.")

relevant(
    __name__,
    _LOW,
    *("autocast", "GradScaler", "bfloat16", "float16", "half", "bf16", "fp16", "amp", "use_amp"),
    *("mixed_precision", "half_precision", "allow_tf32", "tf32", "fp32_precision", "apex"),
    *("set_float32_matmul_precision", "deepspeed", "float64", "double", "MixedPrecision"),
    *_DOUBLE_DEFAULTS,
    kinds=("precision", "float64", "optimizer.build", "trainer.build", "trainer.fit"),
)


class Precision:
    """The traces of precision in one module."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @cached_property
    def is_low(self) -> bool:
        """Whether anything that may concern the trained model names 16 or 8 bits, or TF32."""
        return any(not self._is_of_another(node) for node in self._traces())

    @cached_property
    def is_double(self) -> bool:
        """Whether 64-bit numbers are asked for on purpose."""
        if self._facts.has("float64"):
            return True
        calls = self._facts.tree.calls
        return any(self._doubles(call) for call in calls)

    def _doubles(self, call: Call) -> bool:
        func = call.node.func
        if not isinstance(func, cst.Attribute):
            return False
        if func.attr.value == "double":
            owner = self._facts.names.type_name(func.value, call.block, call.order)
            return owner is not None
        arguments = [a.value for a in call.node.args]
        return func.attr.value in _DOUBLE_DEFAULTS and any(_is_64_bit(a) for a in arguments)

    def _traces(self) -> Iterator[cst.CSTNode]:
        if not self._facts.tree.parents:
            return
        for node in self._facts.tree.parents:
            word = _word(node)
            if word is None:
                continue
            if (_LOW.search(word) and not self._is_array_type(node)) or self._casts(node, word):
                yield node

    def _casts(self, node: cst.CSTNode, word: str) -> bool:
        """Whether `node` is the method of `model.half()`; a plain `half` is half of something."""
        parent = self._facts.parent(node)
        return (
            word in _CASTS
            and isinstance(node, cst.Attribute)
            and (isinstance(parent, cst.Call) and parent.func is node and not parent.args)
        )

    def _is_array_type(self, node: cst.CSTNode) -> bool:
        """Whether it is a type of NumPy and the like, which says nothing of the model."""
        if not isinstance(node, cst.Attribute):
            return False
        block = self._facts.block_around(node)
        path = self._facts.names.path(node, block, block.end)
        return path is not None and path.startswith(_NOT_TENSORS)

    # -- whose precision it is ---------------------------------------------------------------

    def _is_of_another(self, node: cst.CSTNode) -> bool:
        owner = self._owner(node)
        return owner is not None and bool(self.trained) and owner not in self.trained

    def _owner(self, node: cst.CSTNode) -> str | None:
        """The variable that holds the model which `node` sets the precision of, if any does."""
        current: cst.CSTNode | None = node
        while current is not None:
            parent = self._facts.parent(current)
            if isinstance(parent, cst.Call) and parent in self._facts.tree.call_of:
                call = self._facts.tree.call_of[parent]
                if self._facts.is_a(call, "network", "model.load"):
                    return _assigned_name(call)
                receiver = _cast_receiver(parent)
                if receiver is not None:
                    return receiver
            current = parent
        return None

    @cached_property
    def trained(self) -> frozenset[str]:
        """The names of what optimizers and trainers are given, and of what that is made of."""
        found: set[str] = set()
        for call in self._facts.calls_of("optimizer.build", "trainer.build", "trainer.fit"):
            for argument in call.node.args:
                for source, _, _ in self._facts.flow.sources(
                    argument.value, call.block, call.order
                ):
                    found.update(name.value for name in self._facts.flow.reads(source))
        return frozenset(found)


def _word(node: cst.CSTNode) -> str | None:
    match node:
        case cst.Name(value=value):
            return value
        case cst.Attribute(attr=cst.Name(value=value)):
            return value
        case cst.Arg(keyword=cst.Name(value=value), value=given):
            return None if _is_off(given) else value
        case cst.SimpleString() if len(node.raw_value) <= _LONGEST_OPTION:
            return node.raw_value
        case _:
            return None


def _is_off(node: cst.BaseExpression) -> bool:
    """Whether a switch is given what turns lower precision off."""
    match node:
        case cst.Name(value=word):
            return word in {"False", "None"}
        case cst.SimpleString() | cst.Integer():
            return node.evaluated_value in _FULL
        case _:
            return False


def _is_64_bit(node: cst.BaseExpression) -> bool:
    match node:
        case cst.Name(value=word) | cst.Attribute(attr=cst.Name(value=word)):
            return word in {"float64", "double", "DoubleTensor"}
        case cst.SimpleString():
            return "float64" in node.raw_value or "Double" in node.raw_value
        case _:
            return False


def _cast_receiver(node: cst.Call) -> str | None:
    """`teacher` of `teacher.half()` or `teacher.to(torch.float16)`."""
    match node.func:
        case cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value="half" | "to" | "type")):
            return name
        case _:
            return None


def _assigned_name(call: Call) -> str | None:
    match call.statement:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            return name
        case _:
            return None


@fact("precision", *Subject)
def precision(facts: Facts, _: Unit, __: str) -> Answer:
    """What the file computes in: `low` (16 or 8 bits, or TF32), `double`, else `single`."""
    found = facts.extension(Precision)
    words = {"low"} if found.is_low else set()
    words |= {"double"} if found.is_double else set()
    return Answer(frozenset(words or {"single"}))
