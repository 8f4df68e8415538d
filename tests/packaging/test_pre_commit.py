"""The hook as users have it: pre-commit installs this checkout and runs on a scratch repository."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

WASTE = """\
from openai import OpenAI

client = OpenAI()
for topic in open("topics.txt"):
    story = [{"role": "user", "content": f"Tell me a story about {topic}."}]
    reply = client.chat.completions.create(model="gpt-5-mini", messages=story)
    print(reply.choices[0].message.content)
"""
CLEAN = WASTE.replace('model="gpt-5-mini"', 'model="gpt-5-mini", max_completion_tokens=300')
POLICY = """\
version: 1
lint:
  select: [unbounded-generation]
  exclude: [legacy/]
"""
Hook = Callable[[], subprocess.CompletedProcess[str]]


def notebook(code: str) -> str:
    """A notebook with a heading and one cell of code."""
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Story"},
        {
            "cell_type": "code",
            "metadata": {},
            "source": code.splitlines(keepends=True),
            "outputs": [],
            "execution_count": None,
        },
    ]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1)


@pytest.fixture(scope="module")
def git(outside: dict[str, str]) -> Callable[..., str]:
    """Run git as nobody in particular."""
    identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")

    def run(directory: Path, *arguments: str) -> str:
        ended = subprocess.run(
            ["git", *identity, *arguments],
            cwd=directory,
            env=outside,
            check=True,
            capture_output=True,
            encoding="utf-8",
        )
        return ended.stdout.strip()

    return run


@pytest.fixture(scope="module")
def revision(checkout: Path, git: Callable[..., str]) -> str:
    """The commit of the copied checkout that pre-commit clones."""
    git(checkout, "init", "-q")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "release")
    return git(checkout, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def hook_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environment that it installs once for this module."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def project(tmp_path: Path, checkout: Path, revision: str, git: Callable[..., str]) -> Path:
    """A repository with a policy and the hook, and no code yet."""
    git(tmp_path, "init", "-q")
    config = (
        f"repos:\n  - repo: {checkout}\n    rev: {revision}\n    hooks:\n      - id: greenlint\n"
    )
    (tmp_path / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    (tmp_path / "greenlint.yaml").write_text(POLICY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def hook(project: Path, hook_home: Path, outside: dict[str, str], git: Callable[..., str]) -> Hook:
    """Run the hook on all that the project holds, as a commit of it would."""

    def run() -> subprocess.CompletedProcess[str]:
        git(project, "add", "-A")
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--verbose", "--color", "never"],
            cwd=project,
            env=outside | {"PRE_COMMIT_HOME": os.fspath(hook_home)},
            check=False,
            capture_output=True,
            encoding="utf-8",
            timeout=600,
        )

    return run


def test_a_commit_is_stopped_or_let_pass_by_what_it_brings(project: Path, hook: Hook) -> None:
    """One story in one test, because each process of the test run would install the hook anew."""
    (project / "clean.py").write_text(CLEAN, encoding="utf-8")
    (project / "notes.txt").write_text(WASTE, encoding="utf-8")
    clean = hook()
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert "greenlint" in clean.stdout
    assert "Passed" in clean.stdout

    (project / "legacy").mkdir()
    (project / "legacy" / "story.py").write_text(WASTE, encoding="utf-8")
    excluded = hook()
    assert excluded.returncode == 0, excluded.stdout
    assert "legacy/story.py" not in excluded.stdout

    (project / "story.py").write_text(WASTE, encoding="utf-8")
    (project / "story.ipynb").write_text(notebook(WASTE), encoding="utf-8")
    stopped = hook()
    assert stopped.returncode == 1, stopped.stdout
    assert "story.py:6:13" in stopped.stdout
    assert "story.ipynb:cell 2:6:13" in stopped.stdout
    assert stopped.stdout.count("unbounded-generation") >= 2


def test_a_commit_of_excluded_files_alone_passes(project: Path, hook: Hook) -> None:
    """pre-commit names the file, the policy excludes it: that is no mistake of the user."""
    (project / "legacy").mkdir()
    (project / "legacy" / "story.py").write_text(WASTE, encoding="utf-8")
    ended = hook()
    assert ended.returncode == 0, ended.stdout
    assert "Passed" in ended.stdout
