"""The few colors of a report, written by hand because a terminal package takes long to import."""

from dataclasses import dataclass

from greenlint.level import Level

RESET = "\x1b[0m"
BOLD, DIM, GREEN = "1", "2", "1;32"
ADDED, REMOVED = "32", "31"
CODE_FRAME = "34"
LEVELS = {Level.HIGH: "1;31", Level.MEDIUM: "1;33", Level.LOW: "1;36"}


@dataclass(frozen=True, slots=True)
class Style:
    """How a report for people looks: its columns, whether it has color and a summary."""

    width: int = 80
    color: bool = False
    quiet: bool = False

    def paint(self, code: str, text: str) -> str:
        """The text in a color, or as it is when there shall be none."""
        return f"\x1b[{code}m{text}{RESET}" if self.color and code and text else text
