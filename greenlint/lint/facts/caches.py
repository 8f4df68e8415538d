"""Response caches of libraries: whether one serves a request, and what is only taken for one."""

import libcst as cst

from greenlint.lint.facts.arguments import State
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import is_none
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.imports import dotted_name
from greenlint.lint.rule import Subject

relevant(__name__, kinds=("llm", "cache.response", "cache.semantic"))


class Caches:
    """Tells which requests of one module a library's cache answers."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def serves(self, call: Call) -> bool:
        """Whether a cache that works stands between the request and the model."""
        facts = self._facts
        if self._has_own_cache(call) or facts.has("cache.semantic"):
            return True
        providers = {meaning.provider for meaning in facts.meanings(call)}
        for cache in facts.calls_of("cache.response"):
            serves = {t.removeprefix("library-") for m in facts.meanings(cache) for t in m.traits}
            if not _is_given_none(cache) and (not serves or serves & providers):
                return True
        return False

    def _has_own_cache(self, call: Call) -> bool:
        for asked in self._asked(call):
            argument = self._facts.role(asked, "cache")
            if argument.state is not State.ABSENT and not self._is_off(asked):
                return self._works(asked)
        return False

    def _asked(self, call: Call) -> tuple[Call, ...]:
        construction = self._facts.construction(call)
        return (call, construction) if construction is not None else (call,)

    def _works(self, asked: Call) -> bool:
        """LiteLLM's `caching=True` does nothing until a cache is set up somewhere."""
        litellm = any(m.provider == "litellm" for m in self._facts.meanings(asked))
        return not litellm or self._facts.has("cache.response")

    def _is_off(self, asked: Call) -> bool:
        known = self._facts.known(self._facts.role(asked, "cache"))
        return known is not None and (known.value is False or known.value is None)

    def is_switched_off(self, call: Call) -> bool:
        """Whether the request, its client or the module says that no cache may answer."""
        facts = self._facts
        no_cache = facts.known(facts.role(call, "no-cache"))
        if no_cache is not None and no_cache.value is True:
            return True
        for asked in self._asked(call):
            known = facts.known(facts.role(asked, "cache"))
            if known is not None and known.value is False:
                return True
        providers = {meaning.provider for meaning in facts.meanings(call)}
        return "langchain" in providers and self._is_library_off()

    def _is_library_off(self) -> bool:
        """Whether `set_llm_cache(None)` is all that the module says of a cache."""
        caches = self._facts.calls_of("cache.response")
        return bool(caches) and all(_is_given_none(cache) for cache in caches)

    def trusts_unused_flag(self, call: Call) -> bool:
        """Whether a request is the first one after LiteLLM's unused `litellm.caching = True`."""
        flags = (
            store.order
            for store in self._facts.tree.stores
            if dotted_name(store.target) == "litellm.caching"
            and isinstance(store.value, cst.Name)
            and store.value.value == "True"
        )
        if next(flags, None) is None:
            return False
        requests = (
            other
            for other in self._facts.calls_of("llm")
            if any(meaning.provider == "litellm" for meaning in self._facts.meanings(other))
        )
        return next(requests, None) is call


def _is_given_none(call: Call) -> bool:
    return bool(call.node.args) and is_none(call.node.args[0].value)


@fact("cache-switch", Subject.CALL)
def cache_switch(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """What is said of a cache for the request: `off`, `unused-flag`, or nothing."""
    if not isinstance(unit, Call):
        return None
    caches = facts.extension(Caches)
    words = set()
    if caches.is_switched_off(unit):
        words.add("off")
    if caches.trusts_unused_flag(unit):
        words.add("unused-flag")
    return Answer(frozenset(words))
