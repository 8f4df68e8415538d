"""`greenlint baseline write` and `prune`."""

import json
from pathlib import Path

import pytest
from pack import WASTE, write_policy
from process import Cli

BASELINE = "greenlint-baseline.json"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, lab: Path) -> None:
    write_policy(tmp_path, lab)
    (tmp_path / "waste.py").write_text(WASTE, "utf-8")


def test_only_new_findings_fail(cli: Cli, tmp_path: Path, lab: Path) -> None:
    """What was written down is a note; what came since fails."""
    ended = cli("baseline", "write")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        f"Wrote 1 finding in 1 file to {BASELINE}.\n"
        f"Now name it in greenlint.yaml, under lint: `baseline: {BASELINE}`.\n"
    )
    write_policy(tmp_path, lab, f"baseline: {BASELINE}")
    (tmp_path / "waste.py").write_text(f"# moved\n{WASTE}", "utf-8")
    ended = cli("check")
    assert ended.code == 0
    assert "waste.py:5:15: note: slow-weights" in ended.out
    assert "1 in the baseline." in ended.out
    (tmp_path / "new.py").write_text(WASTE, "utf-8")
    assert cli("check").code == 1


def test_the_option_names_another_baseline(cli: Cli, tmp_path: Path) -> None:
    """For a check, and for writing it."""
    assert cli("baseline", "write", "--baseline", "other.json").code == 0
    assert not (tmp_path / BASELINE).exists()
    assert cli("check").code == 1
    assert cli("check", "--baseline", "other.json").code == 0


def test_writing_again_starts_afresh(cli: Cli, tmp_path: Path, lab: Path) -> None:
    """What the old baseline holds is written again, and what is gone is not."""
    write_policy(tmp_path, lab, f"baseline: {BASELINE}")
    (tmp_path / "gone.py").write_text(WASTE, "utf-8")
    cli("baseline", "write")
    (tmp_path / "gone.py").unlink()
    assert "Wrote 1 finding in 1 file" in cli("baseline", "write").out
    entries = json.loads((tmp_path / BASELINE).read_bytes())["entries"]
    assert [entry["path"] for entry in entries] == ["waste.py"]


def test_stale_entries_are_told_and_pruned(cli: Cli, tmp_path: Path, lab: Path) -> None:
    """A mended finding must not leave room for a new one."""
    write_policy(tmp_path, lab, f"baseline: {BASELINE}")
    cli("baseline", "write")
    (tmp_path / "waste.py").write_text("x = 1\n", "utf-8")
    assert "1 baseline entry matches nothing any more" in cli("check").out
    assert cli("baseline", "prune").out == f"Dropped 1 entry from {BASELINE}.\n"
    assert json.loads((tmp_path / BASELINE).read_bytes())["entries"] == []
    assert "Dropped 0 entries" in cli("baseline", "prune").out


def test_a_place_that_cannot_be_written(cli: Cli) -> None:
    """Exit 2."""
    assert cli("baseline", "write", "--baseline", "none/b.json").code == 2


def test_a_broken_baseline(cli: Cli, tmp_path: Path) -> None:
    """Exit 2, and what to do."""
    (tmp_path / "b.json").write_text("{", "utf-8")
    ended = cli("check", "--baseline", "b.json")
    assert ended.code == 2
    assert "greenlint baseline write" in ended.err
