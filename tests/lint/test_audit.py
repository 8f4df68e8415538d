"""Audits of small projects: what shows a practice, and what does not."""

import json
import typing
from pathlib import Path

import pytest

from greenlint.errors import RuleError
from greenlint.lint.audit import Audit, audit
from greenlint.lint.practice import Follows
from greenlint.lint.practice_pack import load_practices
from greenlint.lint.rule_check import vocabulary_of
from greenlint.lint.ruleset import load_ruleset
from greenlint.policy.practices import Practice
from greenlint.policy.settings import LintSettings

TRAINING = """\
import torch
from torch.optim import AdamW
from timm import create_model

model = create_model("resnet50").cuda()
optimizer = AdamW(model.parameters())
"""


def follows(found: Audit, name: str) -> Follows:
    """What the audit says of one practice."""
    return next(r.follows for r in found.results if r.practice.name == name)


def seen(found: Audit, name: str) -> list[str]:
    """Where and how one practice was seen."""
    result = next(r for r in found.results if r.practice.name == name)
    return [f"{s.path}:{s.cell or ''}:{s.line} {s.seen}" for s in result.sightings]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that trains a model in 32-bit floats."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(TRAINING, "utf-8")
    return tmp_path


def test_a_policy_can_require_exactly_the_practices_that_there_are() -> None:
    catalog = load_ruleset(LintSettings()).catalog
    practices, _ = load_practices(vocabulary_of([catalog]))
    assert sorted(typing.get_args(Practice)) == [practice.name for practice in practices]
    for practice in practices:
        signs = practice.signs
        assert signs.cases or signs.imports or signs.dependencies or signs.files
        assert practice.advice.endswith(".")


def test_a_practice_is_seen_not_seen_or_does_not_apply(project: Path) -> None:
    found = audit(".")
    assert seen(found, "accelerator-use") == ['train.py::5 model = create_model("resnet50").cuda()']
    assert follows(found, "mixed-precision") is Follows.NOT_SEEN
    assert follows(found, "response-caching") is Follows.DOES_NOT_APPLY
    assert found.activities == ("training",)
    assert found.files == 1


@pytest.mark.parametrize(
    ("name", "file", "text", "expected"),
    [
        ("energy-tracking", "t.py", "from codecarbon import OfflineEmissionsTracker\n", "t.py::1"),
        ("energy-tracking", "requirements.txt", "codecarbon==3.3.2\n", "::0 requires codecarbon"),
        ("mixed-precision", "conf/ds.yaml", "x: 1\nbf16: true\n", "conf/ds.yaml::2 bf16: true"),
        ("slim-containers", "Dockerfile", "FROM python:3.13-slim\n", "Dockerfile::1"),
        (
            "mixed-precision",
            "a.py",
            "import torch\nwith torch.autocast('cuda'):\n    x\n",
            "a.py::2",
        ),
    ],
)
def test_each_kind_of_sign_is_a_place(
    project: Path, name: str, file: str, text: str, expected: str
) -> None:
    (project / file).parent.mkdir(exist_ok=True)
    (project / file).write_text(text, "utf-8")
    assert any(place.startswith(expected) for place in seen(audit("."), name))


def test_a_notebook_gives_cell_and_line(project: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Lab"], "metadata": {}},
        {"cell_type": "code", "source": ["x = 1\n", "import peft, trl"], "metadata": {}},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (project / "lab.ipynb").write_text(json.dumps(notebook), "utf-8")
    assert seen(audit("."), "parameter-efficient-tuning") == ["lab.ipynb:2:2 import peft"]


def test_what_is_tested_or_broken_shows_nothing(project: Path) -> None:
    (project / "tests").mkdir()
    (project / "tests" / "test_it.py").write_text("import codecarbon\n", "utf-8")
    (project / "broken.py").write_bytes(b"import codecarbon\nx = (\n\xff")
    assert follows(audit("."), "energy-tracking") is Follows.NOT_SEEN


def test_what_the_policy_requires_is_missing_only_where_it_applies(project: Path) -> None:
    found = audit(".", required=["mixed-precision", "response-caching", "accelerator-use"])
    assert [result.practice.name for result in found.missing] == ["mixed-precision"]


def test_a_mistake_in_a_practice_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "activities.yaml").write_text(
        "source: here and there\ndate: 2026-11-26\nactivities: {training: {imports: [torch]}}\n",
        "utf-8",
    )
    (tmp_path / "thrift.yaml").write_text(
        "name: thirft\nsummary: Thrift.\napplies-to: [trainin]\nadvice: Save.\nsource: a book\n"
        "date: 2026-11-26\nmatch: [{case: x, call: [a.b], where: {argumnt.x: 1}}]\n",
        "utf-8",
    )
    with pytest.raises(RuleError) as raised:
        load_practices(vocabulary_of([]), tmp_path)
    text = str(raised.value)
    assert "thrift.yaml:1:7: the practice is called `thirft`" in text
    assert "thrift.yaml:3:14: no activity is called `trainin` (did you mean `training`?)" in text
    assert "has no fact `argumnt`" in text
