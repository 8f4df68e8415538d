"""The decorators and the context manager that hold code to budgets."""

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack, overload

from greenlint.policy.amounts import Limits, Metric
from greenlint.runtime.declaration import Declaration
from greenlint.runtime.guard import Guard
from greenlint.runtime.guarded import ClassMethod, Guarded
from greenlint.runtime.inline import (
    BudgetOptions,
    carbon_limit,
    count_limit,
    energy_limit,
    is_amount,
)
from greenlint.runtime.interrupt import Interruption, ThreadInterrupter
from greenlint.runtime.place import calling_place, name_of
from greenlint.runtime.scope import Scope, WorkScope, innermost
from greenlint.runtime.wrapping import open_soon, stopped, wrap

if TYPE_CHECKING:
    from greenlint.runtime.tasks import TaskStopper

P = ParamSpec("P")
R = TypeVar("R")
Owner = TypeVar("Owner")


class BudgetGuard(Guard):
    """A budget to decorate functions with, or to hold a block to.

    As a decorator it gives each function a guard of its own. As a context manager, `with` or
    `async with`, it hands out the scope of the block, whose `checkpoint()` says whether work may
    go on.

    What happens at the limit, by `on_exceed`:

    - `warn`: nothing is refused; alerts are raised.
    - `deny`: a call that begins is refused with BudgetExceeded, and so is further work at a
      checkpoint. A call that runs, runs on, and what it uses over the limit is debt.
    - `stop`: as `deny`, and work that runs is ended. A coroutine, or a block entered with
      `async with`, is cancelled: its own cleanup runs and its caller gets BudgetExceeded. A
      generator, asynchronous or not, is closed and raises at its next step. A plain function or
      block ends at its next checkpoint, and with `interrupt=True` by an exception in its thread.

    A call that turns out over a budget per call has finished: `warn` returns its result, `deny`
    and `stop` raise BudgetExceeded with `result`.
    """

    def __init__(self, declaration: Declaration) -> None:
        super().__init__(declaration)
        self._blocks: dict[WorkScope, TaskStopper | ThreadInterrupter | None] = {}

    @overload
    def __call__(  # type: ignore[overload-overlap]  # a staticmethod is callable, and stays one
        self, function: "staticmethod[P, R]", /
    ) -> "staticmethod[P, R]": ...

    @overload
    def __call__(self, function: "classmethod[Owner, P, R]", /) -> "classmethod[Owner, P, R]": ...

    @overload
    def __call__(self, function: ClassMethod, /) -> ClassMethod: ...

    @overload
    def __call__(self, function: Callable[P, R], /) -> Guarded[P, R]: ...

    def __call__(self, function: Any, /) -> Any:
        """Guard the calls of a function, sync or async, generator or method."""
        declaration = self.declaration.of_function(function)
        guard = self.of_function(declaration)
        guard.place = f"{name_of(function)} ({declaration.place})"
        interrupt = declaration.options.get("interrupt", False)
        return wrap(function, guard, interrupt=interrupt)

    def of_function(self, declaration: Declaration) -> "BudgetGuard":
        """The guard of one function."""
        return BudgetGuard(declaration)

    def __enter__(self) -> Scope:
        """Begin the block; BudgetExceeded if there is no room for it."""
        scope = self.open() or self.open_slowly()
        interrupter = None
        if self.declaration.options.get("interrupt", False) and scope.binding.stops:
            interrupter = ThreadInterrupter()
            scope.stops_by(interrupter.interrupt)
        self._blocks[scope] = interrupter
        return scope

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the block, and settle what it spent."""
        scope, stopper = self._leave()
        try:
            if isinstance(stopper, ThreadInterrupter):
                stopper.disarm()
        except Interruption as late:
            stopper.disarm() if isinstance(stopper, ThreadInterrupter) else None
            error = error or late
        if error is None:
            self.finish(scope, None)
            return
        self.fail(scope)
        if isinstance(error, Interruption) and scope.breach is not None:
            raise stopped(scope) from None

    async def __aenter__(self) -> Scope:
        """The same in a coroutine; nothing here holds up the event loop."""
        from greenlint.runtime.tasks import stopper_for  # brings asyncio in

        scope = self.open(awaiting=True) or await open_soon(self, whole_call=False)
        self._blocks[scope] = stopper_for(scope)
        return scope

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the block, and settle what it spent."""
        from greenlint.runtime.tasks import TaskStopper, was_stopped

        scope, stopper = self._leave()
        ours = isinstance(stopper, TaskStopper) and was_stopped(stopper, error)
        if error is None:
            self.finish(scope, None)
            return
        self.fail(scope)
        if ours:
            raise stopped(scope) from error

    def _leave(self) -> tuple[WorkScope, "TaskStopper | ThreadInterrupter | None"]:
        """The block that is left: the innermost of this context, else the latest."""
        scope = innermost()
        if scope is not None and scope in self._blocks:
            return scope, self._blocks.pop(scope)
        return self._blocks.popitem()


@overload
def energy_budget(function: ClassMethod, /) -> ClassMethod: ...


@overload
def energy_budget(function: Callable[P, R], /) -> Guarded[P, R]: ...


@overload
def energy_budget(
    budget: str | None = None,
    limit: str | None = None,
    /,
    *,
    joules: float | None = None,
    kwh: float | None = None,
    **options: Unpack[BudgetOptions],
) -> BudgetGuard: ...


def energy_budget(
    budget: Any = None,
    limit: str | None = None,
    /,
    *,
    joules: float | None = None,
    kwh: float | None = None,
    **options: Unpack[BudgetOptions],
) -> Any:
    """Hold a function to a limit on energy.

    `@energy_budget("train-classifier")` takes a budget of the policy by name, bare
    `@energy_budget` the one named like the function. `@energy_budget("900 J")`,
    `@energy_budget(kwh=0.5, per="day")` need no policy. With both, `@energy_budget("train",
    "2 kWh")`, the policy caps the code: the smaller limit holds.
    """
    function, name, text = _read(budget, limit)
    limits = Limits(energy=energy_limit(text, joules=joules, kwh=kwh))
    return _guard(function, name, limits, options, Metric.ENERGY)


@overload
def carbon_budget(function: ClassMethod, /) -> ClassMethod: ...


@overload
def carbon_budget(function: Callable[P, R], /) -> Guarded[P, R]: ...


@overload
def carbon_budget(
    budget: str | None = None,
    limit: str | None = None,
    /,
    *,
    grams: float | None = None,
    **options: Unpack[BudgetOptions],
) -> BudgetGuard: ...


def carbon_budget(
    budget: Any = None,
    limit: str | None = None,
    /,
    *,
    grams: float | None = None,
    **options: Unpack[BudgetOptions],
) -> Any:
    """Hold a function to a limit on carbon: its energy times the intensity of the grid.

    As `energy_budget`, with amounts such as `"600 gCO2e"` or `grams=600`. Where the region is
    unknown, its carbon is unmeasured, and `on_unmeasured` says what follows.
    """
    function, name, text = _read(budget, limit)
    limits = Limits(carbon=carbon_limit(text, grams=grams))
    return _guard(function, name, limits, options, Metric.CARBON)


@overload
def token_budget(function: ClassMethod, /) -> ClassMethod: ...


@overload
def token_budget(function: Callable[P, R], /) -> Guarded[P, R]: ...


@overload
def token_budget(
    budget: str | int | None = None,
    limit: int | str | None = None,
    /,
    *,
    tokens: int | str | None = None,
    **options: Unpack[BudgetOptions],
) -> BudgetGuard: ...


def token_budget(
    budget: Any = None,
    limit: int | str | None = None,
    /,
    *,
    tokens: int | str | None = None,
    **options: Unpack[BudgetOptions],
) -> Any:
    """Hold a function to a limit on tokens, input and output together.

    As `energy_budget`, with amounts such as `"20M"` or `tokens=5000`. What a response of OpenAI,
    Anthropic or Google says of its usage is read when the function returns or yields it; where
    `current_scope().tokens(n)` was called, that counts instead.
    """
    function, name, text = _read(budget, limit)
    limits = Limits(tokens=count_limit(_either(text, tokens=tokens)))
    return _guard(function, name, limits, options, Metric.TOKENS)


@overload
def request_budget(function: ClassMethod, /) -> ClassMethod: ...


@overload
def request_budget(function: Callable[P, R], /) -> Guarded[P, R]: ...


@overload
def request_budget(
    budget: str | int | None = None,
    limit: int | str | None = None,
    /,
    *,
    requests: int | str | None = None,
    **options: Unpack[BudgetOptions],
) -> BudgetGuard: ...


def request_budget(
    budget: Any = None,
    limit: int | str | None = None,
    /,
    *,
    requests: int | str | None = None,
    **options: Unpack[BudgetOptions],
) -> Any:
    """Hold a function to a number of requests: of calls, unless it counts them itself.

    As `energy_budget`, with amounts such as `"50k"` or `requests=100`; counted over the run
    unless `per` says otherwise.
    """
    function, name, text = _read(budget, limit)
    limits = Limits(requests=count_limit(_either(text, requests=requests)))
    return _guard(function, name, limits, options, Metric.REQUESTS)


class InlineLimits(BudgetOptions, total=False):
    """The limits that `budget` takes, besides what all budgets do."""

    energy: str
    """Such as "2.5 kWh" or "900 J"."""
    joules: float
    """The same in joules."""
    kwh: float
    """The same in kilowatt-hours."""
    carbon: str
    """Such as "600 gCO2e"."""
    grams: float
    """The same in grams of CO2 equivalent."""
    tokens: int | str
    """Such as "20M"."""
    requests: int | str
    """Such as "50k"."""


def budget(declared: str | None = None, /, **limits: Unpack[InlineLimits]) -> BudgetGuard:
    """Hold a block, or a function, to a budget of any kind.

    `with budget("nightly-embedding") as scope:` takes a budget of the policy by name;
    `with budget(energy="900 J", tokens="20k") as scope:` needs no policy; with both, the smaller
    limits hold. In coroutines, `async with` is to be preferred: only then can `stop` cancel.
    """
    given: dict[str, Any] = dict(limits)
    own = Limits(
        energy=energy_limit(
            given.pop("energy", None),
            joules=given.pop("joules", None),
            kwh=given.pop("kwh", None),
        ),
        carbon=carbon_limit(given.pop("carbon", None), grams=given.pop("grams", None)),
        tokens=count_limit(given.pop("tokens", None)),
        requests=count_limit(given.pop("requests", None)),
    )
    options: BudgetOptions = given  # type: ignore[assignment]  # checked by Declaration
    guard: BudgetGuard = _guard(None, declared, own, options, None)
    return guard


def _read(budget: Any, limit: Any) -> tuple[Any, str | None, Any]:  # noqa: ANN401  # as given
    """What the positional arguments are: a function to decorate, a name, a limit."""
    if budget is None:
        return None, None, limit
    if isinstance(budget, int):
        return None, None, budget
    if not isinstance(budget, str):
        return budget, None, limit
    if limit is None and is_amount(budget):
        return None, None, budget
    return None, budget, limit


def _guard(
    function: Any,  # noqa: ANN401  # any kind of callable
    name: str | None,
    limits: Limits,
    options: BudgetOptions,
    metric: Metric | None,
) -> Any:  # noqa: ANN401  # a guard, or the guarded function
    name = options.get("name", name)
    place = calling_place()
    declaration = Declaration(
        name or place, limits, options, place, metric=metric, guessed=name is None
    )
    guard = BudgetGuard(declaration)
    return guard if function is None else guard(function)


def _either(positional: int | str | None, **keyword: int | str | None) -> int | str | None:
    ((name, value),) = keyword.items()
    if positional is not None and value is not None:
        raise ValueError(f"the limit and {name} say the same twice: keep one of them")
    return value if positional is None else positional


__all__ = [
    "BudgetGuard",
    "budget",
    "carbon_budget",
    "energy_budget",
    "request_budget",
    "token_budget",
]
