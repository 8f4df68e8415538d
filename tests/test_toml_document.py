"""TOML that would take the reader for ever is refused."""

import pytest

from greenlint.toml_document import parse_toml


def test_a_document() -> None:
    assert parse_toml(b'[a."b.c"]\nd = "%s"\n' % (b"e." * 50)) == {"a": {"b.c": {"d": "e." * 50}}}


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5_000 + "]" * 5_000,
        "a = " + "{b=" * 5_000 + "1" + "}" * 5_000,
        ".".join(["a"] * 200_000) + " = 1",
        " . ".join(['"a"'] * 20_000) + " = 1",
    ],
    ids=["lists", "tables", "dots", "quoted dots"],
)
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_toml(text.encode())


@pytest.mark.parametrize("text", [b"a = ", b"\xe9 = 1", b"a = 1\na = 2", b"a = " + b"9" * 5_000])
def test_what_is_no_toml_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_toml(text)
