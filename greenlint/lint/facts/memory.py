"""Whether earlier answers are looked at before a request is sent: by a cache or by hand."""

import re
from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.caches import Caches
from greenlint.lint.facts.flow import calls_below
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import children, defined_name, is_none
from greenlint.lint.facts.parameters import Parameters
from greenlint.lint.facts.tree import Block, BlockKind, Call, Statement
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.imports import dotted_name
from greenlint.lint.rule import Subject

_DEPTH = 3
_MEMO = re.compile(r"cache|memo(ize|ise|ized|ised|$|_)|persist|checkpointed", re.IGNORECASE)
# Names of what remembers; a function that speaks of it may well look before it asks.
_REMEMBERS = re.compile(
    r"cache|memo(iz|is|ry$|ries$|$|_)|resume|checkpoint|already|existing|(^|_)done(_|$)|skip|seen"
    r"|unprocessed|unlabell?ed|pending|remaining|to_?do(_|$)"
    r"|start_(idx|index|from)|(processed|finished|completed)_?(id|key|set|url|item|file)",
    re.IGNORECASE,
)
_IN_PROCESS = frozenset({f"functools.{n}" for n in ("cache", "lru_cache", "cached_property")})
_FILE_CHECKS = frozenset({"exists", "is_file", "isfile"})
_THERE = _FILE_CHECKS | {"has_key", "__contains__", "contains", "has"}
_MISSING = frozenset({"isna", "isnull", "isnan"})

relevant(__name__, *_FILE_CHECKS, kinds=("cache",))


class Memory:
    """Tells which requests of one module are spared when their answer is known."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._parameters = facts.extension(Parameters)
        self._caches = facts.extension(Caches)

    def words(self, call: Call) -> frozenset[str]:
        """See the fact `remembered`."""
        words = set()
        if self._caches.serves(call):
            words.add("library")
        if self._is_memoized(call.block, 0):
            words.add("memo")
        if self._is_checked(call.block, call.order, 0):
            words.add("checked")
        if self._is_spoken_of(call.block, 0):
            words.add("named")
        return frozenset(words)

    # -- decorators --------------------------------------------------------------------------

    def _is_memoized(self, block: Block, depth: int) -> bool:
        for outer in block.ancestors():
            if outer.kind is BlockKind.FUNCTION and self._is_memo(outer):
                return True
        function = self._facts.function_around(block)
        if function is None or depth >= _DEPTH:
            return False
        callers = list(self._parameters.uses(function))
        return bool(callers) and all(self._is_memoized(c.block, depth + 1) for c in callers)

    def _is_memo(self, function: Block) -> bool:
        if defined_name(function.node) in self._wrapped:
            return True
        outer = function.parent or function
        for decorator in self._facts.decorators(function):
            target = decorator.func if isinstance(decorator, cst.Call) else decorator
            path = self._facts.names.path(target, outer, function.start)
            if path is not None and path.startswith("functools."):
                if path in _IN_PROCESS and self._remembers_in_process(function, decorator):
                    return True
            elif self._facts.decorated_by(function, "cache.task"):
                return True
            elif _MEMO.search(dotted_name(target) or ""):
                return not self._is_disabled(target, outer, function)
            elif self._facts.decorated_by(function, "cache.memo"):
                return True
        return False

    def _remembers_in_process(self, function: Block, decorator: cst.BaseExpression) -> bool:
        """Whether `lru_cache` and its like work here: not on a coroutine, not with no room."""
        node = function.node
        if isinstance(node, cst.FunctionDef) and node.asynchronous is not None:
            return False
        if not isinstance(decorator, cst.Call):
            return True
        size = next(iter(decorator.args), None)
        return size is None or not isinstance(size.value, cst.Integer) or size.value.value != "0"

    def _is_disabled(self, target: cst.BaseExpression, outer: Block, function: Block) -> bool:
        """Whether a joblib memory was made with no place to keep anything."""
        base = target.value if isinstance(target, cst.Attribute) else target
        for node, _, _ in self._facts.flow.sources(base, outer, function.start):
            call = self._facts.tree.call_of.get(node) if isinstance(node, cst.Call) else None
            if (
                call is None
                or self._facts.names.type_name(node, outer, call.order) != "joblib.memory"
            ):
                continue
            place = self._facts.arguments.given(call).get("location", ("location",))
            if place.state is State.PRESENT and is_none(place.value):
                return True
        return False

    @cached_property
    def _wrapped(self) -> frozenset[str]:
        """Functions that are handed to a memo: `ask = memory.cache(ask)`."""
        return frozenset(
            arg.value.value
            for call in self._facts.calls_of("cache.memo")
            for arg in call.node.args
            if isinstance(arg.value, cst.Name)
        )

    # -- checks by hand ----------------------------------------------------------------------

    def _is_checked(self, block: Block, order: int, depth: int) -> bool:
        """Whether the place is only reached when something is not known yet."""
        inner = [b for b in block.ancestors() if b.kind is not BlockKind.MODULE]
        for outer in inner:
            if outer.kind is BlockKind.FUNCTION:
                break
            if outer.kind is BlockKind.EXCEPT or self._asks_for_absence(outer):
                return True
        if any(self._leaves_when_known(jump, block, order) for jump in self._facts.tree.jumps):
            return True
        function = self._facts.function_around(block)
        if function is None or depth >= _DEPTH:
            return False
        return any(
            self._is_checked(caller.block, caller.order, depth + 1)
            for caller in self._parameters.uses(function)
        )

    def _leaves_when_known(self, jump: Statement, block: Block, order: int) -> bool:
        if jump.order > order or not isinstance(jump.node, (cst.Return, cst.Continue)):
            return False
        guard = jump.block
        if guard.kind is BlockKind.WITH and guard.parent is not None:
            guard = guard.parent
        return (
            guard.kind is BlockKind.BRANCH
            and guard.parent is not None
            and block.is_within(guard.parent)
            and guard.scope is block.scope
            and isinstance(guard.node, cst.If)
            and (_asks_for(guard.node.test, there=True) or self._consults(guard.node.test))
        )

    def _consults(self, test: cst.BaseExpression) -> bool:
        """Whether a condition calls a function of the module that looks for what is there."""
        return any(
            isinstance(call.func, cst.Name) and call.func.value in self._lookers
            for call in calls_below(test)
        )

    @cached_property
    def _lookers(self) -> frozenset[str]:
        """The functions of the module that ask whether something exists."""
        return frozenset(
            defined_name(function.node)
            for function in self._facts.functions()
            for call in self._facts.tree.calls_in(function)
            if isinstance(call.node.func, cst.Attribute)
            and call.node.func.attr.value in _FILE_CHECKS
        )

    def _asks_for_absence(self, block: Block) -> bool:
        if block.kind is not BlockKind.BRANCH:
            return False
        if isinstance(block.node, cst.If):
            return _asks_for(block.node.test, there=False) or self._consults(block.node.test)
        arms = (b for b in self._facts.tree.blocks if b.branch == block.branch and b is not block)
        return any(isinstance(a.node, cst.If) and _asks_for(a.node.test, there=True) for a in arms)

    # -- names -------------------------------------------------------------------------------

    def _is_spoken_of(self, block: Block, depth: int) -> bool:
        """Whether the code around speaks of what is cached, done or to be resumed."""
        function = self._facts.function_around(block)
        if any(_REMEMBERS.search(name) for name in self._names_in(function)):
            return True
        if function is None or depth >= _DEPTH:
            return False
        return any(self._is_spoken_of(c.block, depth + 1) for c in self._parameters.uses(function))

    def _names_in(self, function: Block | None) -> Iterator[str]:
        tree = self._facts.tree
        around = function or tree.module
        for block in tree.blocks if function is not None else [tree.module]:
            if function is None or block.is_within(function):
                yield from block.bindings
        if function is not None:
            yield defined_name(function.node)
        for call in tree.calls_in(around):
            if function is None and self._facts.function_around(call.block) is not None:
                continue
            name = call.node.func
            yield name.attr.value if isinstance(name, cst.Attribute) else dotted_name(name) or ""


def _asks_for(test: cst.BaseExpression, *, there: bool) -> bool:
    """Whether a condition holds when an answer is there already (or, not `there`, when not)."""
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            return _asks_for(inner, there=not there)
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget() as target]):
            return _compares(left, target, there=there)
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            return name in _THERE if there else name in _MISSING
        case cst.Name(value=name):
            return there and _REMEMBERS.search(name) is not None
        case cst.BooleanOperation():
            parts = (part for part in children(test) if isinstance(part, cst.BaseExpression))
            return any(_asks_for(part, there=there) for part in parts)
        case cst.NamedExpr():
            return there
        case _:
            return False


def _compares(left: cst.BaseExpression, target: cst.ComparisonTarget, *, there: bool) -> bool:
    container = target.comparator
    if isinstance(container, (cst.List, cst.Tuple, cst.Set)):
        return False
    match target.operator:
        case cst.In():
            return there and not isinstance(left, cst.SimpleString | cst.FormattedString)
        case cst.NotIn():
            return not there
        case cst.Is() | cst.Equal():
            return not there and is_none(container) and _is_looked_up(left)
        case cst.IsNot() | cst.NotEqual():
            return there and is_none(container)
        case _:
            return False


def _is_looked_up(node: cst.BaseExpression) -> bool:
    """Whether what is compared with None is a stored thing rather than the input."""
    match node:
        case cst.Subscript() | cst.Call():
            return True
        case cst.Attribute(value=cst.Name(value="self")):
            return True
        case cst.Name(value=name):
            return _REMEMBERS.search(name) is not None or name in {"result", "answer", "response"}
        case _:
            return False


@fact("remembered", Subject.CALL)
def remembered(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """How earlier answers are looked at before the request is sent.

    `library` (a response cache), `memo` (a decorator), `checked` (by hand, in the function or in
    one that calls it), `named` (the code around speaks of a cache or of resuming).
    """
    return Answer(facts.extension(Memory).words(unit)) if isinstance(unit, Call) else None
