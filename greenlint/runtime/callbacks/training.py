"""What the callbacks of all trainers do: hold a training to a budget, step by step."""

import logging
from typing import Unpack

from greenlint.runtime.budgets import BudgetGuard, InlineLimits, budget
from greenlint.runtime.errors import BudgetExceeded
from greenlint.runtime.scope import Scope, current_scope

logger = logging.getLogger("greenlint")


class Training:
    """One training at a time, held to a budget; without one, to that of the code around it.

    `exceeded` is the error that ended the latest training, None if nothing did.
    """

    def __init__(self, declared: str | None = None, /, **limits: Unpack[InlineLimits]) -> None:
        self.exceeded: BudgetExceeded | None = None
        self._guard: BudgetGuard | None = None
        if declared is not None or limits:
            self._guard = budget(declared, **limits)
        self._scope: Scope | None = None

    def begin(self) -> None:
        """A training begins; BudgetExceeded if there is no room for it."""
        self.end()
        self.exceeded = None
        self._scope = current_scope() if self._guard is None else self._guard.__enter__()

    def goes_on(self) -> bool:
        """Whether the training may go on after this step."""
        if self.exceeded is not None:
            return False
        try:
            (self._scope or current_scope()).checkpoint()
        except BudgetExceeded as error:
            self.exceeded = error
            logger.error("The training is stopped: %s", error)  # noqa: TRY400  # no traceback
            return False
        return True

    def end(self) -> None:
        """The training has ended, whichever way; what it spent is settled."""
        scope, self._scope = self._scope, None
        if scope is None or self._guard is None:
            return
        try:
            self._guard.__exit__(None, None, None)
        except BudgetExceeded as error:
            # A budget per call that turned out too small: the weights are there all the same.
            self.exceeded = self.exceeded or error
