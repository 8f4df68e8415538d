"""Patterns of .gitignore files mean what they mean to git, and none of them is slow."""

import random
import subprocess
import time
from pathlib import Path

import pytest

from greenlint.path_pattern import PathPattern, parse_patterns, verdict

# What patterns and names are made of, so that they meet often.
ATOMS = (
    "a", "b", "*", "**", "?", "/", "/", "[ab]", "[!a]", "[^a]", "[a-c]", "[]a]", "[", "]",
    r"\*", r"\a", "!", "#", " ", "**/", "/**", "/**/", "[[:alpha:]]", "[z-a]", "-", "*a",
    "a*", "[a/b]", r"[\]a]", "[[:foo:]]", "[a-]", "\\",
)  # fmt: skip
LETTERS = "ab-]*! c"


def is_ignored(lines: list[str], path: str) -> bool:
    """Whether a .gitignore with these lines ignores the file, or a directory above it."""
    patterns = parse_patterns(lines)
    parts = path.split("/")
    return any(
        verdict(patterns, "/".join(parts[:length]), is_directory=length < len(parts)) is True
        for length in range(1, len(parts) + 1)
    )


@pytest.mark.parametrize(
    ("line", "ignored", "kept"),
    [
        ("a.py", ["a.py", "x/a.py", "a.py/b"], ["b.py", "aa.py", "a.pyc"]),
        ("/a.py", ["a.py"], ["x/a.py"]),
        ("x/a.py", ["x/a.py"], ["y/x/a.py"]),
        ("a/", ["a/b.py", "x/a/b.py"], ["a", "x/a"]),
        ("*.py", ["a.py", "x/y/.py"], ["a.pyi"]),
        ("a*b*c", ["abc", "a--b--c", "abbcc"], ["acb", "ab/c"]),
        ("/a?c", ["abc"], ["ac", "a/c"]),
        ("**/b", ["b", "a/b", "a/a/b"], ["ab"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "x/a/b"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b/a"]),
        ("/**", ["a", "a/b"], []),
        ("a/**b", ["a/b", "a/xb"], ["a/x/b"]),
        ("[!a-c]x", ["dx"], ["ax", "x"]),
        ("[[:digit:]_]x", ["1x", "_x"], ["ax"]),
        (r"\!a", ["!a"], ["a"]),
        (r"\#a", ["#a"], ["a"]),
        ("a  ", ["a"], ["a  "]),
        ("a\\ ", ["a "], ["a"]),
        ("é\u2028", ["é\u2028"], ["é"]),
    ],
)
def test_a_pattern(line: str, ignored: list[str], kept: list[str]) -> None:
    assert [path for path in ignored + kept if is_ignored([line], path)] == ignored


@pytest.mark.parametrize("line", ["", "   ", "#", "# a"])
def test_a_line_may_hold_no_pattern(line: str) -> None:
    assert PathPattern.parse(line) is None


@pytest.mark.parametrize("line", ["/", "!", "!/", "[", "a[b", "[z-a]", "[[:foo:]]", "a\\"])
def test_a_pattern_that_can_match_nothing_is_refused_alone_and_passed_over_among_others(
    line: str,
) -> None:
    with pytest.raises(ValueError, match=r"."):
        PathPattern.parse(line)
    assert is_ignored([line, "a"], "a")


def test_the_last_pattern_that_speaks_of_a_path_decides() -> None:
    assert not is_ignored(["*.py", "!a.py"], "a.py")
    assert is_ignored(["*.py", "!a.py", "a*"], "a.py")
    assert is_ignored(["x/", "!x/a.py"], "x/a.py")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("*a" * 20 + "b", "a" * 250),
        ("**/a/" * 10 + "b", "a/" * 200 + "c"),
        ("**/*a*a*a*a*/" * 6 + "b", ("a" * 50 + "/") * 20 + "c"),
        ("?*" * 30 + "b", "a" * 250),
        ("[ab]*" * 30 + "c", "ab" * 125),
    ],
)
def test_no_pattern_is_slow(line: str, path: str) -> None:
    """With a search that goes back these would take longer than the sun lasts."""
    started = time.monotonic()
    assert not is_ignored([line], path)
    assert time.monotonic() - started < 5


def test_git_agrees(tmp_path: Path) -> None:
    """On hundreds of patterns that nobody would write."""
    draw = random.Random(5)  # noqa: S311 - the same patterns in every run
    files = {
        f"{number}": ["".join(draw.choices(ATOMS, k=draw.randint(1, 6))) for _ in range(2)]
        for number in range(300)
    }
    for name, lines in files.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / ".gitignore").write_text("\n".join(lines) + "\n")
    paths = [
        f"{name}/" + "/".join("".join(draw.choices(LETTERS, k=draw.randint(1, 3))).strip() or "a"
                              for _ in range(draw.randint(1, 4)))
        for name in files for _ in range(20)
    ]  # fmt: skip
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=tmp_path, input="\0".join(paths), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    ignored = {
        path for path in paths if is_ignored(files[path.split("/")[0]], path.partition("/")[2])
    }
    assert ignored == set(asked.stdout.split("\0")) - {""}
    assert len(ignored) > 100
