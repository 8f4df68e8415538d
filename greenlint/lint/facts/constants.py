"""Constants: what an expression is known to be, and whether that rests on a default."""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import libcst as cst

from greenlint.lint.facts.handovers import Handovers, Place
from greenlint.lint.facts.names import Names
from greenlint.lint.facts.nodes import OWN
from greenlint.lint.facts.tree import Binding, BindingKind, Block, BlockKind, Tree

Constant = str | int | float | bool | None

_LARGEST = 1e15  # powers beyond it are nobody's epochs
_OPERATORS: Mapping[type, Callable[[float, float], float]] = {
    cst.Add: operator.add,
    cst.Subtract: operator.sub,
    cst.Multiply: operator.mul,
    cst.Divide: operator.truediv,
    cst.FloorDivide: operator.floordiv,
}


@dataclass(frozen=True, slots=True)
class Known:
    """The value of an expression; `assumed` when it is a default that a caller may override."""

    value: Constant
    assumed: bool = False


class Constants:
    """Evaluates expressions of one module as far as literals go."""

    def __init__(self, tree: Tree, names: Names) -> None:
        self._tree = tree
        self._names = names
        self._options: dict[str, Known] | None = None
        self._handovers = Handovers(tree)
        self._handed: dict[Binding, Known] = {}
        self._depth = 0

    def value(self, node: cst.CSTNode | None, block: Block, order: int) -> Known | None:
        """What `node` is at `order` in `block`; None when that is unknown."""
        if self._depth > 12:
            return None
        self._depth += 1
        try:
            return self._value(node, block, order)
        finally:
            self._depth -= 1

    def _value(self, node: cst.CSTNode | None, block: Block, order: int) -> Known | None:
        match node:
            case cst.SimpleString() | cst.ConcatenatedString():
                text = node.evaluated_value
                return Known(text) if isinstance(text, str) else None
            case cst.Integer() | cst.Float():
                return Known(node.evaluated_value)
            case cst.Name(value="True" | "False" | "None" as word):
                return Known({"True": True, "False": False, "None": None}[word])
            case cst.UnaryOperation(operator=cst.Minus(), expression=inner):
                return _negated(self.value(inner, block, order))
            case cst.BinaryOperation(left=left, operator=op, right=right):
                return _combined(
                    type(op), self.value(left, block, order), self.value(right, block, order)
                )
            case cst.Call(func=cst.Name(value="int" | "float"), args=[cst.Arg(value=inner)]):
                return self.value(inner, block, order)
            case cst.Name(value=name):
                return self._name(name, block, order)
            case cst.Attribute(value=base, attr=cst.Name(value=attr)):
                return self._attribute(base, attr, block, order)
            case _:
                return None

    def _name(self, name: str, block: Block, order: int) -> Known | None:
        binding = self._names.single_definition(name, block, order)
        if binding is not None and binding.value is None:
            return self._handed_over(binding)
        if binding is None or not isinstance(binding.value, cst.BaseExpression):
            return None
        known = self.value(binding.value, binding.block, binding.order)
        if known is None:
            return None
        match binding.kind:
            case BindingKind.ASSIGN:
                return known
            case BindingKind.PARAMETER:
                return Known(known.value, assumed=True)
            case _:
                return None

    def _handed_over(self, parameter: Binding) -> Known | None:
        """What the calls in the module give for a parameter without a default, if they agree."""
        if parameter.kind is not BindingKind.PARAMETER or parameter.name in OWN:
            return None
        if parameter not in self._handed:
            known = self._agreed(self._handovers.given(parameter))
            if known is None:
                return None  # not kept, as it may only be too far to see from here
            self._handed[parameter] = Known(known.value, assumed=True)
        return self._handed[parameter]

    def _agreed(self, places: Iterable[Place]) -> Known | None:
        """What all of these expressions are; the first that is another, or unknown, decides."""
        agreed: Known | None = None
        for place in places:
            known = self.value(*place)
            if known is None or agreed not in {None, known}:
                return None
            agreed = known
        return agreed

    def _attribute(
        self, base: cst.BaseExpression, attr: str, block: Block, order: int
    ) -> Known | None:
        owner = self._class_of(base, block, order)
        if owner is not None:
            stored = [*owner.bindings.get(attr, ()), *owner.attributes.get(attr, ())]
            return self._field(stored) if stored else self._inherited(owner, attr)
        path = self._names.path(base, block, order)
        if path is not None and path.endswith(".parse_args()"):
            return self._parser_options().get(attr)
        return None

    def _class_of(self, base: cst.BaseExpression, block: Block, order: int) -> Block | None:
        if isinstance(base, cst.Name) and base.value in OWN:
            return next((b for b in block.ancestors() if b.kind is BlockKind.CLASS), None)
        path = self._names.path(base, block, order)
        if path is None or not path.startswith("."):
            return None
        name = path[1:].removesuffix("()")
        for binding in self._tree.module.bindings.get(name, ()):
            if isinstance(binding.node, cst.ClassDef):
                return self._tree.block_of.get(binding.node)
        return None

    def _field(self, stored: list[Binding]) -> Known | None:
        if len(stored) != 1:
            return None
        binding = stored[0]
        if not isinstance(binding.value, cst.BaseExpression):
            return None
        known = self.value(binding.value, binding.block, binding.order)
        return Known(known.value, assumed=True) if known is not None else None

    def _inherited(self, owner: Block, attr: str) -> Known | None:
        """What a constructor hands to that of a base class under the name of an attribute."""
        for call in self._tree.calls_in(owner):
            match call.node.func:
                case cst.Attribute(
                    value=cst.Call(func=cst.Name(value="super")), attr=cst.Name(value="__init__")
                ):
                    given = (a for a in call.node.args if a.keyword and a.keyword.value == attr)
                    values = [self.value(a.value, call.block, call.order) for a in given]
                    known = values[0] if values else None
                    return None if known is None else Known(known.value, assumed=True)
                case _:
                    continue
        return None

    def _parser_options(self) -> Mapping[str, Known]:
        """The defaults that `add_argument` calls of the module declare, by attribute."""
        if self._options is None:
            self._options = {}
            for call in self._tree.calls:
                func = call.node.func
                if isinstance(func, cst.Attribute) and func.attr.value == "add_argument":
                    self._add_option(call.node, call.block, call.order)
        return self._options

    def _add_option(self, node: cst.Call, block: Block, order: int) -> None:
        keywords = {a.keyword.value: a.value for a in node.args if a.keyword is not None}
        flags = [self.value(a.value, block, order) for a in node.args if a.keyword is None]
        texts = [f.value for f in flags if f is not None and isinstance(f.value, str)]
        name = self.value(keywords.get("dest"), block, order)
        long = next((t for t in texts if t.startswith("--")), texts[0] if texts else "")
        attribute = str(name.value) if name is not None else long.lstrip("-").replace("-", "_")
        default = self.value(keywords.get("default"), block, order)
        action = self.value(keywords.get("action"), block, order)
        if default is None and action is not None and action.value == "store_true":
            default = Known(value=False)
        if attribute and default is not None and self._options is not None:
            self._options[attribute] = Known(default.value, assumed=True)


def _negated(known: Known | None) -> Known | None:
    if known is None or not isinstance(known.value, (int, float)):
        return None
    return Known(-known.value, known.assumed)


def _combined(op: type, left: Known | None, right: Known | None) -> Known | None:
    if left is None or right is None:
        return None
    assumed = left.assumed or right.assumed
    a, b = left.value, right.value
    if isinstance(a, str) and isinstance(b, str) and op is cst.Add:
        return Known(a + b, assumed)
    if not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
        return None
    if op is cst.Power:
        return Known(a**b, assumed) if abs(a) <= 1e4 and 0 <= b <= 12 else None
    function = _OPERATORS.get(op)
    if function is None or abs(a) > _LARGEST or abs(b) > _LARGEST:
        return None
    if b == 0 and op in {cst.Divide, cst.FloorDivide}:
        return None
    return Known(function(a, b), assumed)
