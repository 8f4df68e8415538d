"""Which rules a run has: selection, options, severities, and the cache of their texts."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from greenlint.errors import PolicyError
from greenlint.level import Level
from greenlint.lint.rule import Rule
from greenlint.lint.ruleset import BUILT_IN, RuleCache, Ruleset, load_all_rules, load_ruleset
from greenlint.policy.settings import LintSettings, PathSettings, RuleSettings

RULE = """\
name: {name}
summary: A call is wasted.
severity: medium
confidence: {confidence}
since: "0.1"
gate: [[{name}]]
options:
  limit: {{type: integer, default: 3, minimum: 1, maximum: 9, description: How many.}}
  share: {{type: number, default: 0.5, maximum: 1, description: How much.}}
  word: {{type: string, default: x, description: Which.}}
  strict: {{type: boolean, default: false, description: Whether.}}
message: "`{{call}}` is wasted"
advice: "Do not call it."
match:
  - case: any-call
    call: [wasted.**]
    severity: low
  - case: other-call
    call: [other.**]
precision: {{read: 100, true: {true}, repositories: 12, date: 2026-11-21}}
"""

# Name, family, confidence, true findings of a hundred.
RULES = [
    ("proven-waste", "alpha", "high", 90),
    ("doubtful-waste", "alpha", "high", 89),
    ("vague-waste", "alpha", "low", 100),
    ("other-waste", "beta", "medium", 95),
]
OURS = frozenset(name for name, *_ in RULES)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of four rules in two families."""
    for name, family, confidence, true in RULES:
        path = tmp_path / "pack" / family / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = RULE.format(name=name, confidence=confidence, true=true)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "pack"


def chosen(pack: Path, **settings: object) -> frozenset[str]:
    """The rules of the pack that are on with these settings."""
    return loaded(pack, **settings).chosen & OURS


def loaded(pack: Path, **settings: object) -> Ruleset:
    """The rules of a run with these settings and the pack."""
    return load_ruleset(dataclasses.replace(LintSettings(rule_paths=(str(pack),)), **settings))  # type: ignore[arg-type]


def rule_with(pack: Path, **change: object) -> Rule:
    """The proven rule with a change that the policy makes."""
    found = loaded(pack, rules={"proven-waste": RuleSettings(**change)}).rule("proven-waste")  # type: ignore[arg-type]
    assert found is not None
    return found


def test_rules_are_on_by_default_that_were_right_nine_times_of_ten(pack: Path) -> None:
    assert chosen(pack) == {"proven-waste", "other-waste"}


def test_all_rules_are_on_when_low_confidence_is_asked_for(pack: Path) -> None:
    assert chosen(pack, min_confidence=Level.LOW) == OURS


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("beta",), {"other-waste"}),
        (("doubtful-waste", "beta"), {"doubtful-waste", "other-waste"}),
        (("ALL",), OURS),
        ((), set()),
    ],
)
def test_a_selection_takes_the_place_of_the_default(
    pack: Path, words: tuple[str, ...], names: set[str]
) -> None:
    assert chosen(pack, select=words) == names


def test_a_selection_is_extended(pack: Path) -> None:
    assert chosen(pack, select=("beta",), extend_select=("vague-waste",)) == {
        "other-waste",
        "vague-waste",
    }
    assert chosen(pack, extend_select=("vague-waste",)) == {
        "other-waste",
        "proven-waste",
        "vague-waste",
    }


@pytest.mark.parametrize(
    ("select", "ignore", "names"),
    [
        (("ALL",), ("alpha",), {"other-waste"}),
        (("alpha",), ("proven-waste",), {"doubtful-waste", "vague-waste"}),
        (("proven-waste", "beta"), ("alpha",), {"proven-waste", "other-waste"}),
        (("alpha",), ("alpha",), set()),
        (("proven-waste",), ("proven-waste",), set()),
        (("beta",), ("ALL",), {"other-waste"}),
        (None, ("beta",), {"proven-waste"}),
        (None, ("ALL",), set()),
    ],
)
def test_the_more_specific_of_select_and_ignore_wins(
    pack: Path, select: tuple[str, ...] | None, ignore: tuple[str, ...], names: set[str]
) -> None:
    assert chosen(pack, select=select, ignore=ignore) == names


def test_a_mandatory_rule_is_on_whatever_is_selected(pack: Path) -> None:
    ruleset = loaded(pack, select=("beta",), ignore=("alpha",), mandatory=("vague-waste",))
    assert ruleset.chosen & OURS == {"other-waste", "vague-waste"}
    assert ruleset.mandatory == {"vague-waste"}


def test_findings_of_greenlint_itself_are_on_until_ignored_by_name(pack: Path) -> None:
    assert loaded(pack, select=("beta",), ignore=("ALL",)).chosen >= BUILT_IN
    assert loaded(pack, ignore=("unused-suppression",)).chosen & BUILT_IN == BUILT_IN - {
        "unused-suppression"
    }


def test_a_run_has_the_rules_of_all_its_paths(pack: Path) -> None:
    change = PathSettings("tests/**", select=("vague-waste",), ignore=("beta",))
    ruleset = loaded(pack, select=("beta",), per_path=(change,))
    assert [rule.name for rule in ruleset.rules] == ["vague-waste", "other-waste"]
    assert ruleset.chosen & OURS == {"other-waste"}
    assert ruleset.chosen_for([]) & OURS == {"other-waste"}
    assert ruleset.chosen_for([change]) & OURS == {"vague-waste"}


def test_the_last_setting_for_a_path_wins_but_not_over_mandatory(pack: Path) -> None:
    changes = [PathSettings("a", ignore=("alpha", "beta")), PathSettings("b", select=("alpha",))]
    ruleset = loaded(pack, per_path=tuple(changes), mandatory=("other-waste",))
    assert ruleset.chosen_for(changes) & OURS == OURS
    assert ruleset.chosen_for(changes[:1]) & OURS == {"other-waste"}


def test_every_name_is_known_whether_selected_or_not(pack: Path) -> None:
    names = loaded(pack, select=()).names
    assert {name: names[name] for name in OURS} == {name: family for name, family, *_ in RULES}
    assert {name for name, family in names.items() if not family} == BUILT_IN


def test_the_gate_names_the_rules_that_bytes_can_concern(pack: Path) -> None:
    ruleset = loaded(pack, select=("alpha", "beta"))
    text = b"import wasted\nwasted.run()  # proven-waste, other-waste"
    assert ruleset.gate(text) == {"proven-waste", "other-waste"}
    assert ruleset.gate(text.replace(b"wasted", b"fine")) == frozenset()
    assert ruleset.gate(b"") == frozenset()


def test_a_rule_may_have_nothing_to_say_of_tests(pack: Path) -> None:
    path = pack / "beta" / "other-waste.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}tests: false\n", encoding="utf-8")
    ruleset = loaded(pack, select=("alpha", "beta"))
    text = b"import wasted\nwasted.run()  # proven-waste, other-waste"
    assert ruleset.gate(text, path="app/run.py") == {"proven-waste", "other-waste"}
    assert ruleset.gate(text, path="tests/test_run.py") == {"proven-waste"}


def test_only_the_rules_of_the_run_are_there(pack: Path) -> None:
    ruleset = loaded(pack, select=("beta",))
    assert ruleset.rule("other-waste") is ruleset.rules[0]
    assert ruleset.rule("proven-waste") is None


def test_a_policy_sets_options(pack: Path) -> None:
    rule = rule_with(pack, options={"limit": 9, "share": 1, "word": "y", "strict": True})
    assert rule.values == {"limit": 9, "share": 1, "word": "y", "strict": True}
    assert rule_with(pack, options={"limit": 1}).values["share"] == 0.5


def test_a_severity_of_the_policy_holds_for_all_cases(pack: Path) -> None:
    assert [case.severity for case in rule_with(pack).cases] == [Level.LOW, None]
    rule = rule_with(pack, severity=Level.HIGH)
    assert rule.severity is Level.HIGH
    assert [case.severity for case in rule.cases] == [None, None]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("limt", 3, "is not an option of the rule (did you mean `limit`?)"),
        ("limit", 0, "must be at least 1, not 0"),
        ("limit", 10, "must be at most 9, not 10"),
        ("limit", 2.5, "must be a whole number, not 2.5"),
        ("limit", True, "must be a whole number, not true"),
        ("limit", "3", "must be a whole number, not '3'"),
        ("share", 1.5, "must be at most 1, not 1.5"),
        ("share", float("nan"), "must be at most 1, not nan"),
        ("share", False, "must be a number, not false"),
        ("word", 3, "must be text, not 3"),
        ("strict", 1, "must be true or false, not 1"),
    ],
)
def test_an_option_that_can_not_be_is_refused(
    pack: Path, option: str, value: object, said: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        rule_with(pack, options={option: value})
    assert str(caught.value) == f"`lint.rules.proven-waste.{option}` {said}"


def test_an_option_is_refused_at_its_place_in_the_policy(pack: Path, tmp_path: Path) -> None:
    policy = tmp_path / "greenlint.yaml"
    lines = ["version: 1", "lint:", "  rules:", "    proven-waste: {limit: 2, share: 7}"]
    policy.write_text("\n".join(lines), encoding="utf-8")
    change = RuleSettings(options={"limit": 2, "share": 7})
    with pytest.raises(PolicyError) as caught:
        loaded(pack, rules={"proven-waste": change}, policy=str(policy))
    assert str(caught.value).endswith(
        "greenlint.yaml:4:37: `lint.rules.proven-waste.share` must be at most 1, not 7"
    )


@pytest.mark.parametrize("key", ["select", "extend_select", "ignore", "mandatory"])
def test_a_word_that_names_no_rule_is_refused_with_the_nearest(pack: Path, key: str) -> None:
    with pytest.raises(PolicyError) as caught:
        loaded(pack, **{key: ("provn-waste",)})
    assert str(caught.value) == (
        "no rule or family is called `provn-waste` (did you mean `proven-waste`?)"
    )


def test_the_digest_changes_with_what_can_change_a_finding(pack: Path) -> None:
    limit = {"proven-waste": RuleSettings(options={"limit": 4})}
    severity = {"proven-waste": RuleSettings(severity=Level.MEDIUM)}
    digests = [
        loaded(pack).digest,
        loaded(pack, select=("beta",)).digest,
        loaded(pack, rules=limit).digest,
        loaded(pack, rules=severity).digest,
    ]
    path = pack / "beta" / "other-waste.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    digests.append(loaded(pack).digest)
    assert len(set(digests)) == len(digests)
    assert loaded(pack).digest == digests[-1]


def test_what_can_not_change_a_finding_leaves_the_digest_alone(pack: Path) -> None:
    assert loaded(pack).digest == loaded(pack, exclude=("x",), root="elsewhere").digest


def test_the_cache_gives_what_the_texts_give(pack: Path, tmp_path: Path) -> None:
    settings = LintSettings(rule_paths=(str(pack),), select=("ALL",))
    cache = RuleCache(tmp_path / "cache")
    first = load_ruleset(settings, cache=cache)
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".json"]
    assert load_ruleset(settings, cache=cache) == first == load_ruleset(settings)


def test_a_changed_text_is_read_again(pack: Path, tmp_path: Path) -> None:
    cache = RuleCache(tmp_path / "cache")
    load_all_rules([pack], cache=cache)
    path = pack / "beta" / "other-waste.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("A call", "Much"), encoding="utf-8")
    assert load_all_rules([pack], cache=cache)[-1].summary == "Much is wasted."


@pytest.mark.parametrize("damage", [b"", b"\n", b"{}", b"\xff" * 100, None])
def test_a_damaged_cache_is_built_again(pack: Path, tmp_path: Path, damage: bytes | None) -> None:
    cache = RuleCache(tmp_path / "cache")
    rules = load_all_rules([pack], cache=cache)
    (path,) = (tmp_path / "cache").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-100] if damage is None else damage)
    assert load_all_rules([pack], cache=cache) == rules
    assert path.read_bytes() == whole


def test_a_cache_that_can_not_be_written_does_no_harm(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the directory should be", encoding="utf-8")
    cache = RuleCache(tmp_path / "cache")
    assert load_all_rules([pack], cache=cache) == load_all_rules([pack])


def test_the_cache_keeps_the_newest_few(tmp_path: Path) -> None:
    cache = RuleCache(tmp_path)
    for number in range(12):
        cache.put(f"{number}", number)
    assert len(list(tmp_path.iterdir())) == 8
    assert cache.get("11") == 11


def test_a_warm_start_imports_neither_yaml_nor_pydantic_nor_libcst(
    pack: Path, tmp_path: Path
) -> None:
    """It takes a few milliseconds therefore, which is why there is a cache."""
    code = f"""
import json, sys
from pathlib import Path
from greenlint.lint.ruleset import RuleCache, load_ruleset
from greenlint.policy.settings import LintSettings
settings = LintSettings(rule_paths=({str(pack)!r},), select=("ALL",))
load_ruleset(settings, cache=RuleCache(Path({str(tmp_path / "cache")!r})))
print(json.dumps(sorted(sys.modules)))
"""
    for _ in ("cold", "warm"):
        command = [sys.executable, "-c", code]
        finished = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    modules = json.loads(finished.stdout)
    assert {"yaml", "pydantic", "libcst", "rich", "difflib"}.isdisjoint(modules)
