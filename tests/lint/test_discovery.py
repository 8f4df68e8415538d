"""Which files a check looks at."""

import os
import stat
from pathlib import Path

import pytest
from repository import Repository

from greenlint.errors import UsageError
from greenlint.lint.discovery import discover, shown_path


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty directory."""
    monkeypatch.chdir(tmp_path)


def write(*names: str) -> None:
    """Make files in the working directory."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("x = 1\n")


def found(*paths: str, exclude: tuple[str, ...] = (), root: str = ".") -> list[str]:
    """The files that a check of these paths looks at, as reports show them."""
    return [file.shown for file in discover(paths or (".",), root=root, exclude=exclude).files]


def test_a_directory_gives_its_python_files_and_notebooks_in_order() -> None:
    write("b.py", "a/z.py", "a/b.ipynb", "a/c.txt", "a/d.pyi", "a/e.pyc", "c")
    assert found() == ["a/b.ipynb", "a/z.py", "b.py"]
    assert found("b.py", "a") == ["a/b.ipynb", "a/z.py", "b.py"]


def test_a_file_that_is_named_is_checked_whatever_its_suffix() -> None:
    write("run", "__pycache__/x.py")
    assert found("run", "__pycache__/x.py", "__pycache__/../run") == ["__pycache__/x.py", "run"]


def test_a_path_that_is_not_there_is_an_error() -> None:
    write("a.py")
    with pytest.raises(UsageError) as caught:
        found("a.py", "b.py", "c", "nul\0")
    assert [problem.path for problem in caught.value.problems] == ["b.py", "c", "nul\0"]


def test_paths_outside_the_working_directory_are_absolute(tmp_path: Path) -> None:
    write("a/x.py", "b/y.py")
    os.chdir("a")
    assert found("../b", "x.py") == ["x.py", f"{tmp_path}/b/y.py"]


def test_a_name_that_is_not_utf8_is_shown_with_escapes() -> None:
    name = os.fsdecode(b"\xff\xe9.py")
    write(name)
    assert found() == ["\\xff\\xe9.py"]
    assert os.path.exists(discover(["."]).files[0].path)  # noqa: PTH110 - a name as the disk has it


@pytest.mark.parametrize("in_git", [False, True])
def test_caches_environments_and_checkpoints_are_skipped(tmp_path: Path, *, in_git: bool) -> None:
    if in_git:
        Repository.at(tmp_path)
    write("a.py", "env/lib/x.py", "env/pyvenv.cfg", "node_modules/x.py", "a/__pycache__/x.py")
    write(".ipynb_checkpoints/a.ipynb", ".tox/x.py", "environment/b.py", ".hidden/c.py")
    assert found() == [".hidden/c.py", "a.py", "environment/b.py"]


def test_a_skipped_directory_that_is_named_is_checked() -> None:
    write("env/x.py", "env/pyvenv.cfg")
    assert found("env") == ["env/x.py"]


@pytest.mark.parametrize("in_git", [False, True])
def test_what_gitignore_names_is_skipped(tmp_path: Path, *, in_git: bool) -> None:
    """With git or without: the same files."""
    if in_git:
        Repository.at(tmp_path)
    write("a.py", "build/x.py", "sub/gen_a.py", "sub/gen_keep.py", "sub/deep/gen_b.py", "out.py")
    Path(".gitignore").write_text("build/\n/out.py\n")
    Path("sub/.gitignore").write_text("gen_*.py\n!gen_keep.py\n")
    assert found() == ["a.py", "sub/gen_keep.py"]
    assert found("sub") == ["sub/gen_keep.py"]
    assert found("build") == ["build/x.py"]
    assert found("out.py") == ["out.py"]


def test_a_gitignore_with_broken_lines_still_counts() -> None:
    write("a.py", "b.py")
    Path(".gitignore").write_bytes(b"!\n\xff\n/\nb.py\n")
    assert found() == ["a.py"]


def test_a_gitignore_that_is_a_directory_counts_for_nothing() -> None:
    write("a.py", ".gitignore/b.py")
    assert found() == [".gitignore/b.py", "a.py"]


def test_git_lists_tracked_untracked_and_what_lies_in_other_repositories(tmp_path: Path) -> None:
    outer = Repository.at(tmp_path)
    inner = Repository.at(tmp_path / "module")
    inner.write("in.py")
    inner.commit()
    outer.write("tracked.py")
    outer.write("gone.py")
    outer.commit()
    outer.write("untracked.py")
    (tmp_path / "gone.py").unlink()
    other = Repository.at(tmp_path / "nested")
    other.write("n.py")
    assert found() == ["module/in.py", "nested/n.py", "tracked.py", "untracked.py"]
    assert found("module") == ["module/in.py"]


def test_a_submodule_that_is_not_there_yet_is_walked(tmp_path: Path) -> None:
    """Git knows nothing of what lies in it but the commit that should."""
    outer = Repository.at(tmp_path)
    commit = outer.commit()
    outer.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    write("a.py", "module/b.py")
    assert found() == ["a.py", "module/b.py"]
    assert found("module") == ["module/b.py"]


def test_tracked_files_are_checked_though_they_are_ignored(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    repository.write("a.py")
    repository.commit()
    repository.write(".gitignore", "a.py\n")
    assert found() == ["a.py"]


def test_a_repository_that_git_refuses_is_walked(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    write("a.py", "b.py")
    Path(".gitignore").write_text("b.py\n")
    assert found() == ["a.py"]


def test_without_git_a_repository_is_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Repository.at(tmp_path)
    write("a.py")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found() == ["a.py"]


def test_the_surroundings_of_a_hook_do_not_lead_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git sets GIT_DIR and GIT_INDEX_FILE for hooks."""
    elsewhere = Repository.at(tmp_path / "elsewhere")
    here = Repository.at(tmp_path / "here")
    here.write("a.py")
    monkeypatch.setenv("GIT_DIR", str(elsewhere.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "index.lock")
    monkeypatch.chdir(here.path)
    assert found() == ["a.py"]


def test_checking_runs_nothing_that_a_repository_configures(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path)
    hook = repository.write("hook", f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    repository.git("config", "core.fsmonitor", str(hook))
    write("a.py")
    assert found() == ["a.py"]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("in_git", [False, True])
def test_links_to_files_are_followed_and_links_to_directories_are_not(
    tmp_path: Path, *, in_git: bool
) -> None:
    if in_git:
        Repository.at(tmp_path)
    write("a/x.py")
    Path("loop.py").symlink_to("loop.py")
    Path("dangling.py").symlink_to("nowhere.py")
    Path("link.py").symlink_to("a/x.py")
    Path("a/up").symlink_to("..")
    Path("b.py").symlink_to("a")
    os.mkfifo("pipe.py")
    assert found() == ["a/x.py", "link.py"]


def test_a_pipe_that_is_named_is_left_to_the_reader() -> None:
    os.mkfifo("pipe.py")
    assert found("pipe.py") == ["pipe.py"]


def test_the_policy_excludes_files_also_when_they_are_named() -> None:
    write("a.py", "old/b.py", "old/c/d.py", "x_gen.py")
    discovery = discover([".", "old/b.py"], root=".", exclude=("old/", "*_gen.py"))
    assert [file.shown for file in discovery.files] == ["a.py"]
    assert discovery.excluded == 3


def test_patterns_are_relative_to_the_root_of_the_policy(tmp_path: Path) -> None:
    write("p/old/a.py", "q/old/a.py", "old/a.py")
    assert found(exclude=("/old",), root=str(tmp_path / "p")) == ["old/a.py", "q/old/a.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_a_directory_that_can_not_be_listed_is_said() -> None:
    write("a.py", "closed/b.py")
    Path("closed").chmod(0)
    try:
        discovery = discover(["."])
    finally:
        Path("closed").chmod(0o700)
    assert [directory.shown for directory in discovery.unreadable] == ["closed"]


def test_a_directory_that_vanishes_is_said(tmp_path: Path) -> None:
    """Too long a path can't be listed by anyone, so root can run this, too."""
    name = "d" * 200
    directories = [os.open(tmp_path, os.O_RDONLY)]
    for _ in range(25):
        os.mkdir(name, dir_fd=directories[-1])
        directories.append(os.open(name, os.O_RDONLY, dir_fd=directories[-1]))
    for directory in directories:
        os.close(directory)
    write("a.py")
    discovery = discover(["."])
    assert [file.shown for file in discovery.files] == ["a.py"]
    assert "can't be listed: File name too long" in discovery.unreadable[0].message


def test_shown_paths_have_slashes(tmp_path: Path) -> None:
    assert shown_path(str(tmp_path / "a" / "b.py")) == "a/b.py"
    assert shown_path("/elsewhere/b.py") == "/elsewhere/b.py"


def test_the_order_does_not_depend_on_the_order_of_the_paths() -> None:
    write("b.py", "a.py", "c/d.py")
    assert found("c", "b.py", "a.py", "c/d.py") == found("a.py", "c", "b.py")
