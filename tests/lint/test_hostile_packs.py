"""A rule pack from a stranger can neither hang nor crash the check, nor run anything."""

import itertools
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from greenlint.errors import RuleError
from greenlint.lint.catalog import MAX_NAME, GlobTable, compiled_glob
from greenlint.lint.ruleset import load_all_rules

RULE = """\
name: wasted-call
summary: A call is wasted.
severity: medium
confidence: high
since: "0.1"
gate: [[wasted]]
message: "`{call}` is wasted"
advice: "Do not call it."
match:
  - case: any-call
    call: [wasted.**]
"""

# Far more than any of this takes, and far less than what it could take.
SECONDS = 10


def refused(directory: Path) -> str:
    """What is said of a pack that can't be used, and said soon."""
    started = time.monotonic()
    with pytest.raises(RuleError) as caught:
        load_all_rules([directory])
    assert time.monotonic() - started < SECONDS
    return str(caught.value)


def rule_file(directory: Path, text: str) -> Path:
    """A pack with one rule file."""
    (directory / "wasted-call.yaml").write_text(text, encoding="utf-8")
    return directory


LETTERS = "abcdefghi"
NINEFOLD = [
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in itertools.pairwise(LETTERS)
]

TEXTS = {
    "aliases that multiply": "\n".join(["a: &a [x, x, x, x, x, x, x, x, x]", *NINEFOLD]),
    "an alias to itself": "name: &a [*a]\n",
    "deep lists": "gate: " + "[" * 100_000,
    "deep mappings": "gate: " + "{a: " * 20_000,
    "deep block lists": "gate:\n " + "- " * 50_000,
    "a tag that makes an object": "name: !!python/object/apply:os.system ['exit 3']\n",
    "merged mappings": "base: &b {name: x}\nrule: {<<: *b}\n",
    "a huge number": "name: " + "9" * 100_000,
    "a file that is too large": "name: " + "x" * 2_000_000,
    "many wildcards": RULE.replace("wasted.**", "**a" * 30 + "b"),
    "a wildcard of three": RULE.replace("wasted.**", "***"),
    "a long pattern": RULE.replace("wasted.**", "a" * 1000),
    "many patterns": RULE.replace("wasted.**", ", ".join(["wasted.**"] * 5000)),
    "many gate words": RULE.replace("[[wasted]]", f"[[{', '.join(['word'] * 5000)}]]"),
    "a message that formats": RULE.replace("{call}", "{call:>999999999}"),
    "a message that reads attributes": RULE.replace("{call}", "{call.__class__}"),
    "a message that clears the screen": RULE.replace("Do not", r"\e[2JDo not"),
    "a message that is written backwards": RULE.replace("Do not", r"\u202eDo not"),
    "a detector": RULE.partition("match:")[0] + "detector: os\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_that_could_do_harm_is_refused(tmp_path: Path, text: str) -> None:
    assert "wasted-call.yaml" in refused(rule_file(tmp_path, text))


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "wasted-call.yaml")
    assert refused(tmp_path).endswith("wasted-call.yaml: is not a file")


def test_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "wasted-call.yaml").symlink_to("/dev/zero")
    assert refused(tmp_path).endswith("wasted-call.yaml: is not a file")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file of Linux")
def test_a_file_that_fails_to_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "wasted-call.yaml").symlink_to("/proc/self/mem")
    assert refused(tmp_path).endswith("wasted-call.yaml: cannot be read: Input/output error")


def test_a_folder_with_the_name_of_a_rule_is_no_rule(tmp_path: Path) -> None:
    (tmp_path / "family" / "wasted-call.yaml").mkdir(parents=True)
    assert refused(tmp_path).endswith("wasted-call.yaml: is not a file")


def test_a_folder_that_contains_itself_is_no_trap(tmp_path: Path) -> None:
    rule_file(tmp_path, RULE)
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert "there is a rule `wasted-call` already" in refused(tmp_path)


def test_a_pack_of_thousands_of_files_is_refused(tmp_path: Path) -> None:
    for number in range(2002):
        (tmp_path / f"r{number}.yaml").touch()
    assert refused(tmp_path).endswith("has more than 2000 rule files")


def test_python_in_a_pack_is_not_imported(tmp_path: Path) -> None:
    """Neither as a module of the pack nor under the names that Python itself looks for."""
    rule_file(tmp_path, RULE)
    for name in ("__init__.py", "conftest.py", "wasted_call.py", "yaml.py", "sitecustomize.py"):
        (tmp_path / name).write_text("raise SystemExit('imported')\n", encoding="utf-8")
    code = f"""
        from pathlib import Path
        from greenlint.lint.ruleset import load_all_rules
        print(load_all_rules([Path({str(tmp_path)!r})])[-1].name)
    """
    command = [sys.executable, "-P", "-c", textwrap.dedent(code)]
    finished = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (finished.stdout, finished.stderr) == ("wasted-call\n", "")


GLOBS = (
    "**a**a**a**a**a**a**a**b",
    "*a*a*a*a*a*a*a*b",
    "**a*a*a*a*a*a*a*b",
    "**a*a**a*a**a*a**a*b",
    "a*b**a*b**a*b**a*b.c",
    "*.*.*.*.*.*.*.*b",
)


@pytest.mark.parametrize("glob", GLOBS)
@pytest.mark.parametrize("unit", ["a", "ab", "a.b", ".", "ba"])
def test_no_pattern_backtracks(glob: str, unit: str) -> None:
    started = time.monotonic()
    for tail in ("", ".", "c"):
        compiled_glob(glob).fullmatch((unit * MAX_NAME)[: MAX_NAME - 1] + tail)
        compiled_glob(glob).fullmatch(unit * 1_000_000 + tail)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("glob", "name", "covers"),
    [
        ("a.b", "a.b", True),
        ("a.b", "axb", False),
        ("a.*", "a.b", True),
        ("a.*", "a.b.c", False),
        ("a.**", "a.b.c", True),
        ("a.**", "a", False),
        ("**.c", "a.b.c", True),
        ("**a*b", "a.ab", True),
        ("**a*b", "ab.a.b", False),
        ("a*b*c", "abbc", True),
        ("a*b*c", "ab.c", False),
        ("**.a*.b**.c", "x.aa.bb.c.c", True),
        ("*", "a" * MAX_NAME, True),
        ("*", "a" * (MAX_NAME + 1), False),
    ],
)
def test_a_glob_covers_names(glob: str, name: str, covers: bool) -> None:  # noqa: FBT001
    assert bool(compiled_glob(glob).fullmatch(name)) is covers


def test_a_table_answers_exact_names_first_and_globs_in_order() -> None:
    table = GlobTable()
    for glob in ("**", "a.**", "a.b", "b.**", "a*"):
        table.add(glob, glob)
    assert table.find("a.b") == ("a.b", "**", "a.**")
    assert table.find("ab") == ("**", "a*")
    assert table.find("b:c") == ("**",)


def test_a_table_forgets_before_it_grows_without_end() -> None:
    table = GlobTable()
    table.add("a.*", 1)
    for number in range(100_001):
        table.find(f"b.{number}")
    assert len(table._known) <= 50_000
    assert table.find("a.b") == (1,)
