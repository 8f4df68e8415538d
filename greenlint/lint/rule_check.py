"""Holds the files of rule packs against their models and against each other, with exact places."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from greenlint.errors import Problem, RuleError
from greenlint.lint.catalog import Catalog
from greenlint.lint.deployment import vocabulary as deployment
from greenlint.lint.facts.vocabulary import known_facts, known_kinds
from greenlint.lint.rule import Subject
from greenlint.lint.rule_match_check import Vocabulary, case_problems
from greenlint.lint.rule_options import option_problem
from greenlint.lint.rule_pack import Content, PackFile
from greenlint.lint.rule_selection import ALL, BUILT_IN
from greenlint.lint.rule_text import CatalogText, RuleText
from greenlint.yaml_document import Document, Location, load_document, problems_of


@dataclass(frozen=True, slots=True)
class _RuleFile:
    """The file of a rule that fits its model."""

    file: PackFile
    document: Document
    text: RuleText


def validated(files: Sequence[PackFile]) -> list[dict[str, Any]]:
    """The plain form of each file; RuleError with every problem of all of them."""
    models: list[RuleText | CatalogText] = []
    rules: list[_RuleFile] = []
    problems: list[Problem] = []
    for file in files:
        try:
            document, model = _read(file)
        except RuleError as error:
            problems.extend(error.problems)
            continue
        models.append(model)
        if isinstance(model, RuleText):
            rules.append(_RuleFile(file, document, model))
    problems.extend(_name_problems(rules))
    for rule in rules:
        problems.extend(_option_problems(rule))
    if not problems:
        # A broken catalog file would make words unknown that are in it.
        vocabulary = vocabulary_of(m for m in models if isinstance(m, CatalogText))
        for rule in rules:
            problems.extend(case_problems(rule.document, rule.text, vocabulary))
    if problems:
        raise RuleError(problems)
    return [model.model_dump(mode="json", exclude_defaults=True) for model in models]


def _read(file: PackFile) -> tuple[Document, RuleText | CatalogText]:
    """One file as its model; RuleError with every problem in it."""
    name = _shown(file.path)
    try:
        text = file.data.decode()
    except UnicodeDecodeError as reason:
        line = file.data.count(b"\n", 0, reason.start) + 1
        raise RuleError(Problem("is not UTF-8 text", name, line)) from reason
    document = load_document(text, name, error=RuleError)
    model = RuleText if file.content is Content.RULE else CatalogText
    try:
        return document, model.model_validate(document.data)
    except ValidationError as error:
        raise RuleError(problems_of(error, document, model)) from error


def _shown(path: Path) -> str:
    """The path as people read it: relative to the working directory when it is below that."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def _name_problems(rules: Sequence[_RuleFile]) -> Iterator[Problem]:
    """Names that differ from their file's, that exist already or that mean something else."""
    first: dict[str, _RuleFile] = {}
    families = {rule.file.family for rule in rules}
    for rule in rules:
        name, place = rule.text.name, rule.document.place(("name",))
        if name != rule.file.path.stem:
            hint = f"call the file {name}{rule.file.path.suffix}"
            yield place.problem(f"the rule is called `{name}` and its file is not", hint)
        if name in families or name in BUILT_IN:
            owner = "a family" if name in families else "greenlint itself"
            yield place.problem(f"the name `{name}` is taken by {owner}")
        if (earlier := first.setdefault(name, rule)) is not rule:
            hint = f"the first is in {earlier.document.place(('name',))}"
            yield place.problem(f"there is a rule `{name}` already", hint)
        if rule.file.family == ALL:
            yield place.problem(f"a family can't be called {ALL}", "rename the folder")
        if rule.text.detector and not rule.file.bundled:
            place = rule.document.place(("detector",), key=True)
            hint = "use `match`: a rule pack is data and can't run code"
            yield place.problem("only greenlint's own rules have a `detector`", hint)


def _option_problems(rule: _RuleFile) -> Iterator[Problem]:
    """Defaults that the option itself would refuse, and names that mean something else."""
    for name, option in rule.text.options.items():
        at: Location = ("options", name)
        if name == "severity":
            message = "an option can't be called `severity`, which policies set for every rule"
            yield rule.document.place(at, key=True).problem(message)
        wrong = option_problem(
            option.type, option.default, minimum=option.minimum, maximum=option.maximum
        )
        if wrong:
            yield rule.document.place((*at, "default")).problem(f"the default {wrong}")


def vocabulary_of(catalogs: Iterable[CatalogText | Catalog]) -> Vocabulary:
    """The words that the facts and the catalog define; a kind defines what it is a case of."""
    kinds: set[str] = set()
    for catalog in catalogs:
        for call in catalog.calls:
            parts = call.kind.split(".")
            kinds.update(".".join(parts[:length]) for length in range(1, len(parts) + 1))
    by_subject = {
        subject: known_kinds(subject) if subject.of_code else deployment.known_kinds(subject)
        for subject in Subject
    }
    return Vocabulary(
        facts={
            subject: known_facts(subject) if subject.of_code else deployment.known_facts(subject)
            for subject in Subject
        },
        kinds={**by_subject, Subject.CALL: frozenset(kinds)},
    )
