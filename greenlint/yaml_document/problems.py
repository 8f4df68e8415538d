"""Turns what pydantic refused into problems with a place, the key and the nearest valid one."""

import types
import typing
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Annotated

from greenlint.errors import Problem
from greenlint.yaml_document.reading import Document, Location

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_CHOICES = ("literal_error", "enum", "union_tag_invalid")
_KINDS = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping",
    "float_parsing": "a number",
    "float_type": "a number",
    "frozen_set_type": "a list",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "none_required": "empty",
    "set_type": "a list",
    "string_type": "text",
    "tuple_type": "a list",
}


def problems_of(error: "ValidationError", document: Document, model: object) -> tuple[Problem, ...]:
    """Every problem in `document`, in the order of its places.

    `model` is what the data was validated against; the valid names come from it. A validator's
    own ValueError is quoted as it is, with its attribute `hint` if it has one.
    """
    located: dict[Location, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        located.setdefault(_in_data(detail, document.data), []).append(detail)
    found: dict[Problem, None] = {}
    for at, details in located.items():
        # Where one branch of a union went deeper, that the others want another kind says nothing.
        deeper = any(len(other) > len(at) and other[: len(at)] == at for other in located)
        kinds = [detail for detail in details if detail["type"] in {*_KINDS, *_CHOICES}]
        if kinds and not deeper:
            found[_kind_problem(kinds, at, document)] = None
        for detail in details:
            if detail not in kinds:
                found[_problem(detail, at, document, model)] = None
    return tuple(sorted(found, key=lambda problem: (problem.line or 0, problem.column or 0)))


def nearest(word: str, words: Collection[str]) -> str | None:
    """A hint that names the valid word nearest to `word`, or all of a few valid words."""
    from difflib import get_close_matches

    valid = {known.lower(): known for known in sorted(words)}
    if close := get_close_matches(word.lower(), list(valid), n=1, cutoff=0.6):
        return f"did you mean `{valid[close[0]]}`?"
    if 0 < len(valid) <= 20:
        return "valid: " + ", ".join(valid.values())
    return None


def name_of(location: Location) -> str:
    """A location as people write it: lint.select[0]."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _in_data(detail: "ErrorDetails", data: object) -> Location:
    """The error's location without what pydantic adds: branches of unions, function names."""
    *outer, last = detail["loc"] or ("",)
    kept: list[str | int] = []
    for part in (*outer, last):
        match data:
            case dict() if part in data:
                data = data[part]
            case list() if isinstance(part, int) and part < len(data):
                data = data[part]
            case _:
                continue
        kept.append(part)
    return (*kept, last) if detail["type"] == "missing" else tuple(kept)


def _subject(at: Location) -> str:
    return f"`{name_of(at)}`" if at else "the file"


def _kind_problem(details: "list[ErrorDetails]", at: Location, document: Document) -> Problem:
    """One problem for a value that fits no branch: of another kind, or none of the choices."""
    value = details[0]["input"]
    if details[0]["type"] == "union_tag_invalid":
        tag = str(details[0]["ctx"]["discriminator"]).strip("'")
        at, value = (*at, tag), value[tag]
    choices = [choice for detail in details for choice in _choices(detail)]
    kinds = [_KINDS[found["type"]] for found in details if found["type"] in _KINDS]
    *first, last = dict.fromkeys([*choices, *kinds])
    wanted = f"{', '.join(first)} or {last}" if first else last
    message = f"{_subject(at)} must be {wanted}"
    hint = nearest(value, choices) if isinstance(value, str) else None
    hint = hint if hint and hint.startswith("did") else None
    return document.place(at).problem(f"{message}, not {_kind(value)}", hint)


def _choices(detail: "ErrorDetails") -> list[str]:
    if detail["type"] not in _CHOICES:
        return []
    expected = detail["ctx"].get("expected") or detail["ctx"]["expected_tags"]
    return [word.strip("'") for word in str(expected).replace(" or ", ", ").split(", ")]


def _kind(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return str(value).lower()
        case str():
            return repr(value) if len(value) <= 40 else repr(value[:37] + "...")
        case int() | float():
            return str(value)
        case dict():
            return "a mapping"
        case _:
            return "a list"


def _problem(detail: "ErrorDetails", at: Location, document: Document, model: object) -> Problem:
    of_key = detail["loc"][-1:] == ("[key]",)
    place = document.place(at, key=of_key or detail["type"] == "extra_forbidden")
    match detail["type"]:
        case "extra_forbidden":
            hint = nearest(str(at[-1]), set(_keys(model, at[:-1])))
            return place.problem(f"unknown key `{name_of(at)}`", hint)
        case "missing" | "union_tag_not_found":
            tag = str(detail.get("ctx", {}).get("discriminator", "")).strip("'")
            return place.problem(f"key `{name_of((*at, tag) if tag else at)}` is missing")
        case "value_error" | "assertion_error":
            reason = detail["ctx"]["error"]
            message = f"{_subject(at)} {reason}" if at else str(reason)
            return place.problem(message, getattr(reason, "hint", None))
        case _:
            text = detail["msg"].replace("Input should", "must")
            text = f"{text[:1].lower()}{text[1:]}, not {_kind(detail['input'])}"
            return place.problem(f"{_subject(at)} {text}")


def _keys(annotation: object, location: Location) -> Iterator[str]:
    """The keys that may stand at `location` below a value of this type."""
    for model in _models(annotation):
        fields = model.model_fields
        if not location:
            yield from (field.alias or name for name, field in fields.items())
            continue
        for name, field in fields.items():
            if location[0] in {name, field.alias}:
                yield from _keys(field.annotation, location[1:])
    if location:
        for inner in _items(annotation):
            yield from _keys(inner, location[1:])


def _models(annotation: object) -> "Iterator[type[BaseModel]]":
    from pydantic import BaseModel

    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield member


def _items(annotation: object) -> Iterator[object]:
    """What the values of a mapping or the items of a sequence are."""
    for member in _members(annotation):
        arguments = typing.get_args(member)
        if typing.get_origin(member) is not None and arguments:
            yield from (a for a in arguments if a is not Ellipsis)


def _members(annotation: object) -> Iterator[object]:
    """The branches of a union, without what annotations wrap around them."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        yield from _members(typing.get_args(annotation)[0])
    elif origin in {typing.Union, types.UnionType}:
        for member in typing.get_args(annotation):
            yield from _members(member)
    else:
        yield annotation
