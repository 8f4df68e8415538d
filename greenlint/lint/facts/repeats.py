"""How often code runs: in a loop over items, for each request or row, or through its callers."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import Block, BlockKind, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject
from greenlint.lint.site import FileWords, Possible, Site, once_of_part

# How many calls in a row are followed from a function to the loop or handler that runs it.
_DEPTH = 3
_PER_ITEM_METHODS = frozenset({"__call__", "__getitem__", "forward"})
_SETUP_METHODS = frozenset(
    {"__init__", "__new__", "setup", "set_up", "prepare", "initialize", "start_bundle"}
    | {"model_post_init", "load_model", "teardown", "finish_bundle"}
)
_DECORATOR = re.compile(r"^[ \t]*@[ \t]*(?:\w+[ \t]*\.[ \t]*)*(\w+)", re.MULTILINE)
# Decorators of Python itself, which hand a function to nothing that would repeat it.
_OF_PYTHON = frozenset(
    {"classmethod", "staticmethod", "property", "cached_property", "abstractmethod", "override"}
)
# Methods that run a function they are given, whatever they are methods of.
_MAPS = frozenset(
    {"apply(", "map(", "applymap(", "progress_apply(", "parallel_apply(", "map_elements("}
    | {"progress_map(", "swifter_apply(", "imap(", "imap_unordered(", "thread_map("}
    | {"submit(", "apply_async(", "run_in_executor(", "to_thread("}
)
_RETRY_WORDS = ("attempt", "retry", "retries", "tries")
_TABLES = frozenset({"table.frame", "table.annotated", "rows.dataset"})

relevant(__name__, kinds=("ui.element",))


class Repeats:
    """Tells what makes a place of one module run many times."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def words(self, block: Block, order: int, depth: int = 0) -> frozenset[str]:
        """Why a place runs many times; empty when nothing says so.

        `loop`: a loop over items around it; `mapped`: its function is handed to something that
        runs it for each row; `handler`: its function answers requests, tasks or events; `script`:
        a user interface runs the file again at every event; `caller-loop` and `caller-handler`:
        the same of a function that calls it.
        """
        words = set()
        if any(not self.is_retry(loop, order) for loop in self._facts.loops_around(block)):
            words.add("loop")
        words.update(self._callbacks[o] for o in block.ancestors() if o in self._callbacks)
        function = self._facts.function_around(block)
        if function is None:
            return frozenset(words | ({"script"} if self.is_script else set()))
        if self.is_handler(function):
            words.add("handler")
        if depth < _DEPTH:
            words.update(self._words_of_callers(function, depth))
        return frozenset(words)

    def _words_of_callers(self, function: Block, depth: int) -> Iterator[str]:
        for caller in self._facts.callers(function):
            if caller.block.is_within(function):
                continue
            found = self.words(caller.block, caller.order, depth + 1)
            if found & {"loop", "mapped", "caller-loop"}:
                yield "caller-loop"
            if found & {"handler", "script", "caller-handler"}:
                yield "caller-handler"

    # -- loops -------------------------------------------------------------------------------

    def is_retry(self, loop: Block, order: int) -> bool:
        """Whether a loop only tries what stands at `order` again until it works."""
        if isinstance(loop.node, cst.For) and _is_retry_target(loop.node.target):
            return True
        here = {call.statement for call in self._facts.tree.calls if call.order == order}
        own = [
            jump
            for jump in self._facts.tree.jumps
            if (order < jump.order < loop.end or jump.node in here)
            and self._leaves_loop(jump.node, jump.block, loop)
        ]
        around = self._blocks_between(order, loop)
        if any(jump.block in around or jump.block is loop for jump in own):
            return True
        tried = any(b.kind in {BlockKind.TRY, BlockKind.EXCEPT} for b in around)
        return tried and bool(own)

    def _blocks_between(self, order: int, loop: Block) -> list[Block]:
        """The blocks inside of `loop` that hold the place `order`."""
        return [
            b
            for b in self._facts.tree.blocks
            if loop.start < b.start <= order < b.end and b.kind is not BlockKind.COMPREHENSION
        ]

    def _leaves_loop(self, node: cst.CSTNode, block: Block, loop: Block) -> bool:
        if not isinstance(node, (cst.Return, cst.Break)) or block.scope is not loop.scope:
            return False
        if isinstance(node, cst.Return):
            return True
        return next(iter(self._facts.loops_around(block)), None) is loop

    def is_chat(self, loop: Block) -> bool:
        """Whether a person is asked in every pass of a loop."""
        return bool(self._facts.calls_of("ask.person", within=loop))

    # -- functions ---------------------------------------------------------------------------

    def is_handler(self, function: Block) -> bool:
        """Whether a function answers requests, runs tasks or reacts to events."""
        if self._callbacks.get(function) == "handler":
            return True
        if self._facts.decorated_by(function, "handler"):
            return True
        node = function.node
        if not isinstance(node, cst.FunctionDef):
            return False
        name = node.name.value
        owner = function.parent
        if owner is None or owner.kind is not BlockKind.CLASS:
            return self._is_handler_by_name(function, name, node)
        if name in _PER_ITEM_METHODS:
            return True
        return name not in _SETUP_METHODS and self._answers_requests(owner)

    def _is_handler_by_name(self, function: Block, name: str, node: cst.FunctionDef) -> bool:
        if function.parent is not self._facts.tree.module:
            return False
        if any(c.kind == "handler.name" for c in self._facts.catalog.calls_named(f".{name}")):
            return True
        params = [param.name.value for param in node.params.params]
        if params[:2] == ["event", "context"]:
            return True
        return params[:1] == ["request"] and self._facts.path.rsplit("/", 1)[-1] == "views.py"

    def _answers_requests(self, owner: Block) -> bool:
        """Whether a class derives from one whose methods are called for each request or row."""
        node = owner.node
        bases = node.bases if isinstance(node, cst.ClassDef) else ()
        outer = owner.parent or owner
        for base in bases:
            path = self._facts.names.path(base.value, outer, owner.start)
            kind = self._facts.catalog.type_built_by(path) if path is not None else None
            if kind is not None and kind.name == "handler.class":
                return True
        return False

    @cached_property
    def _callbacks(self) -> dict[Block, str]:
        """The functions and lambdas that something runs many times: `mapped`, or `handler`."""
        found = {}
        for call in self._facts.calls_of("runs"):
            is_once = self._facts.is_a(call, "runs.once")
            if is_once and not self._facts.loops_around(call.block):
                continue
            word = "mapped" if is_once or self._facts.is_a(call, "runs.rows") else "handler"
            argument = self._facts.role(call, "callback")
            found.update(dict.fromkeys(self._functions_of(argument.value, call), word))
        for call in self._facts.tree.calls:
            if self._is_column_method(call):
                functions = self._functions_of(call.node.args[0].value, call)
                found.update(dict.fromkeys(functions, "mapped"))
        return found

    def _is_column_method(self, call: Call) -> bool:
        """Whether a call is `frame["column"].apply(f)` or `.map(f)`."""
        match call.node.func:
            case cst.Attribute(value=cst.Subscript(value=base), attr=cst.Name(value=name)):
                if name not in {"apply", "map", "progress_apply"} or not call.node.args:
                    return False
                return self._facts.names.type_name(base, call.block, call.order) in _TABLES
            case _:
                return False

    def _functions_of(self, node: cst.CSTNode | None, call: Call) -> Iterator[Block]:
        match node:
            case cst.Lambda():
                block = self._facts.tree.block_of.get(node)
                if block is not None:
                    yield block
            case cst.Name(value=name):
                for binding in self._facts.names.definitions(name, call.block, call.order):
                    block = self._facts.tree.block_of.get(binding.node) if binding.node else None
                    if block is not None and block.kind is BlockKind.FUNCTION:
                        yield block
                    if isinstance(binding.value, cst.Call):
                        yield from self._functions_of(binding.value, call)
            case cst.Call(args=[first, *_]) if (
                self._facts.called(self._facts.tree.call_of[node]) == "functools.partial"
            ):
                yield from self._functions_of(first.value, call)
            case cst.Attribute(value=cst.Name(value="self"), attr=cst.Name(value=name)):
                owner = self._facts.class_around(call.block)
                for binding in owner.bindings.get(name, ()) if owner is not None else ():
                    block = self._facts.tree.block_of.get(binding.node) if binding.node else None
                    if block is not None:
                        yield block
            case _:
                return

    # -- scripts -----------------------------------------------------------------------------

    @cached_property
    def is_script(self) -> bool:
        """Whether a user interface (Streamlit) runs the whole file again at every event."""
        return any(self._at_top(call) for call in self._facts.calls_of("ui.element"))

    def _at_top(self, call: Call) -> bool:
        function = self._facts.function_around(call.block)
        if function is None:
            return True
        callers = self._facts.callers(function)
        return any(self._facts.function_around(c.block) is None for c in callers)


def _is_retry_target(target: cst.BaseAssignTargetExpression) -> bool:
    return isinstance(target, cst.Name) and any(w in target.value.lower() for w in _RETRY_WORDS)


def _may_loop(site: Site) -> bool:
    return site.has_it_in_loop


def _may_be_run(site: Site) -> bool:
    """Whether a function, or one within it, may be called or handed on."""
    return site.part.has_inner_function or site.is_mentioned_elsewhere


@once_of_part
def _may_be_mapped(site: Site) -> bool:
    """Whether a function, or one within it, may be handed to something that runs it."""
    part = site.part
    is_named = "lambda" in part.words or any(map(site.outline.has_uncalled, part.defined_words))
    return is_named and site.file.once(_hands_over) and _may_be_run(site)


def _hands_over(file: FileWords) -> bool:
    """Whether anything in a file may be given a function to run."""
    words = file.of(("runs",))
    return any(words.are_in(p) or not _MAPS.isdisjoint(p.words) for p in file.outline.parts)


@once_of_part
def _may_handle(site: Site) -> bool:
    return _may_be_handler(site) or _may_be_mapped(site)


def _may_be_handler(site: Site) -> bool:
    """Whether a function, or one within it, may be a handler by its name, class or decorator."""
    part = site.part
    names = part.defined_words
    if not names:
        return False
    if not _PER_ITEM_METHODS.isdisjoint(names) or site.spelled.builds("handler.class"):
        return True
    if any(f".{name}" in site.spelled.names("handler.name") for name in names):
        return True
    if {"event", "context"} <= part.words or "request" in part.words:
        return True
    return bool(site.spelled.names("handler")) and not _OF_PYTHON.issuperset(
        _DECORATOR.findall(part.code)
    )


def _may_be_script(site: Site) -> bool:
    return not site.part.name and bool(site.spelled.names("ui.element"))


@once_of_part
def _may_be_called_in_loop(site: Site) -> bool:
    return _may_be_run(site) and _may_be_called(site, by=_may_run_often)


@once_of_part
def _may_be_called_by_handler(site: Site) -> bool:
    return _may_be_run(site) and _may_be_called(site, by=_may_run_on_events)


def _may_run_often(site: Site, names: frozenset[str]) -> bool:
    """Whether a part may run for each row, or have one of `names` in a loop."""
    return not names.isdisjoint(site.part.looped_words) or _may_be_mapped(site)


def _may_run_on_events(site: Site, _: frozenset[str]) -> bool:
    return _may_be_script(site) or _may_handle(site)


def _may_be_called(site: Site, *, by: Callable[[Site, frozenset[str]], bool]) -> bool:
    """Whether a call of a function, or of one within it, leads from a place of which `by` holds."""
    reached = {site.part}
    pending = [site.part]
    while pending:
        function = pending.pop()
        names = function.defined_words
        for part in site.outline.parts:
            if names.isdisjoint(part.words):
                continue
            # Its own name stands in a function, and what it calls of itself does not count.
            called = names & part.words - ({part.name} if part is function else set())
            if called and by(Site(part, site.file), called):
                return True
            if called and part not in reached:
                reached.add(part)
                pending.append(part)
    return False


# What each reason for a repetition can't do without.
REASONS: Mapping[str, Possible] = {
    "loop": _may_loop,
    "mapped": _may_be_mapped,
    "handler": _may_handle,
    "script": _may_be_script,
    **dict.fromkeys(("caller-loop", "caller-mapped"), _may_be_called_in_loop),
    **dict.fromkeys(("caller-handler", "caller-script"), _may_be_called_by_handler),
}


def may_repeat(site: Site) -> bool:
    """Whether a part of a file may hold anything that runs many times."""
    return any(possible(site) for possible in REASONS.values())


@fact("repeats", Subject.CALL, possible=may_repeat, possible_words=REASONS)
def repeats(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """Why the call runs many times.

    `loop`, `mapped`, `handler`, `script`, `caller-loop`, `caller-handler`.
    """
    if not isinstance(unit, Call):
        return None
    return Answer(facts.extension(Repeats).words(unit.block, unit.order))
