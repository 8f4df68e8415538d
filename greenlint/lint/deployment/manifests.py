"""Kubernetes manifests and Compose files: workloads, their containers, and what scales them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from greenlint.lint.deployment.shell import Command, without_wrapper, words
from greenlint.yaml_document import Document, Location, Place

_WORKLOADS = frozenset({
    "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job",
    "CronJob", "Pod",
})  # fmt: skip
_WITHOUT_SELECTOR = frozenset({"Job", "CronJob", "Pod", "ReplicationController"})
_ACCELERATORS = (
    "nvidia.com/",
    "amd.com/gpu",
    "google.com/tpu",
    "habana.ai/",
    "gpu.intel.com/",
    "aws.amazon.com/neuron",
)


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod, or a service of a Compose file; `place` is that of its name.

    `environment` maps a variable to its value (None: not a literal) and `variables` to its place.
    `resources` is None where none are written; `accelerators` counts those it asks for, None for
    all that the machine has.
    """

    kind: str
    name: str
    image: str | None
    place: Place
    environment: Mapping[str, str | None]
    variables: Mapping[str, Place]
    resources: Mapping[str, Any] | None
    accelerators: int | None
    start: Command
    start_place: Place


@dataclass(frozen=True, slots=True)
class Workload:
    """A Kubernetes object that runs pods; `replicas` is None where it is not a literal number.

    One that is not `whole` is a patch: what it lacks may stand where it is applied.
    """

    kind: str
    name: str
    place: Place
    replicas: int | None
    replicas_place: Place
    containers: tuple[Container, ...]
    whole: bool


def is_kubernetes(data: object) -> bool:
    """Whether a document is a Kubernetes object."""
    return isinstance(data, dict) and isinstance(data.get("kind"), str) and "apiVersion" in data


def is_compose(data: object) -> bool:
    """Whether a document is a Compose file."""
    services = data.get("services") if isinstance(data, dict) else None
    return isinstance(services, dict) and all(
        isinstance(service, dict) and not service.keys().isdisjoint({"image", "build", "extends"})
        for service in services.values()
    )


def workloads(document: Document) -> Iterator[Workload]:
    """The workloads of a Kubernetes document, also those in a List."""
    for at, item in _objects(document):
        if item.get("kind") in _WORKLOADS:
            yield _workload(document, at, item)


def services(document: Document) -> Iterator[Container]:
    """The services of a Compose file."""
    for name, service in document.data["services"].items():
        at: Location = ("services", name)
        yield Container(
            kind="compose",
            name=name,
            image=_text(service.get("image")),
            place=document.place(at, key=True),
            **_variables(document, at, service),
            resources=_mapping(_mapping(service.get("deploy")).get("resources")) or None,
            accelerators=_devices(service),
            start=_start(service.get("entrypoint"), service.get("command")),
            start_place=_start_place(document, at, service, ("command", "entrypoint")),
        )


def scaled(document: Document) -> Iterator[str]:
    """What an autoscaler in the document scales, as `kind/name` in small letters."""
    for _, item in _objects(document):
        # HorizontalPodAutoscaler, KEDA's ScaledObject, and those of their kind.
        if target := _mapping(_mapping(item.get("spec")).get("scaleTargetRef")):
            yield f"{target.get('kind', 'Deployment')}/{target.get('name', '')}".lower()


def _objects(document: Document) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    if not is_kubernetes(document.data):
        return
    if document.data["kind"] != "List":
        yield (), document.data
        return
    for number, item in enumerate(_list(document.data.get("items"))):
        if is_kubernetes(item):
            yield ("items", number), item


def _workload(document: Document, at: Location, item: Mapping[str, Any]) -> Workload:
    spec_at, pod_at = _pod(at, item["kind"])
    spec = _mapping(_at(item, spec_at[len(at) :]))
    pod = _mapping(_at(item, pod_at[len(at) :]))
    replicas = spec.get("replicas", 1)
    replicas_at = (*spec_at, "replicas")
    found = tuple(
        _container(document, (*pod_at, key, number), container)
        for key in ("containers",)
        for number, container in enumerate(_list(pod.get(key)))
        if isinstance(container, dict)
    )
    return Workload(
        kind=item["kind"].lower(),
        name=str(_mapping(item.get("metadata")).get("name", "")),
        place=document.place((*at, "kind"), key=True),
        replicas=replicas if isinstance(replicas, int) else None,
        replicas_place=document.place(replicas_at, key=True)
        if replicas_at in document.keys
        else document.place((*at, "kind"), key=True),
        containers=found,
        whole="selector" in spec or item["kind"] in _WITHOUT_SELECTOR,
    )


def _pod(at: Location, kind: str) -> tuple[Location, Location]:
    """Where the spec of a workload and of its pods stand."""
    match kind:
        case "Pod":
            return (*at, "spec"), (*at, "spec")
        case "CronJob":
            spec: Location = (*at, "spec", "jobTemplate", "spec")
            return spec, (*spec, "template", "spec")
        case _:
            return (*at, "spec"), (*at, "spec", "template", "spec")


def _container(document: Document, at: Location, container: Mapping[str, Any]) -> Container:
    limits = _mapping(_mapping(container.get("resources")).get("limits"))
    requests = _mapping(_mapping(container.get("resources")).get("requests"))
    resources = container.get("resources")
    return Container(
        kind="kubernetes",
        name=str(container.get("name", "")),
        image=_text(container.get("image")),
        place=document.place((*at, "name"), key=True),
        **_variables(document, at, container),
        resources=resources if isinstance(resources, dict) else None,
        accelerators=_count({**requests, **limits}),
        start=_start(container.get("command"), container.get("args")),
        start_place=_start_place(document, at, container, ("args", "command")),
    )


def _variables(document: Document, at: Location, holder: Mapping[str, Any]) -> dict[str, Any]:
    """Environment variables in the forms of Kubernetes (`env`) and Compose (`environment`)."""
    values: dict[str, str | None] = {}
    places: dict[str, Place] = {}
    for key in ("env", "environment"):
        match holder.get(key):
            case dict() as entries:
                for name, value in entries.items():
                    values[name] = _text(value)
                    places[name] = document.place((*at, key, name), key=True)
            case list() as entries:
                for number, entry in enumerate(entries):
                    name, value = _entry(entry)
                    if name:
                        values[name] = value
                        places[name] = document.place((*at, key, number))
            case _:
                continue
    return {"environment": values, "variables": places}


def _entry(entry: object) -> tuple[str, str | None]:
    match entry:
        case {"name": str(name), **rest}:
            return name, _text(rest.get("value"))
        case str(text):
            name, equals, value = text.partition("=")
            return name, value if equals else None
        case _:
            return "", None


def _start(entry: object, arguments: object) -> Command:
    """What a container runs, as far as the manifest says."""
    return without_wrapper((*_words(entry), *_words(arguments)))


def _words(value: object) -> Command:
    match value:
        case list():
            return tuple(str(word) for word in value)
        case str():
            return words(value)
        case _:
            return ()


def _start_place(
    document: Document, at: Location, holder: Mapping[str, Any], keys: tuple[str, ...]
) -> Place:
    key = next((key for key in keys if key in holder), None)
    return document.place((*at, key), key=True) if key else document.place(at)


def _count(resources: Mapping[str, Any]) -> int:
    """How many accelerators are asked for."""
    total = 0
    for name, amount in resources.items():
        if name.startswith(_ACCELERATORS):
            text = str(amount)
            total += int(text) if text.isdecimal() else 1
    return total


def _devices(service: Mapping[str, Any]) -> int | None:
    """How many accelerators a Compose service reserves; None for all."""
    if service.get("gpus") == "all" or service.get("runtime") == "nvidia":
        return None
    reservations = _mapping(
        _mapping(_mapping(service.get("deploy")).get("resources")).get("reservations")
    )
    total = 0
    for device in _list(reservations.get("devices")):
        if "gpu" not in _list(_mapping(device).get("capabilities")):
            continue
        match device.get("count", "all"), device.get("device_ids"):
            case _, list(ids):
                total += len(ids)
            case int(count), _:
                total += count
            case _:
                return None
    return total


def _at(data: Any, location: Location) -> Any:  # noqa: ANN401 - whatever the YAML holds
    for part in location:
        data = _mapping(data).get(part) if isinstance(part, str) else _list(data)[part]
    return data


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    match value:
        case bool() | None | list() | dict():
            return str(value).lower() if isinstance(value, bool) else None
        case _:
            return str(value)
