"""What rules look at in a deployment file, one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from greenlint.errors import GreenlintError
from greenlint.lint.deployment import manifests
from greenlint.lint.deployment.dockerfile import Instruction, instructions
from greenlint.lint.deployment.manifests import Container, Workload
from greenlint.lint.deployment.packages import installer
from greenlint.lint.deployment.shell import Command
from greenlint.lint.deployment.stages import Stage, pairs, stages
from greenlint.lint.forms import Form
from greenlint.lint.rule import Subject
from greenlint.yaml_document import Document, Place
from greenlint.yaml_document.stream import load_stream

_TESTS = frozenset({
    "test", "tests", "testing", "testdata", "e2e", "fixtures", "regression", "benchmark",
    "benchmarks",
})  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One thing to look at; lines and `column` count from 1.

    `name` is what a rule selects it by. `stage` is the build stage that it is part of, `container`
    and `workload` are those of a manifest; `command` is what it runs.
    """

    subject: Subject
    name: str
    line: int
    end_line: int
    column: int = 1
    stage: Stage | None = None
    container: Container | None = None
    workload: Workload | None = None
    command: Command = ()
    instruction: Instruction | None = None


@dataclass(frozen=True)
class DeploymentFile:
    """A Dockerfile, or the documents of a manifest; `path` is the path as shown."""

    path: str
    stages: tuple[Stage, ...] = ()
    documents: tuple[Document, ...] = field(default=())

    @property
    def is_test(self) -> bool:
        """Whether it serves tests or benchmarks, by the directories that it lies in."""
        return not _TESTS.isdisjoint(self.path.lower().split("/")[:-1])

    @cached_property
    def outputs(self) -> tuple[Stage, ...]:
        """The stages that images are made of: those that serve no other."""
        return tuple(stage for stage in self.stages if not stage.used)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """Everything to look at, in the order of the file."""
        return (*_of_stages(self.stages, self.outputs), *_of_documents(self.documents))

    def kept(self, stage: Stage) -> bool:
        """Whether what a stage holds ends up in an image."""
        return any(stage in output.lineage() for output in self.outputs)


def read_file(text: str, form: Form, *, path: str) -> DeploymentFile:
    """The file in that text; GreenlintError where it is no YAML."""
    if form is Form.DOCKERFILE:
        return DeploymentFile(path, stages=tuple(stages(instructions(text))))
    documents = tuple(load_stream(text, path, error=GreenlintError))
    return DeploymentFile(path, documents=documents)


def _of_stages(all_stages: tuple[Stage, ...], outputs: tuple[Stage, ...]) -> Iterator[Unit]:
    for stage in all_stages:
        opening = stage.opening
        if stage in outputs:
            yield _unit(Subject.IMAGE, "output", opening, stage=stage)
        for instruction in stage.instructions:
            if instruction.keyword == "ENV":
                for name in pairs(instruction.value):
                    yield _unit(Subject.VARIABLE, name, instruction, stage=stage)
        for instruction, command in stage.runs():
            if tool := installer(command):
                yield _unit(Subject.INSTALL, tool, instruction, stage=stage, command=command)
        if stage in outputs and (started := stage.start()):
            instruction, command = started
            yield _unit(Subject.START, command[0], instruction, stage=stage, command=command)


def _unit(
    subject: Subject, name: str, instruction: Instruction, *, stage: Stage, command: Command = ()
) -> Unit:
    return Unit(
        subject,
        name,
        instruction.line,
        instruction.end_line,
        stage=stage,
        command=command,
        instruction=instruction,
    )


def _of_documents(documents: tuple[Document, ...]) -> Iterator[Unit]:
    for document in documents:
        for workload in manifests.workloads(document):
            yield _at(Subject.WORKLOAD, workload.kind, workload.replicas_place, workload=workload)
            for container in workload.containers:
                yield from _of_container(container, workload)
        if manifests.is_compose(document.data):
            for service in manifests.services(document):
                yield from _of_container(service, None)


def _of_container(container: Container, workload: Workload | None) -> Iterator[Unit]:
    yield _at(
        Subject.CONTAINER, container.kind, container.place, container=container, workload=workload
    )
    for name, place in container.variables.items():
        yield _at(Subject.VARIABLE, name, place, container=container, workload=workload)
    if container.start:
        yield Unit(
            Subject.START,
            container.start[0],
            container.start_place.line,
            container.start_place.line,
            container.start_place.column,
            container=container,
            workload=workload,
            command=container.start,
        )


def _at(
    subject: Subject,
    name: str,
    place: Place,
    *,
    container: Container | None = None,
    workload: Workload | None = None,
) -> Unit:
    return Unit(
        subject,
        name,
        place.line,
        place.line,
        place.column,
        container=container,
        workload=workload,
    )
