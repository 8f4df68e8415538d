"""Dockerfiles are read as BuildKit reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlint.lint.deployment.dockerfile import instructions
from greenlint.lint.deployment.shell import commands, words
from greenlint.lint.deployment.stages import expand, pairs, stages
from greenlint.lint.deployment.units import read_file
from greenlint.lint.forms import Form


def read(text: str) -> list[tuple[str, str, int, int]]:
    return [(one.keyword, one.value, one.line, one.end_line) for one in instructions(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from a\nrun b", [("FROM", "a", 1, 1), ("RUN", "b", 2, 2)]),
        ("RUN a \\\n  b\nCMD c", [("RUN", "a    b", 1, 2), ("CMD", "c", 3, 3)]),
        ("RUN a \\\n# why\n\n  b", [("RUN", "a    b", 1, 4)]),
        ("# escape=`\nRUN a `\n b\\", [("RUN", "a   b\\", 2, 3)]),
        ("# escape=` is not a directive\n\nRUN a", [("RUN", "a", 3, 3)]),
        ("RUN <<EOF\nFROM x\nEOF\nCMD c", [("RUN", "<<EOF", 1, 3), ("CMD", "c", 4, 4)]),
        ("RUN <<-'E'\n\ta\n\tE\nCMD c", [("RUN", "<<-'E'", 1, 3), ("CMD", "c", 4, 4)]),
        ("RUN <<A <<B\n1\nA\n2\nB\nCMD c", [("RUN", "<<A <<B", 1, 5), ("CMD", "c", 6, 6)]),
        ("RUN <<EOF\nnever ends", [("RUN", "<<EOF", 1, 2)]),
        ("LABEL a=<<EOF\nCMD c", [("LABEL", "a=<<EOF", 1, 1), ("CMD", "c", 2, 2)]),
        ("RUN a \\", [("RUN", "a", 1, 1)]),
        ("  \n\t# x\n", []),
    ],
)
def test_instructions(text: str, expected: list[tuple[str, str, int, int]]):
    assert read(text) == expected


def test_flags_stand_before_the_value():
    (one,) = instructions("RUN --mount=type=cache,target=/c --network=none pip --no-x install")
    assert one.flags == ("mount=type=cache,target=/c", "network=none")
    assert one.value == "pip --no-x install"


def test_documents_are_kept():
    (one,) = instructions("RUN <<EOF\napt update\npip install torch\nEOF")
    assert one.documents == ("apt update\npip install torch",)


@given(st.text())
def test_any_text_is_read_once_from_top_to_bottom(text: str):
    lines = [line for _, _, first, last in read(text) for line in (first, last)]
    assert lines == sorted(lines)
    assert all(line <= text.count("\n") + 1 for line in lines)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("a b && c; d | e", [("a", "b"), ("c",), ("d",), ("e",)]),
        ("X=1 sudo /usr/bin/python3 -m pip install x", [("pip", "install", "x")]),
        ("if true; then pip install 'a b'; fi", [("true",), ("pip", "install", "a b")]),
        ("set -e\npip install x \\\n y", [("set", "-e"), ("pip", "install", "x", "y")]),
        ("pip install 'open", [("pip", "install", "'open")]),
        ("# nothing", [("#", "nothing")]),
        ("", []),
    ],
)
def test_commands(script: str, expected: list[tuple[str, ...]]):
    assert list(commands(script)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('["uvicorn", "app:app"]', ("uvicorn", "app:app")),
        ('["sh", "-c", "cd /app && exec uvicorn app:app"]', ("uvicorn", "app:app")),
        ("uvicorn app:app", ("uvicorn", "app:app")),
        ("[no json", ("[no", "json")),
    ],
)
def test_words_of_a_start_command(value: str, expected: tuple[str, ...]):
    assert words(value) == expected


def test_variables_are_filled_in():
    values = {"A": "1", "EMPTY": ""}
    assert expand("$A ${A} ${B:-d} ${B-e} ${A:+f} ${B:+g} $B.", values) == "1 1 d e f  ."
    assert expand("$B", values, keep=True) == "$B"
    assert pairs("A=1 B=\"x y\" C='z'") == {"A": "1", "B": "x y", "C": "z"}
    assert pairs("A x y") == {"A": "x y"}


def test_stages_know_their_base_and_what_only_serves_others():
    text = """\
ARG TAG=3.12
FROM python:${TAG} AS Build
ENV A=1
FROM scratch AS tool
FROM build
COPY --from=tool /x /x
RUN --mount=type=bind,from=0,target=/b true
ENV B=$A
"""
    build, tool, last = stages(instructions(text))
    assert (build.base, last.base, tool.base) == ("python:3.12", "python:3.12", "scratch")
    assert (build.used, tool.used, last.used) == (True, True, False)
    assert last.environment == {"A": "1", "B": "1"}


def test_base_that_an_argument_leaves_open_is_unknown():
    (stage,) = stages(instructions("ARG BASE\nFROM $BASE\n"))
    assert stage.base is None


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (
            'ENTRYPOINT ["uvicorn"]\nCMD ["a:b", "--workers", "2"]',
            ("uvicorn", "a:b", "--workers", "2"),
        ),
        ("CMD gunicorn a:b\nCMD uvicorn a:b", ("uvicorn", "a:b")),
        ("RUN true", None),
    ],
)
def test_start_command(text: str, start: tuple[str, ...] | None):
    file = read_file(f"FROM a\n{text}", Form.DOCKERFILE, path="Dockerfile")
    found = file.stages[0].start()
    assert (found[1] if found else None) == start


@given(st.text(alphabet="FROM RUNpipnstal$={}<-\\\n\"'#EOF"))
def test_any_dockerfile_has_units(text: str):
    assert read_file(text, Form.DOCKERFILE, path="Dockerfile").units is not None
