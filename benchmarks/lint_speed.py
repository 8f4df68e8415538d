"""How fast `greenlint check` is beside its peers, on the sources of real AI libraries.

    python benchmarks/lint_speed.py [--runs 3] [--write]
    python benchmarks/lint_speed.py --corpus SMALL_FOLDER --sample-lines 2000 --runs 1  # a trial

Fetches the wheels of eleven libraries and the peers (ruff, flake8, TorchFix, Fixit) from the
package registry into a cache folder, runs them in turn in the same session, and prints ratios:
absolute seconds differ from machine to machine, ratios hardly do. Beside wall time stands the CPU
time of all processes, which a busy machine changes least. What takes minutes is run once.
"""

import argparse
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

LIBRARIES = (
    "transformers==5.23.0",
    "keras==3.15.1",
    "scikit-learn==1.9.1",
    "trl==1.16.0",
    "peft==0.21.2",
    "accelerate==1.15.0",
    "langchain-core==1.8.1",
    "openai==3.52.0",
    "llama-index-core==0.14.25",
    "timm",
    "lightning==2.6.6",
)
PEERS = ("ruff", "flake8", "torchfix", "fixit")
RULES = (
    "uncached-api-call",
    "api-call-in-loop",
    "oversized-prompt",
    "unbounded-generation",
    "fp32-training-loop",
    "missing-early-stopping",
    "inference-with-gradients",
    "exhaustive-grid-search",
    "model-loaded-in-loop",
)
ROOT = Path(__file__).resolve().parent.parent
_LONG_S = 60
START, END = "<!-- lint_speed -->", "<!-- /lint_speed -->"
# Words of the libraries that the rules are about: a changed file with none of them costs less.
AI_WORDS = (b".backward(", b"Trainer(", b".eval()", b"from_pretrained(", b".generate(")


@dataclass(frozen=True, slots=True)
class Run:
    """A run: wall seconds, CPU seconds of all its processes, and the largest one's peak memory."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, by whom, and the target. Medians of each."""

    what: str
    ours: Run
    peer: str
    theirs: Run
    target: str

    def __str__(self) -> str:
        ours, theirs = self.ours, self.theirs
        return (
            f"| {self.what} | {ours.seconds:.3g} s | {self.peer} {theirs.seconds:.3g} s "
            f"| {_ratio(ours.seconds, theirs.seconds)} "
            f"| {ours.cpu_seconds:.3g} s : {theirs.cpu_seconds:.3g} s "
            f"| {_ratio(ours.cpu_seconds, theirs.cpu_seconds)} | {self.target} |"
        )


def _ratio(ours: float, theirs: float) -> str:
    ratio = ours / max(theirs, 0.001)
    return f"{ratio:.2f} x" if ratio >= 0.2 else f"1/{1 / max(ratio, 0.001):.0f}"


def main() -> int:
    """Prepare, measure, print."""
    options = _options()
    cache: Path = options.cache
    corpus: Path = options.corpus or _fetched_corpus(cache)
    tools = _Tools(cache / "tools")
    files = sorted(corpus.rglob("*.py"))
    lines = _lines(files)
    print(f"{len(files):,} files, {lines:,} lines; {_machine()}", flush=True)
    rows, peaks = _measure(tools, corpus, options)
    table = "\n".join([*_heading(tools, len(files), lines, max(peaks)), *map(str, rows)])
    print(table)
    if options.write:
        _write(table)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    default = Path(tempfile.gettempdir()) / "greenlint-lint-speed"
    parser.add_argument("--cache", type=Path, default=default, help="where downloads are kept")
    parser.add_argument("--corpus", type=Path, help="a folder to check in place of the libraries")
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each command")
    parser.add_argument("--sample-lines", type=int, default=150_000, help="lines for slow peers")
    parser.add_argument("--write", action="store_true", help="put the table into the README")
    return parser.parse_args()


# -- what is measured ----------------------------------------------------------------------------


def _measure(
    tools: "_Tools", corpus: Path, options: argparse.Namespace
) -> tuple[list[Row], list[float]]:
    rows: list[Row] = []
    peaks: list[float] = []

    def compare(what: str, ours: "_Command", peer: "_Command", target: str) -> None:
        mine, theirs = _in_turn(ours, peer, options.runs)
        rows.append(Row(what, _median(mine), peer.name, _median(theirs), target))
        peaks.extend(run.peak_megabytes for run in mine)
        print(rows[-1], flush=True)

    ruff = tools.command("ruff", "check", "--no-cache", "--isolated", "-q", "-e", str(corpus))
    compare("cold, whole corpus", tools.greenlint("--no-cache", corpus), ruff, "≤ 3 x")
    every = tools.greenlint("--no-cache", corpus, rules="ALL")
    nine = replace(tools.greenlint("--no-cache", corpus), name="the nine")
    compare("cold, every rule", every, nine, "≤ 1.3 x")
    with tempfile.TemporaryDirectory() as folder:
        warm = tools.greenlint("--cache-dir", folder, corpus)
        compare("warm, whole corpus", warm, ruff, "≤ 1 x")
    sample = _sample(corpus, options.sample_lines)
    label = f"sample of {len(sample)} files, {_lines(sample):,} lines"
    with _copied(sample) as folder:
        ours = tools.greenlint("--no-cache", folder)
        slow = tools.command("torchfix", "--select", "ALL", str(folder))
        compare(label, ours, slow, "≤ 1/20")
        slow = tools.command("fixit", "lint", str(folder))
        compare(label, ours, slow, "≤ 1/50")
    for kind, changed in _changed_files(corpus):
        with _copied([changed]) as folder, tempfile.TemporaryDirectory() as cached:
            target = folder / changed.name
            ours = tools.greenlint("--cache-dir", cached, target)
            ours = replace(ours, before=_toucher(target))
            compare(f"one changed file, {kind}", ours, tools.command("flake8", target), "≤ 1.5 x")
    bare = _Command("python -c pass", (str(tools.python), "-c", "pass"))
    compare("--version", tools.command("greenlint", "--version"), bare, "≤ 4 x")
    return rows, peaks


def _in_turn(ours: "_Command", peer: "_Command", runs: int) -> tuple[list[Run], list[Run]]:
    """One warm-up of each, then both in turn, so that a slow minute hits both.

    What takes minutes hardly varies, and its warm-up is its only run.
    """
    mine, theirs = [ours.run()], [peer.run()]
    slowest = max(mine[0].seconds, theirs[0].seconds)
    if slowest > _LONG_S:
        return mine, theirs
    # Starting a process varies by a few milliseconds.
    count = max(runs, 9) if slowest < 2 else runs
    mine, theirs = [], []
    for _ in range(count):
        mine.append(ours.run())
        theirs.append(peer.run())
    return mine, theirs


def _median(runs: Sequence[Run]) -> Run:
    """The median of each figure."""
    return Run(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu_seconds for run in runs),
        statistics.median(run.peak_megabytes for run in runs),
    )


@dataclass(frozen=True, slots=True)
class _Command:
    """A program to time; `before` is done ahead of each run and not timed."""

    name: str
    arguments: tuple[str, ...]
    before: Callable[[], None] | None = None

    def run(self) -> Run:
        """Run it to its end, whatever it finds."""
        if self.before is not None:
            self.before()
        started = time.perf_counter()
        process = subprocess.Popen(
            self.arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in {0, 1, 99}:
            raise SystemExit(f"{' '.join(self.arguments)} ended with {process.returncode}")
        return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


class _Tools:
    """A virtual environment for greenlint, built from this checkout, and one for each peer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._scripts = "Scripts" if sysconfig.get_platform().startswith("win") else "bin"
        for peer in PEERS:
            self._install(peer, peer)
        self._install("greenlint", str(ROOT))
        self._install("greenlint", "--force-reinstall", "--no-deps", str(ROOT))
        self.python = self._script("greenlint", "python")

    def _script(self, environment: str, name: str) -> Path:
        return self._folder / environment / self._scripts / name

    def _install(self, environment: str, *requirements: str) -> None:
        python = self._script(environment, "python")
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", self._folder / environment], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *requirements], check=True)

    def command(self, name: str, *arguments: object) -> _Command:
        """An installed program."""
        return _Command(name, (str(self._script(name, name)), *map(str, arguments)))

    def greenlint(self, *arguments: object, rules: str = ",".join(RULES)) -> _Command:
        """`greenlint check`, with the nine rules on unless told otherwise."""
        flags = ("check", "--isolated", "--exit-zero", "--quiet", "--select", rules)
        return self.command("greenlint", *flags, *arguments)

    def versions(self) -> str:
        """The peers' versions."""
        return ", ".join(f"{peer} {self._version(peer)}" for peer in PEERS)

    def _version(self, peer: str) -> str:
        code = f"import importlib.metadata as m; print(m.version({peer!r}))"
        python = self._script(peer, "python")
        done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
        return done.stdout.strip()


# -- the corpus ----------------------------------------------------------------------------------


def _fetched_corpus(cache: Path) -> Path:
    corpus = cache / "corpus"
    if corpus.exists():
        return corpus
    wheels = cache / "wheels"
    arguments = ("download", "-q", "--no-deps", "--only-binary", ":all:", "-d", wheels)
    subprocess.run([sys.executable, "-m", "pip", *arguments, *LIBRARIES], check=True)
    unpacked = cache / "unpacking"
    shutil.rmtree(unpacked, ignore_errors=True)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked / wheel.name.split("-", 1)[0])
    unpacked.rename(corpus)
    return corpus


def _sample(corpus: Path, lines: int) -> list[Path]:
    """Files in a fixed random order until they have `lines` lines."""
    files = sorted(corpus.rglob("*.py"))
    random.Random(20261121).shuffle(files)  # noqa: S311  (a sample, not a secret)
    chosen: list[Path] = []
    for path in files:
        if lines <= 0:
            break
        chosen.append(path)
        lines -= path.read_bytes().count(b"\n")
    return chosen


def _changed_files(corpus: Path) -> Iterator[tuple[str, Path]]:
    """A file of about 300 lines that the rules are about, and one that they are not, if any."""
    by_distance = sorted(
        corpus.rglob("*.py"), key=lambda path: (abs(path.read_bytes().count(b"\n") - 300), path)
    )
    for label, wanted in (("with AI calls", True), ("without", False)):
        for path in (p for p in by_distance if _is_about_ai(p) is wanted):
            yield label, path
            break


def _lines(files: Sequence[Path]) -> int:
    return sum(path.read_bytes().count(b"\n") for path in files)


def _is_about_ai(path: Path) -> bool:
    data = path.read_bytes()
    return sum(word in data for word in AI_WORDS) >= 2


class _copied:  # noqa: N801  (used as a context manager)
    """A folder that holds copies of files, numbered where names collide."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files

    def __enter__(self) -> Path:
        self._folder = Path(tempfile.mkdtemp())
        for number, path in enumerate(self._files):
            target = self._folder / path.name
            shutil.copy(path, self._folder / f"{number}_{path.name}" if target.exists() else target)
        return self._folder

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder)


def _toucher(path: Path) -> Callable[[], None]:
    """Changes the file, as an edit before a commit does."""

    def touch() -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write("# changed\n")

    return touch


# -- the table -----------------------------------------------------------------------------------


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} processors"


def _heading(tools: _Tools, files: int, lines: int, peak: float) -> list[str]:
    return [
        f"{time.strftime('%Y-%m-%d')}, {_machine()}; {tools.versions()}.",
        f"Corpus: {files:,} files, {lines:,} lines; nine rules on.",
        f"Peak memory of any greenlint process: {peak:.0f} MB (target ≤ 400 MB).",
        "",
        "| what | greenlint | peer | ratio | CPU, all processes | ratio | target |",
        "|---|---|---|---|---|---|---|",
    ]


def _write(table: str) -> None:
    readme = ROOT / "benchmarks" / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{START}\n{table}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
