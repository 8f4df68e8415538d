"""What platforms say of themselves without being asked: variables and files that they set.

Each rule asks for more than the one variable that names the region, because that one can be set by
anybody; the documents that promise the variables are linked.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from greenlint.carbon.region import Evidence, Strength
from greenlint.carbon.zones import cloud_region

Environ = Mapping[str, str]

_NAME = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")
_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):\d+:")
_CONTAINER_APPS = re.compile(r"(?:^|\.)([a-z0-9]+)(?:-\d+)?\.azurecontainerapps\.(?:io|cn|us)$")
_TOPOLOGY = re.compile(r'^topology\.kubernetes\.io/region="([a-z0-9-]+)"$', re.MULTILINE)
_CLOUD_INIT = {"aws": "aws", "azure": "azure", "gce": "gcp"}
_SDK_TARGETS = {
    "AWS_REGION": "aws",
    "AWS_DEFAULT_REGION": "aws",
    "CLOUDSDK_COMPUTE_REGION": "gcp",
    "CLOUD_ML_REGION": "gcp",
    "GOOGLE_CLOUD_LOCATION": "gcp",
    "GOOGLE_CLOUD_REGION": "gcp",
    "AZURE_LOCATION": "azure",
}


def platform_evidence(environ: Environ, root: Path) -> Iterator[Evidence]:
    """What the platform says that runs this process, one piece of evidence each."""
    for found in (
        _lambda(environ),
        _ecs(environ),
        _sagemaker(environ),
        _app_service(environ),
        _container_apps(environ),
        _cloud_run(environ),
        _kubernetes(environ, root / "etc" / "podinfo" / "labels"),
        _cloud_init(root / "run" / "cloud-init" / "instance-data.json"),
    ):
        if found:
            yield found


def weak_evidence(environ: Environ, known: Collection[str | None]) -> Iterator[Evidence]:
    """Variables that tell an SDK which region to talk to, unless better evidence says the same."""
    for variable, cloud in _SDK_TARGETS.items():
        region = _region(cloud, environ.get(variable, ""))
        if region and region not in known:
            detail = f"{variable} is where an SDK sends requests, not where this runs"
            yield Evidence(variable, Strength.WEAK, region, detail)


def _lambda(environ: Environ) -> Evidence | None:
    """Lambda reserves all three; SAM sets them too when it runs a function on a laptop.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    if not environ.get("AWS_LAMBDA_FUNCTION_NAME") or not environ.get("AWS_LAMBDA_RUNTIME_API"):
        return None
    if environ.get("AWS_SAM_LOCAL") or environ.get("LOCALSTACK_HOSTNAME"):
        return None
    return _platform("AWS Lambda", "aws", environ.get("AWS_REGION", ""), "AWS_REGION")


def _ecs(environ: Environ) -> Evidence | None:
    """ECS sets all of them, but a task definition may override AWS_REGION: then the two differ.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-environment-variables.html
    """
    address = environ.get("ECS_CONTAINER_METADATA_URI_V4", "")
    if not address.startswith("http://169.254.170.2/"):
        return None
    if not environ.get("AWS_EXECUTION_ENV", "").startswith("AWS_ECS_"):
        return None
    name, default = environ.get("AWS_REGION", ""), environ.get("AWS_DEFAULT_REGION", "")
    if name != default:
        detail = f"AWS_REGION={name} and AWS_DEFAULT_REGION={default} differ, so one was overridden"
        return Evidence("AWS ECS", Strength.PLATFORM, None, detail)
    return _platform("AWS ECS", "aws", name, "AWS_REGION")


def _sagemaker(environ: Environ) -> Evidence | None:
    """Training jobs are told their own name.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """
    found = _ARN.match(environ.get("TRAINING_JOB_ARN", ""))
    if found is None or not environ.get("TRAINING_JOB_NAME"):
        return None
    return _platform("Amazon SageMaker", "aws", found[1], "TRAINING_JOB_ARN")


def _app_service(environ: Environ) -> Evidence | None:
    """App Service and Functions; the tools that run a function locally set no instance.

    https://learn.microsoft.com/azure/app-service/reference-app-settings
    """
    if not environ.get("WEBSITE_SITE_NAME") or not environ.get("WEBSITE_INSTANCE_ID"):
        return None
    # "West Europe" in some plans, "westeurope" in others.
    name = environ.get("REGION_NAME", "").lower().replace(" ", "")
    return _platform("Azure App Service", "azure", name, "REGION_NAME")


def _container_apps(environ: Environ) -> Evidence | None:
    """The domain of an environment ends in its region.

    https://learn.microsoft.com/azure/container-apps/environment-variables
    """
    found = _CONTAINER_APPS.search(environ.get("CONTAINER_APP_ENV_DNS_SUFFIX", ""))
    if found is None or not environ.get("CONTAINER_APP_REPLICA_NAME"):
        return None
    variable = "CONTAINER_APP_ENV_DNS_SUFFIX"
    return _platform("Azure Container Apps", "azure", found[1], variable)


def _cloud_run(environ: Environ) -> Evidence | None:
    """Cloud Run names itself but no region: that only its metadata server tells.

    https://cloud.google.com/run/docs/container-contract
    """
    service = environ.get("K_SERVICE") and environ.get("K_REVISION")
    if not service and not environ.get("CLOUD_RUN_EXECUTION"):
        return None
    detail = "names no region in the environment; its metadata service does"
    return Evidence("Google Cloud Run", Strength.PLATFORM, None, detail)


def _kubernetes(environ: Environ, labels: Path) -> Evidence | None:
    """The label that the cluster puts on a pod, as a downward API volume shows it.

    https://kubernetes.io/docs/tasks/inject-data-application/downward-api-volume-expose-pod-information
    """
    if not environ.get("KUBERNETES_SERVICE_HOST"):
        return None
    found = _TOPOLOGY.search(_text(labels))
    if found is None:
        return None
    source = "Kubernetes topology label"
    region = cloud_region(found[1])
    if region is None:
        detail = f"topology.kubernetes.io/region={found[1]} is no region of a known cloud"
        return Evidence(source, Strength.PLATFORM, None, detail)
    detail = f"topology.kubernetes.io/region={found[1]} in {labels}"
    return Evidence(source, Strength.PLATFORM, region, detail)


def _cloud_init(path: Path) -> Evidence | None:
    """What cloud-init was told by the metadata service when the machine started.

    https://docs.cloud-init.io/en/latest/explanation/instance-data.html
    """
    try:
        match json.loads(_text(path) or "null"):
            case {"v1": {"cloud_name": str(cloud), "region": str(name)}}:
                prefix = _CLOUD_INIT.get(cloud)
                return _platform("cloud-init", prefix, name, str(path)) if prefix else None
            case _:
                return None
    except ValueError:
        return None


def _platform(source: str, cloud: str, name: str, where: str) -> Evidence:
    region = _region(cloud, name)
    detail = f"{where} names {name}" if region else f"{where} names no region"
    return Evidence(source, Strength.PLATFORM, region, detail)


def _region(cloud: str, name: str) -> str | None:
    return f"{cloud}:{name}" if _NAME.fullmatch(name) else None


def _text(path: Path) -> str:
    """The file; nothing when it is not there or not readable."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
