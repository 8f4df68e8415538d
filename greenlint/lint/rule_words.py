"""The words, patterns and conditions that the YAML of a rule may hold, each of them bounded.

A rule pack is data from strangers: nothing in it may cost more than its size.
"""

import ast
import contextlib
import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATORS = ("equals", "one-of", "at-least", "at-most", "more-than", "less-than", "matches")
ORDERING = frozenset({"at-least", "at-most", "more-than", "less-than"})
MAX_WILDCARDS = 8
MAX_OPERANDS = 100
MAX_OPERAND_LENGTH = 200

# C0 and C1, and what turns the direction of writing.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PLACEHOLDER = re.compile(r"\{[a-z][a-z0-9]*([._-][a-z0-9]+)*\}")

# What may stand in the code that a fix writes.
_PLAIN_NODES = (
    *(ast.Expression, ast.Constant, ast.Name, ast.Attribute, ast.Load),
    *(ast.List, ast.Tuple, ast.Call, ast.keyword, ast.UnaryOp, ast.USub),
)

Sizable = TypeVar("Sizable", bound=Collection[Any])
Scalar = StrictBool | StrictInt | StrictFloat | StrictStr


@dataclass(frozen=True, slots=True)
class Sized:
    """How many characters a text, or entries a list or mapping, may have."""

    least: int
    most: int

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        json = handler(schema)
        what = {"array": "Items", "object": "Properties"}.get(json.get("type", ""), "Length")
        return {**json, f"min{what}": self.least, f"max{what}": self.most}

    def _checked(self, value: Sizable) -> Sizable:
        if not self.least <= len(value) <= self.most:
            what = "characters" if isinstance(value, str) else "entries"
            raise ValueError(f"must have {self.least} to {self.most} {what}, not {len(value)}")
        return value


@dataclass(frozen=True, slots=True)
class Shaped:
    """A pattern that text must have, and what to call that."""

    pattern: str
    called: str

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "pattern": f"^{self.pattern}$"}

    def _checked(self, text: str) -> str:
        if not re.fullmatch(self.pattern, text):
            raise ValueError(f"must be {self.called}, not {text!r}")
        return text


def _checked_glob(glob: str) -> str:
    """Refuse a name pattern that could be costly."""
    if "***" in glob:
        raise ValueError("must have no wildcards but `*` (in one dotted part) and `**` (anything)")
    if len(re.findall(r"\*+", glob)) > MAX_WILDCARDS:
        raise ValueError(f"must have at most {MAX_WILDCARDS} wildcards")
    return glob


def _checked_line(text: str) -> str:
    """Refuse what a terminal would act on instead of showing it."""
    if _CONTROL.search(text):
        raise ValueError("must be one line of text without control characters")
    return text


def _checked_template(text: str) -> str:
    """Refuse braces that are no placeholder, so that nothing else is ever put in."""
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise ValueError("must have only names of facts in braces, such as {call}")
    return text


def _checked_expression(text: str) -> str:
    """Refuse what is no plain value: constants, names, lists of them, and calls with them."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"must be a Python expression, not {text!r}") from None
    if not all(isinstance(node, _PLAIN_NODES) for node in ast.walk(tree)):
        raise ValueError("must hold only constants, names, lists, tuples and calls")
    if not text.isascii():
        raise ValueError("must be ASCII")
    return text


def _date(value: object) -> object:
    """A date is written 2026-11-21 and in no other way."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(value)
    raise ValueError("must be a date such as 2026-11-21")


_SCALAR_SCHEMA = {"type": ["string", "number", "boolean"]}
_SCALARS_SCHEMA = {"type": "array", "items": _SCALAR_SCHEMA, "minItems": 1}
_CONDITION_SCHEMA = {
    "description": "a value, a list of which one must hold, or comparisons that must all hold; "
    '"$name" is an option of the rule',
    "anyOf": [
        _SCALAR_SCHEMA,
        _SCALARS_SCHEMA,
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {
                name: {"anyOf": [_SCALAR_SCHEMA, _SCALARS_SCHEMA]} for name in OPERATORS
            },
        },
    ],
}


def _comparisons(value: object) -> dict[str, list[Any]]:
    """A condition's value in its long form: operators and the list of their operands."""
    match value:
        case dict() if value:
            return {str(operator): _operands(operator, item) for operator, item in value.items()}
        case list():
            return {"one-of": _operands("one-of", value)}
        case str() | bool() | int() | float():
            return {"equals": _operands("equals", [value])}
        case _:
            raise ValueError("must be a word, a number, a list of them, or comparisons")


def _operands(operator: object, value: object) -> list[Any]:
    """The operands as a list, of the types that `operator` can compare."""
    if operator not in OPERATORS:
        raise ValueError(f"must use the comparisons {', '.join(OPERATORS)}, not `{operator}`")
    operands = value if isinstance(value, list) else [value]
    if not 0 < len(operands) <= MAX_OPERANDS:
        raise ValueError(f"must have from 1 to {MAX_OPERANDS} values")
    check: Callable[[object], None] = _check_scalar
    if operator in ORDERING:
        check = _check_number
    if operator == "matches":
        check = _check_pattern
    for operand in operands:
        check(operand)
    return operands


def _check_scalar(operand: object) -> None:
    """Refuse what is no word, number or truth value, or is too long to be one."""
    if not isinstance(operand, str | bool | int | float):
        raise ValueError("must be a word, a number, true or false")  # noqa: TRY004 - pydantic's
    if isinstance(operand, str) and len(operand) > MAX_OPERAND_LENGTH:
        raise ValueError(f"must have words of at most {MAX_OPERAND_LENGTH} characters")


def _check_number(operand: object) -> None:
    """Refuse what has no order; `$name` is an option and seen to later."""
    if isinstance(operand, str) and operand.startswith("$"):
        return
    if isinstance(operand, bool) or not isinstance(operand, int | float):
        raise ValueError("must be a number, or an option such as $limit")  # noqa: TRY004 - pydantic's


def _check_pattern(operand: object) -> None:
    """Refuse what is no name pattern."""
    _check_scalar(operand)
    _checked_glob(str(operand))


Line = Annotated[
    StrictStr,
    StringConstraints(strip_whitespace=True),
    Sized(1, 600),
    AfterValidator(_checked_line),
]
Template = Annotated[Line, AfterValidator(_checked_template)]
Grade = Literal["low", "medium", "high"]
Date = Annotated[
    dt.date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})
]
Word = Annotated[
    StrictStr,
    Shaped(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "words of a-z and 0-9 joined by hyphens"),
    Sized(1, 100),
]
Kind = Annotated[
    StrictStr,
    Shaped(r"[a-z][a-z0-9]*([.-][a-z0-9]+)*", "a dotted name of a-z, 0-9 and hyphens"),
    Sized(1, 100),
]
FactName = Annotated[
    StrictStr,
    Shaped(r"[a-z][\w.*:-]*", "the name of a fact such as argument.output-cap"),
    Sized(1, 200),
]
OptionName = Annotated[
    StrictStr, Shaped(r"[a-z][a-z0-9_]*", "a name of a-z, 0-9 and underscores"), Sized(1, 100)
]
Version = Annotated[StrictStr, Shaped(r"\d+\.\d+(\.\d+)?", 'a version in quotes such as "0.1"')]
Glob = Annotated[
    StrictStr,
    Shaped(r"[\w.*:()-]+", "a name pattern such as openai.** or openai.client:chat.*"),
    Sized(1, 200),
    AfterValidator(_checked_glob),
]
Globs = Annotated[tuple[Glob, ...], Sized(1, 1000)]
Argument = Annotated[
    StrictStr,
    Shaped(r"[\w.*-]+", "an argument, or a path into one such as config.max_tokens"),
    Sized(1, 200),
]
_IDENTIFIER = r"[A-Za-z_]\w*"
Identifier = Annotated[StrictStr, Shaped(_IDENTIFIER, "a Python name"), Sized(1, 100)]
DottedName = Annotated[
    StrictStr,
    Shaped(rf"{_IDENTIFIER}(\.{_IDENTIFIER})+", "a qualified name such as torch.amp.autocast"),
    Sized(1, 200),
]
Expression = Annotated[Line, Sized(1, 200), AfterValidator(_checked_expression)]
ImportText = Annotated[
    StrictStr,
    Shaped(
        rf"(import {_IDENTIFIER}|from {_IDENTIFIER}(\.{_IDENTIFIER})* import {_IDENTIFIER})",
        "an import such as `import torch` or `from functools import cache`",
    ),
    Sized(1, 200),
]
GateWord = Annotated[StrictStr, Sized(1, 100)]
GateGroup = Annotated[tuple[GateWord, ...], Sized(1, 500)]
ConditionValue = Annotated[Any, PlainValidator(_comparisons), WithJsonSchema(_CONDITION_SCHEMA)]
Conditions = Annotated[dict[FactName, ConditionValue], Sized(1, 50)]
