"""A merged policy as YAML or JSON, each value with the place it came from."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenlint.policy.loading import MergedPolicy
    from greenlint.yaml_document import Document, Location

_WIDEST = 56


def policy_yaml(merged: "MergedPolicy") -> Iterator[str]:
    """The merged policy as YAML, with a comment per value; reading it again gives the same."""
    rows = list(_rows(merged.document, (), 0))
    width = max((len(text) for text, _ in rows if len(text) <= _WIDEST), default=0)
    for text, source in rows:
        yield f"{text:{width}}  # {source}" if source else text


def policy_json(merged: "MergedPolicy") -> Iterator[str]:
    """The merged policy as JSON; `sources` maps a JSON pointer to where its value is written."""
    document = merged.document
    sources = {}
    for at in _leaves(document.data, ()):
        place = document.place(at)
        sources[_pointer(at)] = {"path": place.path, "line": place.line, "column": place.column}
    content = {
        "version": 1,
        "files": list(merged.sources),
        "policy": document.data,
        "sources": sources,
    }
    yield from json.dumps(content, indent=2, ensure_ascii=False).splitlines()


def _rows(document: "Document", at: "Location", depth: int) -> Iterator[tuple[str, str]]:
    """Lines of YAML below the mapping at `at`, each with the source of its value."""
    value = _at(document.data, at)
    for key, inner in value.items():
        here = (*at, key)
        name = "  " * depth + _flow(key) + ":"
        place = document.place(here, key=True)
        source = f"{place.path}:{place.line}"
        if isinstance(inner, dict) and inner:
            yield name, ""
            yield from _rows(document, here, depth + 1)
        elif isinstance(inner, list) and any(isinstance(item, dict) for item in inner):
            yield name, ""
            for index, item in enumerate(inner):
                place = document.place((*here, index))
                yield "  " * depth + f"  - {_flow(item)}", f"{place.path}:{place.line}"
        else:
            yield f"{name} {_flow(inner)}", source


def _at(data: Any, at: "Location") -> Any:  # noqa: ANN401 - whatever the YAML holds
    for part in at:
        data = data[part]
    return data


def _flow(value: object) -> str:
    import yaml

    text = yaml.safe_dump(
        value, default_flow_style=True, width=float("inf"), allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _leaves(data: object, at: "Location") -> "Iterator[Location]":
    match data:
        case dict() if data:
            for key, value in data.items():
                yield from _leaves(value, (*at, key))
        case list() if data:
            for index, value in enumerate(data):
                yield from _leaves(value, (*at, index))
        case _:
            yield at


def _pointer(at: "Location") -> str:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in at)
    return "".join(f"/{part}" for part in parts)
