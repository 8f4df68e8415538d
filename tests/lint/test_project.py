"""Project roots, and what their configuration declares."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenlint.lint.project import Projects, declared_facts, dependencies

PRECISION = "config:mixed-precision"
STOPPING = "config:early-stopping"
CACHE = "config:response-cache"


@pytest.mark.parametrize(
    "marker",
    ["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "requirements-dev.in", ".git"],
)
def test_the_nearest_directory_with_a_marker_is_the_root(tmp_path: Path, marker: str) -> None:
    inner = tmp_path / "outer" / "inner"
    (inner / "pkg").mkdir(parents=True)
    (tmp_path / "outer" / "setup.py").touch()
    (inner / marker).touch()
    projects = Projects(str(tmp_path))
    assert projects.root_of(str(inner / "pkg" / "a.py")) == str(inner)
    assert projects.root_of(str(inner / "b.py")) == str(inner)
    assert projects.root_of(str(tmp_path / "outer" / "c.py")) == str(tmp_path / "outer")


def test_without_a_marker_the_fallback_is_the_root(tmp_path: Path) -> None:
    assert Projects("fallback").root_of(str(tmp_path / "gone" / "a.py")) == "fallback"


FILES = {
    "pyproject.toml": """\
[project]
dependencies = ["Torch>=2", "hydra_core[x] ; python_version > '3'", 7]
[project.optional-dependencies]
dev = ["pytest"]
[dependency-groups]
lint = ["ruff", {include-group = "x"}]
[tool.poetry.dependencies]
python = "^3.11"
openai = "*"
[tool.poetry.group.g.dependencies]
peft = "*"
""",
    "setup.cfg": "[options]\ninstall_requires =\n  numpy>=1\n  scipy\n"
    "[options.extras_require]\nall = timm\n",
    "setup.py": "setup(install_requires=['keras>=3', \"trl[x]==1\"], name='demo project')",
    "requirements-dev.txt": "# hi\n-r other.txt\nGPTCache==0.1  # why\ngit+https://x/y\n\n",
    "requirements/base.txt": "diskcache\n",
    "requirements/notes.md": "nothing\n",
}


def test_dependencies_come_from_every_kind_of_file(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    names = dependencies(str(tmp_path))
    expected = {"torch", "hydra-core", "pytest", "ruff", "openai", "peft", "numpy", "scipy", "timm",
                "keras", "trl", "gptcache", "diskcache"}  # fmt: skip
    assert names >= expected
    assert "nothing" not in names
    asked = frozenset({"dependency:gptcache", "dependency:redis", "kind:x"})
    assert declared_facts(str(tmp_path), asked) == {"dependency:gptcache"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "project = 3\n[tool]\npoetry = []\n"),
        ("setup.cfg", "no section\n"),
        ("setup.cfg", "[options]\n"),
        ("requirements.txt", "\0\n"),
    ],
)
def test_files_that_say_nothing_are_passed_over(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert dependencies(str(tmp_path)) == frozenset()


@given(data=st.binary(max_size=200))
def test_any_bytes_are_passed_over(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    root = tmp_path_factory.mktemp("project")
    for name in ("pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "x.json", "y.yaml"):
        (root / name).write_bytes(data)
    asked = frozenset({"dependency:x", PRECISION})
    assert declared_facts(str(root), asked) <= asked


YES = [
    (PRECISION, "compute_environment: LOCAL\nmixed_precision: bf16\n"),
    (PRECISION, "mixed_precision: 'fp16'"),
    (PRECISION, '{"fp16": {"enabled": true, "loss_scale": 0}}'),
    (PRECISION, '{\n  "bf16": {\n    "enabled": "auto"\n  }\n}'),
    (PRECISION, "trainer:\n  precision: 16-mixed\n"),
    (PRECISION, "bf16: true"),
    (PRECISION, "fp16:\n  enabled: true\n"),
    (PRECISION, '{"mixed_precision":"bf16","x":1}'),
    (PRECISION, "precision = 16"),
    (STOPPING, "early_stopping_patience: 3"),
    (STOPPING, "callbacks:\n  early_stopping:\n    patience: 3\n"),
    (STOPPING, "  _target_: lightning.pytorch.callbacks.EarlyStopping"),
    (STOPPING, "  - class_path: EarlyStopping"),
    (STOPPING, '{"early_stopping_patience": 5}'),
    (CACHE, "litellm_settings:\n  cache: true\n"),
    (CACHE, '{"cache": true}'),
]
NO = [
    (PRECISION, "mixed_precision: no"),
    (PRECISION, "mixed_precision: 'no'"),
    (PRECISION, "precision: 32"),
    (PRECISION, "bf16: false"),
    (PRECISION, '{"fp16": {"enabled": false}}'),
    (PRECISION, '{"fp16":{"enabled":false},"zero":{"enabled":true}}'),
    (PRECISION, "fp16:\n  enabled: false\nx:\n  enabled: true"),
    (PRECISION, "# mixed_precision: bf16"),
    (PRECISION, "precision: 16000"),
    (STOPPING, "early_stopping: false"),
    (STOPPING, "early_stopping_patience: null"),
    (STOPPING, "early_stopping_patience: 0"),
    (STOPPING, "_target_: my.Trainer"),
    (CACHE, "cache: false"),
    (CACHE, "cache: ~/.cache"),
]


@pytest.mark.parametrize(("fact", "text"), YES)
def test_a_setting_is_a_fact(tmp_path: Path, fact: str, text: str) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "x.yaml").write_text(text)
    assert declared_facts(str(tmp_path), frozenset({fact})) == {fact}


@pytest.mark.parametrize(("fact", "text"), NO)
def test_a_setting_that_is_off_is_no_fact(tmp_path: Path, fact: str, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    assert declared_facts(str(tmp_path), frozenset({fact})) == frozenset()


def test_settings_count_at_the_root_and_one_level_below(tmp_path: Path) -> None:
    for name in ("a/b", ".hidden"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "x.yaml").write_text("bf16: true")
    (tmp_path / "x.txt").write_text("bf16: true")
    (tmp_path / "large.json").write_text("bf16: true" + " " * 1_000_000)
    (tmp_path / "link.json").symlink_to("link.json")
    (tmp_path / "dir.json").mkdir()
    assert declared_facts(str(tmp_path), frozenset({PRECISION})) == frozenset()
    assert declared_facts(str(tmp_path / "gone"), frozenset({PRECISION})) == frozenset()
    (tmp_path / "a" / "x.yaml").write_text("bf16: true")
    assert declared_facts(str(tmp_path), frozenset({PRECISION})) == {PRECISION}


@pytest.mark.parametrize(
    "text", ["\n", ",", "{ ", "early_stopping", "fp16: {", "_target_: E", "fp16:\n "]
)
def test_no_file_makes_the_search_slow(tmp_path: Path, text: str) -> None:
    """The patterns take time in proportion to the file, whatever it repeats."""
    (tmp_path / "x.yaml").write_text((text * 900_000)[:900_000])
    declared_facts(str(tmp_path), frozenset({PRECISION, STOPPING, CACHE}))
