"""How often greenlint and its peers are right, on code that was read and labeled before.

    python benchmarks/accuracy.py --write     fetch, run, score, write results and page
    python benchmarks/accuracy.py --check     1 if the page is not what the results say

`accuracy/labels.csv` says of places in packages on PyPI whether they waste or are legitimate;
`accuracy/sources.csv` says which archives hold them. A program is judged on the rules it has.
"""

import argparse
import csv
import hashlib
import json
import platform
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from accuracy_page import OTHERS, Score, page

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "benchmarks" / "accuracy"
RESULTS, PAGE = DATA / "results.json", ROOT / "docs" / "accuracy.md"
SCRIPTS = "Scripts" if sysconfig.get_platform().startswith("win") else "bin"
# Beside code, what projects pin and configure: some rules ask for it.
KEPT = (".py", ".toml", ".cfg", "requirements.txt", "Dockerfile")


@dataclass(frozen=True, slots=True)
class Source:
    """An archive on the package registry."""

    package: str
    version: str
    archive: str
    sha256: str
    url: str

    @property
    def folder(self) -> str:
        """Where it is unpacked."""
        return f"{self.package}-{self.version}-{self.archive}"


@dataclass(frozen=True, slots=True)
class Label:
    """A place that was read, and what it is; `lines` are spans, as `10-12;30-30`."""

    package: str
    version: str
    archive: str
    path: str
    lines: str
    rule: str
    verdict: str
    corrected: str
    why: str

    @property
    def file(self) -> str:
        """The path below all unpacked archives."""
        return f"{self.package}-{self.version}-{self.archive}/{self.path}"

    @property
    def width(self) -> int:
        """How many lines it spans."""
        return sum(last - first + 1 for first, last in self.spans())

    def spans(self) -> Iterator[tuple[int, int]]:
        """First and last line of each span."""
        for span in self.lines.split(";"):
            first, last = span.split("-")
            yield int(first), int(last)

    def holds(self, finding: "Finding") -> bool:
        """Whether a finding is about this place."""
        same = finding.rule == self.rule and finding.file == self.file
        return same and any(first <= finding.line <= last for first, last in self.spans())


@dataclass(frozen=True, slots=True)
class Finding:
    """What a program reports, under the name of our rule."""

    rule: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Program:
    """A program to judge: which of its rules stand for which of ours, and how it is run."""

    name: str
    rules: Mapping[str, str]
    arguments: Callable[[Iterable[str]], list[str]]
    read: Callable[[str], Iterator[tuple[str, str, int]]]
    note: str = ""
    batch: str = "archive"  # what one run is given: a file, an archive or its files, or all files


# -- the programs --------------------------------------------------------------------------------


def _greenlint_output(text: str) -> Iterator[tuple[str, str, int]]:
    for finding in json.loads(text)["findings"]:
        yield finding["rule"], finding["path"], finding["line"]


def _semgrep_output(text: str) -> Iterator[tuple[str, str, int]]:
    for finding in json.loads(text)["results"]:
        yield finding["check_id"].rsplit(".", 1)[-1], finding["path"], finding["start"]["line"]


def _llmdoctor_output(text: str) -> Iterator[tuple[str, str, int]]:
    for finding in json.loads(text):
        yield finding["code"], finding["file"], finding["line"]


def _tokenlint_output(text: str) -> Iterator[tuple[str, str, int]]:
    for line in text.splitlines():
        if found := re.match(r"\s+(?:FAIL|WARN|INFO) (R\d+-[\w-]+)\s+line (\d+)", line):
            yield found[1], "", int(found[2])


def programs(rules: Iterable[str]) -> tuple[Program, ...]:
    """All of them, greenlint first."""
    same = {rule: rule for rule in rules}
    smells = (DATA / "semgrep.yaml").read_text(encoding="utf-8")
    written = {rule: rule for rule in rules if f"- id: {rule}\n" in smells}
    semgrep = ("semgrep", "scan", "--quiet", "--json", "--metrics=off", "--no-git-ignore")
    config = (f"--config={DATA / 'semgrep.yaml'}", "--disable-version-check", "-j", "1")
    flags = ("check", "--isolated", "--no-cache", "--exit-zero", "--format", "json")
    return (
        # It asks a file's neighbors, so it gets them; its peers look at each file alone.
        Program(
            "greenlint",
            same,
            lambda p: ["greenlint", *flags, *p],
            _greenlint_output,
            batch="folder",
        ),
        Program(
            "semgrep",
            written,
            lambda p: [*semgrep, *config, *p],
            _semgrep_output,
            "with the rules of `benchmarks/accuracy/semgrep.yaml`, written for these smells",
            batch="all",
        ),
        Program(
            "llmdoctor",
            {"TS010": "unbounded-generation"},
            lambda p: ["llmdoctor", "doctor", "--json", *p],
            _llmdoctor_output,
            "TS010, no output cap",
            batch="file",
        ),
        Program(
            "tokenlint",
            {
                "R002-no-max-tokens": "unbounded-generation",
                "R005-large-inline-prompt": "oversized-prompt",
            },
            lambda p: ["tokenlint", "--fail-on", "never", *p],
            _tokenlint_output,
            "R002, no output cap, and R005, a large literal in a prompt",
            batch="file",
        ),
    )


# -- the data ------------------------------------------------------------------------------------


def read_labels() -> list[Label]:
    """All labels."""
    with (DATA / "labels.csv").open(encoding="utf-8", newline="") as file:
        return [Label(**row) for row in csv.DictReader(file)]


def read_sources() -> list[Source]:
    """All archives."""
    with (DATA / "sources.csv").open(encoding="utf-8", newline="") as file:
        return [Source(**row) for row in csv.DictReader(file)]


def unpack(source: Source, cache: Path) -> None:
    """Fetch the archive, refuse it if it is another one, and unpack what is needed of it."""
    target = cache / "code" / source.folder
    if target.exists():
        return
    archive = cache / "archives" / source.url.rsplit("/", 1)[-1]
    archive.parent.mkdir(parents=True, exist_ok=True)
    if not archive.exists():
        with urllib.request.urlopen(source.url, timeout=120) as answer:  # noqa: S310  (https)
            archive.write_bytes(answer.read())
    if hashlib.sha256(archive.read_bytes()).hexdigest() != source.sha256:
        raise SystemExit(f"{archive} is not the archive that was labeled; remove it")
    partly = target.with_name(target.name + ".partly")
    for name, data in _members(archive):
        path = partly / name
        if name.endswith(KEPT) and path.resolve().is_relative_to(partly.resolve()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    partly.rename(target)


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            yield from ((name, wheel.read(name)) for name in wheel.namelist())
        return
    with tarfile.open(archive) as sdist:
        for member in sdist:
            if member.isfile() and (file := sdist.extractfile(member)):
                yield member.name.partition("/")[2], file.read()


# -- running and scoring -------------------------------------------------------------------------


def run(program: Program, tools: Path, code: Path, labels: Iterable[Label]) -> set[Finding]:
    """What the program reports in the files labeled for its rules, as a user would run it."""
    found: set[Finding] = set()
    files = {label.file for label in labels if label.rule in program.rules.values()}
    for folder, paths in _batches(program.batch, sorted(files)):
        name, *arguments = program.arguments(paths)
        command = [str(tools / name / SCRIPTS / name), *arguments]
        done = subprocess.run(
            command, cwd=code / folder, capture_output=True, text=True, check=False
        )
        for reported, path, line in program.read(done.stdout):
            if rule := program.rules.get(reported):
                file = (code / folder / (path or paths[0])).relative_to(code)
                found.add(Finding(rule, file.as_posix(), line))
    return {finding for finding in found if finding.file in files}


def _batches(kind: str, files: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Working directory below the code, and the files below it, for each run."""
    if kind == "all":
        yield "", files
        return
    for folder, group in groupby(files, key=lambda file: file.partition("/")[0]):
        if kind == "folder":
            yield folder, ["."]
            continue
        paths = [file.removeprefix(f"{folder}/") for file in group]
        yield from ((folder, [path]) for path in paths) if kind == "file" else [(folder, paths)]


def score(
    program: Program, labels: Iterable[Label], found: set[Finding]
) -> tuple[dict[str, Score], list[Label], int]:
    """Per rule that the program has; the labels it is at odds with; findings at no label.

    A finding belongs to the narrowest label that holds it.
    """
    judged = [label for label in labels if label.rule in program.rules.values()]
    owners = [
        min(holders, key=lambda label: label.width)
        for finding in found
        if (holders := [label for label in judged if label.holds(finding)])
    ]
    hit = set(owners)
    scores: dict[str, Score] = {}
    for label in judged:
        counts = scores.setdefault(label.rule, Score())
        match label.verdict == "waste", label in hit:
            case True, True:
                counts.found += 1
            case True, False:
                counts.missed += 1
            case False, True:
                counts.wrong += 1
            case _:
                counts.quiet += 1
    at_odds = [label for label in judged if (label.verdict == "waste") != (label in hit)]
    return scores, at_odds, len(found) - len(owners)


def install(name: str, tools: Path) -> str:
    """A virtual environment for a program, greenlint's from this checkout; its version."""
    python = tools / name / SCRIPTS / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", tools / name], check=True)
    what = ["-e", str(ROOT)] if name == "greenlint" else [name]
    subprocess.run([python, "-m", "pip", "install", "-q", *what], check=True)
    ask = f"import importlib.metadata as m; print(m.version({name!r}))"
    done = subprocess.run([python, "-c", ask], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def measure(cache: Path) -> dict[str, Any]:
    """Fetch, run and score everything."""
    labels = read_labels()
    for source in read_sources():
        unpack(source, cache)
    all_programs = programs(sorted({label.rule for label in labels}))
    judged = []
    for program in all_programs:
        version = install(program.name, cache / "tools")
        found = run(program, cache / "tools", cache / "code", labels)
        scores, at_odds, elsewhere = score(program, labels, found)
        entry = {
            "name": program.name,
            "version": version,
            "note": program.note,
            "scores": {rule: scores[rule].counts() for rule in sorted(scores)},
            "elsewhere": elsewhere,
        }
        if program.name == "greenlint":
            entry["at_odds"] = [asdict(label) for label in at_odds]
        judged.append(entry)
        print(program.name, version, "done", flush=True)
    return {
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "labels": len(labels),
        "waste": sum(label.verdict == "waste" for label in labels),
        "packages": len({label.package for label in labels}),
        "corrected": Counter(f"{x.corrected} to {x.verdict}" for x in labels if x.corrected),
        "programs": judged,
        "others": {name: install(name, cache / "tools") for name in OTHERS},
    }


def main() -> int:
    """Measure and write, or check the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    default = Path(tempfile.gettempdir()) / "greenlint-accuracy"
    parser.add_argument("--cache", type=Path, default=default, help="where downloads are kept")
    parser.add_argument("--write", action="store_true", help="write results and page")
    parser.add_argument("--check", action="store_true", help="1 if the page is out of date")
    options = parser.parse_args()
    if options.check:
        text = page(json.loads(RESULTS.read_text(encoding="utf-8")))
        return int(PAGE.read_text(encoding="utf-8") != text)
    # As JSON has it, so that the page is the same whether it is written now or checked later.
    results = json.loads(json.dumps(measure(options.cache.resolve())))
    if options.write:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(results), encoding="utf-8")
    print(page(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
