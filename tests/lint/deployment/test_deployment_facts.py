"""What is known of images, installs, start commands and containers; None where nothing is."""

import pytest

from greenlint.lint.deployment.packages import packages_in
from greenlint.lint.deployment.shell import words
from greenlint.lint.deployment.units import read_file
from greenlint.lint.deployment.vocabulary import FACTS, known_facts
from greenlint.lint.forms import Form
from greenlint.lint.rule import Subject


def answer(
    text: str, subject: Subject, fact: str, detail: str = "", *, path: str = "Dockerfile"
) -> object:
    """The answer of a fact on the last unit of that kind: its value, its words, or None."""
    form = Form.MANIFEST if "services:" in text or "apiVersion:" in text else Form.DOCKERFILE
    file = read_file(text, form, path=path)
    unit = [unit for unit in file.units if unit.subject is subject][-1]
    found = FACTS[subject][fact](file, unit, detail)
    if found is None:
        return None
    return found.value if found.value is not None else " ".join(sorted(found.words))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM nvidia/cuda:12.4.1-runtime", "gpu"),
        ("FROM public.ecr.aws/lambda/python:3.12", "cpu"),
        ("FROM a\nENV CUDA_VISIBLE_DEVICES=-1", "cpu"),
        ("FROM a\nENV NVIDIA_VISIBLE_DEVICES=all", "gpu"),
        ("FROM a AS cpu", "cpu"),
        ("FROM nvidia/cuda:12 AS cpu", None),
        ("FROM a", None),
    ],
)
def test_purpose_of_an_image(text: str, expected: str | None):
    assert answer(text, Subject.IMAGE, "purpose") == expected


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("pip install flask", "no"),
        ("apt-get install -y build-essential", "yes"),
        ("pip install flash-attn==2.5", "yes"),
        ("pip install -r requirements.txt", None),
        ("./install.sh", None),
        ("bash setup.sh", None),
    ],
)
def test_whether_an_image_compiles(run: str, expected: str | None):
    assert answer(f"FROM a\nRUN {run}", Subject.IMAGE, "compiles") == expected


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("pip install torch", "default"),
        ("pip install torch --index-url https://download.pytorch.org/whl/cpu", "cpu"),
        ("pip install torch==2.4.0+cpu", "cpu"),
        ("pip install torch --index-url https://download.pytorch.org/whl/cu121", "cuda"),
        ("pip install torch --extra-index-url https://example.org", "other"),
        ("pip install torch -i $INDEX", None),
    ],
)
def test_index_of_an_install(run: str, expected: str | None):
    assert answer(f"FROM a\nRUN {run}", Subject.INSTALL, "package-index") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN pip install a", "kept"),
        ("RUN pip install a && pip cache purge", "dropped"),
        ("RUN conda install a && conda clean -a", "dropped"),
        ("RUN conda install a", "kept"),
        ("ENV PIP_NO_CACHE_DIR=0\nRUN pip install a", "kept"),
        ("ARG PIP_NO_CACHE_DIR=1\nRUN pip install a", "dropped"),
        ("RUN echo no-cache-dir > pip.conf && pip install a", None),
        ("RUN pip install -U pip setuptools", None),
        ("RUN pip install ./dist/a.whl", None),
    ],
)
def test_cache_of_an_install(text: str, expected: str | None):
    assert answer(f"FROM a\n{text}", Subject.INSTALL, "download-cache") == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pip install -r a.txt b 'c[x]>=1' --index-url u", {None, "b", "c"}),
        ("pip install -e . git+https://x/y ./z $W", {None}),
        ("pip install -rrequirements.txt", {None}),
        ("uv sync", {None}),
        ("uv add Torch_Vision", {"torch-vision"}),
        ("conda install -n env -c conda-forge pytorch", {"pytorch"}),
    ],
)
def test_packages_of_a_command(command: str, expected: set[str | None]):
    assert set(packages_in(words(command))) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("uvicorn a:b", 1),
        ("uvicorn a:b --workers 4", 4),
        ("uvicorn a:b --workers=4", 4),
        ("gunicorn -w4 a:b", 4),
        ("gunicorn -w $N a:b", None),
        ("gunicorn a:b --workers", None),
    ],
)
def test_workers_of_a_start_command(command: str, expected: int | None):
    assert answer(f"FROM a\nCMD {command}", Subject.START, "workers") == expected


def test_workers_may_stand_in_the_environment():
    assert answer("FROM a\nENV WEB_CONCURRENCY=3\nCMD uvicorn a:b", Subject.START, "workers") == 3
    text = "services: {a: {image: x, command: uvicorn a:b, environment: {WEB_CONCURRENCY: 2}}}"
    assert answer(text, Subject.START, "workers") == 2


SERVICE = "services: {{a: {{image: x, command: uvicorn a:b --log-level=info --reload, {extra}}}}}"


@pytest.mark.parametrize(
    ("fact", "detail", "extra", "expected"),
    [
        ("accelerator", "", "gpus: all", "yes"),
        ("accelerator", "", "init: true", "no"),
        ("holds-model", "", "runtime: nvidia", "yes"),
        ("holds-model", "", "init: true", None),
        ("option", "reload", "init: true", "present"),
        ("option", "log-level", "init: true", "info"),
        ("option", "preload", "init: true", "absent"),
    ],
)
def test_service_that_starts_a_server(fact: str, detail: str, extra: str, expected: str | None):
    assert answer(SERVICE.format(extra=extra), Subject.START, fact, detail) == expected


CONTAINER = "services: {{a: {{image: x, {extra}}}}}"


@pytest.mark.parametrize(
    ("fact", "detail", "extra", "expected"),
    [
        ("accelerators", "", "gpus: all", "all"),
        ("accelerators", "", "init: true", 0),
        ("resources", "", "deploy: {resources: {limits: {cpus: 1}}}", "present"),
        ("resources", "limits", "deploy: {resources: {limits: {cpus: 1}}}", "present"),
        ("resources", "requests", "deploy: {resources: {limits: {cpus: 1}}}", "absent"),
        ("image", "", "init: true", "x"),
        ("workload", "", "init: true", "none"),
    ],
)
def test_service(fact: str, detail: str, extra: str, expected: object):
    text = CONTAINER.format(extra=extra)
    assert answer(text, Subject.CONTAINER, fact, detail) == expected


def test_variable_has_its_text_and_its_neighbors():
    image = "FROM a\nENV A=1 B=2"
    assert answer(image, Subject.VARIABLE, "text") == "2"
    assert answer(image, Subject.VARIABLE, "beside", "A") == "yes"
    service = "services: {a: {image: x, environment: [A=1, B]}}"
    assert answer(service, Subject.VARIABLE, "text") is None
    assert answer(service, Subject.VARIABLE, "beside", "C") == "no"


@pytest.mark.parametrize("subject", [subject for subject in Subject if not subject.of_code])
def test_facts_have_no_answer_on_what_lies_elsewhere(subject: Subject):
    """Each fact of a subject takes every unit of that subject, of either kind of file."""
    docker = "FROM $BASE\nENV A=1\nRUN pip install $X\nCMD $Y z"
    kubernetes = (
        "apiVersion: v1\nkind: Deployment\nspec: {replicas: x, template: {spec: {containers: "
        "[{name: a, args: [uvicorn], env: [{name: A}]}]}}}"
    )
    for text, form in ((docker, Form.DOCKERFILE), (kubernetes, Form.MANIFEST)):
        file = read_file(text, form, path="x")
        for unit in file.units:
            if unit.subject is subject:
                for fact in known_facts(subject):
                    FACTS[subject][fact](file, unit, "a")
