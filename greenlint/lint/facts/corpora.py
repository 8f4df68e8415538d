"""A fixed corpus that is embedded again at every start or request, and kept nowhere."""

from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.arguments import Argument, State
from greenlint.lint.facts.flow import calls_below
from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.repeats import Repeats
from greenlint.lint.facts.requests import Requests, is_constant_maker
from greenlint.lint.facts.tree import BindingKind, Block, Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact, relevant
from greenlint.lint.rule import Subject

_FEW = 3  # shorter lists are labels or examples rather than a corpus
_LOADS = ("rows.read", "data.load.documents", "data.split", "data.read.file")
_SAVERS = frozenset(
    {"save", "save_local", "persist", "dump", "write_index", "to_parquet", "to_csv", "to_pickle"}
    | {"savez", "savez_compressed", "upsert", "upload_points", "insert_many", "to_json", "save_npz"}
    | {
        "add_documents",
        "add_texts",
        "add_vectors",
        "create_table",
        "bulk",
        "index_documents",
        "copy",
    }
)
_ROW_PRESERVING = frozenset(
    {"tolist", "to_list", "read", "splitlines", "split", "load", "lazy_load"}
)

relevant(__name__, *_SAVERS - {"copy"}, kinds=("handler",))


class Corpora:
    """Tells which embeddings of one module are those of a corpus that never changes."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._repeats = facts.extension(Repeats)
        self._requests = facts.extension(Requests)

    def words(self, call: Call) -> frozenset[str]:
        """See the fact `corpus`."""
        corpus = self._corpus(call)
        if corpus is None or corpus.block is None or not self._is_static(corpus):
            return frozenset()
        if self._is_saved(call):
            return frozenset()
        return frozenset(self._occasions(call))

    def _corpus(self, call: Call) -> Argument | None:
        for role in ("corpus", "prompt"):
            argument = self._facts.role(call, role)
            if argument.state is State.PRESENT:
                return argument
        return None

    def _occasions(self, call: Call) -> Iterator[str]:
        repeats = self._repeats.words(call.block, call.order)
        if repeats & {"handler", "caller-handler", "script"}:
            yield "every-request"
        if self._facts.function_around(call.block) is None and self._serves:
            yield "every-start"

    @property
    def _serves(self) -> bool:
        """Whether the module answers requests once it is loaded."""
        return not self._facts.notebook and any(
            self._repeats.is_handler(function) for function in self._facts.functions()
        )

    def _is_static(self, corpus: Argument) -> bool:
        """Whether a corpus is written in the code or read from files, and nothing else."""
        if corpus.block is None:
            return False
        held = False
        for node, block, order in self._facts.flow.sources(
            corpus.value, corpus.block, corpus.order
        ):
            if any(self._is_given(name, block, order) for name in self._facts.flow.reads(node)):
                return False
            calls = [self._facts.tree.call_of.get(found) for found in calls_below(node)]
            loads = [call for call in calls if call and self._facts.is_a(call, *_LOADS)]
            if any(call and call not in loads and not self._is_harmless(call) for call in calls):
                return False
            held = held or bool(loads) or (isinstance(node, cst.List) and len(node.elements) > _FEW)
        return held

    def _is_harmless(self, call: Call) -> bool:
        func = call.node.func
        if isinstance(func, cst.Attribute) and func.attr.value in _ROW_PRESERVING:
            return True
        return is_constant_maker(call.node)

    def _is_given(self, name: cst.Name, block: Block, order: int) -> bool:
        """Whether a name is handed in from outside, or filled with what is."""
        bindings = self._facts.names.definitions(name.value, block, order)
        if any(binding.kind is BindingKind.PARAMETER for binding in bindings):
            return True
        function = self._facts.function_around(block)
        return function is not None and self._requests.is_changed(name.value)

    def _is_saved(self, call: Call) -> bool:
        """Whether the function or module around puts something into a file or store."""
        if self._facts.role(call, "persisted").state is not State.ABSENT:
            return True
        scope = self._facts.function_around(call.block) or self._facts.tree.module
        return any(
            isinstance(other.node.func, cst.Attribute) and other.node.func.attr.value in _SAVERS
            for other in self._facts.tree.calls_in(scope)
        )


@fact("corpus", Subject.CALL)
def corpus(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """When a corpus that never changes is embedded: `every-request`, `every-start` of a service."""
    return Answer(facts.extension(Corpora).words(unit)) if isinstance(unit, Call) else None
