"""Whether a request is bounded: a cap on its output, in the call or in what built its client."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.flow import calls_below
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import is_none
from greenlint.lint.facts.parameters import Parameters
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, yes_or_no
from greenlint.lint.rule import Subject

_ROLE = "output-cap"
# Methods that give a client or model with other defaults.
_REBINDS = frozenset({"bind", "with_config", "configurable_fields", "bind_tools", "with_options"})

# Houses that speak OpenAI's language, but whose own default is not known to be the maximum.
_OTHER_HOUSES = ("zhipuai.", "zai.", "cerebras.", "fireworks.", "volcenginesdkarkruntime.")
# Servers behind `base_url` whose default is known.
_KNOWN_SERVERS = (
    *("localhost", "127.0.0.1", "openai.com", "openai.azure.com", "mistral.ai"),
    *("googleapis.com", "together.xyz", "together.ai", "openrouter.ai"),
)
_MODALITIES = (
    *("modalities", "response_modalities", "config.response_modalities"),
    "generation_config.response_modalities",
)
_MEDIA_MODELS = ("image", "imagen", "tts", "audio", "veo", "lyria", "speech", "whisper")


class Caps:
    """Tells which requests of one module set an upper bound on what they generate."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._parameters = facts.extension(Parameters)

    def is_capped(self, call: Call) -> bool | None:
        """Whether `call` or its client sets a cap; None when that can't be told."""
        answers = {self._answer(self._facts.role(call, _ROLE)), *self._answers_of_client(call)}
        if True in answers:
            return True
        return None if None in answers else False

    def _answer(self, argument: Argument) -> bool | None:
        if argument.state is State.ABSENT:
            return False
        if argument.state is State.UNKNOWN:
            return None
        known = self._facts.known(argument)
        if known is None or known.value is not None:
            return True
        return None if known.assumed and self._is_set_by_callers(argument) else False

    def _is_set_by_callers(self, argument: Argument) -> bool:
        """Whether a call in the module gives a parameter that is None by default."""
        if argument.block is None:
            return False
        place = (argument.value, argument.block, argument.order)
        return any(
            not is_none(self._parameters.given(caller, parameter.block, parameter.name).value)
            for parameter in self._facts.flow.parameters(*place)
            for caller in self._parameters.callers(parameter.block)
        )

    def _answers_of_client(self, call: Call) -> Iterator[bool | None]:
        behind = list(self._calls_behind(call))
        if any(self._is_elsewhere(built) for built in behind):
            yield None
        builders = [c for c in behind if self._facts.is_a(c, "client")]
        for built in builders:
            yield self._answer(self._facts.role(built, _ROLE))
        if not builders and self._client_may_cap(call):
            yield None
        for other in behind:
            func = other.node.func
            if isinstance(func, cst.Attribute) and func.attr.value in _REBINDS:
                yield self._rebound(other)

    def _is_elsewhere(self, built: Call) -> bool:
        """Whether a client asks a server whose default is not known."""
        if (self._facts.called(built) or "").startswith(_OTHER_HOUSES):
            return True
        for name in ("base_url", "openai_api_base", "api_base"):
            argument = self._facts.arguments.find(built, name)
            if argument.state is State.ABSENT:
                continue
            literal = "".join(self._facts.text_of(argument).literal)
            return not any(server in literal for server in _KNOWN_SERVERS)
        return False

    def _rebound(self, call: Call) -> bool | None:
        given = self._facts.arguments.given(call)
        caps = {path for m in self._facts.catalog.calls for path in m.arguments.get(_ROLE, ())}
        if not caps.isdisjoint(given.named):
            return True
        return False if given.complete else None

    def _calls_behind(self, call: Call) -> Iterator[Call]:
        """The calls that built the object which `call` is a method of."""
        func = call.node.func
        receiver = func.value if isinstance(func, cst.Attribute) else func
        for node, _, _ in self._facts.flow.sources(receiver, call.block, call.order):
            for found in calls_below(node):
                if found in self._facts.tree.call_of and found is not call.node:
                    yield self._facts.tree.call_of[found]
        built = self._facts.construction(call)
        if built is not None:
            yield built

    def _client_may_cap(self, call: Call) -> bool:
        """Whether clients of this type take a cap when they are built."""
        name = self._facts.called(call) or ""
        kind = self._facts.catalog.type_named(name.partition(":")[0])
        if kind is None:
            return False
        known = self._facts.catalog.calls_named
        return any(
            _ROLE in meaning.arguments
            for constructor in kind.constructors
            for meaning in known(constructor)
        )


def _makes_media(facts: Facts, call: Call) -> bool | None:
    known = facts.known(facts.role(call, "model"))
    if known is not None and any(word in str(known.value) for word in _MEDIA_MODELS):
        return True
    found = [facts.arguments.find(call, path) for path in _MODALITIES]
    if any(argument.state is State.PRESENT for argument in found):
        return True
    return None if any(argument.state is State.UNKNOWN for argument in found) else False


@fact("media", Subject.CALL)
def media(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """`yes` when a request asks for images or sound, which are no tokens of text."""
    answer = _makes_media(facts, unit) if isinstance(unit, Call) else None
    return None if answer is None else yes_or_no(answer)


@fact("capped", Subject.CALL)
def capped(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """`yes` when a request sets an upper bound on its output, in the call or in its client."""
    answer = facts.extension(Caps).is_capped(unit) if isinstance(unit, Call) else None
    return None if answer is None else yes_or_no(answer)
