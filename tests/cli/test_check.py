"""`greenlint check` from the command line to its exit code, on real files."""

# ruff: noqa: E501 - a report stands here whole, as it is printed

import json
import subprocess
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from pack import CLEAN, WASTE, write_policy
from process import Cli, in_terminal

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Lab"]},
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": ["%matplotlib inline\n", "import slowdisk"],
        },
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": WASTE.splitlines(keepends=True)[2:],
        },
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, lab: Path) -> None:
    """A policy with a rule of its own, a wasteful file and a clean one."""
    write_policy(tmp_path, lab)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "clean.py").write_text(CLEAN, "utf-8")
    (tmp_path / "src" / "waste.py").write_text(WASTE, "utf-8")


def write_notebook(directory: Path) -> Path:
    """A notebook whose third cell is wasteful; the first is Markdown."""
    path = directory / "lab.ipynb"
    path.write_text(json.dumps(NOTEBOOK, indent=1), "utf-8")
    return path


def timeless(text: str) -> str:
    """The report without the time it took."""
    import re

    return re.sub(r"\d+\.\d\d s\.", "0.00 s.", text)


def test_a_finding(cli: Cli) -> None:
    """The whole report; exit 1."""
    ended = cli("check", "src")
    assert (ended.code, ended.err) == (1, "")
    assert timeless(ended.out) == snapshot("""\
src/waste.py:4:15
   |
 4 |     weights = slowdisk.read_weights("model.bin", shards=8)
   |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
     low  slow-weights (medium confidence)
     why  `slowdisk.read_weights` reads the weights again on every pass.
    help  Read them once before the loop.

1 finding (1 low) in 1 of 2 files in 0.00 s.
Learn more: greenlint explain slow-weights
""")


def test_a_clean_file(cli: Cli) -> None:
    """One line; exit 0."""
    ended = cli("check", "src/clean.py")
    assert (ended.code, ended.err) == (0, "")
    assert timeless(ended.out) == "Nothing found in 1 file in 0.00 s.\n"


def test_no_path_is_the_working_directory(cli: Cli, tmp_path: Path) -> None:
    """As with any linter."""
    assert "waste.py:4:15" in cli("check", cwd=tmp_path / "src").out


def test_a_notebook(cli: Cli, tmp_path: Path) -> None:
    """Readers get the cell, services the line of the JSON on disk."""
    path = write_notebook(tmp_path)
    ended = cli("check", "lab.ipynb", "--format", "concise", "--output", "json=out.json",
                "--output", "sarif=out.sarif", "--output", "github=out.txt", "-q")  # fmt: skip
    assert ended.code == 1
    assert ended.out == snapshot(
        "lab.ipynb:cell 3:2:15: low slow-weights: `slowdisk.read_weights` reads the weights again on every pass\n"
    )
    (finding,) = json.loads((tmp_path / "out.json").read_bytes())["findings"]
    assert (finding["cell"], finding["line"], finding["column"]) == (3, 2, 15)
    line = finding["physical"]["line"]
    assert "slowdisk.read_weights" in path.read_text("utf-8").splitlines()[line - 1]
    run = json.loads((tmp_path / "out.sarif").read_bytes())["runs"][0]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] == line
    assert f",line={line}," in (tmp_path / "out.txt").read_text("utf-8")


@pytest.mark.parametrize("form", ["text", "concise", "json", "sarif", "github"])
def test_every_format_goes_to_stdout_or_a_file(cli: Cli, tmp_path: Path, form: str) -> None:
    """And says the same there."""
    printed = cli("check", "src", "--format", form, "--color", "never")
    written = cli("check", "src", "--output", f"{form}=report", "--format", "concise")
    assert printed.code == written.code == 1
    assert "slow-weights" in printed.out
    assert timeless((tmp_path / "report").read_text("utf-8")) == timeless(printed.out)


def test_a_report_that_cannot_be_written(cli: Cli) -> None:
    """Exit 2, told before the work is done."""
    ended = cli("check", "src", "--output", "json=none/report.json")
    assert (ended.code, ended.out) == (2, "")
    assert "Cannot write none/report.json: there is no directory none." in ended.err


def test_statistics(cli: Cli) -> None:
    """A table instead of the findings."""
    ended = cli("check", "src", "--statistics")
    assert ended.code == 1
    assert timeless(ended.out) == snapshot("""\
findings  files  severity  rule
       1      1  low       slow-weights

1 finding (1 low) in 1 of 2 files in 0.00 s.
Learn more: greenlint explain slow-weights
""")


def test_exit_zero(cli: Cli) -> None:
    """The findings are told, and fail nothing."""
    ended = cli("check", "src", "--exit-zero")
    assert ended.code == 0
    assert "slow-weights" in ended.out


def test_quiet(cli: Cli) -> None:
    """Findings and nothing else."""
    assert cli("check", "src/clean.py", "-q").out == ""
    assert "Learn more" not in cli("check", "src", "--quiet").out


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], True),
        (["--select", "lab"], True),
        (["--select", "slow-weights,unreadable-file"], True),
        (["--select", "model-loaded-in-loop"], False),
        (["--select", "model-loaded-in-loop", "--extend-select", "lab"], True),
        (["--select", "ALL"], True),
        (["--select", "ALL", "--ignore", "lab"], False),
        (["--ignore", "slow-weights"], False),
        (["--ignore", "lab", "--ignore", "unreadable-file"], False),
        (["--min-severity", "low"], True),
        (["--min-severity", "medium"], False),
        (["--min-confidence", "medium"], True),
        (["--min-confidence", "high"], False),
        (["--isolated"], False),
        (["--policy", "other.yaml"], False),
        (["--no-cache"], True),
        (["--jobs", "1"], True),
        (["--jobs", "3"], True),
    ],
    ids=str,
)
def test_what_is_found(cli: Cli, tmp_path: Path, arguments: list[str], found: bool) -> None:  # noqa: FBT001
    """Options choose the rules and hide what is less grave or less sure."""
    (tmp_path / "other.yaml").write_text("version: 1\n", "utf-8")
    ended = cli("check", "src", *arguments)
    assert ("slow-weights" in ended.out) is found
    assert ended.code == int(found)


def test_a_selection_on_the_command_line_starts_afresh(cli: Cli, tmp_path: Path, lab: Path) -> None:
    """Who names a rule wants it, whatever the policy leaves out."""
    write_policy(tmp_path, lab, "ignore: [lab]")
    assert cli("check", "src").code == 0
    assert cli("check", "src", "--select", "slow-weights").code == 1
    assert cli("check", "src", "--extend-select", "lab").code == 1


def test_findings_below_the_threshold_fail_nothing(cli: Cli, tmp_path: Path, lab: Path) -> None:
    """They are shown, and the summary says why the exit code is 0."""
    write_policy(tmp_path, lab, "fail_on: {severity: high}")
    ended = cli("check", "src")
    assert ended.code == 0
    assert "None of them fail the run (fail_on: severity high, confidence medium)." in ended.out


def test_standard_input(cli: Cli) -> None:
    """It has a path if it is given one."""
    ended = cli("check", "-", "--format", "concise", "-q", stdin=WASTE.encode())
    assert ended.code == 1
    assert ended.out.startswith("<stdin>:4:15: low slow-weights")
    named = cli("check", "-", "--stdin-filename", "src/new.py", "--format", "concise", "-q",
                stdin=WASTE.encode())  # fmt: skip
    assert named.out.startswith("src/new.py:4:15: low slow-weights")
    assert cli("check", "-", stdin=CLEAN.encode()).code == 0


def test_a_notebook_on_standard_input(cli: Cli) -> None:
    """The name says what it is."""
    ended = cli("check", "-", "--stdin-filename", "a.ipynb", "--format", "concise", "-q",
                stdin=json.dumps(NOTEBOOK).encode())  # fmt: skip
    assert ended.out.startswith("a.ipynb:cell 3:2:15: low slow-weights")


@pytest.mark.parametrize("policy", ["exclude: [src]", ""])
def test_no_file_to_check(cli: Cli, tmp_path: Path, lab: Path, policy: str) -> None:
    """Exit 3, but 0 where the policy left the files out: pre-commit hands those over, too."""
    write_policy(tmp_path, lab, policy)
    (tmp_path / "empty").mkdir()
    ended = cli("check", "src/waste.py" if policy else "empty")
    assert ended.code == (0 if policy else 3)
    assert ("there was no file to check" in ended.err) == (not policy)


def test_a_path_that_is_not_there(cli: Cli) -> None:
    """Exit 2: a mistyped path must not look like a clean one."""
    ended = cli("check", "scr")
    assert (ended.code, ended.out) == (2, "")
    assert "scr: there is no such file or directory" in ended.err


def test_an_unreadable_file_is_a_finding(cli: Cli, tmp_path: Path) -> None:
    """The others are still checked."""
    (tmp_path / "src" / "broken.py").write_text(
        "import slowdisk\nfor _ in range(3):\n    slowdisk.read_weights(\n", "utf-8"
    )
    ended = cli("check", "src", "--format", "concise")
    assert ended.code == 1
    assert "unreadable-file" in ended.out
    assert "slow-weights" in ended.out
    assert "1 file unreadable" in ended.out


def test_show_files(cli: Cli, tmp_path: Path) -> None:
    """What would be checked, and nothing is."""
    write_notebook(tmp_path)
    ended = cli("check", "--show-files")
    assert (ended.code, ended.out) == (0, "greenlint.yaml\nlab.ipynb\nsrc/clean.py\nsrc/waste.py\n")
    (tmp_path / "empty").mkdir()
    assert cli("check", "empty", "--show-files").code == 3


def test_show_settings(cli: Cli, tmp_path: Path, lab: Path) -> None:
    """As JSON, with what the command line changes."""
    write_policy(tmp_path, lab, "rules: {slow-weights: {severity: high, most: 5}}")
    ended = cli("check", "--show-settings", "--select", "lab", "--min-severity", "high")
    shown = json.loads(ended.out)
    assert ended.code == 0
    assert shown["select"] == ["lab"]
    assert shown["min_severity"] == "high"
    assert shown["rules"]["slow-weights"] == {"severity": "high", "options": {"most": 5}}
    assert shown["policy"] == str(tmp_path / "greenlint.yaml")


def test_only_changed_lines(cli: Cli, tmp_path: Path) -> None:
    """--diff-base leaves alone what was there before."""

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True,
                       capture_output=True)  # fmt: skip

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "all")
    assert cli("check", "src", "--diff-base", "HEAD").code == 0
    (tmp_path / "src" / "clean.py").write_text(WASTE, "utf-8")
    ended = cli("check", "src", "--diff-base", "HEAD", "--format", "concise", "-q")
    assert ended.code == 1
    assert [line.split(":")[0] for line in ended.out.splitlines()] == ["src/clean.py"]
    assert cli("check", "src", "--diff-base", "nowhere").code == 2


def test_the_cache_changes_nothing_but_the_time(cli: Cli, tmp_path: Path) -> None:
    """Cold, warm and without: the same report."""
    own = {"GREENLINT_CACHE_DIR": ""}
    runs = [cli("check", "src", "--format", "json", *more, variables=own)
            for more in (["--no-cache"], [], [], ["--cache-dir", "elsewhere"])]  # fmt: skip
    assert len({run.out for run in runs}) == 1
    assert (tmp_path / ".greenlint_cache").is_dir()
    assert (tmp_path / "elsewhere").is_dir()


def test_a_warm_run_is_light(cli: Cli, environment: dict[str, str], tmp_path: Path) -> None:
    """With a cache neither the parser nor the validators nor the terminal package is imported."""
    import sys

    cli("check", "src")
    code = (
        "import sys; from greenlint.cli.app import main; main(['check', 'src', '-q']);"
        "print(sorted({'libcst', 'pydantic', 'rich', 'yaml'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment,
                           check=True, capture_output=True, text=True)  # fmt: skip
    assert ended.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "variables", "colored"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_color(
    cli: Cli,
    arguments: list[str],
    variables: dict[str, str],
    colored: bool,  # noqa: FBT001
) -> None:
    """Asked for by option or variable; files never have it."""
    ended = cli("check", "src", *arguments, "--output", "text=/dev/stderr", variables=variables)
    assert ("\x1b[" in ended.out) is colored
    assert "\x1b[" not in ended.err


def test_names_and_code_steer_no_terminal(cli: Cli, tmp_path: Path) -> None:
    """A checkout of someone else's code is data."""
    path = tmp_path / "src" / "\x1b]0;owned\x07.py"
    path.write_text(WASTE.replace('"model.bin"', '"\x1b[31m\u202e"'), "utf-8")
    for form in ("text", "concise", "github", "json", "sarif"):
        out = cli("check", "src", "--format", form).out
        assert all(line.isprintable() for line in out.splitlines()), form
    assert r"\x1b]0;owned\x07.py" in cli("check", "--show-files").out


def test_on_a_terminal(environment: dict[str, str], tmp_path: Path) -> None:
    """Color, and for a short check no progress bar."""
    code = "from greenlint.cli.app import main; main(['check', 'src'])"
    printed = in_terminal(code, environment, cwd=tmp_path)
    assert "\x1b[1msrc/waste.py:4:15\x1b[0m" in printed
    assert "Checking" not in printed
