"""What is done with tables row by row, and what is made to grow by copying itself."""

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import children
from greenlint.lint.facts.tree import Binding, Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, kinds_of, yes_or_no
from greenlint.lint.rule import Subject
from greenlint.lint.site import Site

# What a loop may call and still do nothing but arithmetic, by the last part of its name.
_ARITHMETIC = frozenset(
    {"abs", "float", "int", "len", "max", "min", "round", "sum", "range", "append", "bool"}
)
_ARITHMETIC_MODULES = ("math.", "numpy.")


def may_walk(site: Site) -> bool:
    """Whether a part of a file may hold a loop over the rows of a table."""
    return site.part.has_loop and site.leads_to_word("iterrows")


@kinds_of(Subject.LOOP, "rows.walked", possible=may_walk)
def loop_kinds(facts: Facts, block: Block) -> tuple[str, ...]:
    """Whether a loop goes over the rows of a table as series: `for i, row in df.iterrows()`."""
    walk = _walk(facts, block)
    return ("rows.walked",) if walk is not None else ()


def _walk(facts: Facts, block: Block) -> Call | None:
    if block.kind is not BlockKind.FOR or not isinstance(block.node, cst.For):
        return None
    node: cst.BaseExpression = block.node.iter
    while isinstance(node, cst.Call):
        call = facts.tree.call_of[node]
        if facts.is_a(call, "table.walk"):
            return call
        node = node.args[0].value if node.args else node.func
    return None


@fact("row-work", Subject.LOOP)
def row_work(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """`arithmetic` when the body of a loop only computes with what it is given, else `other`."""
    if not isinstance(unit, Block) or not isinstance(unit.node, cst.For):
        return None
    header = {facts.tree.call_of[node] for node in _calls_in(unit.node.iter)}
    calls = [call for call in facts.tree.calls_in(unit) if call not in header]
    inner = facts.tree.blocks_of(BlockKind.FUNCTION, BlockKind.WITH, BlockKind.TRY)
    if any(block.is_within(unit) for block in inner):
        return Answer(frozenset({"other"}))
    arithmetic = all(_is_arithmetic(facts, call) for call in calls) and _computes(unit.node.body)
    return Answer(frozenset({"arithmetic" if arithmetic else "other"}))


def _calls_in(node: cst.CSTNode) -> list[cst.Call]:
    found = [node] if isinstance(node, cst.Call) else []
    return found + [call for child in children(node) for call in _calls_in(child)]


def _is_arithmetic(facts: Facts, call: Call) -> bool:
    name = facts.called(call) or ""
    if name.startswith(_ARITHMETIC_MODULES):
        return True
    func = call.node.func
    last = func.attr.value if isinstance(func, cst.Attribute) else getattr(func, "value", "")
    return last in _ARITHMETIC


def _computes(node: cst.CSTNode) -> bool:
    """Whether there is an operator at all: moving values about has no faster form to speak of."""
    if isinstance(node, (cst.BinaryOperation, cst.AugAssign)):
        return True
    return any(_computes(child) for child in children(node))


@fact("grows-itself", Subject.CALL)
def grows_itself(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Whether the result of a call takes the place of something that it was made from.

    `df = pd.concat([df, row])`: each pass copies all that was gathered before.
    """
    module = facts.tree.module.node
    if not isinstance(unit, Call) or not isinstance(module, cst.Module):
        return None
    match unit.statement:
        case cst.Assign(targets=[cst.AssignTarget(target=target)], value=value):
            grown = module.code_for_node(target)
            made_of_itself = value is unit.node and grown in _parts(module, unit.node)
            ends = _begins_anew(facts, unit, grown) or _leaves_loop(facts, unit)
            return yes_or_no(made_of_itself and not ends)
        case _:
            return None


def _begins_anew(facts: Facts, call: Call, name: str) -> bool:
    """Whether the innermost loop gives `name` another value, so that it never gets far."""
    loops = facts.loops_around(call.block)
    bindings = call.block.scope.bindings.get(name, ())
    inside = [b for b in bindings if loops and loops[0].start < b.order < loops[0].end]
    return not all(_reads_itself(facts, binding) for binding in inside)


def _leaves_loop(facts: Facts, call: Call) -> bool:
    """Whether the loop, or the function, ends in the same run of statements."""
    return any(
        jump.block is call.block
        and jump.order > call.order
        and isinstance(jump.node, (cst.Break, cst.Return, cst.Raise))
        for jump in facts.tree.jumps
    )


def _reads_itself(facts: Facts, binding: Binding) -> bool:
    if not isinstance(binding.value, cst.BaseExpression):
        return False
    return any(name.value == binding.name for name in facts.flow.reads(binding.value))


def _parts(module: cst.Module, call: cst.Call) -> set[str]:
    """The names and attributes that a call is given, or is a method of, as they are spelled."""
    found: set[str] = set()
    stack: list[cst.CSTNode] = [arg.value for arg in call.args]
    if isinstance(call.func, cst.Attribute):
        stack.append(call.func.value)
    while stack:
        node = stack.pop()
        match node:
            case cst.Name() | cst.Attribute():
                found.add(module.code_for_node(node))
            case cst.List(elements=elements) | cst.Tuple(elements=elements):
                stack.extend(element.value for element in elements)
            case _:
                pass
    return found


@fact("hands-over", Subject.CALL)
def hands_over(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`hands-over.KIND`: whether a function that a call is given calls anything of that kind.

    Unknown where it is given a function that is not seen.
    """
    if not isinstance(unit, Call):
        return None
    functions = [_function(facts, arg.value, unit) for arg in unit.node.args[:1]]
    known = [function for function in functions if function is not None]
    if not known:
        return None
    return yes_or_no(any(facts.has(detail, within=function) for function in known))


def _function(facts: Facts, node: cst.BaseExpression, place: Call) -> Block | None:
    match node:
        case cst.Lambda():
            return facts.tree.block_of.get(node)
        case cst.Name(value=name):
            binding = facts.names.single_definition(name, place.block, place.order)
            if binding is None or not isinstance(binding.node, cst.FunctionDef):
                return None
            return facts.tree.block_of.get(binding.node)
        case _:
            return None
