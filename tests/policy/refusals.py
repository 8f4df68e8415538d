"""What is said of a policy that is refused."""

from pathlib import Path

import pytest

from greenlint.errors import PolicyError
from greenlint.policy.loading import load_policy


def problems_of(path: Path) -> list[str]:
    """Every problem of a policy that cannot be used."""
    with pytest.raises(PolicyError) as refusal:
        load_policy(path)
    return [str(problem) for problem in refusal.value.problems]
