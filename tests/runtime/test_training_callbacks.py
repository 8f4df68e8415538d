"""Trainings that their budgets end: with the real trainers, where they are installed."""

import logging
import os
import warnings
from pathlib import Path

import pytest
from fake_meter import FakeMeter

from greenlint import BudgetExceeded, budget
from greenlint.runtime.callbacks.training import Training

J = 1_000_000
pytestmark = pytest.mark.filterwarnings("default")  # the trainers' own are not ours to mend


def test_a_training_goes_on_until_its_budget_is_used_up(
    meter: FakeMeter, caplog: pytest.LogCaptureFixture
) -> None:
    training = Training("train", joules=10, per="run")
    training.begin()
    steps = 0
    while training.goes_on():
        meter.use(3)
        steps += 1
    training.end()
    training.end()  # once more changes nothing
    assert steps == 4
    assert isinstance(training.exceeded, BudgetExceeded)
    assert "The training is stopped" in caplog.text
    assert not training.goes_on()
    assert meter.shares == []
    with pytest.raises(BudgetExceeded):
        training.begin()


def test_a_training_without_a_budget_holds_to_that_of_the_code_around_it(
    meter: FakeMeter,
) -> None:
    training = Training()
    training.begin()
    assert training.goes_on()
    training.end()
    with budget(joules=10, per="run"):
        training.begin()
        assert training.goes_on()
        meter.use(11)
        assert not training.goes_on()
        training.end()
    assert training.exceeded is not None


def test_a_training_that_was_over_its_own_limit_says_so_at_its_end(meter: FakeMeter) -> None:
    training = Training(joules=10)
    training.begin()
    meter.use(11)
    training.end()
    assert training.exceeded is not None
    assert training.exceeded.finished


def test_keras_stops_at_the_batch(meter: FakeMeter) -> None:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    import numpy as np

    from greenlint import KerasBudget

    class Meter(keras.callbacks.Callback):
        batches = 0

        def on_train_batch_begin(self, batch, logs=None) -> None:
            meter.use(3)
            Meter.batches += 1

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    callback = KerasBudget("train", joules=10, per="run")
    data = np.zeros((64, 4)), np.zeros((64, 1))
    model.fit(*data, batch_size=4, epochs=3, verbose=0, callbacks=[Meter(), callback])
    assert Meter.batches == 4
    assert callback.exceeded is not None
    assert meter.shares == []


def test_transformers_stops_at_the_step_and_saves(meter: FakeMeter, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    pytest.importorskip("accelerate")

    from greenlint import TransformersBudget

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)
            self.steps = 0

        def forward(self, x, labels=None):
            meter.use(3)
            self.steps += 1
            return {"loss": ((self.layer(x) - labels) ** 2).mean()}

    model = Model()
    data = [{"x": torch.zeros(4), "labels": torch.zeros(1)}] * 64
    settings = transformers.TrainingArguments(
        output_dir=str(tmp_path), max_steps=50, per_device_train_batch_size=4, report_to=[],
        save_strategy="no", use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    callback = TransformersBudget("train", joules=10, per="run")
    trainer = transformers.Trainer(model, settings, train_dataset=data, callbacks=[callback])
    trainer.train()
    assert model.steps == trainer.state.global_step == 4
    assert callback.exceeded is not None
    assert (tmp_path / "checkpoint-4").is_dir()
    assert meter.shares == []


@pytest.mark.parametrize("fails", [False, True])
def test_lightning_stops_at_the_batch(meter: FakeMeter, tmp_path: Path, *, fails: bool) -> None:
    lightning = pytest.importorskip("lightning")
    torch = pytest.importorskip("torch")

    from greenlint import LightningBudget

    class Model(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)
            self.steps = 0

        def training_step(self, batch):
            meter.use(3)
            self.steps += 1
            if fails:
                raise KeyError("mine")
            return self.layer(batch).sum()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    model = Model()
    callback = LightningBudget("train", joules=10, per="run")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = lightning.Trainer(
            max_epochs=3, accelerator="cpu", logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, callbacks=[callback],
            default_root_dir=str(tmp_path),
        )  # fmt: skip
        batches = torch.utils.data.DataLoader(torch.zeros(64, 4), batch_size=4)
        if fails:
            with pytest.raises(KeyError, match="mine"):
                trainer.fit(model, batches)
        else:
            trainer.fit(model, batches)
            assert model.steps == 4
            assert callback.exceeded is not None
    assert meter.shares == []
