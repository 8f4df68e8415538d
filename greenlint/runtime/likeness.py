"""Makes a wrapper look like what it wraps, also where that is more than a function."""

import functools
import inspect
from typing import Any


def take_after(wrapper: Any, wrapped: Any) -> None:  # noqa: ANN401  # any kind of callable
    """As `functools.update_wrapper`, and with the methods of a callable object.

    A function that `functools.lru_cache` made keeps its `cache_info()` and `cache_clear()`.
    """
    functools.update_wrapper(wrapper, wrapped)
    for name in dir(type(wrapped)):
        method = inspect.getattr_static(type(wrapped), name)
        if not name.startswith("_") and callable(method) and not hasattr(wrapper, name):
            setattr(wrapper, name, getattr(wrapped, name))
