"""What is known of containers, workloads and their settings; None where it can't be told."""

from greenlint.lint.deployment.image_facts import purpose
from greenlint.lint.deployment.manifests import scaled as scaled_by
from greenlint.lint.deployment.packages import MODEL_PACKAGES, stage_installs
from greenlint.lint.deployment.shell import Command
from greenlint.lint.deployment.units import DeploymentFile, Unit
from greenlint.lint.facts.vocabulary import Answer, yes_or_no
from greenlint.lint.rule import Subject

_ABSENT, _PRESENT = Answer(frozenset({"absent"})), Answer(frozenset({"present"}))
_WORKER_OPTIONS = ("--workers", "-w", "--web-concurrency")


def beside(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether another variable is set as well: in the image, in the container, or in the file."""
    if unit.stage is not None and detail in unit.stage.environment:
        return yes_or_no(holds=True)
    return yes_or_no(
        any(other.name == detail for other in file.units if other.subject is unit.subject)
    )


def text(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """The value of a variable, where it is a literal."""
    del file, detail
    if unit.stage is not None:
        return Answer(value=unit.stage.environment.get(unit.name, ""))
    value = unit.container.environment.get(unit.name) if unit.container else None
    return None if value is None else Answer(value=value)


def workers(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """How many worker processes a server is told to start."""
    del file, detail
    variable = _environment(unit).get("WEB_CONCURRENCY")
    for option_name in _WORKER_OPTIONS:
        value = _option(unit.command, option_name)
        if value is not None:
            return Answer(value=int(value)) if value.isdecimal() else None
    if variable is not None:
        return Answer(value=int(variable)) if variable.isdecimal() else None
    return Answer(value=1)


def option(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether the command has an option, and which value."""
    del file
    if f"--{detail}" in unit.command:
        return Answer(frozenset({"present"}))
    value = _option(unit.command, f"--{detail}")
    return _ABSENT if value is None else Answer(frozenset({"present"}), value=value)


def accelerator(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether the container is given an accelerator, or the image made for one."""
    if unit.stage is not None:
        answer = purpose(file, unit, detail)
        return None if answer is None else yes_or_no("gpu" in answer.words)
    if unit.container is None:
        return None
    return yes_or_no(unit.container.accelerators != 0)


def holds_model(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether it loads models into the process: a library or its accelerator says so."""
    del file, detail
    if unit.stage is not None:
        return stage_installs(unit.stage, MODEL_PACKAGES)
    given = unit.container is not None and unit.container.accelerators != 0
    return yes_or_no(holds=True) if given else None


def accelerators(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """How many accelerators the container, or the pods of the workload, ask for; or `all`."""
    del file, detail
    if unit.subject is Subject.WORKLOAD and unit.workload is not None:
        return Answer(value=sum(c.accelerators or 0 for c in unit.workload.containers))
    if unit.container is None:
        return None
    count = unit.container.accelerators
    return Answer(frozenset({"all"})) if count is None else Answer(value=count)


def replicas(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """How many pods run."""
    del file, detail
    if unit.workload is None or unit.workload.replicas is None or not unit.workload.whole:
        return None
    return Answer(value=unit.workload.replicas)


def scaled(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether an autoscaler of this file, or of the project, scales the workload."""
    del detail
    if unit.workload is None:
        return None
    name = f"{unit.workload.kind}/{unit.workload.name}".lower()
    if name in scaled_in(file):
        return yes_or_no(holds=True)
    return Answer(frozenset({"no"}), open_to_project=True, question=f"scaled:{name}")


def scaled_in(file: DeploymentFile) -> frozenset[str]:
    """What autoscalers in a file scale, as `kind/name`."""
    return frozenset(name for document in file.documents for name in scaled_by(document))


def image(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """The image of a container."""
    del file, detail
    if unit.container is None or unit.container.image is None:
        return None
    return Answer(value=unit.container.image)


def resources(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether requests or limits are written, `resources.limits` for one of them."""
    del file
    if unit.container is None:
        return None
    found = unit.container.resources
    if unit.workload is not None and not unit.workload.whole and not found:
        return None
    if detail:
        return _PRESENT if found and detail in found else _ABSENT
    return _PRESENT if found else _ABSENT


def test(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """Whether the file serves tests or benchmarks."""
    del unit, detail
    return yes_or_no(file.is_test)


def workload(file: DeploymentFile, unit: Unit, detail: str) -> Answer | None:
    """The kind of the workload that a container is part of."""
    del file, detail
    return Answer(frozenset({unit.workload.kind if unit.workload else "none"}))


def _environment(unit: Unit) -> dict[str, str | None]:
    if unit.stage is not None:
        return dict(unit.stage.environment)
    return dict(unit.container.environment) if unit.container else {}


def _option(command: Command, name: str) -> str | None:
    for number, word in enumerate(command):
        if word == name:
            return command[number + 1] if number + 1 < len(command) else ""
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        # `-w4`, but not a longer option that begins alike.
        if not name.startswith("--") and word.startswith(name) and word[2:].isdecimal():
            return word[2:]
    return None
