"""For the Trainer of transformers, and what builds on it (TRL, Sentence Transformers)."""

from typing import Any, Unpack

from transformers import TrainerCallback  # pyright: ignore[reportMissingImports]

from greenlint.runtime.budgets import InlineLimits
from greenlint.runtime.callbacks.training import Training
from greenlint.runtime.errors import BudgetExceeded


class TransformersBudget(TrainerCallback):  # type: ignore[misc]  # untyped
    """Ends a training at the step where its budget is used up, with the weights saved.

    `Trainer(..., callbacks=[TransformersBudget("train-classifier")])`, or with limits as
    `greenlint.budget` takes them. Without either it holds to the budget of the code around
    `train()`. The training ends as it does after its last step; `exceeded` then says why.
    """

    def __init__(self, declared: str | None = None, /, **limits: Unpack[InlineLimits]) -> None:
        self._training = Training(declared, **limits)

    @property
    def exceeded(self) -> BudgetExceeded | None:
        """The error that ended the latest training, None if nothing did."""
        return self._training.exceeded

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin the budget's block; BudgetExceeded if there is no room for it."""
        self._training.begin()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Ask the trainer to save and to stop, once the limit is passed."""
        if not self._training.goes_on():
            control.should_save = True
            control.should_training_stop = True
        return control

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Settle what the training spent."""
        self._training.end()
