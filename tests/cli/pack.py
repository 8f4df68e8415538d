"""A rule pack of a user's own, and code that its rule flags."""

from pathlib import Path

RULE = """\
name: slow-weights
summary: Weights are read from disk on every pass of a loop.
severity: low
confidence: medium
since: "1.0"
gate: [["slowdisk.read_weights"]]
options:
  most: {type: integer, default: 3, minimum: 1, description: "How many shards are few enough."}
message: "`{call}` reads the weights again on every pass"
advice: "Read them once before the loop."
match:
  - case: read-in-loop
    call: [slowdisk.read_weights]
    where: {in: loop, argument.shards: {more-than: $most}}
evidence:
  - {effect: "10 to 20 s for each pass.", source: "own", quality: measured, date: 2026-11-21}
precision: {read: 20, true: 19, repositories: 10, date: 2026-11-21}
"""
CATALOG = """\
source: "slowdisk 1.0"
date: 2026-11-21
calls:
  - kind: lab.weights
    names: [slowdisk.read_weights]
    arguments: {shards: [shards]}
"""
PAGE = """\
# slow-weights

## What it does

Finds `slowdisk.read_weights` in a loop.

```python
import slowdisk

for epoch in range(10):
    slowdisk.read_weights("m", shards=8)  # finding: slow-weights severity=low confidence=medium
```
"""
WASTE = """\
import slowdisk

for epoch in range(10):
    weights = slowdisk.read_weights("model.bin", shards=8)
"""
CLEAN = """\
import slowdisk

weights = slowdisk.read_weights("model.bin", shards=8)
"""


def write_pack(directory: Path) -> Path:
    """The pack, in `directory`."""
    pack = directory / "lab-rules"
    for folder, name, text in (
        ("lab", "slow-weights.yaml", RULE),
        ("lab", "slow-weights.md", PAGE),
        ("catalog", "slowdisk.yaml", CATALOG),
    ):
        (pack / folder).mkdir(parents=True, exist_ok=True)
        (pack / folder / name).write_text(text, "utf-8")
    return pack


def write_policy(directory: Path, rules: Path, *lint: str) -> None:
    """A policy in `directory` that names the pack `rules`, with more lines of `lint`."""
    lines = ("version: 1", "lint:", f"  rule_paths: [{rules}]", *(f"  {line}" for line in lint))
    (directory / "greenlint.yaml").write_text("\n".join(lines) + "\n", "utf-8")
