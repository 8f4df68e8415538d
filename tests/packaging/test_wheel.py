"""The wheel holds what greenlint needs and nothing else, and works where there is no checkout."""

import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Installed = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


@pytest.fixture(scope="module")
def installed(
    wheel: Path, outside: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Installed:
    """Run the installed `greenlint`, or `python`, far from the checkout.

    The environment is new; what greenlint depends on is borrowed from the one that runs the tests,
    whose own greenlint stands behind the wheel's.
    """
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", wheel],
        env=outside,
        check=True,
        capture_output=True,
        timeout=300,
    )
    (packages,) = home.glob("lib/python*/site-packages")
    borrowed = Path(pytest.__file__).parents[1]
    (packages / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")

    def run(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [home / "bin" / program, *arguments],
            cwd=cwd,
            env=outside,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    return run


def bundled(folder: str) -> frozenset[str]:
    """Where the wheel should have each file of a top-level folder."""
    top = ROOT / folder
    return frozenset(
        f"greenlint/_bundled/{folder}/{path.relative_to(top).as_posix()}"
        for path in top.rglob("*")
        if path.is_file()
    )


def test_rules_catalog_pages_and_policies_are_in_the_wheel(names: frozenset[str]) -> None:
    wanted = bundled("rules") | bundled("policies")
    assert any(name.endswith("llm-calls/unbounded-generation.md") for name in wanted)
    assert any("/catalog/" in name for name in wanted)
    assert wanted - names == frozenset()


def test_every_module_is_in_the_wheel_and_says_it_is_typed(names: frozenset[str]) -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "greenlint").rglob("*.py")}
    assert modules | {"greenlint/py.typed"} <= names


def test_nothing_but_the_package_is_in_the_wheel(names: frozenset[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"greenlint"}
    assert [name for name in names if "test_" in name or name.endswith(".pyc")] == []


def test_the_license_and_the_command_are_in_the_wheel(names: frozenset[str], wheel: Path) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    with zipfile.ZipFile(wheel) as archive:
        entry = next(name for name in names if name.endswith("entry_points.txt"))
        assert "greenlint = greenlint.__main__:run" in archive.read(entry).decode()


def test_the_wheel_is_what_runs(installed: Installed, tmp_path: Path) -> None:
    ended = installed("python", "-c", "import greenlint; print(greenlint.__file__)", cwd=tmp_path)
    assert "/installed" in ended.stdout, ended.stderr


def test_rules_are_found_without_a_checkout(installed: Installed, tmp_path: Path) -> None:
    ended = installed("greenlint", "rules", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    listed = {path.stem for path in (ROOT / "rules").glob("*/*.md")}
    assert {rule for rule in listed if rule not in ended.stdout} == set()


def test_the_first_run_need_not_validate_the_rules(installed: Installed, tmp_path: Path) -> None:
    """The wheel brings their validated form, so neither yaml nor pydantic is loaded."""
    code = (
        "import sys; from greenlint.lint.ruleset import load_all_rules; "
        "print(len(load_all_rules()), {'yaml', 'pydantic', 'libcst'} & set(sys.modules))"
    )
    ended = installed("python", "-c", code, cwd=tmp_path)
    count = len(list((ROOT / "rules").glob("*/*.md")))
    assert ended.stdout == f"{count} set()\n", ended.stderr


def test_practices_are_found_without_a_checkout(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import codecarbon, lightning\n", "utf-8")
    ended = installed("greenlint", "audit", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "+ energy-tracking" in ended.stdout


def test_pages_are_found_without_a_checkout(installed: Installed, tmp_path: Path) -> None:
    ended = installed("greenlint", "explain", "unbounded-generation", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Why it wastes energy" in ended.stdout


def test_policies_are_found_without_a_checkout(installed: Installed, tmp_path: Path) -> None:
    assert installed("greenlint", "init", "--policy", "llm-app", cwd=tmp_path).returncode == 0
    ended = installed("greenlint", "policy", "check", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_example_is_checked_without_a_checkout(installed: Installed, tmp_path: Path) -> None:
    example = ROOT / "examples" / "wasteful" / "triage_tickets.py"
    (tmp_path / "triage.py").write_bytes(example.read_bytes())
    ended = installed("greenlint", "check", "--select", "ALL", "triage.py", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "triage.py:" in ended.stdout
    assert "oversized-prompt" in ended.stdout
