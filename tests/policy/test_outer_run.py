"""What `greenlint run` hands to the programs in it comes back as it was."""

import pytest

from greenlint.policy.outer_run import RUN_VARIABLE, OuterRun, outer_run


def test_run_around_a_program_is_read_back():
    outer = OuterRun("train: ümlaut", "host:abc", 1_700_000_000)
    assert outer_run({RUN_VARIABLE: outer.text()}) == outer


@pytest.mark.parametrize("text", ["", "1", "true", "[]", '["a", "b", "c"]', "{"])
def test_value_of_somebody_else_is_no_run(text: str):
    assert outer_run({RUN_VARIABLE: text}) is None
    assert outer_run({}) is None
