"""A slice changes no result: every example of every page, sliced and whole."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from greenlint.lint.checker import check_source
from greenlint.lint.outline import Outline
from greenlint.lint.ruleset import Ruleset, load_ruleset
from greenlint.lint.site import FileWords
from greenlint.lint.slicing import Relevance, slice_of
from greenlint.lint.source import Source
from greenlint.policy.settings import LintSettings, PolicyFacts, load_settings

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in (ROOT / "rules").glob("*/*.md"))
POLICY = re.compile(r"^```yaml policy\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```python[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PADDING = "\n\n".join(
    f"def padding_{n}(value):\n    padded_sum = value + {n}\n    return padded_sum"
    for n in range(10)
)


class WholeFiles(Ruleset):
    """A ruleset to which every function, and everything in a file matters."""

    def likely(self, names, text):  # noqa: ARG002  (all)
        """Every rule that the gate lets through."""
        return names

    def subjects(self, names, file):
        """Every rule that the gate lets through may fire anywhere."""
        return dict.fromkeys(names, file.outline.parts)

    def relevance(self, names, spelled) -> Relevance:  # noqa: ARG002  (all)
        """Whatever has an identifier."""
        return Relevance(frozenset(), (re.compile(""),))


@pytest.fixture(scope="module")
def ruleset(tmp_path_factory) -> Ruleset:
    root = tmp_path_factory.mktemp("root")
    return load_ruleset(LintSettings(select=("ALL",), root=str(root)))


@pytest.fixture(scope="module")
def whole(ruleset) -> WholeFiles:
    return WholeFiles(**{field.name: getattr(ruleset, field.name) for field in fields(Ruleset)})


def examples(page: Path) -> list[Source]:
    """The Python blocks of a page, each with ten functions behind it that concern no rule."""
    texts = (f"{text}\n\n{PADDING}\n" for text in BLOCK.findall(page.read_text(encoding="utf-8")))
    return [Source("app/main.py", text, text.encode()) for text in texts]


def policy_of(page: Path, directory: Path) -> PolicyFacts:
    """What the policy on a page says; it is the one that its examples are checked under."""
    found = POLICY.search(page.read_text(encoding="utf-8"))
    path = directory / "greenlint.yaml"
    path.write_text(found[1] if found else "version: 1\n", encoding="utf-8")
    return load_settings(path).facts


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_results_on_slices_are_results_on_whole_files(page, ruleset, whole, tmp_path):
    """What is cut out would have changed nothing."""
    facts = policy_of(page, tmp_path)
    if facts != ruleset.policy:
        ruleset, whole = replace(ruleset, policy=facts), replace(whole, policy=facts)
    for source in examples(page):
        matches = check_source(source, whole).matches
        assert check_source(source, ruleset).matches == matches, source.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_functions_that_concern_no_rule_are_cut_out(page, ruleset):
    """Where a file is parsed at all, the ten functions are not."""
    for source in examples(page):
        names = ruleset.gate(source.data)
        if names:
            outline, spelled = Outline(source.text), ruleset.spelled(source.data)
            starts = ruleset.subjects(names, FileWords(outline, spelled))
            relevance = ruleset.relevance(names, spelled)
            piece = slice_of(outline, relevance, {p for parts in starts.values() for p in parts})
            assert "padded_sum" not in piece.text
