"""Inquiries: what other modules of the project say of the names that a file imports from them.

A match may hang on such a question (`questions`). The modules that the names come from are read
from disk, whether they are in the run or not, so that a file by itself gets the same answer as
among all; what they import in turn is followed a few steps. Only callers of the file are looked
for among the files of the run, since nothing names them. What one module says depends on its
content alone, so the cache keeps it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from greenlint.lint.project_modules import ModuleName, ProjectModules
from greenlint.lint.questions import CALLERS, ELSEWHERE, Question

_STEPS = 5  # modules followed in a row: a re-export, a base class, a builder
_MOST_MODULES = 2_000  # in one run

Facts = frozenset[str]
# Asks many files at once: questions by path give answers by path.
Ask = Callable[[Mapping[str, Facts]], Mapping[str, Facts]]


@dataclass(slots=True)
class Inquiries:
    """Follows questions through the modules of one project."""

    modules: ProjectModules
    members: Sequence[str]
    """The paths of the files of the run that belong to the project."""
    ask: Ask
    _said: dict[tuple[str, ModuleName], Facts] = field(default_factory=dict)

    def granted(self, asked: Mapping[str, Facts]) -> dict[str, Facts]:
        """Those of the questions of each file that the project answers with yes."""
        questions = {path: [Question(text) for text in texts] for path, texts in asked.items()}
        frontier = {
            (question.topic, module)
            for path, mine in questions.items()
            for question in mine
            for module in self._found(question.references, path)
        }
        for _ in range(_STEPS):
            frontier = self._survey(frontier)
            if not frontier:
                break
        return {
            path: frozenset(q.text for q in mine if q.is_granted(self._answers(q, path)))
            for path, mine in questions.items()
        }

    def _survey(self, frontier: Iterable[tuple[str, ModuleName]]) -> set[tuple[str, ModuleName]]:
        """Ask these modules, and say whom they refer to."""
        new = sorted(set(frontier) - self._said.keys(), key=str)
        new = new[: max(0, _MOST_MODULES - len(self._said))]
        wanted: dict[str, set[str]] = {}
        for topic, module in new:
            wanted.setdefault(module.path, set()).add(f"{topic}:{module.name}")
        answers = self.ask({path: frozenset(facts) for path, facts in wanted.items()})
        for topic, module in new:
            start = f"{topic}:{module.name} "
            said = answers.get(module.path, frozenset())
            self._said[topic, module] = frozenset(
                line.removeprefix(start) for line in said if line.startswith(start)
            )
        return {
            (topic, further)
            for topic, module in new
            for further in self._found(self._elsewhere(topic, module), module.path)
        }

    def _answers(self, question: Question, path: str) -> Facts:
        """All that the modules say that a question leads to."""
        found: set[str] = set()
        frontier = set(self._found(question.references, path))
        seen: set[ModuleName] = set()
        for _ in range(_STEPS):
            seen |= frontier
            following: set[ModuleName] = set()
            for module in frontier:
                said = self._said.get((question.topic, module), frozenset())
                found.update(line for line in said if not line.startswith(ELSEWHERE))
                elsewhere = self._elsewhere(question.topic, module)
                following.update(self._found(elsewhere, module.path))
            frontier = following - seen
        return frozenset(found)

    def _elsewhere(self, topic: str, module: ModuleName) -> list[str]:
        said = self._said.get((topic, module), frozenset())
        return [line.removeprefix(ELSEWHERE) for line in said if line.startswith(ELSEWHERE)]

    def _found(self, references: Iterable[str], importer: str) -> Iterator[ModuleName]:
        for reference in references:
            if reference.startswith(CALLERS):
                yield from (
                    ModuleName(path, reference) for path in self.members if path != importer
                )
                continue
            module = self.modules.find(reference, importer)
            if module is not None and module.path != importer:
                yield module
