"""Detection: what is believed, in which order, and what never is."""

import json
from pathlib import Path

import pytest

from greenlint.carbon.region import Detection, Evidence, Strength, detect

LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "answer",
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_REGION": "eu-north-1",
    "AWS_DEFAULT_REGION": "eu-north-1",
}
ECS = {
    "ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4/0123",
    "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
    "AWS_REGION": "eu-west-3",
    "AWS_DEFAULT_REGION": "eu-west-3",
}
APP_SERVICE = {
    "WEBSITE_SITE_NAME": "shop",
    "WEBSITE_INSTANCE_ID": "0a1b",
    "REGION_NAME": "Sweden Central",
}
CONTAINER_APPS = {
    "CONTAINER_APP_REPLICA_NAME": "shop--1-x",
    "CONTAINER_APP_ENV_DNS_SUFFIX": "calmsea-1a2b.francecentral.azurecontainerapps.io",
}
SAGEMAKER = {
    "TRAINING_JOB_NAME": "fit",
    "TRAINING_JOB_ARN": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/fit",
}


def detected(
    environ: dict[str, str], declared: str | None = None, root: Path = Path("/nowhere")
) -> Detection:
    return detect(declared, environ=environ, root=root)


@pytest.mark.parametrize(
    ("environ", "region", "source"),
    [
        (LAMBDA, "aws:eu-north-1", "AWS Lambda"),
        (ECS, "aws:eu-west-3", "AWS ECS"),
        (APP_SERVICE, "azure:swedencentral", "Azure App Service"),
        (CONTAINER_APPS, "azure:francecentral", "Azure Container Apps"),
        (SAGEMAKER, "aws:eu-west-1", "Amazon SageMaker"),
    ],
)
def test_a_platform_that_names_its_region_is_believed(environ, region, source) -> None:
    found = detected(environ)
    assert (found.region, found.strength) == (region, Strength.PLATFORM)
    assert [seen.source for seen in found.evidence] == [source]


@pytest.mark.parametrize(
    "environ",
    [
        {"AWS_REGION": "eu-north-1"},
        {"AWS_DEFAULT_REGION": "eu-north-1"},
        {"GOOGLE_CLOUD_LOCATION": "europe-north1"},
        LAMBDA | {"AWS_SAM_LOCAL": "true"},
        LAMBDA | {"LOCALSTACK_HOSTNAME": "localhost"},
        ECS | {"ECS_CONTAINER_METADATA_URI_V4": "http://example.org/v4"},
        ECS | {"AWS_EXECUTION_ENV": ""},
        ECS | {"AWS_REGION": "us-east-1"},
        {**LAMBDA, "AWS_LAMBDA_RUNTIME_API": ""},
    ],
    ids=str,
)
def test_what_anybody_could_have_set_is_shown_and_not_believed(environ) -> None:
    found = detected(environ)
    assert (found.region, found.strength) == (None, None)
    weak = [seen for seen in found.evidence if seen.strength is Strength.WEAK]
    assert weak
    assert "not where this runs" in weak[0].detail


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"AWS_REGION": "not a region!"},
        {"WEBSITE_SITE_NAME": "local", "REGION_NAME": "Sweden Central"},
        {"CONTAINER_APP_ENV_DNS_SUFFIX": CONTAINER_APPS["CONTAINER_APP_ENV_DNS_SUFFIX"]},
        {"TRAINING_JOB_ARN": "arn:aws:s3:::bucket", "TRAINING_JOB_NAME": "fit"},
    ],
    ids=str,
)
def test_half_a_platform_is_no_evidence(environ) -> None:
    assert detected(environ).evidence == ()


def test_cloud_run_names_itself_but_no_region() -> None:
    found = detected({"K_SERVICE": "api", "K_REVISION": "api-1"})
    assert found.region is None
    assert found.evidence[0].source == "Google Cloud Run"
    assert "metadata service" in found.evidence[0].detail


@pytest.mark.parametrize(
    ("label", "region"),
    [("europe-north1", "gcp:europe-north1"), ("eu-west-3", "aws:eu-west-3"), ("rack-7", None)],
)
def test_the_topology_label_of_a_pod_is_read(tmp_path, label, region) -> None:
    labels = tmp_path / "etc" / "podinfo" / "labels"
    labels.parent.mkdir(parents=True)
    labels.write_text(f'app="shop"\ntopology.kubernetes.io/region="{label}"\n', "utf-8")
    found = detected({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, root=tmp_path)
    assert found.region == region
    assert label in found.evidence[0].detail
    assert detected({}, root=tmp_path).evidence == ()


@pytest.mark.parametrize(
    ("data", "region"),
    [
        ({"v1": {"cloud_name": "gce", "region": "us-west1"}}, "gcp:us-west1"),
        ({"v1": {"cloud_name": "aws", "region": "us-east-2"}}, "aws:us-east-2"),
        ({"v1": {"cloud_name": "azure", "region": "westus3"}}, "azure:westus3"),
        ({"v1": {"cloud_name": "openstack", "region": "RegionOne"}}, None),
        ({"v1": {}}, None),
        ([], None),
    ],
)
def test_what_cloud_init_wrote_down_is_read(tmp_path, data, region) -> None:
    path = tmp_path / "run" / "cloud-init" / "instance-data.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(data), "utf-8")
    assert detected({}, root=tmp_path).region == region
    path.write_text("{", "utf-8")
    assert detected({}, root=tmp_path).region is None


def test_a_declaration_comes_first_and_is_held_against_the_platform() -> None:
    agreed = detected(LAMBDA, "zone:SE")
    assert (agreed.region, agreed.strength) == ("zone:SE", Strength.DECLARED)
    assert not agreed.contradiction
    doubtful = detected(LAMBDA | {"GREENLINT_REGION": "zone:FR"})
    assert doubtful.region == "zone:FR"
    assert doubtful.contradiction == "AWS Lambda says aws:eu-north-1"
    # What an SDK talks to says nothing about where this runs.
    assert not detected({"AWS_REGION": "us-east-1"}, "zone:FR").contradiction


def test_the_policy_declares_before_the_environment() -> None:
    found = detected({"GREENLINT_REGION": "zone:DE"}, "zone:FR")
    assert found.region == "zone:FR"
    assert [seen.region for seen in found.evidence] == ["zone:FR", "zone:DE"]


def test_a_declaration_that_is_no_region_is_shown_and_not_used() -> None:
    found = detected({"GREENLINT_REGION": "Sweden"})
    assert found.region is None
    assert "write one such as aws:eu-north-1" in found.evidence[0].detail


def test_platforms_that_contradict_each_other_leave_the_region_unknown() -> None:
    found = detected(LAMBDA | SAGEMAKER)
    assert found.region is None
    assert "AWS Lambda says aws:eu-north-1 and Amazon SageMaker says aws:eu-west-1" in found.reason


def test_the_metadata_service_is_believed_after_the_platform() -> None:
    def metadata(environ):
        return (Evidence("a service", Strength.METADATA, "gcp:us-west1", "answered"),)

    asked = detect(environ={"AWS_REGION": "x-1"}, root=Path("/nowhere"), metadata=metadata)
    assert (asked.region, asked.strength) == ("gcp:us-west1", Strength.METADATA)
    lambda_ = detect(environ=LAMBDA, root=Path("/nowhere"), metadata=metadata)
    assert lambda_.region == "aws:eu-north-1"
