"""Which loops train: backward pass and step, directly or through the module's own functions."""

from textwrap import dedent

import pytest
from bundled_facts import bundled_facts

from greenlint.lint.facts.training_loops import TrainingLoops, loop_kinds
from greenlint.lint.facts.tree import BlockKind

STEP = "loss.backward()\n        optimizer.step()"


def kinds(source: str) -> list[list[str]]:
    """The kinds of each loop of a module, in the order of the text."""
    facts = bundled_facts(dedent(source))
    loops = facts.tree.blocks_of(BlockKind.FOR, BlockKind.WHILE)
    return [sorted(set(loop_kinds(facts, loop))) for loop in loops]


BATCH, WRAPPED, EPOCH = (
    "training.batch-loop.plain",
    "training.batch-loop.wrapped",
    "training.epoch-loop",
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "for epoch in range(9):\n for x in data:\n  loss.backward()\n  opt.step()",
            [[EPOCH], [BATCH]],
        ),
        ("for x in data:\n loss.backward()\n optimizer.step()", [[BATCH]]),
        ("for epoch in range(9):\n loss.backward()\n optimizer.step()", [[BATCH, EPOCH]]),
        ("while epoch < 9:\n loss.backward()\n optimizer.step()", [[BATCH, EPOCH]]),
        ("while running:\n for x in data:\n  loss.backward()\n  opt.step()", [[EPOCH], [BATCH]]),
        ("for x in data:\n for y in x:\n  loss.backward()\n opt.step()", [[BATCH], []]),
        ("for x in data:\n [t.backward() for t in losses]\n opt.step()", [[BATCH]]),
        ("for x in data:\n accelerator.backward(loss)\n opt.step()", [[WRAPPED]]),
        ("for x in data:\n scaler.scale(loss).backward()\n scaler.step(opt)", [[WRAPPED]]),
        ("for x in data:\n engine.backward(loss)\n engine.step()", [[WRAPPED]]),
        ("for x in data:\n loss.backward(retain_graph=True)\n opts['g'].step()", [[BATCH]]),
        ("for x in data:\n loss.backward()\n get_optimizer().step()", [[BATCH]]),
        ("for x in data:\n loss.backward()\n schedule.step()", [[]]),
        ("for x in data:\n loss.backward()", [[]]),
        ("for x in data:\n optimizer.step()", [[]]),
        ("for x in data:\n backward()\n step()", [[]]),
    ],
)
def test_loops_that_run_both_train(source, expected):
    assert kinds(source) == expected


def test_a_step_is_known_by_the_optimizer_and_not_by_the_scheduler():
    source = """
        import torch
        a = torch.optim.SGD(model.parameters())
        opt_schedule = torch.optim.lr_scheduler.StepLR(a, 3)
        for x in data:
            loss.backward()
            opt_schedule.step()
        for x in data:
            loss.backward()
            a.step()
    """
    assert kinds(source) == [[], [BATCH]]


def test_functions_and_methods_are_followed_to_the_loops_that_call_them():
    source = """
        def step(batch):
            loss.backward()
            optimizer.step()

        def one_epoch(data):
            for batch in data:
                step(batch)

        for epoch in range(9):
            one_epoch(data)
    """
    assert kinds(source) == [[BATCH], [EPOCH]]
    source = """
        class Trainer:
            def learn(self, batch):
                loss.backward()
                self.optimizer.step()

            def fit(self):
                for batch in self.data:
                    self.learn(batch)
    """
    assert kinds(source) == [[BATCH]]


def test_a_closure_runs_where_it_is_handed_over():
    source = """
        for batch in data:
            def closure():
                loss.backward()
            optimizer.step(closure)
    """
    assert kinds(source) == [[BATCH]]


def test_recursion_ends():
    source = """
        def walk(node):
            loss.backward()
            optimizer.step()
            for child in node:
                walk(child)
    """
    assert kinds(source) == [[]]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("validate(model)", True),
        ("trainer.evaluate()", True),
        ("for batch in val_loader:\n        model(batch)", True),
        ("for a, b in zip(xs, loaders['test']):\n        model(a)", False),
        ("model.eval()", True),
        ("print(epoch)", False),
        ("for batch in train_eval_loader:\n        model(batch)", False),
    ],
)
def test_a_pass_over_other_data_validates(rest, expected):
    source = f"for epoch in range(9):\n    for x in data:\n        {STEP}\n    {rest}\n"
    loops = bundled_facts(source).extension(TrainingLoops)
    assert [loops.validates(loop) for loop in loops.all] == [expected]


def test_without_an_epoch_loop_nothing_validates():
    loops = bundled_facts(f"for x in data:\n        {STEP}\n").extension(TrainingLoops)
    assert [loops.validates(loop) for loop in loops.all] == [False]
