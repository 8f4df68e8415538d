"""Which lines changed since a git revision."""

import json
from pathlib import Path

import pytest
from repository import Repository

from greenlint.errors import UsageError
from greenlint.lint.revision import ChangedLines, Hunk, changed_since, parse_patch


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with one commit: a.py of nine lines, and b.py."""
    repository = Repository.at(tmp_path / "repo")
    repository.write("a.py", "".join(f"line{number}\n" for number in range(1, 10)))
    repository.write("b.py", "b\n")
    repository.commit()
    return repository


def changes(repository: Repository, *names: str, since: str = "HEAD") -> ChangedLines:
    """What changed in these files."""
    return changed_since(since, [str(repository.path / name) for name in names])


def changed_lines(repository: Repository, name: str, *, since: str = "HEAD") -> list[int]:
    """The changed ones of the first twelve lines of a file."""
    found = changes(repository, name, since=since)
    path = str(repository.path / name)
    return [line for line in range(1, 13) if found.touches(path, line, line)]


def test_nothing_changed(repository: Repository) -> None:
    assert changed_lines(repository, "a.py") == []
    assert not changes(repository, "a.py").changed(str(repository.path / "a.py"))


def test_uncommitted_lines_changed(repository: Repository) -> None:
    text = (repository.path / "a.py").read_text()
    repository.write("a.py", text.replace("line3", "new3").replace("line7\n", "line7\nnew\nnew\n"))
    assert changed_lines(repository, "a.py") == [3, 8, 9]
    assert changes(repository, "a.py").changed(str(repository.path / "a.py"))


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_lines_are_those_of_python_whatever_ends_them(repository: Repository, end: str) -> None:
    """Git takes a carriage return alone for part of a line: then all that it joins has changed."""
    lines = ["one", "two", "three", "four"]
    for text in (lines, ["one", "two", "new", "four"]):
        (repository.path / "c.py").write_bytes(f"# c\n{end.join(text)}{end}\n# end\n".encode())
        if text is lines:
            repository.commit()
    assert changed_lines(repository, "c.py") == ([2, 3, 4, 5] if end == "\r" else [4])


def test_no_filter_of_the_repository_is_run(repository: Repository) -> None:
    """It could be anything, and its lines would not be those of the file."""
    repository.write(".gitattributes", "*.py filter=odd\n")
    for name, value in (("clean", f"touch {repository.path}/ran; cat"), ("required", "true")):
        repository.git("config", f"filter.odd.{name}", value)
    repository.write("a.py", (repository.path / "a.py").read_text().replace("line3", "new3"))
    assert changed_lines(repository, "a.py") == [3]
    assert not (repository.path / "ran").exists()


def test_a_repository_that_git_refuses_is_told_from_an_unknown_revision(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    (tmp_path / "a.py").touch()
    with pytest.raises(UsageError, match="git can't be asked"):
        changed_since("HEAD", [str(tmp_path / "a.py")])


def test_staged_and_committed_lines_changed(repository: Repository) -> None:
    repository.write("a.py", "new\n" + (repository.path / "a.py").read_text())
    repository.git("add", "-A")
    assert changed_lines(repository, "a.py") == [1]
    repository.commit()
    assert changed_lines(repository, "a.py") == []
    assert changed_lines(repository, "a.py", since="HEAD~1") == [1]


def test_lines_that_were_taken_away_change_what_lies_around_them(repository: Repository) -> None:
    """Removing `max_tokens=5,` from a call makes the finding on the call new."""
    text = (repository.path / "a.py").read_text()
    repository.write("a.py", text.replace("line4\nline5\n", ""))
    found = changes(repository, "a.py")
    path = str(repository.path / "a.py")
    assert found.touches(path, 1, 9)
    assert found.touches(path, 3, 4)
    assert not found.touches(path, 1, 3)
    assert not found.touches(path, 4, 9)


def test_untracked_and_new_files_are_new_everywhere(repository: Repository) -> None:
    repository.write("new.py", "x\n")
    assert changed_lines(repository, "new.py")[:2] == [1, 2]
    repository.git("add", "new.py")
    assert changed_lines(repository, "new.py") == [1]


def test_an_ignored_file_that_is_checked_is_new_everywhere(repository: Repository) -> None:
    repository.write(".gitignore", "x.py\n")
    repository.write("x.py", "x\n")
    assert 1 in changed_lines(repository, "x.py")


def test_a_renamed_file_keeps_its_history(repository: Repository) -> None:
    repository.git("mv", "a.py", "c.py")
    text = (repository.path / "c.py").read_text()
    repository.write("c.py", text.replace("line2", "new2"))
    assert changed_lines(repository, "c.py") == [2]


def test_only_what_this_branch_changed_counts(repository: Repository) -> None:
    """What the other branch did since the two parted is not this one's."""
    repository.git("switch", "-q", "-c", "topic")
    repository.write("b.py", "b\nmine\n")
    repository.commit()
    repository.git("switch", "-q", "main")
    repository.write("a.py", "theirs\n")
    repository.commit()
    repository.git("switch", "-q", "topic")
    assert changed_lines(repository, "a.py", since="main") == []
    assert changed_lines(repository, "b.py", since="main") == [2]


def test_histories_without_a_common_commit_are_compared(repository: Repository) -> None:
    repository.git("switch", "-q", "--orphan", "other")
    repository.write("a.py", "line1\nnew\n")
    repository.commit()
    assert changed_lines(repository, "a.py", since="main") == [2]


@pytest.mark.parametrize(
    "name", ["é a.py", 'quo"te.py', "tab\t.py", "new\nline.py", "\\.py", "b/x.py"]
)
def test_names_of_all_kinds(repository: Repository, name: str) -> None:
    repository.write(name, "a\nb\n")
    repository.commit()
    repository.write(name, "a\nB\n")
    assert changed_lines(repository, name) == [2]


def test_lines_that_look_like_a_patch_are_text(repository: Repository) -> None:
    repository.write("p.py", "x\n")
    repository.commit()
    repository.write("p.py", "x\n++ b/a.py\n@@ -1 +1,9 @@\ndiff --git a/a.py b/a.py")
    assert changed_lines(repository, "p.py") == [2, 3, 4]
    assert changed_lines(repository, "a.py") == []


def test_a_notebook_changes_by_its_physical_lines(repository: Repository) -> None:
    """Also where git is told that notebooks are binary or have a program of their own."""
    cells = [{"cell_type": "code", "source": ["a\n", "b\n"]}]
    repository.write(".gitattributes", "*.ipynb binary diff=none\n")
    repository.write("n.ipynb", json.dumps({"cells": cells}, indent=1))
    repository.commit()
    cells[0]["source"] = ["a\n", "B\n"]
    repository.write("n.ipynb", json.dumps({"cells": cells}, indent=1))
    assert changed_lines(repository, "n.ipynb") == [7]


def test_files_without_a_suffix_are_compared(repository: Repository) -> None:
    repository.write("run", "a\n")
    repository.commit()
    repository.write("run", "a\nb\n")
    assert changed_lines(repository, "run") == [2]


def test_links_lead_to_the_file_that_git_knows(repository: Repository, tmp_path: Path) -> None:
    repository.write("b.py", "b\nnew\n")
    (tmp_path / "link").symlink_to(repository.path)
    found = changed_since("HEAD", [str(tmp_path / "link" / "b.py")])
    assert [found.touches(str(tmp_path / "link" / "b.py"), line, line) for line in (1, 2)] == [
        False,
        True,
    ]


def test_a_file_outside_of_the_repository_is_new(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "out.py").write_text("x\n")
    paths = [str(repository.path / "a.py"), str(tmp_path / "out.py")]
    found = changed_since("HEAD", paths)
    assert found.changed(paths[1])
    assert not found.changed(paths[0])


@pytest.mark.parametrize("revision", ["nowhere", "-h", "--output=x", "HEAD:a.py", ""])
def test_a_revision_that_git_does_not_know_is_an_error(
    repository: Repository, revision: str
) -> None:
    with pytest.raises(UsageError, match="is no revision of repo") as caught:
        changes(repository, "a.py", since=revision)
    assert "git fetch" in caught.value.hint


def test_without_a_repository_there_is_no_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no git repository"):
        changed_since("HEAD", [str(tmp_path / "a.py")])
    with pytest.raises(UsageError, match="no git repository"):
        changed_since("HEAD", [])


def test_a_repository_that_lacks_an_object_is_an_error(repository: Repository) -> None:
    repository.write("a.py", "new\n")
    blob = repository.git("rev-parse", "HEAD:a.py")
    (repository.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(UsageError, match="can't compare"):
        changes(repository, "a.py")


def test_a_nested_repository_without_the_revision_is_new(repository: Repository) -> None:
    inner = Repository.at(repository.path / "inner")
    inner.write("i.py", "i\n")
    inner.commit()
    repository.git("tag", "start")
    found = changes(repository, "a.py", "inner/i.py", since="start")
    assert found.changed(str(inner.path / "i.py"))
    assert not found.changed(str(repository.path / "a.py"))


def test_a_file_that_is_gone_is_in_no_patch() -> None:
    patch = b"diff --git a/x.py b/x.py\n--- a/x.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n"
    assert list(parse_patch(patch)) == []


def test_hunks_without_a_newline_at_the_end() -> None:
    patch = (
        b"diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1 +1,2 @@\n-a\n"
        b"\\ No newline at end of file\n+b\n+c\n\\ No newline at end of file\n"
        b"@@ -9,0 +11 @@\n+d\n"
    )
    assert list(parse_patch(patch)) == [("x.py", (Hunk(1, 2), Hunk(11, 11)))]
