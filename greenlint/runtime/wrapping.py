"""Wraps each kind of callable so that its calls are guarded; what it takes and gives stays."""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any

from greenlint.runtime.errors import BudgetExceeded
from greenlint.runtime.guard import Guard
from greenlint.runtime.interrupt import Interruption, ThreadInterrupter
from greenlint.runtime.likeness import take_after
from greenlint.runtime.scope import WorkScope, innermost
from greenlint.runtime.usage import StreamUsage, count_usage

if TYPE_CHECKING:
    import asyncio

    from greenlint.runtime.binding import Binding
    from greenlint.runtime.use import Use


def wrap(function: Any, guard: Guard, *, interrupt: bool = False) -> Any:  # noqa: ANN401  # any kind of callable
    """The guarded function; of a `staticmethod` or `classmethod` the same kind again."""
    if isinstance(function, staticmethod | classmethod):
        return type(function)(wrap(function.__func__, guard, interrupt=interrupt))
    if isinstance(function, type):
        raise TypeError(
            f"{function.__qualname__} is a class, and a budget guards calls: decorate its methods"
        )
    if not callable(function):
        raise TypeError(f"a budget guards something that can be called, not {function!r}")
    kind: Any = function
    if not hasattr(function, "__code__") and not isinstance(function, functools.partial):
        kind = function.__call__
    called: Any = function  # what its kind is, is told by `kind`
    if inspect.iscoroutinefunction(kind):
        wrapped = _coroutine(called, guard)
    elif inspect.isasyncgenfunction(kind):
        wrapped = _async_generator(called, guard)
    elif inspect.isgeneratorfunction(kind):
        wrapped = _generator(called, guard)
    elif interrupt:
        wrapped = _interruptible(called, guard)
    else:
        wrapped = _function(called, guard)
    take_after(wrapped, function)
    wrapped.budget = guard
    return wrapped


def _function(function: Callable[..., Any], guard: Guard) -> Any:  # noqa: ANN401  # as wrap
    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # the function's own
        scope = guard.open(whole_call=True) or guard.open_slowly(whole_call=True)
        try:
            result = function(*args, **kwargs)
        except BaseException:
            guard.fail(scope)
            raise
        if scope.binding.reads_usage:
            count_usage(scope, result)
        return guard.finish(scope, result)

    return call


def _interruptible(function: Callable[..., Any], guard: Guard) -> Any:  # noqa: ANN401  # as wrap
    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # the function's own
        scope = guard.open(whole_call=True) or guard.open_slowly(whole_call=True)
        interrupter = ThreadInterrupter()
        if scope.binding.stops:
            scope.stops_by(interrupter.interrupt)
        finished = []
        try:
            try:
                finished.append(function(*args, **kwargs))
            finally:
                interrupter.disarm()
        except Interruption:
            interrupter.disarm()
            if not finished:
                guard.fail(scope)
                raise stopped(scope) from None
        except BaseException:
            guard.fail(scope)
            raise
        if scope.binding.reads_usage:
            count_usage(scope, finished[0])
        return guard.finish(scope, finished[0])

    return call


def _coroutine(function: Callable[..., Coroutine[Any, Any, Any]], guard: Guard) -> Any:  # noqa: ANN401  # as wrap
    from greenlint.runtime.tasks import stopper_for, was_stopped  # brings asyncio in

    async def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # the function's own
        scope = guard.open(awaiting=True, whole_call=True) or await open_soon(
            guard, whole_call=True
        )
        stopper = stopper_for(scope) if scope.binding.stops else None
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            guard.fail(scope)
            if was_stopped(stopper, error):
                raise stopped(scope) from error
            raise
        if stopper is not None:
            stopper.close()
        if scope.binding.reads_usage:
            count_usage(scope, result)
        return guard.finish(scope, result)

    return call


async def open_soon(guard: Guard, *, whole_call: bool) -> WorkScope:
    """Begin work, with whatever takes waiting done in another thread."""
    import asyncio

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # some other event loop
        return guard.open_slowly(awaiting=True, whole_call=whole_call)
    admission = loop.run_in_executor(None, guard.admit_within, innermost())
    try:
        binding, need = await asyncio.shield(admission)
    except asyncio.CancelledError:
        admission.add_done_callback(functools.partial(_give_back, guard))
        raise
    return guard.begin(binding, need, awaiting=True, whole_call=whole_call)


def _give_back(guard: Guard, admission: "asyncio.Future[tuple[Binding, Use]]") -> None:
    if not admission.cancelled() and admission.exception() is None:
        guard.give_back(*admission.result())


def _generator(function: Callable[..., Generator[Any, Any, Any]], guard: Guard) -> Any:  # noqa: ANN401  # as wrap
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:  # noqa: ANN401  # as above
        scope = guard.open(whole_call=True) or guard.open_slowly(whole_call=True)
        usage = StreamUsage() if scope.binding.reads_usage else None
        try:
            steps = function(*args, **kwargs)
            advance: Callable[[Any], Any] = steps.send
            handed: Any = None
            while True:
                try:
                    item = advance(handed)
                except StopIteration as end:
                    result = end.value
                    break
                if usage is not None:
                    usage.see(item)
                scope.pause()
                try:
                    handed = yield item
                    advance = steps.send
                except GeneratorExit:
                    scope.resume()
                    steps.close()
                    raise
                except BaseException as error:  # noqa: BLE001  # thrown in by the consumer
                    advance, handed = steps.throw, error
                scope.resume()
                if scope.breach is not None:
                    steps.close()
                    raise stopped(scope)  # noqa: TRY301  # settled below, as every error is
        except BaseException:
            guard.fail(scope)
            raise
        if usage is not None:
            usage.count(scope)
        return guard.finish(scope, result)

    return call


def _async_generator(function: Callable[..., AsyncGenerator[Any, Any]], guard: Guard) -> Any:  # noqa: ANN401  # as wrap
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:  # noqa: ANN401  # as above
        scope = guard.open(awaiting=True, whole_call=True) or await open_soon(
            guard, whole_call=True
        )
        usage = StreamUsage() if scope.binding.reads_usage else None
        steps = function(*args, **kwargs)
        try:
            advance: Callable[[Any], Any] = steps.asend
            handed: Any = None
            while True:
                try:
                    item = await advance(handed)
                except StopAsyncIteration:
                    break
                if usage is not None:
                    usage.see(item)
                scope.pause()
                try:
                    handed = yield item
                    advance = steps.asend
                except GeneratorExit:
                    scope.resume()
                    raise
                except BaseException as error:  # noqa: BLE001  # thrown in by the consumer
                    advance, handed = steps.athrow, error
                scope.resume()
                if scope.breach is not None:
                    raise stopped(scope)  # noqa: TRY301  # settled below, as every error is
        except BaseException:
            try:
                await steps.aclose()
            finally:
                guard.fail(scope)
            raise
        if usage is not None:
            usage.count(scope)
        guard.finish(scope, None)

    return call


def stopped(scope: WorkScope) -> BudgetExceeded:
    """The error for work that was ended because of its breach."""
    breach = scope.breach
    if breach is None:
        raise AssertionError("work is stopped only after a breach")
    return BudgetExceeded(breach)
