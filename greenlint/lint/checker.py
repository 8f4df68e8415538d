"""Everything between a source and its matches: gate, outline, facts, matcher. No I/O."""

import importlib
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from greenlint.lint.finding import Fix, Level, Span
from greenlint.lint.forms import is_test_path
from greenlint.lint.source import Source, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import libcst as cst

    from greenlint.lint.editing import Editor
    from greenlint.lint.facts.module import Facts
    from greenlint.lint.facts.vocabulary import Unit
    from greenlint.lint.matcher import Hit
    from greenlint.lint.parsing import Parsed
    from greenlint.lint.part import Part
    from greenlint.lint.rule import Rule
    from greenlint.lint.ruleset import Ruleset
    from greenlint.lint.site import FileWords
    from greenlint.lint.slicing import Slice
    from greenlint.lint.syntax import Place, Places

# Python frames only: since 3.11 they take no C stack, and libcst's trees are deep.
_RECURSION_LIMIT = 12_000


@dataclass(frozen=True, slots=True)
class Match:
    """Where a rule fires, in lines of the logical text.

    `statement` is the whole statement around it, for suppression. Any of the project facts in
    `unless_project` makes the match void, and so does each in `needs_project` that is not there.
    """

    rule: str
    span: Span
    statement: Span
    severity: Level
    confidence: Level
    message: str
    advice: str
    unless_project: tuple[str, ...] = ()
    needs_project: tuple[str, ...] = ()
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking one source gave: matches in the order of the text, or why there are none."""

    matches: tuple[Match, ...] = ()
    unreadable: SourceError | None = None


def prepare() -> None:
    """Load what a check loads at the first file that it has to parse."""
    from greenlint.lint.facts.vocabulary import known_facts
    from greenlint.lint.rule import Subject

    for name in ("bare_tree", "matcher", "relevance", "subjects"):
        importlib.import_module(f"greenlint.lint.{name}")
    known_facts(Subject.CALL)


def check_source(source: Source, ruleset: "Ruleset") -> Checked:
    """Hold every rule of `ruleset` against `source`; odd input makes it `unreadable`."""
    if not source.form.is_code:
        return _check_deployment(source, ruleset)
    names = ruleset.gate(source.data, path=source.path)
    if not names:
        return Checked()
    try:
        with DeepStack():
            return Checked(tuple(_matches(source, names, ruleset)))
    except SourceError as error:
        return Checked(unreadable=error)


def survey_source(source: Source, wanted: frozenset[str], ruleset: "Ruleset") -> frozenset[str]:
    """Which of the project facts `wanted` this source provides.

    `kind:KIND` asks for a call or mention of that kind, `guarded:NAME` whether every call of the
    function NAME in this file lies under a gradient guard. Questions on names of this module
    (`network:NAME`) come by themselves, and get answers of their own (`facts.definitions`).
    """
    if not source.form.is_code:
        from greenlint.lint.deployment.checking import survey

        return survey(source, wanted)
    from greenlint.lint.questions import is_about_name

    if all(map(is_about_name, wanted)):
        return frozenset(_told(source, wanted, ruleset))
    from greenlint.lint.facts.survey import possible_facts, provided
    from greenlint.lint.outline import Outline
    from greenlint.lint.parsing import Parsed
    from greenlint.lint.slicing import Relevance, slice_of

    asked = possible_facts(wanted, source.path, source.data, catalog=ruleset.catalog)
    if not asked:
        return frozenset()
    try:
        with DeepStack():
            outline = Outline(source.text)
            relevance = Relevance(frozenset[str]().union(*asked.values()))
            starts = [part for part in outline.parts if relevance.covers(part.words)]
            parsed = Parsed.of(source, slice_of(outline, relevance, starts))
            with _facts(parsed.module(), source, ruleset) as facts:
                return provided(facts, asked)
    except SourceError:
        return frozenset()


def _told(source: Source, wanted: frozenset[str], ruleset: "Ruleset") -> "Iterator[str]":
    """What the definitions that are asked about say."""
    from greenlint.lint.excerpt import Excerpts
    from greenlint.lint.facts.definitions import described
    from greenlint.lint.parsing import Parsed
    from greenlint.lint.slicing import Slice

    excerpts = Excerpts(source.text)
    for question in sorted(wanted):
        text = excerpts.of(question.partition(":")[2])
        if not text:
            continue
        try:
            with DeepStack():
                module = Parsed.of(source, Slice(text)).module()
                with _facts(module, source, ruleset) as facts:
                    yield from described(facts, question)
        except SourceError:
            continue


def _check_deployment(source: Source, ruleset: "Ruleset") -> Checked:
    rules = ruleset.gate_deployment(source.data)
    if not rules:
        return Checked()
    from greenlint.lint.deployment.checking import find

    try:
        found = find(source, rules)
    except SourceError as error:
        return Checked(unreadable=error)
    matches = [
        Match(
            rule,
            span,
            span,
            hit.severity,
            hit.confidence,
            hit.message,
            hit.advice,
            hit.unless_project,
        )
        for rule, hit, span in found
    ]
    return Checked(tuple(sorted(matches, key=lambda match: (match.span, match.rule))))


class DeepStack:
    """Lets deep trees be walked, and puts the limit back; SourceError if they are deeper still."""

    def __enter__(self) -> None:
        self._before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self._before, _RECURSION_LIMIT))

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: object
    ) -> None:
        sys.setrecursionlimit(self._before)
        if isinstance(error, RecursionError):
            from greenlint.lint.parsing import TOO_DEEP

            raise SourceError(TOO_DEEP) from None


def _matches(source: Source, names: frozenset[str], ruleset: "Ruleset") -> list[Match]:
    from greenlint.lint.outline import Outline
    from greenlint.lint.parsing import Parsed
    from greenlint.lint.site import FileWords

    likely = ruleset.likely(names, source.text)
    if not likely:
        return []
    spelled = ruleset.spelled(source.data)
    file = FileWords(Outline(source.text), spelled, is_test=is_test_path(source.path))
    subjects = ruleset.subjects(likely, file)
    if not subjects:
        return []
    parsed = Parsed.of(source, _slice(file, subjects, ruleset))
    rules = [rule for rule in ruleset.rules if rule.name in subjects]
    with ExitStack() as stack:
        facts = stack.enter_context(_facts(parsed.module(), source, ruleset))
        found = [(rule, hit) for rule in rules for hit in _hits(facts, rule)]
        if not found:
            return []
        places = _Located(
            facts,
            parsed,
            lambda: stack.enter_context(_facts(parsed.exact_module(), source, ruleset)),
        )
        matches = [_match(rule, hit, places) for rule, hit in found]
    return sorted(matches, key=lambda match: (match.span, match.rule))


def _slice(
    file: "FileWords", subjects: "Mapping[str, tuple[Part, ...]]", ruleset: "Ruleset"
) -> "Slice":
    """What has to be parsed for the possible subjects of rules."""
    from greenlint.lint.slicing import functions_alone, slice_of

    inside = frozenset(filter(ruleset.is_self_contained, subjects))
    alone = frozenset(part for name in inside for part in subjects[name])
    around = frozenset(subjects) - inside
    if not around:
        return functions_alone(file.outline, alone)
    starts = {part for name in around for part in subjects[name]}
    relevance = ruleset.relevance(around, file.spelled)
    return slice_of(file.outline, relevance, starts, alone=alone)


@contextmanager
def _facts(module: "cst.Module", source: Source, ruleset: "Ruleset") -> "Iterator[Facts]":
    """What is known of a module, as long as it is needed."""
    from greenlint.lint.facts.module import Facts

    facts = Facts(
        module,
        ruleset.catalog,
        path=source.path,
        notebook=bool(source.cells),
        accelerator=source.accelerator,
        policy=ruleset.policy,
    )
    try:
        yield facts
    finally:
        facts.release()


def _hits(facts: "Facts", rule: "Rule") -> "Iterator[Hit]":
    from greenlint.lint.detectors import detector_named
    from greenlint.lint.matcher import hits

    if rule.detector is None:
        return hits(facts, rule)
    found: Iterator[Hit] = detector_named(rule.detector).find(facts, rule)
    return found


def _match(rule: "Rule", hit: "Hit", places: "_Located") -> Match:
    place = places.of(hit.unit)
    return Match(
        rule.name,
        place.span,
        place.statement,
        hit.severity,
        hit.confidence,
        hit.message,
        hit.advice,
        hit.unless_project,
        hit.needs_project,
        places.fix(hit),
    )


class _Located:
    """Finds the place of a call or block by its number among its like.

    `exactly` has the same facts from libcst's own tree, which a fix is made on.
    """

    def __init__(self, facts: "Facts", parsed: "Parsed", exactly: "Callable[[], Facts]") -> None:
        from greenlint.lint.syntax import places_in

        self._facts = facts
        self._parsed = parsed
        self._exactly = exactly
        self._places: Places = places_in(parsed)

    def fix(self, hit: "Hit") -> Fix | None:
        """The edits of a hit that has a plan for them; None where the code does not allow it."""
        if hit.fix is None or self._editor is None:
            return None
        return self._editor.fix(hit.fix, self._same_in(self._editor.facts, hit.unit))

    def of(self, unit: "Unit") -> "Place":
        """The place of a call, or of a block's header."""
        return self._place(self._facts, unit)

    def _place(self, facts: "Facts", unit: "Unit") -> "Place":
        from greenlint.lint.facts.tree import Call

        if isinstance(unit, Call):
            return self._places.calls[unit.index]
        return self._places.block(unit.kind.value, facts.tree.number_of(unit))

    @cached_property
    def _editor(self) -> "Editor | None":
        from greenlint.lint.editing import Editor

        try:
            exact = self._exactly()
        except (SourceError, RecursionError):
            return None
        return Editor(exact, self._parsed.piece, partial(self._place, exact))

    def _same_in(self, exact: "Facts", unit: "Unit") -> "Unit":
        """The call or block of the exact tree that is `unit` in the bare one."""
        from greenlint.lint.facts.tree import Call

        if isinstance(unit, Call):
            return exact.tree.calls[unit.index]
        return exact.tree.blocks_of(unit.kind)[self._facts.tree.number_of(unit)]
