"""Stand-ins for Keras, transformers and Lightning, which call callbacks as those do.

Each has the parts that greenlint's callbacks touch: the base class, the order of the hooks with
their arguments, and where the trainer looks at what asks it to stop, as Keras 3, transformers 4 and
Lightning 2 have them. Tests with the real ones run where those are installed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

Step = Callable[[], None]


class KerasCallback:
    """`keras.callbacks.Callback`: the model is given before the training begins."""

    model: Any = None

    def set_model(self, model: Any) -> None:
        self.model = model


class KerasModel:
    """`fit` asks `stop_training` after each batch and each epoch."""

    stop_training = False

    def fit(self, step: Step, callback: Any, *, epochs: int, batches: int) -> None:
        callback.set_model(self)
        callback.on_train_begin(None)
        for _ in range(epochs):
            for batch in range(batches):
                step()
                callback.on_train_batch_end(batch, {"loss": 0.0})
                if self.stop_training:
                    break
            if self.stop_training:
                break
        callback.on_train_end({"loss": 0.0})


@dataclass
class Control:
    """`transformers.TrainerControl`."""

    should_save: bool = False
    should_training_stop: bool = False


class TrainerCallback:
    """`transformers.TrainerCallback`: hooks return the control, or nothing."""


@dataclass
class Trainer:
    """`transformers.Trainer`: saves after a step when asked to, then stops when asked to."""

    callback: Any
    control: Control = field(default_factory=Control)
    saved: list[int] = field(default_factory=list)

    def train(self, step: Step, *, steps: int) -> None:
        self._call("on_train_begin")
        for number in range(1, steps + 1):
            step()
            self._call("on_step_end", global_step=number)
            if self.control.should_save:
                self.saved.append(number)
                self.control.should_save = False
            if self.control.should_training_stop:
                break
        self._call("on_train_end")

    def _call(self, event: str, **state: Any) -> None:
        returned = getattr(self.callback, event)(
            SimpleNamespace(), SimpleNamespace(**state), self.control, model=None
        )
        self.control = self.control if returned is None else returned


class LightningCallback:
    """`lightning.pytorch.Callback`."""


@dataclass
class LightningTrainer:
    """`lightning.Trainer`: asks `should_stop` after each batch; a failure skips the end."""

    callback: Any
    should_stop: bool = False

    def fit(self, step: Step, *, batches: int) -> None:
        module = SimpleNamespace()
        try:
            self.callback.on_train_start(self, module)
            for batch in range(batches):
                step()
                self.callback.on_train_batch_end(self, module, None, None, batch)
                if self.should_stop:
                    break
            self.callback.on_train_end(self, module)
        except BaseException as error:
            self.callback.on_exception(self, module, error)
            raise


def modules(*, lightning: str = "lightning.pytorch") -> dict[str, ModuleType | None]:
    """What stands in `sys.modules` for them; None cannot be imported."""
    found: dict[str, ModuleType | None] = {
        "keras": _module("keras"),
        "keras.callbacks": _module("keras.callbacks", Callback=KerasCallback),
        "transformers": _module("transformers", TrainerCallback=TrainerCallback),
        "lightning": None,
        "lightning.pytorch": None,
        "pytorch_lightning": None,
    }
    found[lightning] = _module(lightning, Callback=LightningCallback)
    if lightning.startswith("lightning"):
        found["lightning"] = _module("lightning")
    return found


def _module(name: str, **attributes: object) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(attributes, __path__=[])
    return module
