"""Kubernetes manifests and Compose files: what runs, with what, and where it is written."""

import pytest

from greenlint.errors import GreenlintError
from greenlint.lint.deployment.container_facts import scaled_in
from greenlint.lint.deployment.units import DeploymentFile, Unit, read_file
from greenlint.lint.forms import Form
from greenlint.lint.rule import Subject
from greenlint.yaml_document.stream import load_stream


def read(text: str) -> DeploymentFile:
    return read_file(text, Form.MANIFEST, path="manifest.yaml")


def units(text: str, subject: Subject) -> list[Unit]:
    return [unit for unit in read(text).units if unit.subject is subject]


PODS = """\
apiVersion: v1
kind: List
items:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: a}
    spec:
      replicas: 2
      selector: {}
      template:
        spec:
          containers:
            - name: one
              image: x
              env: [{name: A, value: "1"}, {name: B, valueFrom: {}}]
              args: [uvicorn, "a:b"]
              resources: {limits: {nvidia.com/gpu: "2"}, requests: {nvidia.com/gpu: "2"}}
  - apiVersion: batch/v1
    kind: CronJob
    spec:
      jobTemplate: {spec: {template: {spec: {containers: [{name: two, image: y}]}}}}
---
apiVersion: v1
kind: Pod
spec:
  containers: [{name: three}]
---
apiVersion: v1
kind: Service
spec: {containers: [{name: none}]}
"""


def test_every_kind_of_workload_has_its_containers():
    found = units(PODS, Subject.CONTAINER)
    assert [(unit.workload.kind, unit.container.name) for unit in found] == [
        ("deployment", "one"),
        ("cronjob", "two"),
        ("pod", "three"),
    ]
    one = found[0].container
    assert (one.accelerators, one.start, one.environment) == (
        2, ("uvicorn", "a:b"), {"A": "1", "B": None},
    )  # fmt: skip
    assert found[0].line == 13


def test_workload_stands_at_its_replicas():
    deployment, cronjob, pod = units(PODS, Subject.WORKLOAD)
    assert (deployment.line, deployment.workload.replicas) == (8, 2)
    assert (cronjob.name, pod.name) == ("cronjob", "pod")


COMPOSE = """\
x-common: &common
  environment: {A: 1}
services:
  web:
    <<: *common
    image: w
    command: uvicorn a:b --workers 4
    gpus: all
  model:
    build: .
    environment:
      - B=2
      - C
    deploy:
      resources:
        reservations:
          devices:
            - {driver: nvidia, count: 2, capabilities: [gpu]}
"""


def test_services_have_what_they_merge_and_reserve():
    web, model = (unit.container for unit in units(COMPOSE, Subject.CONTAINER))
    assert (web.environment, web.accelerators, web.start[0]) == ({"A": "1"}, None, "uvicorn")
    assert (model.environment, model.accelerators) == ({"B": "2", "C": None}, 2)
    assert {unit.name: unit.line for unit in units(COMPOSE, Subject.VARIABLE)}["B"] == 12


@pytest.mark.parametrize(
    "text", ["", "a: 1", "services: [1]", "services: {a: 1}", "- 1", "kind: x"]
)
def test_other_yaml_has_nothing_to_look_at(text: str):
    assert read(text).units == ()


def test_anything_with_a_scale_target_scales():
    text = """\
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
spec: {scaleTargetRef: {name: Chat}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
spec: {scaleTargetRef: {kind: StatefulSet, name: x}}
"""
    assert scaled_in(read(text)) == {"deployment/chat", "statefulset/x"}


def test_stream_reads_tags_merges_and_repeated_keys():
    first, second = load_stream('a: !x 1\na: "2"\n---\n<<: [{b: 1}, {b: 2, c: yes}]\nc: 3\n', "x")
    assert (first.data, second.data) == ({"a": "2"}, {"b": 1, "c": 3})
    assert (second.place(("c",)).line, first.place(("a",)).line) == (5, 2)


BOMB = "a: &a [1]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "x:2:1: is not YAML"),
        (BOMB, "once aliases are filled in"),
        ("a: &a [*a]", "once aliases are filled in"),
        ("[" * 200, "not YAML"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, problem: str):
    with pytest.raises(GreenlintError, match=problem.replace(".", r"\.")):
        list(load_stream(text, "x"))
