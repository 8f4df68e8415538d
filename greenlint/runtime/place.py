"""Where in the code something is, as messages say it."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

from greenlint.policy.search import shown


def place_of(frame: FrameType) -> str:
    """The file and line of a frame, such as `train.py:12`."""
    name = frame.f_code.co_filename
    return f"{name if name.startswith('<') else shown(Path(name))}:{frame.f_lineno}"


def calling_place() -> str:
    """The same of the line outside greenlint that called it, directly or through a callback."""
    frame = sys._getframe(1)  # noqa: SLF001  # nothing else tells who called
    while frame.f_back is not None and _is_ours(frame):
        frame = frame.f_back
    return place_of(frame)


def name_of(function: Any) -> str:  # noqa: ANN401  # any kind of callable
    """The name of a function, with its class if it is a method."""
    function = getattr(function, "__func__", function)
    name: str = getattr(function, "__qualname__", type(function).__qualname__)
    return name.rpartition("<locals>.")[2]


def _is_ours(frame: FrameType) -> bool:
    name: str = frame.f_globals.get("__name__", "")
    return name == "greenlint" or name.startswith("greenlint.")
