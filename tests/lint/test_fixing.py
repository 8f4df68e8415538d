"""Fixes: what they change, what they leave alone to the byte, and which of them are dropped."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from greenlint.lint.engine import CheckRequest, check
from greenlint.lint.fixing import Fixed, fix_findings
from greenlint.lint.ruleset import load_ruleset
from greenlint.policy.settings import LintSettings

Fixer = Callable[..., Fixed]
AMP = "deprecated-amp"
PACK = """\
name: slow-thing
summary: A thing is slow.
severity: low
confidence: high
since: "0.1"
gate: [[slowlib]]
message: "`{call}` is slow"
advice: "Make it fast."
match:
  - case: slow
    call: [slowlib.**]
    unless: [{argument.fast: true}]
    fix: {safety: safe, steps: [FIX]}
evidence: []
"""


@pytest.fixture
def fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fixer:
    """Fix the files of the test's directory by one rule, of a pack if one is given."""
    monkeypatch.chdir(tmp_path)

    def run(rule: str, *, steps: str = "", unsafe: bool = True) -> Fixed:
        packs: tuple[str, ...] = ()
        if steps:
            pack = tmp_path / "pack"
            pack.mkdir(exist_ok=True)
            (pack / f"{rule}.yaml").write_text(PACK.replace("FIX", steps), "utf-8")
            packs = (str(pack),)
        settings = LintSettings(select=(rule,), root=str(tmp_path), rule_paths=packs)
        request = CheckRequest((".",), settings, load_ruleset(settings), jobs=1)
        return fix_findings(check(request), request, unsafe=unsafe)

    return run


def only_file(fixed: Fixed) -> bytes:
    """What became of the one file that was fixed."""
    (file,) = fixed.files
    return file.after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            b"\xef\xbb\xbf# caf\xc3\xa9\r\nimport torch\r\ns = torch.cuda.amp.GradScaler(\r\n"
            b"    enabled=True\r\n)\r\nlast = 1",
            b"\xef\xbb\xbf# caf\xc3\xa9\r\nimport torch\r\ns = torch.amp.GradScaler(\r\n"
            b'    enabled=True,\r\n    device="cuda"\r\n)\r\nlast = 1',
            id="byte order mark, CRLF, no newline at the end",
        ),
        pytest.param(
            b"# -*- coding: latin-1 -*-\nimport torch as t  # \xe9\n"
            b"\x0cs = t.cuda.amp.GradScaler()\n",
            b"# -*- coding: latin-1 -*-\nimport torch as t  # \xe9\n"
            b'\x0cs = t.amp.GradScaler(device="cuda")\n',
            id="another encoding, a form feed, an alias",
        ),
        pytest.param(
            b"import torch\nif torch:\n    def make():\n"
            b"        return (torch.cuda.amp.GradScaler(\n            enabled=True,\n        ))\n",
            b"import torch\nif torch:\n    def make():\n        return (torch.amp.GradScaler(\n"
            b'            enabled=True,\n            device="cuda",\n        ))\n',
            id="several lines, further in",
        ),
        pytest.param(
            b"import torch\ns = torch.cuda.amp.GradScaler(enabled=True,  # why\n"
            b"                              growth_interval=9,)\n",
            b"import torch\ns = torch.amp.GradScaler(enabled=True,  # why\n"
            b"                              growth_interval=9,\n"
            b'                              device="cuda",)\n',
            id="a comment between arguments",
        ),
        pytest.param(
            b"import torch\ns = torch.cuda.amp.GradScaler(\n    enabled=True,  # why\n\n"
            b"    # growth_interval=9,\n)\n",
            b"import torch\ns = torch.amp.GradScaler(\n    enabled=True,  # why\n\n"
            b'    # growth_interval=9,\n    device="cuda",\n)\n',
            id="a line that was commented out",
        ),
        pytest.param(
            b"import torch\ns = torch.cuda.amp.GradScaler(enabled=True  # why\n)\n",
            b'import torch\ns = torch.amp.GradScaler(enabled=True,  # why\ndevice="cuda"\n)\n',
            id="a comment behind the only argument",
        ),
        pytest.param(
            b'"""Doc."""\nfrom __future__ import annotations\nfrom torch.cuda.amp import (\n'
            b"    GradScaler,\n)\n\ns = (GradScaler())\n",
            b'"""Doc."""\nfrom __future__ import annotations\nfrom torch.cuda.amp import (\n'
            b'    GradScaler,\n)\nimport torch\n\ns = (torch.amp.GradScaler(device="cuda"))\n',
            id="an import is added behind the others",
        ),
        pytest.param(
            b"import torch\nif 1:\n\twith torch.cuda.amp.autocast(): "
            b"x = torch.cuda.amp.GradScaler()\n",
            b'import torch\nif 1:\n\twith torch.amp.autocast(device_type="cuda"): '
            b'x = torch.amp.GradScaler(device="cuda")\n',
            id="two on a line, tabs",
        ),
    ],
)
def test_only_what_is_fixed_changes(
    fix: Fixer, tmp_path: Path, before: bytes, after: bytes
) -> None:
    (tmp_path / "train.py").write_bytes(before)
    assert only_file(fix(AMP)) == after


@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize("indent", [1, 4, None])
def test_a_notebook_keeps_its_layout_and_all_but_the_code(
    fix: Fixer,
    tmp_path: Path,
    as_list: bool,  # noqa: FBT001 - a parameter of the test
    indent: int | None,
) -> None:
    first = ["%matplotlib inline\n", "from torch.cuda.amp import GradScaler"]
    second = ["!pip install café\n", "s = GradScaler(\n", "    enabled=True,\n", ")"]
    fixed_first = [first[0], f"{first[1]}\n", "import torch"]
    fixed_second = [
        *(second[0], "s = torch.amp.GradScaler(\n", second[2]),
        *('    device="cuda",\n', ")"),
    ]

    def notebook(*sources: list[str]) -> str:
        cells = [
            {"cell_type": "code", "metadata": {"a": [1.0, "x"]}, "source": source, "outputs": [{}]}
            for source in (source if as_list else "".join(source) for source in sources)
        ]
        document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        return json.dumps(document, indent=indent, ensure_ascii=False) + "\n"

    (tmp_path / "lab.ipynb").write_text(notebook(first, second), "utf-8")
    assert only_file(fix(AMP)).decode() == notebook(fixed_first, fixed_second)


def test_a_line_that_is_no_plain_python_is_left_alone(fix: Fixer, tmp_path: Path) -> None:
    source = ["import torch\n", "%time s = torch.cuda.amp.GradScaler()"]
    cells = [{"cell_type": "code", "metadata": {}, "source": source, "outputs": []}]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "lab.ipynb").write_text(json.dumps(notebook), "utf-8")
    fixed = fix(AMP)
    assert fixed.files == ()
    assert [finding.rule for finding in fixed.dropped] == [AMP]


def test_unsafe_fixes_are_made_only_on_request(fix: Fixer, tmp_path: Path) -> None:
    code = (
        "import torch\nfrom torchvision.models import resnet18\nnet = resnet18().eval()\n"
        "def predict(x):\n    return net(\n        x,\n    )\n"
    )
    (tmp_path / "serve.py").write_text(code, "utf-8")
    assert fix("inference-with-gradients", unsafe=False).files == ()
    after = only_file(fix("inference-with-gradients"))
    assert after.decode().endswith(
        "def predict(x):\n    with torch.no_grad():\n"
        "        return net(\n            x,\n        )\n"
    )


@pytest.mark.parametrize(
    ("steps", "code", "fixed"),
    [
        ("{add-keyword: fast, value: 'True'}", "slowlib.run(1)", "slowlib.run(1, fast=True)"),
        ("{set-keyword: fast, value: 'True'}", "slowlib.run(fast=0)", "slowlib.run(fast=True)"),
        (
            "{set-keyword: fast, value: 'True'}, {remove-keyword: slow}",
            "slowlib.run(a, slow=[1, 2], b=1)",
            "slowlib.run(a, b=1, fast=True)",
        ),
        (
            "{set-keyword: fast, value: 'True'}, {remove-keyword: slow}",
            "slowlib.run(slow=1)",
            "slowlib.run(fast=True)",
        ),
        ("{rename-callee: quicklib.run}", "slowlib.run(1)", "quicklib.run(1)"),
        (
            "{set-keyword: fast, value: 'True'}, {decorate: functools.cache}",
            "def f():\n    return slowlib.run()",
            "@functools.cache\ndef f():\n    return slowlib.run(fast=True)",
        ),
    ],
)
def test_each_verb_does_what_it_says(
    fix: Fixer, tmp_path: Path, steps: str, code: str, fixed: str
) -> None:
    imports = "import slowlib, quicklib, functools\n"
    (tmp_path / "a.py").write_text(f"{imports}{code}\n", "utf-8")
    assert only_file(fix("slow-thing", steps=steps)).decode() == f"{imports}{fixed}\n"


@pytest.mark.parametrize(
    "code",
    [
        "slowlib.run(**options)",
        "slowlib.run(x for x in y)",
        "slowlib.run(fast=0)",
        "slowlib.run(*args)",
    ],
)
def test_a_keyword_is_added_only_where_nothing_may_give_it(
    fix: Fixer, tmp_path: Path, code: str
) -> None:
    (tmp_path / "a.py").write_text(f"import slowlib\n{code}\n", "utf-8")
    fixed = fix("slow-thing", steps="{add-keyword: fast, value: 'True'}")
    assert (fixed.files, fixed.dropped) == ((), ())


def test_a_fix_that_does_not_end_its_finding_is_dropped_and_the_others_stay(
    fix: Fixer, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("import slowlib\nslowlib.run(1)\nslowlib.go(2)\n", "utf-8")
    fixed = fix("slow-thing", steps="{set-keyword: other, value: '1'}")
    assert fixed.files == ()
    assert [finding.span.line for finding in fixed.dropped] == [2, 3]


def test_nested_calls_are_fixed_one_after_the_other(fix: Fixer, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import slowlib\nslowlib.run(slowlib.run())\n", "utf-8")
    fixed = fix("slow-thing", steps="{add-keyword: fast, value: 'True'}")
    assert only_file(fixed).decode().endswith("slowlib.run(slowlib.run(fast=True), fast=True)\n")
    assert fixed.count == 2


def test_what_is_suppressed_is_not_fixed(fix: Fixer, tmp_path: Path) -> None:
    code = "import slowlib\nslowlib.run()  # greenlint: ignore[slow-thing] on purpose\n"
    (tmp_path / "a.py").write_text(code, "utf-8")
    assert fix("slow-thing", steps="{add-keyword: fast, value: 'True'}").files == ()
