"""The words, patterns and conditions that the YAML of a rule may hold, each of them bounded.

A rule pack is data from strangers: nothing in it may cost more than its size.
"""

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    WithJsonSchema,
)

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATORS = ("equals", "one-of", "at-least", "at-most", "more-than", "less-than", "matches")
ORDERING = frozenset({"at-least", "at-most", "more-than", "less-than"})
MAX_WILDCARDS = 8
MAX_OPERANDS = 100
MAX_OPERAND_LENGTH = 200

_WORD = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
_DOTTED = r"[a-z][a-z0-9]*([.-][a-z0-9]+)*"
_PLACEHOLDER = re.compile(r"\{[a-z][a-z0-9_]*([.-][a-z0-9_]+)*\}")

Scalar = StrictBool | StrictInt | StrictFloat | StrictStr


def _shaped(pattern: str, saying: str) -> AfterValidator:
    """A validator that refuses text other than `pattern` and says what it should be."""
    expression = re.compile(pattern)

    def check(text: str) -> str:
        if not expression.fullmatch(text):
            raise ValueError(f"`{text}` is not {saying}")
        return text

    return AfterValidator(check)


def _checked_glob(glob: str) -> str:
    """Refuse a name pattern that could be costly."""
    if "***" in glob:
        raise ValueError("a wildcard is `*` (within one dotted part) or `**` (anything)")
    if len(re.findall(r"\*+", glob)) > MAX_WILDCARDS:
        raise ValueError(f"a name pattern has at most {MAX_WILDCARDS} wildcards")
    return glob


def _checked_template(text: str) -> str:
    """Refuse braces that are no placeholder, so that nothing else is ever put in."""
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise ValueError("braces hold the name of a fact and nothing else, such as {call}")
    return text


def _date(value: object) -> object:
    """A date is written 2026-11-21 and in no other way."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return dt.date.fromisoformat(value)
    raise ValueError("a date is written as 2026-11-21")


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
        raise ValueError(f"`{operator}` is no comparison; valid: {', '.join(OPERATORS)}")
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
        raise ValueError("values are words, numbers, true or false")  # noqa: TRY004 - pydantic's
    if isinstance(operand, str) and len(operand) > MAX_OPERAND_LENGTH:
        raise ValueError(f"a word has at most {MAX_OPERAND_LENGTH} characters")


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


def _word_schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


Line = Annotated[StrictStr, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]
Template = Annotated[Line, AfterValidator(_checked_template)]
Grade = Literal["low", "medium", "high"]
Date = Annotated[
    dt.date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})
]
Word = Annotated[
    StrictStr,
    StringConstraints(max_length=100),
    _shaped(_WORD, "words of a-z and 0-9 joined by hyphens"),
    _word_schema(_WORD),
]
Kind = Annotated[
    StrictStr,
    StringConstraints(max_length=100),
    _shaped(_DOTTED, "a dotted name of a-z, 0-9 and hyphens"),
    _word_schema(_DOTTED),
]
FactName = Annotated[
    StrictStr,
    StringConstraints(max_length=200),
    _shaped(r"[a-z][\w.*:-]*", "the name of a fact, such as argument.output-cap"),
]
OptionName = Annotated[
    StrictStr,
    StringConstraints(max_length=100),
    _shaped(r"[a-z][a-z0-9_]*", "a name of a-z, 0-9 and underscores"),
]
Version = Annotated[StrictStr, _shaped(r"\d+\.\d+(\.\d+)?", 'a version in quotes, such as "0.1"')]
Glob = Annotated[
    StrictStr,
    StringConstraints(min_length=1, max_length=200),
    _shaped(r"[\w.*:()-]+", "a name pattern, such as openai.** or openai.client:chat.*"),
    AfterValidator(_checked_glob),
]
Globs = Annotated[tuple[Glob, ...], Field(min_length=1, max_length=1000)]
Argument = Annotated[
    StrictStr,
    StringConstraints(min_length=1, max_length=200),
    _shaped(r"[\w.*-]+", "an argument, or a path into one such as config.max_tokens"),
]
GateWord = Annotated[StrictStr, StringConstraints(min_length=3, max_length=100)]
GateGroup = Annotated[tuple[GateWord, ...], Field(min_length=1, max_length=500)]
ConditionValue = Annotated[Any, PlainValidator(_comparisons), WithJsonSchema(_CONDITION_SCHEMA)]
Conditions = Annotated[dict[FactName, ConditionValue], Field(min_length=1, max_length=50)]
