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
"""
POLICY = """\
version: 1
lint:
  rule_paths: [lab-rules]
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


def write_pack(directory: Path, *, policy: str = POLICY) -> None:
    """A policy in `directory`, and the pack that it names."""
    family = directory / "lab-rules" / "lab"
    family.mkdir(parents=True)
    (family / "slow-weights.yaml").write_text(RULE, "utf-8")
    (family / "slow-weights.md").write_text(PAGE, "utf-8")
    catalog = directory / "lab-rules" / "catalog"
    catalog.mkdir()
    (catalog / "slowdisk.yaml").write_text(CATALOG, "utf-8")
    (directory / "greenlint.yaml").write_text(policy, "utf-8")
