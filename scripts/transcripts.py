"""Runs the console blocks of the README and the docs; `--check` only says what would change.

`python scripts/transcripts.py [--check] [PAGE ...]`: a fenced block marked `console` holds commands
after `$ ` and what they print. The blocks of a page run in order, in an empty directory; those
marked `console examples` in one that holds `examples/`. A block marked `file=PATH` is written
there before the blocks after it run; one that has fences in it stands between four backticks. In a
block marked `console measured`, energy, moments and processes differ from run to run: there other
numbers, bars of another length and another order of the lines change nothing.
"""

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs")
FENCE = re.compile(
    r"^(?P<fence>````?)(?P<language>\w+)(?P<options>[^\n`]*)\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
FILE = re.compile(r"\bfile=(\S+)")
SECONDS = re.compile(r"\b\d+\.\d\d s\b")
# What no two runs of a metered program have in common, and what is written in its place.
MEASURED = (
    (re.compile(r"process:\S+"), "process"),
    (re.compile(r"host:\S+"), "host"),
    (re.compile(r"[█▉▊▋▌▍▎▏░]+"), "bar"),
    (re.compile(r"\d+(?:[.,:]\d+)*(?:e[+-]?\d+)?"), "0"),
    (re.compile(r"0 [mkM]?J\b"), "0 J"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """The directories that the blocks of one page run in, and their environment."""

    own: Path
    examples: Path
    environment: dict[str, str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite what changed; with `--check`, show it and end with 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="change nothing; 1 if out of date")
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE")
    options = parser.parse_args(arguments)
    stale = False
    for page in options.pages or list(pages()):
        before = page.read_text(encoding="utf-8")
        after = as_it_is_today(before)
        if before == after:
            continue
        stale = True
        sys.stdout.writelines(_difference(page, before, after))
        if not options.check:
            page.write_text(after, encoding="utf-8")
    return 1 if options.check and stale else 0


def pages() -> Iterator[Path]:
    """Every page that may hold console blocks."""
    for name in PAGES:
        path = ROOT / name
        yield from sorted(path.rglob("*.md")) if path.is_dir() else (path,)


def as_it_is_today(page: str) -> str:
    """The page with each command followed by what it prints now; times alone change nothing."""
    if "```console" not in page:
        return page
    with tempfile.TemporaryDirectory() as folder:
        desk = _desk(Path(folder))
        return FENCE.sub(lambda block: _rewritten(block, desk), page)


def _desk(folder: Path) -> Desk:
    for name in ("own", "with", "home", "bin"):
        (folder / name).mkdir()
    shutil.copytree(ROOT / "examples", folder / "with" / "examples")
    for name, start in (("greenlint", "-m greenlint "), ("python", "")):
        command = folder / "bin" / name
        script = f'#!/bin/sh\nexec "{sys.executable}" {start}"$@"\n'
        command.write_text(script, encoding="utf-8")
        command.chmod(0o755)
    environment = {
        "PATH": f"{folder / 'bin'}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder / "home"),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "GIT_CEILING_DIRECTORIES": str(folder),
    }
    return Desk(folder / "own", folder / "with", environment)


def _rewritten(block: re.Match[str], desk: Desk) -> str:
    options = block["options"].split()
    if file := FILE.search(block["options"]):
        path = desk.own / file[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"], encoding="utf-8")
    if block["language"] != "console":
        return block[0]
    directory = desk.examples if "examples" in options else desk.own
    text = "".join(_session(commands(block["text"]), directory, desk.environment))
    measured = "measured" in options
    if _lasting(text, measured=measured) == _lasting(block["text"], measured=measured):
        return block[0]
    return f"{block['fence']}console{block['options']}\n{text}{block['fence']}"


def _lasting(text: str, *, measured: bool) -> str:
    """The part of an output that is the same in every run."""
    text = SECONDS.sub("", text)
    if not measured:
        return text
    for pattern, replacement in MEASURED:
        text = pattern.sub(replacement, text)
    # Alerts come from a thread of their own, and longer numbers break lines elsewhere.
    return " ".join(sorted(text.split()))


def commands(session: str) -> list[str]:
    """The commands of a console block."""
    return [line[2:] for line in session.splitlines() if line.startswith("$ ")]


def _session(lines: Sequence[str], directory: Path, environment: dict[str, str]) -> Iterator[str]:
    code = 0
    for line in lines:
        yield f"$ {line}\n"
        ended = subprocess.run(
            ["sh", "-c", f"(exit {code}); {line}"],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        code = ended.returncode
        yield ended.stdout.replace(str(directory), "/home/you/project")


def _difference(page: Path, before: str, after: str) -> Iterator[str]:
    yield from difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), str(page), "today"
    )


if __name__ == "__main__":
    sys.exit(main())
