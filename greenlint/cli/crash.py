"""What to say when greenlint itself is broken."""

import sys
import tempfile
import traceback

from greenlint import __version__
from greenlint.report.screen import visible


def report(error: Exception, *, debug: bool) -> None:
    """Say that this is a bug and what to report; the traceback goes to stderr or into a file."""
    text = "".join(traceback.format_exception(error))
    details = f"greenlint {__version__}, Python {sys.version.split()[0]}, {sys.platform}"
    kind, what = type(error).__name__, visible(str(error))
    sys.stderr.write(f"greenlint: a bug in greenlint: {kind}: {what}\n")
    if debug:
        sys.stderr.write(f"{text}{details}\n")
        return
    sys.stderr.write("Please report it, with the code that was being checked where you can.\n")
    try:
        path = _keep(f"{text}\n{details}\n{sys.argv[1:]}\n")
    except OSError:
        sys.stderr.write(f"{details}. For the traceback run it again with --debug.\n")
        return
    sys.stderr.write(f"The traceback to go with it is in {path}\n")


def _keep(text: str) -> str:
    with tempfile.NamedTemporaryFile(
        "w",
        encoding="utf-8",
        errors="backslashreplace",
        prefix="greenlint-",
        suffix=".log",
        delete=False,
    ) as file:
        file.write(text)
    return file.name
