"""`greenlint explain RULE`: the page of a rule."""

from pathlib import Path

import pytest
from inline_snapshot import snapshot
from pack import write_pack, write_policy
from process import Cli

from greenlint.lint.ruleset import BUILT_IN


@pytest.fixture(autouse=True)
def _policy(tmp_path: Path, lab: Path) -> None:
    write_policy(tmp_path, lab)


def test_the_page_and_what_is_known_of_the_rule(cli: Cli) -> None:
    """Plain Markdown where there is no terminal."""
    ended = cli("explain", "slow-weights")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == snapshot("""\
# slow-weights

## What it does

Finds `slowdisk.read_weights` in a loop.

```python
import slowdisk

for epoch in range(10):
    slowdisk.read_weights("m", shards=8)  # finding
```

## At a glance

- Family lab, since 1.0, on by default.
- Severity low, confidence medium.
- Precision 95%: 19 of 20 findings read in 10 public repositories were true (2026-11-21).
- Option `most`, 3 by default: How many shards are few enough.

## Evidence

- 10 to 20 s for each pass. (measured, 2026-11-21): own
""")


def test_the_page_is_set_for_reading_in_color(cli: Cli) -> None:
    """Headings and code stand out, and no line is longer than the terminal is wide."""
    shown = cli("explain", "slow-weights", "--color", "always").out
    assert "\x1b[" in shown
    assert "## What it does" not in shown
    assert "What it does" in shown


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_the_findings_of_greenlint_itself_are_explained(cli: Cli, name: str) -> None:
    """They have no rule file, but a reader meets them."""
    ended = cli("explain", name)
    assert ended.code == 0
    assert ended.out.startswith(f"# {name}\n\n")
    assert max(map(len, ended.out.splitlines())) <= 100


def test_a_rule_without_a_page_has_its_summary(cli: Cli, tmp_path: Path) -> None:
    """A rule of one's own may lack one."""
    pack = write_pack(tmp_path)
    write_policy(tmp_path, pack)
    page = pack / "lab" / "slow-weights.md"
    page.unlink()
    assert cli("explain", "slow-weights").out.startswith(
        "# slow-weights\n\nWeights are read from disk on every pass of a loop.\n"
    )


def test_a_page_steers_no_terminal(cli: Cli, tmp_path: Path) -> None:
    """Packs come from others."""
    pack = write_pack(tmp_path)
    write_policy(tmp_path, pack)
    page = pack / "lab" / "slow-weights.md"
    page.write_bytes(b"# slow-weights\n\n\x1b]0;owned\x07 \xff\n")
    for color in ("never", "always"):
        out = cli("explain", "slow-weights", "--color", color).out
        assert "\x1b]" not in out
        assert "\x07" not in out
        assert r"\x1b]0;owned\x07" in out


def test_an_unknown_name_gets_the_nearest(cli: Cli) -> None:
    """Exit 2, as for any word that is not there."""
    ended = cli("explain", "slow-weight")
    assert ended.code == 2
    assert "did you mean `slow-weights`?" in ended.err
