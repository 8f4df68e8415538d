"""For `model.fit` of Keras 3."""

from typing import Any, Unpack

from keras.callbacks import Callback  # pyright: ignore[reportMissingImports]

from greenlint.runtime.budgets import InlineLimits
from greenlint.runtime.callbacks.training import Training
from greenlint.runtime.errors import BudgetExceeded


class KerasBudget(Callback):  # type: ignore[misc]  # untyped
    """Ends a training at the batch where its budget is used up.

    `model.fit(..., callbacks=[KerasBudget("train-classifier")])`, or with limits as
    `greenlint.budget` takes them. Without either it holds to the budget of the code around
    `fit()`. `fit` returns as it does after its last batch; `exceeded` then says why.
    """

    def __init__(self, declared: str | None = None, /, **limits: Unpack[InlineLimits]) -> None:
        super().__init__()
        self._training = Training(declared, **limits)

    @property
    def exceeded(self) -> BudgetExceeded | None:
        """The error that ended the latest training, None if nothing did."""
        return self._training.exceeded

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin the budget's block; BudgetExceeded if there is no room for it."""
        self._training.begin()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Have the model stop, once the limit is passed."""
        if not self._training.goes_on():
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        """Settle what the training spent."""
        self._training.end()
