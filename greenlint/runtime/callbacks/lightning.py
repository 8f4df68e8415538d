"""For the Trainer of Lightning, under either of its names."""

from typing import Any, Unpack

try:
    from lightning.pytorch import Callback  # pyright: ignore[reportMissingImports]
except ModuleNotFoundError:
    from pytorch_lightning import Callback  # pyright: ignore[reportMissingImports]

from greenlint.runtime.budgets import InlineLimits
from greenlint.runtime.callbacks.training import Training
from greenlint.runtime.errors import BudgetExceeded


class LightningBudget(Callback):  # type: ignore[misc]  # untyped
    """Ends a training at the batch where its budget is used up.

    `Trainer(callbacks=[LightningBudget("train-classifier")])`, or with limits as
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

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin the budget's block; BudgetExceeded if there is no room for it."""
        self._training.begin()

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Have the trainer stop, once the limit is passed."""
        if not self._training.goes_on():
            trainer.should_stop = True

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Settle what the training spent."""
        self._training.end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Settle what a training spent that failed."""
        self._training.end()
