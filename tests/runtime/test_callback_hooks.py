"""The callbacks for trainers, under stand-ins that call the hooks as the trainers do."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trainers
from fake_meter import FakeMeter

PACKAGE = "greenlint.runtime.callbacks"

Load = Callable[..., Any]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Import a callback upon the stand-ins; the real one is imported anew afterwards."""
    names = [f"{PACKAGE}.{name}" for name in ("keras", "transformers", "lightning")]
    before = {name: sys.modules.pop(name, None) for name in names}

    def load(name: str, of: str, **options: str) -> Any:
        for module, fake in trainers.modules(**options).items():
            monkeypatch.setitem(sys.modules, module, fake)
        return getattr(importlib.import_module(f"{PACKAGE}.{name}"), of)

    yield load
    for name, module in before.items():
        sys.modules.pop(name, None)
        if module is not None:
            sys.modules[name] = module


def test_keras_is_told_to_stop_at_the_batch(meter: FakeMeter, load: Load) -> None:
    callback = load("keras", "KerasBudget")("train", joules=10, per="run")
    steps: list[int] = []
    trainers.KerasModel().fit(lambda: steps.append(use(meter)), callback, epochs=3, batches=16)
    assert len(steps) == 4
    assert callback.exceeded is not None
    assert meter.shares == []


def test_transformers_is_told_to_save_and_to_stop(meter: FakeMeter, load: Load) -> None:
    callback = load("transformers", "TransformersBudget")("train", joules=10, per="run")
    trainer = trainers.Trainer(callback)
    trainer.train(lambda: meter.use(3), steps=50)
    assert trainer.saved == [4]
    assert callback.exceeded is not None
    assert meter.shares == []


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("module", "of"),
    [
        ("keras", "KerasBudget"),
        ("transformers", "TransformersBudget"),
        ("lightning", "LightningBudget"),
    ],
)
def test_messages_name_the_line_that_made_the_callback(
    meter: FakeMeter, load: Load, module: str, of: str, *, named: bool
) -> None:
    """The user's, also from a class of the user's own; not one of greenlint's."""
    line = inspect.currentframe().f_lineno + 5

    class Own(load(module, of)):
        pass

    callback = Own(*(["train"] if named else []), joules=10, per="run")
    callback._training.begin()
    meter.use(11)
    assert not callback._training.goes_on()
    callback._training.end()
    place = f"{Path(__file__).name}:{line}"
    assert callback.exceeded.place.endswith(place)
    assert named or callback.exceeded.budget.endswith(place)


@pytest.mark.parametrize("name", ["lightning.pytorch", "pytorch_lightning"])
def test_lightning_is_told_to_stop_under_either_name(
    meter: FakeMeter, load: Load, name: str
) -> None:
    callback = load("lightning", "LightningBudget", lightning=name)("train", joules=10, per="run")
    steps: list[int] = []
    trainers.LightningTrainer(callback).fit(lambda: steps.append(use(meter)), batches=16)
    assert len(steps) == 4
    assert callback.exceeded is not None
    assert meter.shares == []


def test_a_training_of_lightning_that_fails_is_settled(meter: FakeMeter, load: Load) -> None:
    callback = load("lightning", "LightningBudget")("train", joules=10, per="run")

    def fail() -> None:
        meter.use(3)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        trainers.LightningTrainer(callback).fit(fail, batches=16)
    assert callback.exceeded is None
    assert meter.shares == []


def use(meter: FakeMeter) -> int:
    meter.use(3)
    return 3
