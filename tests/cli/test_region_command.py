"""`greenlint region`, as a process: what it shows, and what it exits with."""

import json

import pytest
from inline_snapshot import snapshot
from process import Cli

LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "answer",
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_REGION": "eu-north-1",
}
POLICY = """\
version: 1
regions: {allow: [zone:SE, zone:FR], max_intensity: 100 gCO2e/kWh, on_unknown: deny}
"""


@pytest.fixture(autouse=True)
def policy(tmp_path) -> None:
    (tmp_path / "greenlint.yaml").write_text(POLICY, "utf-8")


def test_a_region_that_the_platform_names(cli: Cli) -> None:
    ended = cli("region", variables=LAMBDA)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == snapshot("""\
region      aws:eu-north-1 (Stockholm, zone:SE), platform
because     AWS_REGION names eu-north-1
intensity   41 gCO2e/kWh in zone:SE (average)
table       Our World in Data, Ember, 2023
policy      greenlint.yaml
decision    allow: aws:eu-north-1 is allowed (platform)

evidence
  platform  AWS Lambda: aws:eu-north-1
            AWS_REGION names eu-north-1
""")


def test_an_sdk_target_is_no_region(cli: Cli) -> None:
    ended = cli("region", variables={"AWS_REGION": "eu-north-1"})
    assert (ended.code, ended.err) == (1, "")
    assert ended.out == snapshot("""\
region      unknown
because     nothing that can be believed says where this runs
intensity   unknown
policy      greenlint.yaml
decision    deny: the region is unknown: nothing that can be believed says where
            this runs

evidence
  weak      AWS_REGION: aws:eu-north-1
            AWS_REGION is where an SDK sends requests, not where this runs
""")


def test_a_region_may_be_named(cli: Cli) -> None:
    ended = cli("region", "aws:us-west-2", "--format", "json")
    assert ended.code == 1
    found = json.loads(ended.out)
    assert found["version"] == 1
    assert found["zone"] == "zone:US-OR"
    assert found["intensity"]["table"] == "EPA eGRID2023"
    assert found["decision"] == {
        "outcome": "deny",
        "reason": "aws:us-west-2 is not among the regions that the policy allows",
    }


def test_without_a_policy_nothing_is_forbidden(cli: Cli) -> None:
    ended = cli("region", "zone:PL", "--isolated")
    assert ended.code == 0
    assert "policy      none" in ended.out


def test_a_contradiction_is_told(cli: Cli) -> None:
    ended = cli("region", variables=LAMBDA | {"GREENLINT_REGION": "zone:FR"})
    assert ended.code == 0
    assert "but         AWS Lambda says aws:eu-north-1" in ended.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mars",), "`mars` is no region."),
        (("--isolated", "--policy", "x.yaml"), "exclude each other"),
    ],
)
def test_mistakes_say_how_to_mend_them(cli: Cli, arguments, message) -> None:
    ended = cli("region", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
