"""Whether a value may stand for an option of a rule."""

from greenlint.lint.rule import Scalar

_TYPES: dict[str, tuple[str, tuple[type, ...]]] = {
    "integer": ("a whole number", (int,)),
    "number": ("a number", (int, float)),
    "string": ("text", (str,)),
    "boolean": ("true or false", (bool,)),
}


def option_problem(
    kind: str, value: Scalar, *, minimum: float | None = None, maximum: float | None = None
) -> str | None:
    """What is wrong with `value` for an option of type `kind`, as a phrase, or None."""
    name, types = _TYPES[kind]
    # To Python true is a number; to the writer of a policy it is not.
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "boolean"):
        return f"must be {name}, not {_written(value)}"
    if isinstance(value, bool | str):
        return None
    if minimum is not None and not value >= minimum:
        return f"must be at least {minimum}, not {value}"
    if maximum is not None and not value <= maximum:
        return f"must be at most {maximum}, not {value}"
    return None


def _written(value: Scalar) -> str:
    """The value as YAML spells it."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, str) else str(value)
