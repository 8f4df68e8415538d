"""Lets the tests of rules import the scripts that make rules."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
