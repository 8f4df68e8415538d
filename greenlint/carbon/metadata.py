"""Asks the clouds' metadata services where this machine is: only on request, once, within a second.

The addresses are link-local, so nothing leaves the machine's network; `http.client` knows no
proxies, so none is asked on the way.
"""

import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from greenlint.carbon.region import Evidence, Strength
from greenlint.units import Seconds

LINK_LOCAL = "169.254.169.254"
DEADLINE = Seconds(1.0)
_LONGEST_ANSWER = 65_536
_ZONE_SUFFIX = re.compile(r"-?[a-z]$")
_ECS_HOST = "169.254.170.2"


@dataclass(frozen=True, slots=True)
class MetadataServices:
    """Where the services answer, as `host` or `host:port`; tests name servers of their own."""

    aws: str = LINK_LOCAL
    gcp: str = LINK_LOCAL
    azure: str = LINK_LOCAL
    ecs: str = _ECS_HOST
    deadline: Seconds = DEADLINE


_answers: dict[MetadataServices, tuple[Evidence, ...]] = {}
_asking = threading.Lock()


def ask_metadata(
    environ: Mapping[str, str], services: MetadataServices | None = None
) -> tuple[Evidence, ...]:
    """What the services say, all asked at the same time; kept for the life of the process."""
    services = services or MetadataServices()
    with _asking:
        if services not in _answers:
            _answers[services] = _ask_all(environ, services)
        return _answers[services]


def _ask_all(environ: Mapping[str, str], services: MetadataServices) -> tuple[Evidence, ...]:
    questions: dict[str, Callable[[Seconds], str | None]] = {
        "AWS instance metadata": partial(_aws, services.aws),
        "Google Cloud metadata": partial(_gcp, services.gcp),
        "Azure instance metadata": partial(_azure, services.azure),
    }
    task = urlsplit(environ.get("ECS_CONTAINER_METADATA_URI_V4", ""))
    # Anybody can set a variable; only the address of ECS itself is asked.
    if task.netloc == services.ecs:
        questions["AWS ECS task metadata"] = partial(_ecs, services.ecs, f"{task.path}/task")
    found: SimpleQueue[tuple[str, str | None]] = SimpleQueue()
    for source, question in questions.items():
        # Daemons, so that a service that trickles its answer keeps no process from ending.
        threading.Thread(
            target=_put_answer, args=(found, source, question, services.deadline), daemon=True
        ).start()
    return tuple(_collect(found, len(questions), services.deadline))


def _collect(
    found: "SimpleQueue[tuple[str, str | None]]", awaited: int, deadline: Seconds
) -> list[Evidence]:
    end = time.monotonic() + deadline
    evidence = []
    for _ in range(awaited):
        try:
            source, region = found.get(timeout=max(end - time.monotonic(), 0))
        except Empty:
            break
        if region:
            detail = f"the service answered {region.partition(':')[2]}"
            evidence.append(Evidence(source, Strength.METADATA, region, detail))
    return sorted(evidence, key=lambda seen: seen.source)


def _put_answer(
    found: "SimpleQueue[tuple[str, str | None]]",
    source: str,
    question: Callable[[Seconds], str | None],
    deadline: Seconds,
) -> None:
    try:
        region = question(deadline)
    except (OSError, http.client.HTTPException, ValueError):
        region = None
    found.put((source, region))


def _aws(host: str, timeout: Seconds) -> str | None:
    """IMDSv2, whose token no server-side request forgery can get with a plain GET.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
    """
    lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    token = _request(host, "/latest/api/token", lifetime, timeout, method="PUT")
    if token is None:
        return None
    path = "/latest/meta-data/placement/region"
    return _region("aws", _request(host, path, {"X-aws-ec2-metadata-token": token}, timeout))


def _gcp(host: str, timeout: Seconds) -> str | None:
    """Cloud Run tells a region, Compute Engine a zone in it; both sign their answers.

    https://cloud.google.com/compute/docs/metadata/querying-metadata
    """
    headers = {"Metadata-Flavor": "Google"}
    for kind in ("region", "zone"):
        path = f"/computeMetadata/v1/instance/{kind}"
        answer = _request(host, path, headers, timeout, signature=("Metadata-Flavor", "Google"))
        if answer and f"/{kind}s/" in answer:
            name = answer.rpartition("/")[2]
            return _region("gcp", _ZONE_SUFFIX.sub("", name) if kind == "zone" else name)
    return None


def _azure(host: str, timeout: Seconds) -> str | None:
    """https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service."""
    path = "/metadata/instance/compute/location?api-version=2021-02-01&format=text"
    return _region("azure", _request(host, path, {"Metadata": "true"}, timeout))


def _ecs(host: str, path: str, timeout: Seconds) -> str | None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html."""
    match json.loads(_request(host, path, {}, timeout) or "null"):
        case {"AvailabilityZone": str(zone)}:
            return _region("aws", _ZONE_SUFFIX.sub("", zone))
        case _:
            return None


def _region(cloud: str, name: str | None) -> str | None:
    if name is None or not re.fullmatch(r"[a-z0-9-]+", name):
        return None
    return f"{cloud}:{name}"


def _request(
    host: str,
    path: str,
    headers: Mapping[str, str],
    timeout: Seconds,
    *,
    method: str = "GET",
    signature: tuple[str, str] | None = None,
) -> str | None:
    """The body of a plain answer; None for any other, or one that lacks its signature."""
    connection = http.client.HTTPConnection(host, timeout=timeout)
    try:
        connection.request(method, path, headers=dict(headers))
        response = connection.getresponse()
        if response.status != http.client.OK:
            return None
        if signature and response.getheader(signature[0]) != signature[1]:
            return None
        return response.read(_LONGEST_ANSWER).decode("ascii").strip()
    finally:
        connection.close()
