"""The types that guarded functions have: their own signature, and the control object."""

from collections.abc import Callable
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from greenlint.policy.amounts import Amounts, Limits
from greenlint.policy.budget import Budget
from greenlint.policy.decision import Decision

P = ParamSpec("P")
Q = ParamSpec("Q")
R_co = TypeVar("R_co", covariant=True)
# What a class method is before it is one: type checkers bind functions, but not `Guarded`.
ClassMethod = TypeVar("ClassMethod", bound=Callable[Concatenate[type[Any], ...], Any])


class BudgetControl(Protocol):
    """What a guarded function says of its budget: `function.budget.spent()`."""

    @property
    def unmeasured(self) -> int:
        """How many calls could not be measured."""
        ...

    def budget(self) -> Budget:
        """The budget as it holds now, with the policy's caps."""
        ...

    def spent(self) -> Amounts:
        """What is spent of the budget in this period; per call, what the last call used.

        In microjoules, micrograms of CO2 equivalent, tokens and requests.
        """
        ...

    def remaining(self) -> Limits:
        """What is left of each limit, never less than 0; None where there is no limit."""
        ...

    def decisions(self) -> tuple[Decision, ...]:
        """The latest decisions of this function's guard other than plain permission."""
        ...


class Guarded(Protocol, Generic[P, R_co]):
    """A function that holds its calls to a budget; also as a method of a class."""

    @property
    def budget(self) -> BudgetControl:
        """What is spent, left and decided."""
        ...

    @property
    def __wrapped__(self) -> Callable[P, R_co]:
        """The function without its guard."""
        ...

    @property
    def __name__(self) -> str:
        """The function's name."""
        ...

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call the function within its budget."""
        ...

    @overload
    def __get__(self, instance: None, owner: object, /) -> "Guarded[P, R_co]": ...

    @overload
    def __get__(
        self: "Guarded[Concatenate[Any, Q], R_co]", instance: object, owner: object = None, /
    ) -> "Guarded[Q, R_co]": ...
