"""Runs a check before each call of a function, whatever kind it is; its kind stays."""

import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any

from greenlint.runtime.likeness import take_after


def check_before(function: Any, check: Callable[[], None]) -> Any:  # noqa: ANN401  # any kind of callable
    """The function with `check` run first; that of a generator runs at its first step."""
    if isinstance(function, staticmethod | classmethod):
        return type(function)(check_before(function.__func__, check))
    if inspect.iscoroutinefunction(function):
        checked = _coroutine(function, check)
    elif inspect.isgeneratorfunction(function):
        checked = _generator(function, check)
    elif inspect.isasyncgenfunction(function):
        checked = _async_generator(function, check)
    else:
        checked = _function(function, check)
    take_after(checked, function)
    return checked


def _function(function: Callable[..., Any], check: Callable[[], None]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # the function's own
        check()
        return function(*args, **kwargs)

    return call


def _coroutine(
    function: Callable[..., Coroutine[Any, Any, Any]], check: Callable[[], None]
) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # the function's own
        check()
        return await function(*args, **kwargs)

    return call


def _generator(
    function: Callable[..., Generator[Any, Any, Any]], check: Callable[[], None]
) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:  # noqa: ANN401  # as above
        check()
        return (yield from function(*args, **kwargs))

    return call


def _async_generator(
    function: Callable[..., AsyncGenerator[Any, Any]], check: Callable[[], None]
) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:  # noqa: ANN401  # as above
        check()
        steps = function(*args, **kwargs)
        advance: Callable[[Any], Any] = steps.asend
        handed: Any = None
        try:
            while True:
                try:
                    item = await advance(handed)
                except StopAsyncIteration:
                    return
                try:
                    handed = yield item
                    advance = steps.asend
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001  # thrown in by the consumer
                    advance, handed = steps.athrow, error
        finally:
            await steps.aclose()

    return call
