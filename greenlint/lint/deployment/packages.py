"""What the commands of package installers ask for."""

import re
from collections.abc import Iterator

from greenlint.lint.deployment.shell import Command
from greenlint.lint.deployment.stages import Stage
from greenlint.lint.facts.vocabulary import Answer, yes_or_no

INSTALLERS = ("pip", "uv", "conda")
# Options of pip that take a word of their own.
_WITH_VALUE = frozenset({
    "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t",
    "--target", "--root", "--prefix", "--src", "--progress-bar", "--platform", "--python-version",
    "--trusted-host", "--timeout", "--retries", "--cache-dir", "--upgrade-strategy", "--index",
    "--default-index", "--index-strategy", "-p", "--python", "--torch-backend", "-n", "--name",
    "--no-binary", "--only-binary", "--config-settings", "--proxy", "--log", "--report",
})  # fmt: skip
_FROM_FILES = frozenset({"-r", "--requirement", "-e", "--editable", "--file", "-f"})
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MODEL_PACKAGES = frozenset({
    "torch", "transformers", "sentence-transformers", "diffusers", "tensorflow", "faster-whisper",
    "openai-whisper", "vllm", "ultralytics", "onnxruntime-gpu", "llama-cpp-python",
})  # fmt: skip


def installer(command: Command) -> str:
    """Which package installer a command calls, empty for none."""
    match command:
        case ("pip" | "pip3", *rest) if "install" in rest:
            return "pip"
        case (program, *rest) if program.startswith("pip3.") and "install" in rest:
            return "pip"
        case ("uv", *rest) if "python" not in rest[:1] and {"install", "sync", "add"} & {*rest}:
            return "uv"
        case ("conda" | "mamba" | "micromamba", *rest) if "install" in rest or "create" in rest:
            return "conda"
        case _:
            return ""


def packages_in(command: Command) -> Iterator[str | None]:
    """The names that an install command asks for; None for what a file or a variable says."""
    at = next(
        (n for n, word in enumerate(command) if word in {"install", "add", "sync", "create"}), 0
    )
    if command[at] == "sync":
        yield None
    rest = iter(command[at + 1 :])
    for word in rest:
        if word in _FROM_FILES or word.partition("=")[0] in {"--requirement", "--editable"}:
            yield None
        if word in _WITH_VALUE | _FROM_FILES:
            next(rest, None)
        elif word.startswith("-"):
            if word[:2] in {"-r", "-e"} and len(word) > 2:
                yield None
        elif word.endswith(".whl") and "://" not in word:
            continue
        elif word.startswith((".", "/", "$", "git+", "http")) or "$" in word:
            yield None
        elif found := _REQUIREMENT.match(word):
            yield found[0].lower().replace("_", "-")


def stage_installs(stage: Stage, wanted: frozenset[str]) -> Answer | None:
    """Whether the image has one of some packages; None where a file says which it has."""
    unknown = False
    for part in stage.lineage():
        for _, command in part.runs():
            if not installer(command):
                continue
            packages = set(packages_in(command))
            if packages & wanted:
                return yes_or_no(holds=True)
            unknown = unknown or None in packages
    return None if unknown else yes_or_no(holds=False)
