"""What a run of the command is, and the function that makes one."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str


Cli = Callable[..., Ended]
