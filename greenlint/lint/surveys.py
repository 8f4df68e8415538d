"""What projects provide: the facts that other files, or the configuration, make true for a match.

A match asks for facts; every file of the run in the same project is surveyed for exactly those,
so that no result hangs on the order of files. What a match needs to be told of names that its file
imports is asked of their modules alone (`inquiries`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint.lint.cache import ResultCache, Survey, content_hash
from greenlint.lint.discovery import FoundFile, shown_path
from greenlint.lint.file_report import FileReport
from greenlint.lint.processing import process
from greenlint.lint.source import Source, SourceError, read_bytes, read_source
from greenlint.lint.task import Lost

if TYPE_CHECKING:
    from greenlint.lint.project import Projects
    from greenlint.lint.ruleset import Ruleset

Surveyor = Callable[[Source, frozenset[str], "Ruleset"], frozenset[str]]
Facts = frozenset[str]


@dataclass(frozen=True, slots=True)
class Surveying:
    """Surveys one file; what a process of its own is given to do."""

    ruleset: "Ruleset"
    survey: Surveyor
    questions: Mapping[str, Facts]

    def __call__(self, file: FoundFile) -> Facts:
        """Which of the facts asked of this file it provides."""
        try:
            source = read_source(Path(file.path), shown=file.shown)
        except SourceError:
            return frozenset()
        return self.survey(source, self.questions[file.path], self.ruleset)


@dataclass(frozen=True, slots=True)
class SurveyedFiles:
    """The files of a run, and what is needed to ask them for facts."""

    files: Sequence[FoundFile]
    contents: Mapping[str, bytes]
    ruleset: "Ruleset"
    survey: Surveyor
    jobs: int
    cache: ResultCache | None = None


def project_facts(
    surveyed: SurveyedFiles, reports: Mapping[str, FileReport], *, fallback: str
) -> Mapping[str, Facts]:
    """For each file with matches that ask for facts, those that its project provides."""
    questions = {
        path: asked
        for path, report in reports.items()
        if (asked := {fact for draft in report.drafts for fact in draft.unless_project})
    }
    needs = {
        path: frozenset(needed)
        for path, report in reports.items()
        if (needed := {fact for draft in report.drafts for fact in draft.needs_project})
    }
    if not questions and not needs:
        return {}
    from greenlint.lint.project import Projects

    projects = Projects(fallback)
    granted = _granted(surveyed, needs, projects)
    provided = _provided_to(surveyed, questions, projects)
    nothing: Facts = frozenset()
    return {
        path: provided.get(path, nothing) | granted.get(path, nothing)
        for path in {**questions, **needs}
    }


def _provided_to(
    surveyed: SurveyedFiles, questions: Mapping[str, set[str]], projects: "Projects"
) -> Mapping[str, Facts]:
    """For each file that asks for facts, those that its project provides."""
    roots = {path: projects.root_of(path) for path in questions}
    wanted: dict[str, set[str]] = {}
    for path, asked in questions.items():
        wanted.setdefault(roots[path], set()).update(asked)
    members: dict[str, list[FoundFile]] = {root: [] for root in wanted}
    for file in surveyed.files:
        root = projects.root_of(file.path)
        if root in members:
            members[root].append(file)
    provided = _provided(surveyed, members, {root: frozenset(f) for root, f in wanted.items()})
    return {path: provided[root] for path, root in roots.items()}


def _granted(
    surveyed: SurveyedFiles, needs: Mapping[str, Facts], projects: "Projects"
) -> Mapping[str, Facts]:
    """For each file that needs to know of names that it imports, what their modules grant."""
    from greenlint.lint.inquiries import Inquiries
    from greenlint.lint.project_modules import ProjectModules

    asking: dict[str, dict[str, Facts]] = {}
    for path, needed in needs.items():
        asking.setdefault(projects.root_of(path), {})[path] = needed
    granted: dict[str, Facts] = {}
    members: dict[str, list[str]] = {root: [] for root in asking}
    for file in surveyed.files:
        members.get(projects.root_of(file.path), []).append(file.path)
    for root, asked in sorted(asking.items()):
        inquiries = Inquiries(ProjectModules(root), members[root], partial(_said, surveyed))
        granted |= inquiries.granted(asked)
    return granted


def _said(surveyed: SurveyedFiles, wanted: Mapping[str, Facts]) -> Mapping[str, Facts]:
    """What files, in the run or not, answer to questions on names of theirs."""
    answers: dict[str, Facts] = {}
    contents: dict[str, bytes] = {}
    questions: dict[str, Facts] = {}
    for path, asked in wanted.items():
        contents[path] = surveyed.contents.get(path) or _content(path)
        known = Survey()
        if surveyed.cache is not None and contents[path]:  # what can't be read has no content
            known = surveyed.cache.survey(contents[path])
        answers[path] = known.provided
        if asked - known.asked:
            questions[path] = asked - known.asked
    files = [FoundFile(path, shown_path(path)) for path in questions]
    for file, answer in _answers(surveyed, files, questions):
        answers[file.path] |= answer
        if surveyed.cache is not None and contents[file.path]:
            surveyed.cache.put_survey(contents[file.path], Survey(questions[file.path], answer))
    return answers


def _content(path: str) -> bytes:
    try:
        return content_hash(read_bytes(Path(path)))
    except SourceError:
        return b""


def _provided(
    surveyed: SurveyedFiles,
    members: Mapping[str, Sequence[FoundFile]],
    wanted: Mapping[str, Facts],
) -> Mapping[str, Facts]:
    """Which of the facts `wanted` of each project, by its root, its files provide.

    The files of all projects are asked in one go.
    """
    from greenlint.lint.project import declared_facts, is_declared

    found = {root: set(declared_facts(root, facts)) for root, facts in sorted(wanted.items())}
    questions: dict[str, Facts] = {}
    root_of: dict[FoundFile, str] = {}
    for root, files in members.items():
        known = [(file, _known(surveyed, file)) for file in files]
        found[root].update(*(survey.provided & wanted[root] for _, survey in known))
        left = frozenset(fact for fact in wanted[root] - found[root] if not is_declared(fact))
        for file, survey in known:
            if asked := left - survey.asked if survey.asked else left:  # one set for many files
                questions[file.path] = asked
                root_of[file] = root
    for file, answer in _answers(surveyed, list(root_of), questions):
        found[root_of[file]] |= answer
        _remember(surveyed, file, Survey(questions[file.path], answer))
    return {root: frozenset(facts & wanted[root]) for root, facts in found.items()}


def _answers(
    surveyed: SurveyedFiles, asked: Sequence[FoundFile], questions: Mapping[str, Facts]
) -> Iterable[tuple[FoundFile, Facts]]:
    work = Surveying(surveyed.ruleset, surveyed.survey, questions)
    for file, answer in process(asked, work, jobs=surveyed.jobs):
        yield file, frozenset() if isinstance(answer, Lost) else answer


def _known(surveyed: SurveyedFiles, file: FoundFile) -> Survey:
    content = surveyed.contents.get(file.path)
    if content is None or surveyed.cache is None:
        return Survey()
    return surveyed.cache.survey(content)


def _remember(surveyed: SurveyedFiles, file: FoundFile, survey: Survey) -> None:
    content = surveyed.contents.get(file.path)
    if content is not None and surveyed.cache is not None:
        surveyed.cache.put_survey(content, survey)
