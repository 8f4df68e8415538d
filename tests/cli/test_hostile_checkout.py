"""A checkout that nobody has looked at: whatever lies in it, the command ends and says why."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from process import Cli

Plant = Callable[[Path], object]

CODE = "x = 1\n"


def pyproject(text: str) -> Plant:
    """A pyproject.toml that means us."""
    return lambda root: (root / "pyproject.toml").write_text(f"{text}\n# tool.greenlint\n")


def policy(text: str) -> Plant:
    """A policy with this text after its version."""
    return lambda root: (root / "greenlint.yaml").write_text(f"version: 1\n{text}\n")


def chain(root: Path) -> None:
    """Policies, each of which extends the next."""
    for number in range(200):
        text = f"version: 1\nextends: ./{number + 1}.yaml\n"
        (root / f"{number}.yaml").write_text(text)
    (root / "greenlint.yaml").write_text("version: 1\nextends: ./0.yaml\n")


def baseline(text: str) -> Plant:
    """A policy with a baseline that holds `text`."""

    def plant(root: Path) -> None:
        (root / "known.json").write_text(text)
        policy("lint: {baseline: known.json}")(root)

    return plant


def star_heavy(root: Path) -> None:
    """Patterns on which a search that goes back would never end."""
    (root / ("a" * 200 + ".py")).write_text(CODE)
    (root / ".gitignore").write_text("*a" * 20 + "b\n" + "**/a" * 20 + "\n")
    policy(f"lint: {{exclude: ['{'*a' * 20}b'], per_path: {{'{'*a' * 20}b': {{ignore: [ALL]}}}}}}")(
        root
    )


ENTRY = {"path": "a\0b", "rule": "r", "snippet": "s", "count": 1}
HARMLESS: dict[str, Plant] = {
    "a pipe as pyproject.toml": lambda root: os.mkfifo(root / "pyproject.toml"),
    "a device as pyproject.toml": lambda root: (root / "pyproject.toml").symlink_to("/dev/zero"),
    "a pipe as greenlint.yaml": lambda root: os.mkfifo(root / "greenlint.yaml"),
    "a pipe as .gitignore": lambda root: os.mkfifo(root / ".gitignore"),
    "a pipe as requirements": lambda root: os.mkfifo(root / "requirements.txt"),
    "pipes in the cache": lambda root: os.mkfifo(root / ".greenlint_cache"),
    "a pyproject.toml whose tool is a list": pyproject("tool = [1]"),
    "a pyproject.toml whose tool is a text": pyproject("tool = 'x'"),
    "patterns of stars": star_heavy,
    "a baseline of paths that no file can have": baseline(
        json.dumps({"version": 1, "entries": [ENTRY, ENTRY | {"path": "\ud800"}]})
    ),
}
REFUSED: dict[str, Plant] = {
    "deep TOML": pyproject("a = " + "[" * 10_000),
    "a long name in pyproject.toml": pyproject(f"[tool.greenlint]\npolicy = '{'x' * 5_000}'"),
    "a NUL byte in pyproject.toml": pyproject('[tool.greenlint]\npolicy = "\\u0000"'),
    "a long chain of policies": chain,
    "a device to extend": policy("extends: /dev/zero"),
    "a long name to extend": policy(f"extends: ./{'x' * 5_000}.yaml"),
    "odd rule paths": policy(f'lint: {{rule_paths: ["a\\0b", "{"x" * 5_000}"]}}'),
}


@pytest.mark.parametrize("plant", HARMLESS.values(), ids=HARMLESS)
def test_what_does_not_concern_us_is_passed_over(cli: Cli, tmp_path: Path, plant: Plant) -> None:
    plant(tmp_path)
    (tmp_path / "a.py").write_text(CODE)
    ended = cli("check", "--quiet", variables={"GREENLINT_CACHE_DIR": ""})
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("plant", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("command", [("check", "--no-cache"), ("policy", "check")], ids=" ".join)
def test_a_policy_that_can_not_be_used_is_refused(
    cli: Cli, tmp_path: Path, plant: Plant, command: tuple[str, ...]
) -> None:
    plant(tmp_path)
    (tmp_path / "a.py").write_text(CODE)
    ended = cli(*command)
    assert ended.code == 2, ended.err


@pytest.mark.parametrize("name", ["/dev/zero", '"a\\0b"', "x" * 5_000])
def test_a_baseline_that_can_not_be_read_is_refused(cli: Cli, tmp_path: Path, name: str) -> None:
    policy(f"lint: {{baseline: {name}}}")(tmp_path)
    ended = cli("check", "--no-cache")
    assert ended.code == 2
    assert "the baseline can't be read" in ended.err


@pytest.mark.parametrize("option", ["--policy", "--baseline"])
def test_a_pipe_in_place_of_a_file_is_refused(cli: Cli, tmp_path: Path, option: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.py").write_text(CODE)
    ended = cli("check", option, "pipe")
    assert ended.code == 2
    assert "pipe" in ended.err
