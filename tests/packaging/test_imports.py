"""What greenlint loads is what its start costs: heavy packages only when they are needed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

HEAVY = frozenset(
    {
        "codecarbon",
        "libcst",
        "numpy",
        "pandas",
        "pydantic",
        "pydantic_core",
        "rich",
        "sqlalchemy",
        "torch",
        "yaml",
    }
)
# Modules of the standard library that take longer to load than all of `greenlint --version`.
SLOW = frozenset({"argparse", "ast", "dataclasses", "importlib.metadata", "inspect", "subprocess"})
REPORT = """
import atexit, sys
atexit.register(lambda: sys.stderr.write("\\nMODULES " + " ".join(sys.modules)))
"""
COMMAND = REPORT + "from greenlint.__main__ import run\nsys.exit(run())"
WASTE = """\
from openai import OpenAI

client = OpenAI()
for topic in open("topics.txt"):
    story = [{"role": "user", "content": f"Tell me a story about {topic}."}]
    print(client.chat.completions.create(model="gpt-5-mini", messages=story))
"""


def loaded(code: str, *arguments: str, cwd: Path) -> tuple[frozenset[str], str]:
    """The modules that a fresh process had loaded at its end, and what it printed."""
    # Measuring coverage imports half of the standard library into the process.
    left_out = ("COVERAGE_", "COV_", "GREENLINT_")
    variables = {name: os.environ[name] for name in os.environ if not name.startswith(left_out)}
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env=variables | {"NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert "MODULES " in ended.stderr, ended.stderr
    return frozenset(ended.stderr.rpartition("MODULES ")[2].split()), ended.stdout


def packages(modules: Iterable[str]) -> frozenset[str]:
    """The top-level packages of modules."""
    return frozenset(module.partition(".")[0] for module in modules)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """What this interpreter loads for no program at all: .pth files may bring something in."""
    return loaded(REPORT, cwd=tmp_path_factory.getbasetemp())[0]


def test_import_greenlint_loads_nothing_heavy(tmp_path: Path, bare: frozenset[str]) -> None:
    modules, _ = loaded(f"{REPORT}import greenlint", cwd=tmp_path)
    assert "greenlint" in modules
    assert packages(modules) & HEAVY == frozenset()
    assert (modules - bare) & SLOW == frozenset()


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version_loads_nothing_heavy(tmp_path: Path, bare: frozenset[str], option: str) -> None:
    modules, out = loaded(COMMAND, option, cwd=tmp_path)
    assert out.startswith("greenlint ")
    assert packages(modules) & HEAVY == frozenset()
    assert (modules - bare) & SLOW == frozenset()
    assert {name for name in modules if name.startswith("greenlint.cli")} == set()


def test_a_warm_check_parses_nothing_again(tmp_path: Path) -> None:
    (tmp_path / "story.py").write_text(WASTE, encoding="utf-8")
    policy = "version: 1\nlint: {select: [unbounded-generation]}\n"
    (tmp_path / "greenlint.yaml").write_text(policy, encoding="utf-8")
    command = ("check", "--format", "json", "story.py")
    cold, first = loaded(COMMAND, *command, cwd=tmp_path)
    warm, second = loaded(COMMAND, *command, cwd=tmp_path)
    assert {"libcst", "pydantic", "yaml"} <= packages(cold)
    assert packages(warm) & {"libcst", "pydantic", "yaml", "rich"} == frozenset()
    assert "sqlalchemy" not in packages(cold)  # the ledger is no concern of a check
    assert json.loads(first) == json.loads(second)
    assert len(json.loads(second)["findings"]) == 1


def test_a_new_file_that_no_rule_is_about_is_not_parsed(tmp_path: Path) -> None:
    for name in ("first.py", "second.py"):
        (tmp_path / name).write_text(f"print({name!r})\n", encoding="utf-8")
    loaded(COMMAND, "check", "first.py", cwd=tmp_path)  # keeps the rules, as they were read
    modules, out = loaded(COMMAND, "check", "second.py", cwd=tmp_path)
    assert out.startswith("Nothing found in 1 file")
    assert packages(modules) & {"libcst", "pydantic", "yaml"} == frozenset()


def test_text_that_no_terminal_shows_needs_no_rich(tmp_path: Path) -> None:
    (tmp_path / "story.py").write_text(WASTE, encoding="utf-8")
    command = ("check", "--isolated", "--select", "unbounded-generation", "story.py")
    modules, out = loaded(COMMAND, *command, cwd=tmp_path)
    assert "unbounded-generation" in out
    assert "rich" not in packages(modules)
