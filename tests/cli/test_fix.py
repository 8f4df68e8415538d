"""`greenlint check --fix` and its kin: what is written, printed and returned."""

import os
import stat
from pathlib import Path

import pytest
from process import Cli

WASTE = "import torch\nscaler = torch.cuda.amp.GradScaler()\n"
UNSAFE = """\
from transformers import AutoModelForSequenceClassification, Trainer, TrainingArguments

model = AutoModelForSequenceClassification.from_pretrained("bert-base-cased")
Trainer(model=model, args=TrainingArguments("out"), train_dataset=train).train()
"""
MENDED = 'import torch\nscaler = torch.amp.GradScaler(device="cuda")\n'
AMP = ("--isolated", "--select", "deprecated-amp")


@pytest.fixture
def waste(tmp_path: Path) -> Path:
    """A file with one finding that has a safe fix."""
    path = tmp_path / "train.py"
    path.write_text(WASTE, "utf-8")
    return path


def test_a_check_says_what_could_be_fixed_and_changes_nothing(cli: Cli, waste: Path) -> None:
    ended = cli("check", *AMP, "train.py")
    assert ended.code == 1
    assert "deprecated-amp [*]" in ended.out
    assert "[*] 1 fixable with `--fix`." in ended.out
    assert waste.read_text("utf-8") == WASTE


def test_fixing_writes_counts_and_is_clean_afterwards(cli: Cli, waste: Path) -> None:
    waste.chmod(0o754)
    ended = cli("check", *AMP, "--fix", "train.py")
    assert ended.code == 0
    assert ended.out.startswith("Fixed 1 finding in 1 file.\nNothing found in 1 file")
    assert waste.read_text("utf-8") == MENDED
    assert stat.S_IMODE(waste.stat().st_mode) == 0o754
    assert list(waste.parent.iterdir()) == [waste]


def test_a_diff_is_shown_and_nothing_written(cli: Cli, waste: Path) -> None:
    ended = cli("check", *AMP, "--diff", "train.py")
    assert ended.code == 1
    assert ended.err == "Would fix 1 finding in 1 file.\n"
    assert ended.out.splitlines()[-2:] == [
        "-scaler = torch.cuda.amp.GradScaler()",
        '+scaler = torch.amp.GradScaler(device="cuda")',
    ]
    assert waste.read_text("utf-8") == WASTE


def test_a_diff_says_what_else_could_be_fixed(cli: Cli, waste: Path) -> None:
    waste.write_text(UNSAFE, "utf-8")
    select = ("--isolated", "--select", "fp32-training-loop", "--diff", "train.py")
    ended = cli("check", *select)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == (
        "Would fix 0 findings in 0 files.\n1 more fixable with `--fix --unsafe-fixes`.\n"
    )
    assert cli("check", "--unsafe-fixes", *select).err == "Would fix 1 finding in 1 file.\n"


def test_fix_only_reports_nothing_else(cli: Cli, waste: Path) -> None:
    waste.write_text(f"{WASTE}other = torch.cuda.amp.GradScaler(1.0)\n", "utf-8")
    ended = cli("check", *AMP, "--fix-only", "train.py")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "Fixed 1 finding in 1 file.\n"


def test_standard_input_comes_back_fixed(cli: Cli) -> None:
    ended = cli("check", *AMP, "--fix", "-", stdin=WASTE.encode())
    assert (ended.code, ended.out) == (0, MENDED)


def test_a_link_stays_a_link(cli: Cli, waste: Path) -> None:
    real = waste.rename(waste.with_name("real.txt"))
    waste.symlink_to(real.name)
    assert cli("check", *AMP, "--fix", "train.py").code == 0
    assert waste.is_symlink()
    assert real.read_text("utf-8") == MENDED


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write what is write-protected")
def test_a_file_that_cannot_be_written_is_an_error(cli: Cli, waste: Path) -> None:
    waste.chmod(0o444)
    ended = cli("check", *AMP, "--fix", "train.py")
    assert ended.code == 2
    assert "train.py: cannot be written" in ended.err


def test_a_diff_goes_with_no_format(cli: Cli, waste: Path) -> None:
    ended = cli("check", *AMP, "--diff", "--format", "json", "train.py")
    assert ended.code == 2
    assert "--diff prints a diff" in ended.err


STORY = """\
from openai import OpenAI

client = OpenAI()
for topic in open("topics.txt"):
\tif topic: print(
\t\tclient.chat.completions.create(model="m", messages=[{"role": "user", "content": topic}])
\t)
"""


def test_findings_are_suppressed_with_a_reason(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "story.py"
    path.write_text(STORY, "utf-8")
    select = ("--isolated", "--select", "unbounded-generation")
    ended = cli("check", *select, "--add-ignore", "stories end by themselves", "story.py")
    assert ended.code == 0
    assert ended.err == "Suppressed 1 finding in 1 file.\n"
    assert "1 finding suppressed." in ended.out
    comment = "\t# greenlint: ignore[unbounded-generation] stories end by themselves\n"
    assert path.read_text("utf-8") == STORY.replace("\tif topic", f"{comment}\tif topic")
    assert cli("check", *select, "story.py").code == 0


def test_what_is_mandatory_is_not_suppressed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "story.py").write_text(STORY, "utf-8")
    policy = "version: 1\nlint: {mandatory: [unbounded-generation]}\n"
    (tmp_path / "greenlint.yaml").write_text(policy, "utf-8")
    ended = cli("check", "--add-ignore", "because", "story.py")
    assert ended.code == 1
    assert "unbounded-generation" not in (tmp_path / "story.py").read_text("utf-8")


def test_a_suppression_needs_a_reason_and_no_fix_beside_it(cli: Cli, waste: Path) -> None:
    assert cli("check", "--add-ignore", " ", "train.py").code == 2
    assert cli("check", "--fix", "--add-ignore", "x", "train.py").code == 2
