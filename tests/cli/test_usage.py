"""A command line that cannot be used: exit 2, what is wrong, and the nearest valid word."""

from pathlib import Path

import pytest
from process import Cli


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "There is no command `chek`; did you mean `check`?"),
        (["frobnicate"], "There is no command `frobnicate`."),
        (["--verson"], "There is no option `--verson`; did you mean `--version`?"),
        (["--zzz"], "There is no option `--zzz`."),
        (["check", "--selct", "x"], "takes no option `--selct`; did you mean `--select`?"),
        (["check", "--selct=x"], "did you mean `--select`?"),
        (["check", "--output-format=json"], "did you mean `--format`?"),
        (["check", "--config", "x"], "did you mean `--policy`?"),
        (["check", "--exclude", "x"], "takes no option `--exclude`: that is `lint.exclude` in the"),
        (["check", "--zzz"], "`greenlint check` takes no option `--zzz`."),
        (["check", "--sel", "x"], "takes no option `--sel`"),
        (["check", "--format", "xml"], "invalid choice: 'xml'"),
        (["check", "--output", "json"], "`json` is not FORMAT=FILE"),
        (["check", "--output", "xml=a"], "`xml=a` is not FORMAT=FILE"),
        (["check", "--jobs", "0"], "`0` is not a number from 1 upwards"),
        (["check", "--jobs", "many"], "`many` is not a number from 1 upwards"),
        (["check", "--min-severity", "huge"], "invalid choice: 'huge'"),
        (["check", "-", "a.py"], "`-` for standard input goes with no other path."),
        (["check", "a.py", "--stdin-filename", "b.py"], "--stdin-filename goes with the path `-`"),
        (["check", "--statistics", "--format", "json"], "exclude each other"),
        (["check", "--isolated", "--policy", "x"], "--policy and --isolated exclude each other."),
        (["check", "--baseline", "none.json"], "There is no baseline none.json."),
        (["rules", "--format", "xml"], "invalid choice: 'xml'"),
        (["rules", "nope"], "There is no rule `nope`"),
        (["explain"], "The following arguments are required: RULE."),
        (["explain", "a", "b"], "`greenlint explain` takes no argument `b`"),
        (["explain", "unused-supression"], "did you mean `unused-suppression`?"),
        (["baseline"], "The following arguments are required"),
        (["baseline", "wirte"], "invalid choice: 'wirte'"),
        (["baseline", "write", "--baselin", "x"], "did you mean `--baseline`?"),
        (["baseline", "prune"], "There is no baseline"),
    ],
    ids=" ".join,
)
def test_it_says_what_is_wrong(cli: Cli, arguments: list[str], said: str) -> None:
    """Words on stderr, none of them a traceback, nothing on stdout."""
    ended = cli(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.startswith("greenlint: ")
    assert len(ended.err.splitlines()) == 2
    assert ended.out == ""
    assert "Traceback" not in ended.err


def test_a_path_in_place_of_a_command(cli: Cli, tmp_path: Path) -> None:
    """Who types `greenlint src` is told what to type."""
    (tmp_path / "src").mkdir()
    assert "To check that path: greenlint check src" in cli("src").err


def test_the_words_of_the_command_line_steer_no_terminal(cli: Cli) -> None:
    """What was typed may come from a script that did not write it itself."""
    assert cli("\x1b[31mx").err.splitlines()[0] == r"greenlint: There is no command `\x1b[31mx`."
    assert "\x1b" not in cli("check", "--\x1b[31mx").err


@pytest.mark.parametrize("option", ["--select", "--extend-select", "--ignore"])
def test_an_unknown_rule_is_blamed_on_its_option(cli: Cli, option: str) -> None:
    """Each unknown name is told, with the nearest valid one."""
    ended = cli("check", option, "unreadable-fil,zzz", option, "ALL")
    assert ended.code == 2
    unknown = f"greenlint: {option}: there is no rule or family"
    assert ended.err.splitlines() == [
        f"{unknown} `unreadable-fil`; did you mean `unreadable-file`?",
        f"{unknown} `zzz`.",
        "`greenlint rules` lists every rule and its family.",
    ]


def test_an_unknown_rule_in_the_policy_is_blamed_on_the_policy(cli: Cli, tmp_path: Path) -> None:
    """The command line is innocent."""
    (tmp_path / "greenlint.yaml").write_text("version: 1\nlint: {select: [zzz]}\n", "utf-8")
    ended = cli("check", "--ignore", "unreadable-file")
    assert ended.code == 2
    assert "greenlint.yaml" in ended.err
    assert "--ignore" not in ended.err
