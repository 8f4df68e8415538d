"""The words that rules about deployment files are written in."""

from collections.abc import Callable

from greenlint.lint.deployment import container_facts, image_facts
from greenlint.lint.deployment.packages import INSTALLERS
from greenlint.lint.deployment.units import DeploymentFile, Unit
from greenlint.lint.facts.vocabulary import Answer
from greenlint.lint.rule import Subject

FactFunction = Callable[[DeploymentFile, Unit, str], Answer | None]

_IMAGE: dict[str, FactFunction] = {
    "base": image_facts.base,
    "compiles": image_facts.compiles,
    "installs": image_facts.installs,
    "purpose": image_facts.purpose,
}
FACTS: dict[Subject, dict[str, FactFunction]] = {
    Subject.IMAGE: _IMAGE,
    Subject.INSTALL: {
        **_IMAGE,
        "download-cache": image_facts.download_cache,
        "gpu-package": image_facts.gpu_package,
        "heavy": image_facts.heavy,
        "kept": image_facts.kept,
        "package": image_facts.package,
        "package-index": image_facts.package_index,
    },
    Subject.VARIABLE: {"beside": container_facts.beside, "text": container_facts.text},
    Subject.START: {
        "accelerator": container_facts.accelerator,
        "holds-model": container_facts.holds_model,
        "option": container_facts.option,
        "workers": container_facts.workers,
    },
    Subject.WORKLOAD: {
        "accelerators": container_facts.accelerators,
        "kind": container_facts.workload,
        "replicas": container_facts.replicas,
        "scaled": container_facts.scaled,
        "test": container_facts.test,
    },
    Subject.CONTAINER: {
        "accelerators": container_facts.accelerators,
        "image": container_facts.image,
        "resources": container_facts.resources,
        "workload": container_facts.workload,
    },
}
_KINDS = {
    Subject.IMAGE: frozenset({"output"}),
    Subject.INSTALL: frozenset(INSTALLERS),
    Subject.WORKLOAD: frozenset(
        {"deployment", "statefulset", "daemonset", "replicaset", "replicationcontroller", "job",
         "cronjob", "pod"}
    ),
    Subject.CONTAINER: frozenset({"kubernetes", "compose"}),
}  # fmt: skip


def known_facts(subject: Subject) -> frozenset[str]:
    """The names of all facts of a subject."""
    return frozenset(FACTS[subject])


def known_kinds(subject: Subject) -> frozenset[str]:
    """What cases may select a subject by; empty where that is a name that anyone may choose."""
    return _KINDS.get(subject, frozenset())
