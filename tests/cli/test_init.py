"""`greenlint init`: a policy to start from, never over one that is there."""

from pathlib import Path

import pytest
from process import Cli

from greenlint.bundled import policies_directory, policy_names


def test_a_new_policy_is_the_starter(cli: Cli, tmp_path: Path) -> None:
    ended = cli("init")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "Wrote greenlint.yaml from the bundled policy `starter`.\n"
        "Edit it, then run `greenlint policy check` and `greenlint check`.\n"
    )
    assert cli("policy", "check").out == "greenlint.yaml is valid.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["greenlint.yaml"]


@pytest.mark.parametrize("name", policy_names())
def test_any_bundled_policy_can_be_copied(cli: Cli, tmp_path: Path, name: str) -> None:
    assert cli("init", "--policy", name).code == 0
    bundled = policies_directory() / f"{name}.yaml"
    assert (tmp_path / "greenlint.yaml").read_bytes() == bundled.read_bytes()


def test_the_help_names_every_bundled_policy(cli: Cli) -> None:
    words = cli("init", "--help").out.replace(",", " ").split()
    assert set(policy_names()) <= set(words)


def test_a_policy_that_is_there_is_kept(cli: Cli, tmp_path: Path) -> None:
    mine = tmp_path / "greenlint.yaml"
    mine.write_text("version: 1\n", encoding="utf-8")
    ended = cli("init")
    assert (ended.code, ended.err) == (
        2,
        (
            "greenlint: greenlint.yaml is there already.\n"
            "Run `greenlint init --force` to overwrite it.\n"
        ),
    )
    assert mine.read_text(encoding="utf-8") == "version: 1\n"


def test_force_overwrites(cli: Cli, tmp_path: Path) -> None:
    mine = tmp_path / "greenlint.yaml"
    mine.write_text("version: 1\n", encoding="utf-8")
    assert cli("init", "--force", "--policy", "strict").code == 0
    assert mine.read_text(encoding="utf-8").startswith("# strict: ")


def test_a_policy_that_does_not_ship(cli: Cli, tmp_path: Path) -> None:
    ended = cli("init", "--policy", "strikt")
    assert (ended.code, ended.err) == (
        2,
        "greenlint: No bundled policy is called `strikt`.\nDid you mean `strict`?\n",
    )
    assert not (tmp_path / "greenlint.yaml").exists()
