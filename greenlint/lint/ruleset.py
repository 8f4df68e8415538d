"""The rules of a run: found, selected, and with the policy's options and severities applied."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from greenlint import bundled
from greenlint.lint.catalog import Catalog
from greenlint.lint.forms import is_test_path
from greenlint.lint.gate import Gate
from greenlint.lint.policy_conditions import open_under
from greenlint.lint.rule import Rule
from greenlint.lint.rule_cache import RuleCache, pack_key
from greenlint.lint.rule_pack import Content, PackFile, read_pack
from greenlint.lint.rule_plain import Plain, catalog_of, rule_of
from greenlint.lint.rule_selection import (
    BUILT_IN,
    Names,
    changed,
    configured,
    matched,
    names_of,
    refuse_unknown_words,
    selected,
)
from greenlint.lint.spelling import SpelledNames, Spellings
from greenlint.policy.settings import LintSettings, PathSettings, PolicyFacts

if TYPE_CHECKING:
    from greenlint.lint.part import Part
    from greenlint.lint.relevance import RuleRelevance
    from greenlint.lint.site import FileWords
    from greenlint.lint.slicing import Relevance
    from greenlint.lint.subjects import RuleSubjects

__all__ = ["BUILT_IN", "RuleCache", "Ruleset", "load_all_rules", "load_packs", "load_ruleset"]


@dataclass(frozen=True)
class Ruleset:
    """The rules that a run may need, ready for use.

    `rules` holds what any path of the run selects, `chosen` the names selected where no per-path
    setting says otherwise. `names` has the family of every rule that there is, selected or not;
    greenlint's own findings are among the names and have the family "". `policy` is what rules may
    know of the policy beyond its `lint` section. `digest` changes with
    anything that could change a finding.
    """

    rules: tuple[Rule, ...]
    catalog: Catalog
    digest: str
    chosen: frozenset[str] = frozenset()
    mandatory: frozenset[str] = frozenset()
    names: Names = field(default_factory=dict, repr=False)
    policy: PolicyFacts = field(default_factory=PolicyFacts)

    def gate(self, data: bytes, *, path: str = "") -> frozenset[str]:
        """The names of the rules that Python code with these bytes can possibly concern."""
        return self._gate.candidates(data, is_test=is_test_path(path))

    def gate_deployment(self, data: bytes) -> tuple[Rule, ...]:
        """The rules that a deployment file with these bytes can possibly concern."""
        return tuple(
            rule
            for rule in self.rules
            if not rule.reads_code
            and all(any(word in data for word in group) for group in rule.gate)
        )

    def chosen_for(self, changes: Iterable[PathSettings]) -> frozenset[str]:
        """The names that are on for a path that `changes` apply to, in their order."""
        names_on = self.chosen
        for change in changes:
            names_on = changed(names_on, self.names, select=change.select, ignore=change.ignore)
        return names_on | self.mandatory

    def rule(self, name: str) -> Rule | None:
        """The rule of that name, if the run may need it."""
        return self._by_name.get(name)

    def likely(self, names: frozenset[str], text: str) -> frozenset[str]:
        """Those of the rules `names` that the detectors' own look at a text leaves."""
        from greenlint.lint.detectors import may_find

        detectors = {name: self._by_name[name].detector for name in names}
        return frozenset(
            name for name, found in detectors.items() if found is None or may_find(found, text)
        )

    def is_self_contained(self, name: str) -> bool:
        """Whether the possible subjects of a rule are all that it needs of a file."""
        from greenlint.lint.detectors import is_self_contained

        detector = self._by_name[name].detector
        return detector is not None and is_self_contained(detector)

    def spelled(self, data: bytes) -> SpelledNames:
        """The names of the catalog that a file with these bytes can mean."""
        return self._spellings.in_text(data)

    def subjects(
        self, names: frozenset[str], file: "FileWords"
    ) -> "Mapping[str, tuple[Part, ...]]":
        """In which parts of a file those of the rules `names` may fire that can at all."""
        return self._subjects.of(names, file)

    def relevance(self, names: frozenset[str], spelled: SpelledNames) -> "Relevance":
        """What matters to the rules `names` in a file that spells `spelled`."""
        return self._relevance.of(names, spelled)

    @cached_property
    def _subjects(self) -> "RuleSubjects":
        from greenlint.lint.subjects import RuleSubjects

        return RuleSubjects(self._for_code)

    @cached_property
    def _relevance(self) -> "RuleRelevance":
        from greenlint.lint.relevance import RuleRelevance

        return RuleRelevance(self._for_code)

    @cached_property
    def _spellings(self) -> Spellings:
        return Spellings(self.catalog)

    @cached_property
    def _gate(self) -> Gate:
        return Gate(self._for_code, self._spellings)

    @cached_property
    def _for_code(self) -> tuple[Rule, ...]:
        """What can fire in code under the policy."""
        code = (open_under(rule, self.policy) for rule in self.rules if rule.reads_code)
        return tuple(rule for rule in code if rule is not None)

    @cached_property
    def _by_name(self) -> Mapping[str, Rule]:
        return {rule.name: rule for rule in self.rules}


def load_ruleset(settings: LintSettings, *, cache: RuleCache | None = None) -> Ruleset:
    """The rules that `settings` select, as they configure them.

    Raises RuleError for a rule file and PolicyError for a setting that can't be used.
    """
    files = _files(Path(path) for path in settings.rule_paths)
    rules, catalog = load_packs(files, cache=cache)
    names = names_of(rules)
    refuse_unknown_words(settings, names)
    chosen = selected(rules, settings)
    elsewhere = matched([word for path in settings.per_path for word in path.select], names)
    used = tuple(rule for rule in configured(rules, settings) if rule.name in chosen | elsewhere)
    return Ruleset(
        rules=used,
        catalog=catalog,
        digest=_digest(pack_key(files), used, settings.facts),
        chosen=chosen,
        mandatory=matched(settings.mandatory, names),
        names=names,
        policy=settings.facts,
    )


def keep_bundled_rules(directory: Path) -> None:
    """Write the validated form of greenlint's own rules to a directory, for the wheel."""
    files = _files(())
    RuleCache(directory).put(pack_key(files), _plains(files, None))


def load_all_rules(
    rule_paths: Sequence[Path] = (), *, cache: RuleCache | None = None
) -> tuple[Rule, ...]:
    """Every rule that there is, greenlint's own first, by family and name."""
    return load_packs(_files(rule_paths), cache=cache)[0]


def load_packs(
    files: Sequence[PackFile], *, cache: RuleCache | None = None
) -> tuple[tuple[Rule, ...], Catalog]:
    """The rules and the API catalog in `files`; RuleError with every problem in them."""
    plains = _plains(files, cache)
    rules = tuple(
        rule_of(plain, path=file.path, family=file.family)
        for file, plain in zip(files, plains, strict=True)
        if file.content is Content.RULE
    )
    catalogs = (
        plain for file, plain in zip(files, plains, strict=True) if file.content is Content.CATALOG
    )
    return rules, catalog_of(catalogs)


def _files(rule_paths: Iterable[Path]) -> tuple[PackFile, ...]:
    files = list(read_pack(bundled.rules_directory(), bundled=True))
    for path in dict.fromkeys(rule_paths):
        files.extend(read_pack(path))
    return tuple(files)


def _plains(files: Sequence[PackFile], cache: RuleCache | None) -> Sequence[Plain]:
    """The validated plain form of each file, from the wheel or the cache if it is there."""
    key = pack_key(files)
    shipped = RuleCache(bundled.validated_rules_directory())
    for kept in (shipped, cache):
        if kept is not None and (found := kept.get(key)) is not None:
            plain: Sequence[Plain] = found
            return plain
    from greenlint.lint.rule_check import validated

    plains = validated(files)
    if cache:
        cache.put(key, plains)
    return plains


def _digest(key: str, rules: Iterable[Rule], facts: PolicyFacts) -> str:
    digest = hashlib.sha256(f"{key} {facts!r}\n".encode())
    for rule in rules:
        levels = [rule.severity, *(case.severity for case in rule.cases)]
        digest.update(f"{rule.name} {levels} {sorted(rule.values.items())}\n".encode())
    return digest.hexdigest()
