"""A line at the foot of a terminal that a running command owns, and that stays the command's."""

import contextlib
import os
import termios
import time
from types import TracebackType
from typing import Self, TextIO

PATIENCE = 1.0  # seconds before the line appears: short commands never see it
_FEWEST_ROWS = 5
_SAVE, _RESTORE = "\x1b7", "\x1b8"
_DOWN, _UP = "\x1bD", "\x1b[A"
_CLEAR_ROW = "\x1b[2K"


class LiveLine:
    """Shows a text in the last row, which the command's own output scrolls past.

    The cursor is put back to where the command had it. Nothing is drawn while the command has
    changed the terminal's mode, as editors, pagers and password prompts do, nor in the background.
    """

    def __init__(self, stream: TextIO, *, wanted: bool, patience: float = PATIENCE) -> None:
        self._stream = stream
        self._wanted = wanted and stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._due = time.monotonic() + patience
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._drawn and self._is_ours():
            rows, _ = self._size()
            self._write(f"{_SAVE}\x1b[r\x1b[{rows};1H{_CLEAR_ROW}{_RESTORE}")

    def show(self, text: str) -> None:
        """Draw the text, if there is a terminal and it can be done without harm."""
        if not self._wanted or time.monotonic() < self._due or not self._is_ours():
            return
        rows, columns = self._size()
        if rows < _FEWEST_ROWS:
            return
        # The first time, the row must be made free: the cursor may be in it.
        room = "" if self._drawn else f"{_DOWN}{_UP}"
        self._drawn = True
        row = f"\x1b[{rows};1H{_CLEAR_ROW}\x1b[7m{text[: columns - 1]}\x1b[m"
        self._write(f"{room}{_SAVE}\x1b[1;{rows - 1}r{row}{_RESTORE}")

    def _is_ours(self) -> bool:
        """Whether this group has the terminal, in the mode that shells leave it in."""
        descriptor = self._stream.fileno()
        try:
            if os.tcgetpgrp(descriptor) != os.getpgrp():
                return False
            flags = termios.tcgetattr(descriptor)[3]
        except (OSError, termios.error):  # not the terminal of this session
            return False
        return bool(flags & termios.ICANON and flags & termios.ECHO)

    def _size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except OSError:
            return 0, 0
        return size.lines, size.columns

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # the terminal is gone
            self._stream.write(text)
            self._stream.flush()
