"""Lets the tests of the documentation import the script that runs its console blocks."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
