"""What is known of an image and of the commands that build it; None where it can't be told."""

import re
from collections.abc import Iterator

from greenlint.lint.deployment.packages import (
    MODEL_PACKAGES,
    installer,
    packages_in,
    stage_installs,
)
from greenlint.lint.deployment.shell import Command
from greenlint.lint.deployment.stages import Stage
from greenlint.lint.deployment.units import DeploymentFile, Unit
from greenlint.lint.facts.vocabulary import Answer, yes_or_no

_COMPILERS = re.compile(
    r"^(nvcc|g?cc|g\+\+|clang\S*|cmake|make|ninja|meson|cargo|rustup|go|bazel|build-essential"
    r"|flash[-_]attn|xformers|deepspeed|apex|bitsandbytes|triton|mamba[-_]ssm|causal[-_]conv1d"
    r"|vllm|auto-gptq|autoawq|llama[-_]cpp[-_]python|detectron2|torch-scatter|colossalai"
    r"|setup\.py|.*\.whl)$"
)
_GPU_IMAGE = re.compile(
    r"(nvidia/|nvcr\.io/|.*cuda|.*-gpu|.*rocm|pytorch/pytorch:.*cuda|rayproject/ray.*gpu)"
)
_CPU_IMAGE = re.compile(r"(public\.ecr\.aws/lambda/|.*aws-lambda)")
_GPU_WORDS = frozenset({"gpu", "cuda", "rocm", "nvidia", "xpu", "hpu", "gaudi", "neuron"})
# A few megabytes: nobody looks for those. A wheel that lies there already is not downloaded.
_TOOLS = frozenset({"pip", "setuptools", "wheel", "uv"})
_INDEX_VARIABLES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_TORCH_BACKEND",
)
_GPU_PACKAGE = re.compile(
    r"(onnxruntime-gpu|faiss-gpu.*|tensorflow-gpu|mxnet-cu\d+|paddlepaddle-gpu|cupy-cuda.*|flash-attn"
    r"|nvidia-.+-cu\d+|cudatoolkit|pytorch-cuda|tensorrt|jax-cuda.*)$"
)


def base(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """The image that it is built on, without a tag's digest."""
    del file, detail
    if unit.stage is None or not unit.stage.base:
        return None
    return Answer(value=unit.stage.base.partition("@")[0])


def purpose(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """`cpu` or `gpu`, where names, the base image or the environment say so."""
    del detail
    if unit.stage is None:
        return None
    found = set(_purposes(file, unit.stage))
    return Answer(frozenset(found)) if len(found) == 1 else None


def _purposes(file: DeploymentFile, stage: Stage) -> Iterator[str]:
    outputs = [output for output in file.outputs if stage in output.lineage()] or [stage]
    names = " ".join([file.path.rpartition("/")[2], *(output.name for output in outputs)])
    words = set(re.split(r"[^a-z0-9]+", names.lower()))
    if "cpu" in words:
        yield "cpu"
    if words & _GPU_WORDS:
        yield "gpu"
    image = (stage.base or "").lower()
    if _GPU_IMAGE.match(image):
        yield "gpu"
    if _CPU_IMAGE.match(image):
        yield "cpu"
    visible = stage.environment.get("CUDA_VISIBLE_DEVICES")
    if visible in {"", "-1"}:
        yield "cpu"
    if "NVIDIA_VISIBLE_DEVICES" in stage.environment:
        yield "gpu"


def compiles(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether building the image calls a compiler, or installs what needs one."""
    del file, detail
    if unit.stage is None:
        return None
    unknown = False
    for stage in unit.stage.lineage():
        for _, command in stage.runs():
            words = {word.lower() for word in command}
            if any(_COMPILERS.match(re.split(r"[\[=<>~!]", word)[0]) for word in words):
                return yes_or_no(holds=True)
            # A script, a requirements file or the project itself may do anything.
            unknown = unknown or _is_opaque(command)
    return None if unknown else yes_or_no(holds=False)


def _is_opaque(command: Command) -> bool:
    if command[0] in {"sh", "bash", "source", ".", "poetry", "pdm", "pixi"}:
        return True
    if command[0].endswith(".sh"):
        return True
    return bool(installer(command)) and any(name is None for name in packages_in(command))


def installs(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether the image has a package installed; None where a file says which it has."""
    del file
    if unit.stage is None:
        return None
    return stage_installs(unit.stage, frozenset({detail}))


def package(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether this very command names a package."""
    del file
    packages = set(packages_in(unit.command))
    if detail in packages:
        return yes_or_no(holds=True)
    return None if None in packages else yes_or_no(holds=False)


def gpu_package(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether it names a package that is only for accelerators."""
    del file, detail
    return yes_or_no(any(name and _GPU_PACKAGE.match(name) for name in packages_in(unit.command)))


def heavy(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether it names a package that brings gigabytes."""
    del file, detail
    return yes_or_no(not MODEL_PACKAGES.isdisjoint(packages_in(unit.command)))


def package_index(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Where its packages come from: `cpu`, `cuda`, `other`, or the `default` index."""
    del file, detail
    words = " ".join(unit.command).lower()
    environment = unit.stage.environment if unit.stage else {}
    words = " ".join([words, *(environment.get(name, "").lower() for name in _INDEX_VARIABLES)])
    if "$" in words:
        return None
    if re.search(r"/cpu\b|\+cpu\b|torch-backend[= ]cpu|cpuonly|-cpu\b", words):
        return Answer(frozenset({"cpu"}))
    if re.search(r"/(cu|rocm)\d+|\+(cu|rocm)\d+", words):
        return Answer(frozenset({"cuda"}))
    if re.search(r"(index|find-links)|\.whl\b|\bhttps?://", words):
        return Answer(frozenset({"other"}))
    return Answer(frozenset({"default"}))


def kept(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether what it installs ends up in an image, and not only in a stage that serves another."""
    del detail
    return yes_or_no(unit.stage is not None and file.kept(unit.stage))


def download_cache(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether the installer's cache of downloads stays in the layer: `kept` or `dropped`."""
    del file, detail
    stage, instruction = unit.stage, unit.instruction
    if stage is None or instruction is None or set(packages_in(unit.command)) <= _TOOLS:
        return None
    environment = {**stage.environment, **stage.arguments}
    off = ("PIP_NO_CACHE_DIR", "UV_NO_CACHE") if unit.name != "conda" else ()
    if any(environment.get(name, "").lower() not in {"", "0", "false", "off"} for name in off):
        return Answer(frozenset({"dropped"}))
    if any(flag.startswith("mount=") and "type=cache" in flag for flag in instruction.flags):
        return Answer(frozenset({"dropped"}))
    words = {"--no-cache-dir", "--no-cache", "--cache-dir"} & {
        word.partition("=")[0] for word in unit.command
    }
    script = " ".join([instruction.value, *instruction.documents])
    if words or re.search(
        r"(cache|conda|mamba)\s+(purge|clean)|rm\s+-\w*r\w*[^;&|]*(\.cache|/tmp|/root|cache)",
        script,
    ):
        return Answer(frozenset({"dropped"}))
    if re.search(r"PIP_NO_CACHE_DIR|UV_NO_CACHE|pip\.conf|\$\{?\w*(ARG|OPT|FLAG|PIP)\w*", script):
        return None
    return Answer(frozenset({"kept"}))
