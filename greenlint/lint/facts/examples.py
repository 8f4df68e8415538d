"""Examples in prompts: questions with their answers, written out to show a model what to do."""

import re
from collections.abc import Iterator

import libcst as cst

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.nodes import nodes_in
from greenlint.lint.facts.prompts import prompt_text
from greenlint.lint.facts.tree import Call
from greenlint.lint.facts.vocabulary import Answer, Unit, fact
from greenlint.lint.rule import Subject

# What the answer of an example begins with, at the beginning of a line.
_LITERALS = (cst.SimpleString, cst.ConcatenatedString)
_ANSWER = re.compile(
    r"^[\s*#>-]*(?:A|Answer|Output|Response|Label|Assistant|Translation|Sentiment|Result|SQL)"
    r"\s?\d*\**:\**[^\n]*\S",
    re.MULTILINE | re.IGNORECASE,
)


@fact("examples", Subject.CALL)
def examples(facts: Facts, unit: Unit, _: str) -> Answer | None:
    """How many examples with literal answers a prompt shows to the model."""
    if not isinstance(unit, Call):
        return None
    text = "\n".join(prompt_text(facts, unit).literal)
    turns = sum(1 for _ in _literal_turns(facts, unit))
    return Answer(value=max(turns, len(_ANSWER.findall(text))))


def _literal_turns(facts: Facts, request: Call) -> Iterator[cst.Dict]:
    """The messages of a prompt that put a literal answer into the model's mouth."""
    argument = facts.role(request, "prompt")
    if argument.block is None or argument.value is None:
        return
    seen: set[cst.CSTNode] = set()
    for source, _, _ in facts.flow.sources(argument.value, argument.block, argument.order):
        for node in nodes_in(source):
            if isinstance(node, cst.Dict) and node not in seen:
                seen.add(node)
                values = [getattr(entry, "value", None) for entry in node.elements]
                texts = [
                    v for v in values if isinstance(v, cst.SimpleString | cst.ConcatenatedString)
                ]
                if len(texts) == len(values) and any(
                    t.evaluated_value == "assistant" for t in texts
                ):
                    yield node
