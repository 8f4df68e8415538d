"""Epoch loops written by hand: how long they run, what ends them, what is planned to their end."""

from textwrap import indent

import pytest
from bundled_facts import bundled_facts

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.tree import BlockKind
from greenlint.lint.facts.vocabulary import Answer, fact_named
from greenlint.lint.rule import Subject


def of_first_loop(facts: Facts, name: str) -> Answer | None:
    """What the fact `name` says of the first loop of a module."""
    function = fact_named(Subject.LOOP, name)
    assert function is not None
    return function(facts, facts.tree.blocks_of(BlockKind.FOR, BlockKind.WHILE)[0], "")


@pytest.mark.parametrize(
    ("header", "number"),
    [
        ("for epoch in range(90):", 90),
        ("for epoch in range(1, 91):", 90),
        ("for epoch in range(0, 100, 10):", 10),
        ("for epoch in tqdm(range(90), desc='epochs'):", 90),
        ("for epoch in trange(90):", 90),
        ("for epoch in tqdm.trange(90):", 90),
        ("while epoch < 90:", 90),
        ("while epoch <= 90:", 90),
    ],
)
def test_counting_loops_say_how_often_they_run(header: str, number: int) -> None:
    answer = of_first_loop(bundled_facts(f"{header}\n    step()"), "passes")
    assert answer is not None
    assert (answer.value, answer.assumed) == (number, False)


def test_a_loop_that_resumes_runs_to_its_end_as_far_as_one_can_tell() -> None:
    answer = of_first_loop(bundled_facts("for epoch in range(start, 90):\n    step()"), "passes")
    assert answer is not None
    assert (answer.value, answer.assumed) == (90, True)


@pytest.mark.parametrize(
    "source",
    [
        "for batch in loader:\n    step()",
        "for epoch in range(epochs):\n    step()",
        "for epoch in range(0, 90, 0):\n    step()",
        "for epoch in range(0, 90, stride):\n    step()",
        "for epoch in range(*bounds):\n    step()",
        "for epoch in tqdm():\n    step()",
        "for epoch in epochs[0]():\n    step()",
        "while epoch > 90:\n    step()",
        "while True:\n    step()",
        "steps = 9000\nper_epoch = 100\nfor epoch in range(steps // per_epoch):\n    step()",
        "epochs = int(9000 / 100)\nfor epoch in range(epochs):\n    step()",
    ],
)
def test_other_loops_and_budgets_of_steps_are_unknown(source: str) -> None:
    assert of_first_loop(bundled_facts(source), "passes") is None


@pytest.mark.parametrize(
    "body",
    [
        "if loss > best:\n    break",
        "if time.time() > end:\n    return",
        "with timer:\n    if done:\n        break",
        "if loss != loss:\n    sys.exit()",
    ],
)
def test_what_hangs_on_the_training_stops_it(body: str) -> None:
    source = f"import sys\ndef train():\n    for epoch in range(90):\n{indent(body, ' ' * 8)}"
    answer = of_first_loop(bundled_facts(source), "stops")
    assert answer is not None
    assert answer.words == {"yes"}


@pytest.mark.parametrize(
    "body",
    [
        "step()",
        "if args.dry_run:\n    break",
        "if DEBUG:\n    return",
        "for batch in loader:\n    if bad:\n        break",
        "try:\n    step()\nexcept KeyboardInterrupt:\n    break",
        "def callback():\n    return 1",
        "if skip:\n    continue",
    ],
)
def test_what_cuts_a_trial_or_an_inner_loop_short_stops_nothing(body: str) -> None:
    source = f"def train():\n    for epoch in range(90):\n{indent(body, ' ' * 8)}\n    return 0"
    answer = of_first_loop(bundled_facts(source), "stops")
    assert answer is not None
    assert answer.words == {"no"}


def test_a_second_condition_may_stop_a_while_loop() -> None:
    answer = of_first_loop(bundled_facts("while epoch < 90 and patience:\n    step()"), "stops")
    assert answer is not None
    assert answer.words == {"yes"}


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("for epoch in range(epochs):\n    step()", "open"),
        ("for epoch in range(90):\n    rate = 1 - epoch / 90", "open"),
        ("for epoch in range(epochs):\n    rate = 1 - epoch / epochs", "fixed"),
        (
            "schedule = PolyLR(optimizer, args.epochs)\nfor e in range(args.epochs):\n    s()",
            "fixed",
        ),
        ("log(epochs)\nfor epoch in range(epochs):\n    step()", "open"),
        ("for batch in loader:\n    step()", "open"),
        (
            (
                "from torch.optim.lr_scheduler import OneCycleLR\n"
                "s = OneCycleLR(o, 1)\nfor epoch in range(9):\n    step()"
            ),
            "fixed",
        ),
    ],
)
def test_a_rate_that_is_planned_to_the_last_epoch_is_a_fixed_schedule(
    source: str, word: str
) -> None:
    answer = of_first_loop(bundled_facts(source), "schedule")
    assert answer is not None
    assert answer.words == {word}
