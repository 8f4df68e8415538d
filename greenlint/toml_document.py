"""Reads TOML as `tomllib` does, without what would take it forever or end it."""

import re
from typing import Any

# tomllib takes the square of the parts of a dotted key. Nobody writes a tenth of these.
_LONG_KEY = re.compile(rb"(?:[\w\"'-]{1,100}[ \t]*\.[ \t]*){100}")


def parse_toml(data: bytes) -> dict[str, Any]:
    """The document in `data`; ValueError when it is none, or nested too deeply."""
    import tomllib

    if _LONG_KEY.search(data):
        raise ValueError("it is nested too deeply")
    try:
        return tomllib.loads(data.decode())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
