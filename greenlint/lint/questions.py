"""The questions that a match asks of the modules its file's names come from, and their answers.

A question is a line of text, so that reports and the cache can keep it: a topic, and references.
A reference is a name as an import spells it (`.networks.Net`), or says what is handed over to a
function of the asking file (`<training:fit:model:0`: module, function, parameter, position).
A module is asked `network:Net` and answers with lines that start so: `network:Net attention`,
`network:Net > .blocks.Encoder` for what another module has to be asked, `network:Net quiet`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

CALLERS = "<"
ELSEWHERE = "> "
QUIET = "quiet"  # it computes in lower precision
_TOPICS = frozenset({"network", "accelerator"})
_CONVOLUTIONS = "conv"
_MOST = 24  # references in one question


def project_question(topic: str, references: Iterable[str]) -> str:
    """A question on some names: `network-large`, `network-conv-only` or `accelerator`."""
    return f"{topic}:{','.join(sorted(references)[:_MOST])}"


def is_about_name(question: str) -> bool:
    """Whether a module is asked about a name, and not what it does for the project."""
    return question.partition(":")[0] in _TOPICS


@dataclass(frozen=True, slots=True)
class Question:
    """What a match asks."""

    text: str

    @property
    def topic(self) -> str:
        """What a module is asked about a name: `network` or `accelerator`."""
        return self.text.partition(":")[0].partition("-")[0]

    @property
    def references(self) -> list[str]:
        """The names that it is about."""
        return self.text.partition(":")[2].split(",")

    def is_granted(self, answers: frozenset[str]) -> bool:
        """Whether all that the modules say answers it with yes."""
        if QUIET in answers:
            return False
        if self.text.startswith("network-conv-only:"):
            return answers == {_CONVOLUTIONS}
        return bool(answers)


@dataclass(frozen=True, slots=True)
class Handover:
    """What callers elsewhere give for a parameter: `position` is -1 where they have to name it."""

    module: str
    function: str
    parameter: str
    position: int

    def __str__(self) -> str:
        return f"{CALLERS}{self.module}:{self.function}:{self.parameter}:{self.position}"

    @classmethod
    def read(cls, reference: str) -> "Handover":
        """The handover that a reference speaks of."""
        module, function, parameter, position = reference.removeprefix(CALLERS).split(":")
        return cls(module, function, parameter, int(position))
