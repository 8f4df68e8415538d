"""What a model request is for, where that makes an equal or lone request right."""

import re
from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.evaluations import Evaluations, names_around
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.repeats import Repeats
from greenlint.lint.facts.tree import Block, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact
from greenlint.lint.rule import Subject

# A temperature from which on an answer is meant to differ from the one before.
_LIVELY = 0.3
_FEW_PASSES = 5
_MEASURES = re.compile(
    r"bench|consisten|determinis|reproduc|stress|load_?test|latency|throughput|compare"
    r"|perf([_\- .]|ormance)",
    re.IGNORECASE,
)
_PROBE = re.compile(
    r"health|valid|verif|warm|connect"
    r"|(^|[_ ])(ping|check|test|probe|alive|ready|status|demo|smoke|debug)",
    re.IGNORECASE,
)
_INVENTION = re.compile(
    r"sampl|synthe|divers|variation|random|brainstorm|creativ|story|joke|poem|vote|voting"
    r"|self_consist|self_instruct|rollout|augment|paraphras|simulat|role_?play|debate"
    r"|distil|teacher",
    re.IGNORECASE,
)
_ASKS_TO_INVENT = re.compile(
    r"\b(random|plausible|come up with|invent|imagine|joke|stor(y|ies)|poem|haiku|surprise|creative"
    r"|brainstorm|fictional|synthetic|unique|diverse|different from)\b",
    re.IGNORECASE,
)
_GREETINGS = frozenset({"ping", "test", "testing", "hi", "hello", "hey", "ok", "say hi", "say ok"})
_ACCOUNTS = frozenset(
    {"usage", "usage_metadata", "cached_tokens", "cache_read_input_tokens", "cached_content"}
    | {"cache_creation_input_tokens", "prompt_tokens_details", "system_fingerprint", "x_groq"}
)


class Purposes:
    """Reads from a module what its requests are for."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._repeats = facts.extension(Repeats)
        self._evaluations = facts.extension(Evaluations)

    def words(self, call: Call) -> frozenset[str]:
        """See the fact `purpose`."""
        return frozenset((*self._of_arguments(call), *self._of_place(call)))

    def _of_arguments(self, call: Call) -> Iterator[str]:
        facts = self._facts
        if facts.is_a(call, "llm.agent") or any(
            "remembers" in m.traits for m in facts.meanings(call)
        ):
            yield "conversation"
        if facts.role(call, "conversation").state is not State.ABSENT:
            yield "conversation"
        if facts.role(call, "tools").state is State.PRESENT:
            yield "tools"
        if facts.role(call, "cache-control").state is State.PRESENT:
            yield "prefix-cache"
        if self._is_sampled(call):
            yield "sampling"
        prompt = self._facts.text_of(self._facts.role(call, "prompt"))
        if any(_ASKS_TO_INVENT.search(part) for part in prompt.literal):
            yield "invention"
        if prompt.is_constant and "".join(prompt.literal).strip(" .!?").lower() in _GREETINGS:
            yield "probe"

    def _is_sampled(self, call: Call) -> bool:
        facts = self._facts
        if any(self._is_lively(facts.role(asked, "temperature")) for asked in self._asked(call)):
            return True
        return facts.role(call, "samples").state is State.PRESENT or self._is_shown_off(call)

    def _asked(self, call: Call) -> Iterator[Call]:
        """A request, and the constructors of what it is sent through."""
        yield call
        built = self._facts.construction(call)
        if built is not None:
            yield built
        for construction in self._facts.flow.calls_feeding(call.node.func, call.block, call.order):
            if self._facts.is_a(construction, "client"):
                yield construction

    def _is_shown_off(self, call: Call) -> bool:
        """Whether a loop of few passes shows what a setting of the sampling does."""
        loop = next(iter(self._facts.loops_around(call.block)), None)
        if self._facts.role(call, "sampling").state is State.ABSENT or loop is None:
            return False
        match loop.node:
            case cst.For(iter=cst.Call(func=cst.Name(value="range"), args=[cst.Arg(value=count)])):
                known = self._facts.constants.value(count, loop, loop.start)
                passes = known.value if known is not None else None
                return isinstance(passes, int) and passes <= _FEW_PASSES
            case _:
                return False

    def _is_lively(self, temperature: Argument) -> bool:
        """Whether a temperature is high, or a variable that may be."""
        if temperature.state is not State.PRESENT:
            return False
        known = self._facts.known(temperature)
        return known is None or (isinstance(known.value, (int, float)) and known.value >= _LIVELY)

    def _of_place(self, call: Call) -> Iterator[str]:
        facts = self._facts
        loops = facts.loops_around(call.block)
        if any(self._repeats.is_chat(loop) for loop in loops):
            yield "person"
        scope = loops[-1] if loops else facts.function_around(call.block)
        if scope is not None and facts.calls_of("clock", within=scope):
            yield "timing"
        if self._is_accounted(call):
            yield "accounting"
        if self._evaluations.holds(call):
            yield "evaluation"
        places = " ".join((facts.path.rsplit("/", 1)[-1], *names_around(call.block)))
        if _MEASURES.search(places):
            yield "measurement"
        if _PROBE.search(places):
            yield "probe"
        if _INVENTION.search(places):
            yield "invention"

    def _is_accounted(self, call: Call) -> bool:
        """Whether tokens or cache hits are read from answers in the same function."""
        return call.block.scope in self._accounting

    @cached_property
    def _accounting(self) -> frozenset[Block]:
        """The functions that read tokens or cache hits from answers."""
        return frozenset(
            self._facts.block_around(node).scope
            for node in self._facts.tree.parents
            if isinstance(node, cst.Attribute) and node.attr.value in _ACCOUNTS
        )


@fact("purpose", Subject.CALL)
def purpose(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """What a request is for, as far as its arguments and the names around it tell.

    `conversation`, `tools`, `prefix-cache`, `sampling` (a temperature), `invention` (what is asked
    for should differ each time, by the names or the prompt), `person` (one is asked in the loop),
    `timing`, `accounting` (tokens or cache hits are read), `measurement`, `evaluation`, `probe`.
    """
    return Answer(facts.extension(Purposes).words(unit)) if isinstance(unit, Call) else None
