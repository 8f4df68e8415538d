"""YAML text that knows where every key and value is written, for policies and rule files."""

from greenlint.yaml_document.problems import nearest, problems_of
from greenlint.yaml_document.reading import (
    Document,
    Location,
    load_document,
    read_document,
)
from greenlint.yaml_document.tree import Place

__all__ = [
    "Document",
    "Location",
    "Place",
    "load_document",
    "nearest",
    "problems_of",
    "read_document",
]
