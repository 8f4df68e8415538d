"""Reads the bundled tables: CSV files whose first lines say source, licence, unit and year."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DIRECTORY = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says of itself, and its rows by their first column."""

    about: Mapping[str, str]
    rows: Mapping[str, Mapping[str, str]]

    @property
    def name(self) -> str:
        """How the table is called in reports."""
        return self.about["table"]


@cache
def table(name: str) -> Table:
    """The bundled table `name`, read once."""
    about = {}
    lines = (_DIRECTORY / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    while lines[0].startswith("#"):
        key, _, value = lines.pop(0)[2:].partition(": ")
        about[key] = value
    reader = csv.DictReader(lines)
    first = (reader.fieldnames or [""])[0]
    return Table(about, {row[first]: row for row in reader})
