"""The facts that every rule can use: arguments, contexts, and what else the file holds."""

from collections.abc import Iterable

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import defined_name, nodes_in
from greenlint.lint.facts.survey import neighbors
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, yes_or_no
from greenlint.lint.rule import Subject
from greenlint.lint.site import Site

_LOOPS = ("loop", "for", "while", "endless-loop", "comprehension")
_ALL = (Subject.CALL, Subject.LOOP, Subject.FUNCTION)


def argument_answer(facts: Facts, argument: Argument) -> Answer | None:
    """An argument as a rule sees it: `absent`, `present`, and its value as far as it is known."""
    if argument.state is State.UNKNOWN:
        return None
    if argument.state is State.ABSENT:
        return Answer(frozenset({"absent"}))
    known = facts.known(argument)
    words = {"present", "constant" if known is not None else "computed"}
    if known is None:
        return Answer(frozenset(words))
    if known.value is None:
        words.add("none")
    return Answer(frozenset(words), known.value, known.assumed)


@fact("argument", Subject.CALL)
def argument(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`argument.NAME`: a role of the catalog, or an argument path such as `config.top_k`."""
    return argument_answer(facts, facts.argument(unit, detail)) if isinstance(unit, Call) else None


@fact("constructor", Subject.CALL)
def constructor(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`constructor.NAME`: an argument of the call that built the receiver."""
    construction = facts.construction(unit) if isinstance(unit, Call) else None
    if construction is None:
        return None
    return argument_answer(facts, facts.argument(construction, detail))


@fact("name", Subject.CALL)
def name(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """The qualified name of what is called; compare it with `matches`."""
    return Answer(value=facts.called(unit)) if isinstance(unit, Call) else None


@fact("kind", Subject.CALL)
def kind(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """The kinds that the catalog gives the call."""
    return _words(m.kind for m in facts.meanings(unit)) if isinstance(unit, Call) else None


@fact("trait", Subject.CALL)
def trait(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """The traits that the catalog gives the call."""
    if not isinstance(unit, Call):
        return None
    return Answer(frozenset().union(*(m.traits for m in facts.meanings(unit))))


@fact("provider", Subject.CALL)
def provider(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Who answers the request."""
    return _words(m.provider for m in facts.meanings(unit)) if isinstance(unit, Call) else None


def _may_be_in_loop(site: Site) -> bool:
    return site.has_it_in_loop


@fact("in", *_ALL, possible_words=dict.fromkeys(_LOOPS, _may_be_in_loop))
def place(facts: Facts, unit: Unit, _: str) -> Answer:
    """Where it stands.

    `loop` (any repetition), `for`, `while`, `endless-loop`, `comprehension`, `function`, `lambda`,
    `async`, `class`, `module`, `main-guard`, `branch`, `try`, `handler`, `notebook`, `test`;
    `version-check` in an arm of an `if` on a version, or on what a module has.
    """
    return Answer(frozenset(_place_words(facts, unit)))


def _place_words(facts: Facts, unit: Unit) -> set[str]:
    block = unit.block if isinstance(unit, Call) else unit.parent or unit
    words = {"notebook"} if facts.notebook else set()
    words |= {"test"} if facts.is_test else set()
    for loop in facts.loops_around(block):
        words |= {"loop", loop.kind.value}
        words |= {"endless-loop"} if is_endless(loop) else set()
    function = facts.function_around(block)
    words.add("function" if function is not None else "module")
    if function is not None and isinstance(function.node, cst.FunctionDef):
        words |= {"async"} if function.node.asynchronous is not None else set()
        words |= {"handler"} if facts.decorated_by(function, "handler") else set()
    for outer in block.ancestors():
        words |= _block_words(outer)
        words |= {"version-check"} if _asks_version(facts, outer) else set()
    return words


def _block_words(block: Block) -> set[str]:
    match block.kind, block.node:
        case BlockKind.CLASS, _:
            return {"class"}
        case BlockKind.TRY | BlockKind.EXCEPT | BlockKind.LAMBDA, _:
            return {block.kind.value}
        case BlockKind.BRANCH, cst.If(test=test):
            return {"branch", "main-guard"} if _is_main_guard(test) else {"branch"}
        case BlockKind.BRANCH, _:
            return {"branch"}
        case _:
            return set()


def is_endless(loop: Block) -> bool:
    """Whether a loop is `while True`."""
    match loop.node:
        case cst.While(test=cst.Name(value="True") | cst.Integer(value="1")):
            return True
        case _:
            return False


def _asks_version(facts: Facts, block: Block) -> bool:
    """Whether a block is an arm of an `if` that looks at a version or at what a module has."""
    test = facts.tree.condition(block) if block.kind is BlockKind.BRANCH else None
    if test is None:
        return False
    names = (part.value for part in nodes_in(test) if isinstance(part, cst.Name))
    return any("version" in name.lower() or name == "hasattr" for name in names)


def _is_main_guard(test: cst.BaseExpression) -> bool:
    match test:
        case cst.Comparison(left=cst.Name(value="__name__")):
            return True
        case _:
            return False


@fact("function-name", *_ALL)
def function_name(facts: Facts, unit: Unit, _: str) -> Answer:
    """The name of the function that it stands in; empty at module level."""
    block = unit.block if isinstance(unit, Call) else unit.parent or unit
    around = facts.function_around(block)
    return Answer(value=defined_name(around.node) if around is not None else "")


@fact("under", *_ALL)
def under(facts: Facts, unit: Unit, detail: str) -> Answer:
    """`under.KIND`: `yes` when a `with` or a decorator of that kind is in force."""
    block = unit.block if isinstance(unit, Call) else unit
    function = facts.function_around(block)
    decorated = function is not None and facts.decorated_by(function, detail)
    return yes_or_no(decorated or facts.is_under(block, detail))


@fact("decorated", Subject.FUNCTION)
def decorated(facts: Facts, unit: Unit, detail: str) -> Answer:
    """`decorated.KIND`: `yes` when a decorator of the function is of that kind."""
    return yes_or_no(isinstance(unit, Block) and facts.decorated_by(unit, detail))


@fact("file", *_ALL)
def file(facts: Facts, _: Unit, detail: str) -> Answer:
    """`file.KIND`: `yes` when anything of that kind is called or mentioned in the file."""
    return yes_or_no(facts.has(detail))


@fact("function", *_ALL)
def function(facts: Facts, unit: Unit, detail: str) -> Answer:
    """`function.KIND`: the same for the function around it (the module where there is none)."""
    block = unit.block if isinstance(unit, Call) else unit
    return yes_or_no(facts.has(detail, within=facts.function_around(block) or facts.tree.module))


@fact("class", *_ALL)
def class_(facts: Facts, unit: Unit, detail: str) -> Answer:
    """`class.KIND`: the same for the class around it; `no` where there is none."""
    owner = facts.class_around(unit.block if isinstance(unit, Call) else unit)
    return yes_or_no(owner is not None and facts.has(detail, within=owner))


@fact("contains", Subject.LOOP, Subject.FUNCTION)
def contains(facts: Facts, unit: Unit, detail: str) -> Answer:
    """`contains.KIND`: the same for the loop or function itself."""
    return yes_or_no(isinstance(unit, Block) and facts.has(detail, within=unit))


@fact("project", *_ALL)
def project(facts: Facts, _: Unit, detail: str) -> Answer:
    """`project.KIND`: the same for the project; `project.dependency:NAME`, `project.config:NAME`.

    This file alone can only say yes. The engine asks the project's other files.
    """
    here = ":" not in detail and facts.has(detail)
    return Answer(frozenset({"yes" if here else "no"}), open_to_project=not here)


@fact("neighbors", *_ALL)
def neighbor(facts: Facts, _: Unit, detail: str) -> Answer:
    """`neighbors.KIND`: the same for the other files that this one imports or that import it."""
    return Answer(frozenset({"no"}), open_to_project=True, question=neighbors(facts, detail))


@fact("imports", *_ALL)
def imports(facts: Facts, _: Unit, __: str) -> Answer:
    """The modules that the file imports, as dotted names."""
    return Answer(frozenset(facts.imported))


@fact("varies", Subject.CALL)
def varies(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`varies.NAME`: whether an argument differs between passes of the innermost loop."""
    loops = facts.loops_around(unit.block) if isinstance(unit, Call) else []
    if not isinstance(unit, Call) or not loops:
        return None
    argument = facts.argument(unit, detail)
    if argument.state is not State.PRESENT or argument.block is None:
        return None
    answer = facts.flow.varies(argument.value, loops[0], argument.block, argument.order)
    return None if answer is None else yes_or_no(answer)


@fact("text", Subject.CALL)
def text(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`text.NAME`: whether an argument is `constant` text or partly `computed`."""
    if not isinstance(unit, Call):
        return None
    argument = facts.argument(unit, detail)
    if argument.state is not State.PRESENT:
        return None
    found = facts.text_of(argument)
    return Answer(frozenset({"constant" if found.is_constant else "computed"}))


@fact("tokens", Subject.CALL)
def tokens(facts: Facts, unit: Unit, detail: str) -> Answer | None:
    """`tokens.NAME`: about how many tokens the literal part of an argument has."""
    return (
        Answer(value=facts.text_of(facts.argument(unit, detail)).tokens)
        if isinstance(unit, Call)
        else None
    )


def _words(words: Iterable[str]) -> Answer:
    return Answer(frozenset(words))
