"""Rules that read the rest of the policy, through the real command and its cache."""

from process import Cli

CODE = """\
import boto3
from greenlint import energy_budget

client = boto3.client("bedrock-runtime", region_name="eu-west-1")


@energy_budget("train")
def train(): ...
"""
POLICY = """\
version: 1
lint: {select: [regions, governance]}
regions: {allow: [zone:IE]}
budgets: {train: {energy: 2 kWh, per: run}}
"""


def findings(cli: Cli) -> list[str]:
    ended = cli("check", "job.py", "--format", "concise", "--quiet")
    assert ended.err == ""
    return [line.split(" ")[2] for line in ended.out.splitlines()]


def test_a_change_of_the_policy_changes_what_is_found(cli: Cli, tmp_path) -> None:
    """Neither the stored settings nor the stored results outlive what they came from."""
    policy = tmp_path / "greenlint.yaml"
    (tmp_path / "job.py").write_text(CODE, "utf-8")
    policy.write_text(POLICY, "utf-8")
    assert findings(cli) == []
    assert findings(cli) == []
    policy.write_text(POLICY.replace("zone:IE", "zone:SE").replace("train:", "embed:"), "utf-8")
    expected = ["region-outside-policy:", "unknown-budget:"]
    assert findings(cli) == expected
    assert findings(cli) == expected


def test_without_a_policy_there_is_nothing_to_hold_code_to(cli: Cli, tmp_path) -> None:
    (tmp_path / "job.py").write_text(CODE, "utf-8")
    ended = cli("check", "job.py", "--isolated", "--select", "regions,governance")
    assert ended.code == 0


def test_a_model_that_is_not_allowed(cli: Cli, tmp_path) -> None:
    (tmp_path / "job.py").write_text(
        "from openai import OpenAI\n"
        'OpenAI().responses.create(model="gpt-5-pro", input=x, max_output_tokens=9)\n',
        "utf-8",
    )
    policy = tmp_path / "greenlint.yaml"
    policy.write_text("version: 1\nmodels: {allow: [gpt-5-mini]}\n", "utf-8")
    ended = cli("check", "job.py", "--select", "model-outside-policy")
    assert ended.code == 1
    assert "gpt-5-pro is not among the models that the policy allows" in " ".join(ended.out.split())
    policy.write_text("version: 1\nmodels: {allow: [gpt-5*]}\n", "utf-8")
    assert cli("check", "job.py", "--select", "model-outside-policy").code == 0


def test_a_region_by_the_intensity_of_its_grid(cli: Cli, tmp_path) -> None:
    (tmp_path / "job.py").write_text(CODE, "utf-8")
    (tmp_path / "greenlint.yaml").write_text(
        "version: 1\nregions: {max_intensity: 100 gCO2e/kWh}\n", "utf-8"
    )
    ended = cli("check", "job.py")
    assert ended.code == 1
    assert "zone:IE has 2" in ended.out
    assert "over the 100 that the policy allows" in " ".join(ended.out.split())
