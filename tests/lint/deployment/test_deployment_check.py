"""`greenlint check` takes deployment files as it takes code: found, counted, suppressed, cached."""

from pathlib import Path

import pytest

from greenlint.lint.engine import CheckRequest, CheckResult, check
from greenlint.lint.forms import Form, form_of
from greenlint.lint.ruleset import load_ruleset
from greenlint.policy.settings import LintSettings

WASTE = "FROM python:3.12-slim\nRUN pip install torch\n"


IGNORE = "# greenlint: ignore[pip-cache-in-image]"


def run(directory: Path, *paths: str) -> CheckResult:
    settings = LintSettings(
        select=("pip-cache-in-image", "unlimited-resources"), root=str(directory)
    )
    request = CheckRequest(paths or (".",), settings, load_ruleset(settings), jobs=1)
    return check(request)


def found(result: CheckResult) -> list[str]:
    return [f"{one.path}:{one.span.line} {one.rule}" for one in result.findings]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Dockerfile", Form.DOCKERFILE),
        ("docker/Dockerfile.gpu", Form.DOCKERFILE),
        ("serve.dockerfile", Form.DOCKERFILE),
        ("Containerfile", Form.DOCKERFILE),
        ("Dockerfile.dockerignore", None),
        ("Dockerfile.j2", None),
        ("dockerfile_parser.py", Form.PYTHON),
        ("compose.yaml", Form.MANIFEST),
        ("a.yml", Form.MANIFEST),
        ("README.md", None),
    ],
)
def test_form_is_told_by_the_name(name: str, form: Form | None):
    assert form_of(name) is form


def test_files_are_found_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text(WASTE)
    (tmp_path / "ci.yaml").write_text("jobs: {}\n")
    (tmp_path / "deploy.yaml").write_text("apiVersion: v1\nkind: Service\n")
    (tmp_path / "chart.yaml").write_text("apiVersion: v1\nkind: X\nname: {{ .Values.name }}\n")
    (tmp_path / "broken.yaml").write_text("apiVersion: v1\nkind: Pod\nspec: [\nimage: x\n")
    result = run(tmp_path)
    assert found(result) == ["Dockerfile:2 pip-cache-in-image", "broken.yaml:5 unreadable-file"]
    summary = result.summary
    assert (summary.checked, summary.skipped_templates, summary.not_manifests) == (3, 1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN pip install a", ["2 pip-cache-in-image"]),
        ("# greenlint: ignore[pip-cache-in-image] small\nRUN pip install a", []),
        ("RUN true && \\\n# greenlint: ignore[pip-cache-in-image] small\n  pip install a", []),
        ("# greenlint: ignore[pip-cache-in-image] none\nRUN true", ["2 unused-suppression"]),
        ("# greenlint: ignore-file[pip-cache-in-image] all\nRUN true\nRUN pip install a", []),
        (f"RUN <<E\n{IGNORE}\npip install a\nE", ["2 pip-cache-in-image"]),
    ],
)  # fmt: skip
def test_comments_in_a_dockerfile_suppress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: list[str]
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text(f"FROM a\n{text}\n")
    assert found(run(tmp_path)) == [f"Dockerfile:{line}" for line in expected]


POD = """\
apiVersion: apps/v1
kind: DaemonSet
spec:
  selector: {{}}
  template:
    {above}
    spec:
      containers:
        - name: a {beside}
          image: ollama/ollama:1
"""
COMMENT = "# greenlint: ignore[unlimited-resources] shared machine"


@pytest.mark.parametrize(
    ("above", "beside", "expected"),
    [
        ("", "", ["pod.yaml:9 unlimited-resources"]),
        ("", COMMENT, []),
        (COMMENT, "", []),
    ],
)
def test_comments_in_yaml_suppress_their_line_or_the_block_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, above: str, beside: str, expected: list[str]
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pod.yaml").write_text(POD.format(above=above, beside=beside))
    assert found(run(tmp_path)) == expected


def test_code_and_deployment_files_keep_to_their_own_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build.py").write_text(f'TEXT = """{WASTE}"""\n')
    (tmp_path / "Dockerfile.api").write_text("FROM a\nRUN python -c 'import torch'\n")
    assert found(run(tmp_path)) == []
