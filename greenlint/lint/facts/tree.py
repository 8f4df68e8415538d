"""One walk over a module: its blocks, scopes, names, calls, loops and functions.

The walk goes in the order of the text and numbers what it meets. What lies inside of a block is
what has a number between the block's `start` and `end`.
"""

import enum
from bisect import bisect_left
from dataclasses import dataclass, field

import libcst as cst


class BlockKind(enum.Enum):
    """What opens a block of code."""

    MODULE = "module"
    FUNCTION = "function"
    LAMBDA = "lambda"
    CLASS = "class"
    FOR = "for"
    WHILE = "while"
    COMPREHENSION = "comprehension"
    BRANCH = "branch"
    WITH = "with"
    TRY = "try"
    EXCEPT = "except"
    FINALLY = "finally"

    __hash__ = object.__hash__  # that of enumerations is written in Python


SCOPE_KINDS = frozenset(
    {
        BlockKind.MODULE,
        BlockKind.FUNCTION,
        BlockKind.LAMBDA,
        BlockKind.CLASS,
        BlockKind.COMPREHENSION,
    }
)
LOOP_KINDS = frozenset({BlockKind.FOR, BlockKind.WHILE, BlockKind.COMPREHENSION})


@dataclass(slots=True, eq=False)
class Block:
    """A run of statements (or a comprehension) with one reason to be run.

    `bindings` are the names bound in it when it is a scope; `attributes` are the stores to
    `self.NAME` of a class. `branch` tells the arms of one `if`, `try` or `match` apart.
    """

    kind: BlockKind
    node: cst.CSTNode
    parent: "Block | None"
    start: int
    end: int = 0
    branch: int = 0
    bindings: dict[str, list["Binding"]] = field(default_factory=dict)
    attributes: dict[str, list["Binding"]] = field(default_factory=dict)

    @property
    def scope(self) -> "Block":
        """The nearest block that names are bound in."""
        block = self
        while block.kind not in SCOPE_KINDS and block.parent is not None:
            block = block.parent
        return block

    def ancestors(self) -> list["Block"]:
        """This block and all around it, from inside to outside."""
        found = []
        block: Block | None = self
        while block is not None:
            found.append(block)
            block = block.parent
        return found

    def is_within(self, other: "Block") -> bool:
        """Whether this block is `other` or lies in it."""
        return any(block is other for block in self.ancestors())


class BindingKind(enum.Enum):
    """How a name got its value."""

    ASSIGN = "assign"
    UNPACK = "unpack"
    AUGMENT = "augment"
    PARAMETER = "parameter"
    IMPORT = "import"
    TARGET = "target"
    WITH = "with"
    FUNCTION = "function"
    CLASS = "class"
    OTHER = "other"

    __hash__ = object.__hash__


@dataclass(slots=True, eq=False)
class Binding:
    """One place where a name is bound.

    `value` is the assigned expression, the iterated one, the context manager, a parameter's
    default or the qualified name of an import; its meaning follows from `kind`. `node` is the
    definition, the parameter or the name itself.
    """

    name: str
    kind: BindingKind
    block: Block
    order: int
    value: cst.BaseExpression | str | None = None
    annotation: cst.BaseExpression | None = None
    node: cst.CSTNode | None = None


@dataclass(slots=True, eq=False)
class Call:
    """One call. `index` counts calls in the order of their opening parentheses."""

    node: cst.Call
    block: Block
    order: int
    index: int
    statement: cst.CSTNode


@dataclass(slots=True, eq=False)
class Store:
    """An assignment to a subscript or attribute: `target = value`."""

    target: cst.BaseExpression
    value: cst.BaseExpression | None
    block: Block
    order: int


@dataclass(slots=True, eq=False)
class Statement:
    """A statement that moves control: return, raise, break, continue, yield, assert."""

    node: cst.CSTNode
    block: Block
    order: int


@dataclass(slots=True, eq=False)
class Tree:
    """Everything the walk met, each list in the order of the text."""

    module: Block
    blocks: list[Block] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    jumps: list[Statement] = field(default_factory=list)
    parents: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)
    call_of: dict[cst.Call, Call] = field(default_factory=dict)
    block_of: dict[cst.CSTNode, Block] = field(default_factory=dict)
    statement_blocks: dict[cst.CSTNode, Block] = field(default_factory=dict)
    star_imports: list[str] = field(default_factory=list)
    identifiers: set[str] = field(default_factory=set)

    def calls_in(self, block: Block) -> list[Call]:
        """The calls that lie in `block`, nested functions included."""
        first = bisect_left(self.calls, block.start, key=_order)
        last = bisect_left(self.calls, block.end, key=_order)
        return self.calls[first:last]

    def condition(self, arm: Block) -> cst.BaseExpression | None:
        """What an arm of an `if` hangs on; for `else` the condition of the arm before it."""
        if isinstance(arm.node, cst.If):
            return arm.node.test
        if not isinstance(arm.node, cst.Else):
            return None
        tests = [
            other.node.test
            for other in self.blocks
            if other.branch == arm.branch and isinstance(other.node, cst.If)
        ]
        return tests[-1] if tests else None

    def blocks_of(self, *kinds: BlockKind) -> list[Block]:
        """Every block of these kinds."""
        return [block for block in self.blocks if block.kind in kinds]

    def number_of(self, block: Block) -> int:
        """Which of the blocks of its kind a block is, from 0."""
        return next(i for i, other in enumerate(self.blocks_of(block.kind)) if other is block)


def _order(call: Call) -> int:
    return call.order
