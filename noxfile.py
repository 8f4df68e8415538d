"""The steps of `.ci/run`, one session each: `nox -s lint types tests docs wheel`."""

import nox

nox.options.sessions = ["lint", "types", "tests", "docs", "wheel"]


@nox.session
def lint(session: nox.Session) -> None:
    """Style, layers, and greenlint on itself."""
    session.install("-e", ".[lint]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")
    checked = ("greenlint", "scripts", "benchmarks", "examples/clean")
    session.run("greenlint", "check", "--no-cache", *checked)


@nox.session
def types(session: nox.Session) -> None:
    """Types: mypy strict on everything, pyright on what users import."""
    session.install("-e", ".[lint]")
    session.run("mypy")
    session.run("mypy", "tests/typing/public_api.py")
    session.run("pyright", "--pythonpath", f"{session.bin}/python")
    session.run("pyright", "--pythonpath", f"{session.bin}/python", "tests/typing")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """The whole suite, with branch coverage."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-n", "2", "--cov", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Generated schemas, references and console blocks are up to date."""
    session.install("-e", ".")
    session.run("python", "scripts/generate.py", "--check")
    session.run("python", "scripts/transcripts.py", "--check")


@nox.session
def wheel(session: nox.Session) -> None:
    """The wheel holds the rules and policies, and works without the checkout."""
    session.install("build", "hatchling", "libcst", "pydantic", "pyyaml")
    folder = session.create_tmp()
    session.run("python", "-m", "build", "--wheel", "--no-isolation", "--outdir", folder)
