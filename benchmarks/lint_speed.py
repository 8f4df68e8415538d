"""How fast `greenlint check` is beside its peers, on the sources of real AI libraries.

    python benchmarks/lint_speed.py [--runs 3] [--write]

Fetches the wheels of eleven libraries and the peers (ruff, flake8, TorchFix, Fixit) from the
package registry into a cache folder, runs them in turn in the same session, and prints ratios:
absolute seconds differ from machine to machine, ratios hardly do.
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
from dataclasses import dataclass
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
START, END = "<!-- lint_speed -->", "<!-- /lint_speed -->"
# Words of the libraries that the rules are about: a changed file with none of them costs less.
AI_WORDS = (b".backward(", b"Trainer(", b".eval()", b"from_pretrained(", b".generate(")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a process: wall seconds and the peak memory of its largest process."""

    seconds: float
    peak_megabytes: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, by whom, and the target."""

    what: str
    ours: float
    peer: str
    theirs: float
    target: str

    @property
    def ratio(self) -> float:
        """Our time over theirs."""
        return self.ours / self.theirs

    def __str__(self) -> str:
        ratio = f"{self.ratio:.2f} x" if self.ratio >= 0.2 else f"1/{1 / self.ratio:.0f}"
        return (
            f"| {self.what} | {self.ours:.3g} s | {self.peer} {self.theirs:.3g} s "
            f"| {ratio} | {self.target} |"
        )


def main() -> int:
    """Prepare, measure, print."""
    options = _options()
    cache: Path = options.cache
    corpus = _fetched_corpus(cache)
    tools = _Tools(cache / "tools")
    files = sorted(corpus.rglob("*.py"))
    lines = sum(path.read_bytes().count(b"\n") for path in files)
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
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each command")
    parser.add_argument("--sample-lines", type=int, default=30_000, help="lines for slow peers")
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
    with tempfile.TemporaryDirectory() as folder:
        warm = tools.greenlint("--cache-dir", folder, corpus)
        compare("warm, whole corpus", warm, ruff, "≤ 1 x")
    sample = _sample(corpus, options.sample_lines)
    with _copied(sample) as folder:
        ours = tools.greenlint("--no-cache", folder)
        slow = tools.command("torchfix", "--select", "ALL", str(folder))
        compare(f"sample of {len(sample)} files", ours, slow, "≤ 1/20")
        slow = tools.command("fixit", "lint", str(folder))
        compare(f"sample of {len(sample)} files", ours, slow, "≤ 1/50")
    for label, changed in _changed_files(corpus):
        with _copied([changed]) as folder, tempfile.TemporaryDirectory() as cached:
            target = folder / changed.name
            ours = tools.greenlint("--cache-dir", cached, target)
            ours = _Command(ours.name, ours.arguments, before=_toucher(target))
            compare(f"one changed file, {label}", ours, tools.command("flake8", target), "≤ 1.5 x")
    bare = _Command("python -c pass", (str(tools.python), "-c", "pass"))
    compare("--version", tools.command("greenlint", "--version"), bare, "≤ 4 x")
    return rows, peaks


def _in_turn(ours: "_Command", peer: "_Command", runs: int) -> tuple[list[Run], list[Run]]:
    """One warm-up of each, then both in turn, so that a slow minute hits both."""
    ours.run()
    warm_up = peer.run().seconds
    # Starting a process varies by a few milliseconds; minutes hardly vary.
    count = max(runs, 9) if warm_up < 2 else 1 if warm_up > 60 else runs
    mine: list[Run] = []
    theirs: list[Run] = []
    for _ in range(count):
        mine.append(ours.run())
        theirs.append(peer.run())
    return mine, theirs


def _median(runs: Sequence[Run]) -> float:
    return statistics.median(run.seconds for run in runs)


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
        return Run(seconds, usage.ru_maxrss / 1024)


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

    def greenlint(self, *arguments: object) -> _Command:
        """`greenlint check` with the nine rules on."""
        rules = ",".join(RULES)
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
    """One file of about 300 lines that the rules are about, and one that they are not."""
    by_distance = sorted(
        corpus.rglob("*.py"), key=lambda path: (abs(path.read_bytes().count(b"\n") - 300), path)
    )
    for label, wanted in (("with AI calls", True), ("without", False)):
        yield label, next(p for p in by_distance if _is_about_ai(p) is wanted)


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
        f"Corpus: {files:,} files, {lines:,} lines of {len(LIBRARIES)} libraries, nine rules on.",
        f"Peak memory of any greenlint process: {peak:.0f} MB (target ≤ 400 MB).",
        "",
        "| what | greenlint | peer | ratio | target |",
        "|---|---|---|---|---|",
    ]


def _write(table: str) -> None:
    readme = ROOT / "benchmarks" / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{START}\n{table}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
