"""Rule packs of users: where they may stand, and what is said of each mistake in them."""

import os
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from greenlint.errors import RuleError
from greenlint.level import Level
from greenlint.lint.rule import Comparison, Condition, Evidence, Option, Precision, Subject
from greenlint.lint.ruleset import load_all_rules, load_ruleset
from greenlint.policy.settings import LintSettings

RULE = """\
name: wasted-call
summary: A call is wasted.
severity: medium
confidence: high
since: "0.1"
gate: [[wasted], [.call(]]
message: "`{call}` is wasted"
advice: "Do not call it."
match:
  - case: any-call
    call: [wasted.**]
"""

CATALOG = """\
source: wasted 1.0
date: 2026-11-21
calls:
  - kind: waste.call
    names: [wasted.call]
"""


def pack(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A rule pack below `root` with these files."""
    for name, content in files.items():
        path = root / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root / "pack"


def changed(old: str, new: str) -> str:
    """The rule with one thing in it changed."""
    assert RULE.count(old) == 1
    return RULE.replace(old, new)


def mistakes(root: Path, files: Mapping[str, str | bytes]) -> str:
    """What is said of a pack with these files, with paths relative to the pack."""
    directory = pack(root, files)
    with pytest.raises(RuleError) as caught:
        load_all_rules([directory])
    assert caught.value.exit_code == 2
    return str(caught.value).replace(f"{directory}{os.sep}", "")


def in_case(lines: str) -> str:
    """The rule with more lines in its case."""
    return RULE + textwrap.indent(textwrap.dedent(lines), "    ")


@pytest.mark.parametrize(
    ("name", "family"), [("wasted-call.yaml", "pack"), ("ai/wasted-call.yaml", "ai")]
)
def test_rules_stand_flat_or_in_folders_of_families(tmp_path: Path, name: str, family: str) -> None:
    directory = pack(tmp_path, {name: RULE})
    rule = next(rule for rule in load_all_rules([directory]) if rule.name == "wasted-call")
    assert rule.family == family
    assert rule.path == directory / name
    assert rule.page == (directory / name).with_suffix(".md")


def test_every_key_of_a_rule_arrives(tmp_path: Path) -> None:
    text = with_option(
        "limit: {type: integer, default: 3, minimum: 1, maximum: 9, description: How many.}"
    )
    text += textwrap.indent(
        textwrap.dedent("""\
        where: {argument.size: {more-than: $limit, at-most: 8}, in: [loop, class]}
        unless:
          - {argument.cache: present, in: test}
          - {imports: wasted_cache}
        severity: low
        confidence: medium
        message: Other.
        advice: Another.
    """),
        "    ",
    )
    text += "evidence: [{effect: 5 to 10 %, source: A Paper, quality: weak, date: 2026-01-02}]\n"
    text += "precision: {read: 40, true: 38, repositories: 12, date: 2026-11-21}\n"
    directory = pack(tmp_path, {"wasted-call.yaml": text})
    rule = next(rule for rule in load_all_rules([directory]) if rule.name == "wasted-call")
    assert rule.summary == "A call is wasted."
    assert (rule.severity, rule.confidence, rule.since) == (Level.MEDIUM, Level.HIGH, "0.1")
    assert rule.gate == ((b"wasted",), (b".call(",))
    assert rule.options == {"limit": Option("integer", 3, "How many.", 1, 9)}
    assert rule.values == {"limit": 3}
    assert rule.evidence == (Evidence("5 to 10 %", "A Paper", "weak", "2026-01-02"),)
    assert rule.precision == Precision(40, 38, 12, "2026-11-21")
    (case,) = rule.cases
    assert (case.name, case.subject, case.names) == ("any-call", Subject.CALL, ("wasted.**",))
    assert case.where == (
        Condition(
            "argument", "size", (Comparison("more-than", ("$limit",)), Comparison("at-most", (8,)))
        ),
        Condition("in", "", (Comparison("one-of", ("loop", "class")),)),
    )
    assert case.unless == (
        (
            Condition("argument", "cache", (Comparison("equals", ("present",)),)),
            Condition("in", "", (Comparison("equals", ("test",)),)),
        ),
        (Condition("imports", "", (Comparison("equals", ("wasted_cache",)),)),),
    )
    assert (case.severity, case.confidence) == (Level.LOW, Level.MEDIUM)
    assert (case.message, case.advice) == ("Other.", "Another.")


def test_where_may_name_one_fact_several_times(tmp_path: Path) -> None:
    text = in_case("where: [{imports: one}, {imports: two}]\n")
    directory = pack(tmp_path, {"wasted-call.yaml": text})
    rule = next(rule for rule in load_all_rules([directory]) if rule.name == "wasted-call")
    assert [condition.fact for condition in rule.cases[0].where] == ["imports", "imports"]


def test_a_pack_may_bring_kinds_of_calls(tmp_path: Path) -> None:
    text = changed("wasted.**", "waste")
    directory = pack(tmp_path, {"wasted-call.yaml": text, "catalog/wasted.yaml": CATALOG})
    settings = LintSettings(select=("wasted-call",), rule_paths=(str(directory),))
    (call,) = load_ruleset(settings).catalog.calls_named("wasted.call")
    assert call.kind == "waste.call"


def test_a_pack_may_say_more_of_a_type_that_there_is(tmp_path: Path) -> None:
    text = """\
    source: our own wrapper
    date: 2026-11-21
    types:
      - {name: ours, constructors: [ours.A], returns-self: [again], composes: true}
      - {name: ours, constructors: [ours.B]}
    """
    directory = pack(tmp_path, {"catalog/ours.yaml": textwrap.dedent(text)})
    catalog = load_ruleset(LintSettings(rule_paths=(str(directory),))).catalog
    ours = catalog.type_named("ours")
    assert ours is not None
    assert ours == catalog.type_built_by("ours.A") == catalog.type_built_by("ours.B")
    assert (ours.returns_self, ours.composes) == (("again",), True)


def test_what_is_hidden_is_no_rule(tmp_path: Path) -> None:
    directory = pack(tmp_path, {".git/x.yaml": "?", "_drafts/y.yaml": "?", ".z.yaml": "?"})
    assert load_all_rules([directory]) == load_all_rules()


def test_the_same_pack_twice_is_one_pack(tmp_path: Path) -> None:
    directory = pack(tmp_path, {"wasted-call.yaml": RULE})
    assert load_all_rules([directory, directory]) == load_all_rules([directory])


def with_option(option: str) -> str:
    """The rule with one option."""
    return changed("message:", f"options: {{{option}}}\nmessage:")


def with_precision(precision: str) -> str:
    """The rule with a record of findings that were read."""
    return f"{RULE}precision: {{{precision}}}\n"


MISTAKES = {
    "unknown key": (
        changed("summary:", "sumary: x\nsummary:"),
        "2:1: unknown key `sumary` (did you mean `summary`?)",
    ),
    "unknown key of a case": (
        in_case("unles: []\n"),
        "12:5: unknown key `match[0].unles` (did you mean `unless`?)",
    ),
    "missing key": (
        changed("severity: medium\n", ""),
        "1:1: key `severity` is missing",
    ),
    "wrong level": (
        changed("severity: medium", "severity: hihg"),
        "3:11: `severity` must be low, medium or high, not 'hihg' (did you mean `high`?)",
    ),
    "not YAML": (
        changed("gate: [[wasted], [.call(]]", "gate: [[wasted"),
        "7:8: is not YAML: did not find expected ',' or ']' while parsing a flow sequence",
    ),
    "other name than the file": (
        changed("name: wasted-call", "name: wasted-cal"),
        "1:7: the rule is called `wasted-cal` and its file is not (call the file wasted-cal.yaml)",
    ),
    "a name that is no word": (
        changed("name: wasted-call", "name: Wasted_Call"),
        "1:7: `name` must be words of a-z and 0-9 joined by hyphens, not 'Wasted_Call'",
    ),
    "neither match nor detector": (
        RULE.partition("match:")[0],
        "1:1: must have either `match` or `detector`",
    ),
    "a detector": (
        RULE.partition("match:")[0] + "detector: wasted-call\n",
        (
            "9:1: only greenlint's own rules have a `detector` "
            "(use `match`: a rule pack is data and can't run code)"
        ),
    ),
    "two subjects": (
        in_case("loop: [training.epochs]\n"),
        "10:5: `match[0]` must have exactly one subject: `call`, `loop`, `function`, `image`",
    ),
    "two cases of a name": (
        RULE + "  - {case: any-call, call: [other.**]}\n",
        "10:11: the rule has more than one case `any-call`",
    ),
    "unknown fact": (
        in_case("where: {argumnet.size: absent}\n"),
        "12:13: a call has no fact `argumnet` (did you mean `argument`?)",
    ),
    "unknown kind": (
        changed("wasted.**", "lm.chat"),
        "11:12: no catalog file has the kind `lm.chat` (did you mean `llm.chat`?)",
    ),
    "a kind that is almost right": (
        changed("wasted.**", "llm.caht"),
        "11:12: no catalog file has the kind `llm.caht` (did you mean `llm.chat`?)",
    ),
    "an unknown kind like no other": (
        changed("wasted.**", "llm.zzzzzzzzzz"),
        (
            "11:12: no catalog file has the kind `llm.zzzzzzzzzz` "
            "(the catalog's kinds begin like this one)"
        ),
    ),
    "a function of Python": (
        changed("wasted.**", "print"),
        (
            "11:12: no catalog file has the kind `print` "
            "(the function of Python itself is builtins.print)"
        ),
    ),
    "unknown kind of a condition": (
        in_case('unless: [{file.lm.chat: "yes"}]\n'),
        "12:15: no catalog file has the kind `lm.chat` (did you mean `llm.chat`?)",
    ),
    "unknown kind of a loop": (
        changed("call: [wasted.**]", "loop: [nonsense]"),
        "11:12: no loop has the kind `nonsense`",
    ),
    "unknown comparison": (
        in_case("where: {argument.size: {atleast: 3}}\n"),
        (
            "12:28: `match[0].where.argument.size` must use the comparisons equals, one-of, "
            "at-least, at-most, more-than, less-than, matches, not `atleast`"
        ),
    ),
    "text where a number belongs": (
        in_case("where: {argument.size: {at-least: many}}\n"),
        "12:28: `match[0].where.argument.size` must be a number, or an option such as $limit",
    ),
    "a value that is no scalar": (
        in_case("where: {argument.size: {equals: [[1]]}}\n"),
        "12:28: `match[0].where.argument.size` must be a word, a number, true or false",
    ),
    "more values than anyone writes": (
        in_case(f"where: {{argument.size: [{', '.join('x' * 101)}]}}\n"),
        "12:28: `match[0].where.argument.size` must have from 1 to 100 values",
    ),
    "a word that is too long": (
        in_case(f"where: {{argument.size: {'x' * 201}}}\n"),
        "12:28: `match[0].where.argument.size` must have words of at most 200 characters",
    ),
    "a pattern with three stars": (
        in_case("where: {name: {matches: a***}}\n"),
        (
            "12:19: `match[0].where.name` must have no wildcards but `*` (in one dotted part) "
            "and `**` (anything)"
        ),
    ),
    "a pattern with many stars": (
        changed("wasted.**", "a*a*a*a*a*a*a*a*a*a"),
        "11:12: `match[0].call[0]` must have at most 8 wildcards",
    ),
    "a condition without a value": (
        in_case("where: {argument.size: }\n"),
        (
            "12:28: `match[0].where.argument.size` "
            "must be a word, a number, a list of them, or comparisons"
        ),
    ),
    "unknown option": (
        in_case("where: {argument.size: $limt}\n"),
        "12:28: the rule has no option `limt`",
    ),
    "default outside its range": (
        with_option("limit: {type: integer, default: 0, minimum: 1, description: D.}"),
        "7:43: the default must be at least 1, not 0",
    ),
    "default of another type": (
        with_option("limit: {type: integer, default: true, description: D.}"),
        "7:43: the default must be a whole number, not true",
    ),
    "an option called severity": (
        with_option("severity: {type: string, default: a, description: D.}"),
        "7:11: an option can't be called `severity`, which policies set for every rule",
    ),
    "braces that hold no fact": (
        changed("`{call}` is wasted", "{call.__class__} is wasted"),
        "7:10: `message` must have only names of facts in braces, such as {call}",
    ),
    "a gate without words": (
        changed("[[wasted], [.call(]]", "[[]]"),
        "6:8: `gate[0]` must have 1 to 500 entries, not 0",
    ),
    "a word that every file holds": (
        changed("[[wasted]", "[['']"),
        "6:9: `gate[0][0]` must have 1 to 100 characters, not 0",
    ),
    "more true than read": (
        with_precision("read: 3, true: 4, repositories: 1, date: 2026-11-21"),
        "12:12: `precision` must not have more `true` than `read`",
    ),
    "a date in other words": (
        with_precision("read: 3, true: 3, repositories: 1, date: yesterday"),
        "12:54: `precision.date` must be a date such as 2026-11-21",
    ),
    "a day that there is not": (
        with_precision("read: 3, true: 3, repositories: 1, date: 2026-02-30"),
        "12:54: `precision.date` must be a date such as 2026-11-21",
    ),
    "a version without quotes": (
        changed('since: "0.1"', "since: 0.1"),
        "5:8: `since` must be text, not 0.1",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_reported_with_its_place_and_cure(tmp_path: Path, mistake: str) -> None:
    text, said = MISTAKES[mistake]
    assert mistakes(tmp_path, {"wasted-call.yaml": text}).startswith(f"wasted-call.yaml:{said}")


def test_all_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    broken = changed("severity: medium", "severity: 3")
    said = mistakes(tmp_path, {"a/wasted-call.yaml": broken, "catalog/c.yaml": "calls: 3\n"})
    assert [line.partition(":")[0] for line in said.split("\n")] == [
        "a/wasted-call.yaml",
        *["catalog/c.yaml"] * 3,
    ]


def test_a_rule_that_exists_already_is_refused_with_both_places(tmp_path: Path) -> None:
    said = mistakes(tmp_path, {"a/wasted-call.yaml": RULE, "b/wasted-call.yaml": RULE})
    assert said == (
        "b/wasted-call.yaml:1:7: there is a rule `wasted-call` already "
        "(the first is in a/wasted-call.yaml:1:7)"
    )


@pytest.mark.parametrize(
    ("name", "owner"), [("training", "a family"), ("unused-suppression", "greenlint itself")]
)
def test_a_rule_may_not_take_a_name_that_means_something_else(
    tmp_path: Path, name: str, owner: str
) -> None:
    text = changed("name: wasted-call", f"name: {name}")
    said = mistakes(tmp_path, {f"{name}.yaml": text})
    assert said == f"{name}.yaml:1:7: the name `{name}` is taken by {owner}"


def test_a_family_may_not_be_called_all(tmp_path: Path) -> None:
    said = mistakes(tmp_path, {"ALL/wasted-call.yaml": RULE})
    assert said == "ALL/wasted-call.yaml:1:7: a family can't be called ALL (rename the folder)"


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError) as caught:
        load_all_rules([tmp_path / "nowhere"])
    assert str(caught.value) == (
        f"{tmp_path / 'nowhere'}: cannot be read: No such file or directory "
        "(`rule_paths` names directories of rules)"
    )


def test_places_are_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = pack(tmp_path, {"wasted-call.yaml": "name: 3\n"})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuleError, match=r"^pack/wasted-call\.yaml:1:"):
        load_all_rules([directory])


def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path) -> None:
    said = mistakes(tmp_path, {"wasted-call.yaml": b"name: wasted-call\nsummary: \xff\n"})
    assert said == "wasted-call.yaml:2: is not UTF-8 text"
