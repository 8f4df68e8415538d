"""What code says of budgets and regions, held against what a policy says of them."""

import libcst as cst
import pytest
from answers_of import bundled_catalog

from greenlint.lint.facts.module import Facts
from greenlint.lint.facts.vocabulary import fact_named
from greenlint.lint.rule import Subject
from greenlint.policy.settings import BudgetFacts, PolicyFacts

POLICY = PolicyFacts(
    known=True,
    budgets=(
        BudgetFacts(name="train", per="run", limits={"energy": 9_000_000 * 10**6, "requests": 5}),
        BudgetFacts(name="ask", per="call", limits={"carbon": 600 * 10**6, "tokens": 2000}),
    ),
    sci=("answer",),
    allow=("zone:SE", "zone:FR", "zone:US-OR", "gcp:europe-central2"),
    deny=("aws:us-west-2",),
    max_intensity=150.0,
)


def answer(code: str, fact: str, policy: PolicyFacts = POLICY, detail: str = ""):
    """What a fact says of the last call in a text."""
    facts = Facts(cst.parse_module(code), bundled_catalog(), policy=policy)
    function = fact_named(Subject.CALL, fact)
    assert function is not None
    return function(facts, facts.tree.calls[-1], detail)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('energy_budget("train")', {"declared"}),
        ('energy_budget("trian")', {"undeclared"}),
        ('energy_budget("trian", "1 kWh")', {"undeclared", "own"}),
        ('energy_budget(name="trian")', {"undeclared"}),
        ('energy_budget("900 J")', {"unnamed"}),
        ("energy_budget(kwh=1)", {"unnamed"}),
        ('sci_budget("answer")', {"declared"}),
        ('sci_budget("train")', {"undeclared"}),
        ("energy_budget(name)", None),
        ("energy_budget(**options)", None),
    ],
)
def test_the_name_of_a_budget(call, words) -> None:
    found = answer(f"from greenlint import energy_budget, sci_budget\n{call}\n", "named-budget")
    assert (found and found.words) == words


def test_without_a_policy_no_name_is_unknown() -> None:
    code = 'import greenlint\ngreenlint.budget("train")\n'
    assert answer(code, "named-budget", PolicyFacts()) is None


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('energy_budget("train", "2.5 kWh")', ""),
        ('energy_budget("train", "2.6 kWh")', "`train` allows 2.5 kWh"),
        ('budget("train", joules=9_000_001)', "`train` allows 2.5 kWh"),
        ('budget("train", requests="1k")', "`train` allows 5 requests"),
        ('budget("ask", carbon="1 kgCO2e")', "`ask` allows 600 gCO2e"),
        ('budget("ask", grams=601)', "`ask` allows 600 gCO2e"),
        ('carbon_budget("601 gCO2e")', "the largest of the policy per call allows 600 gCO2e"),
        ("request_budget(requests=6)", "the largest of the policy per run allows 5 requests"),
        ("token_budget(tokens=1)", ""),
        ('budget("ask", energy="900 kWh")', None),
        ('energy_budget("900 kWh", per="day")', None),
        ('energy_budget("train", "9 horses")', None),
        ('energy_budget("train", kwh="9")', None),
        ('energy_budget("train", limit)', None),
        ("energy_budget(name, kwh=99)", None),
    ],
)
def test_a_limit_in_code(call, reason) -> None:
    found = answer(f"from greenlint import *\nimport greenlint\ngreenlint.{call}\n", "inline-limit")
    if reason is None:
        assert found is None
    else:
        assert found.words == ({"above"} if reason else {"within"})
        assert (found.value or "") == reason


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ('import boto3\nboto3.client("ec2", "eu-north-1")', {"inside"}),
        ('import boto3\nboto3.client("ec2", "us-west-2")', {"outside", "by-list"}),
        ('import boto3\nboto3.client("ec2", "eu-west-1")', {"outside", "by-list"}),
        ('import vertexai\nvertexai.init(location="us-west1-b")', {"inside"}),
        ('import vertexai\nvertexai.init(location="europe-central2")', {"outside", "by-intensity"}),
        ('import sky\nsky.Resources(region="eu-west-3")', {"inside"}),
        ('import sky\nsky.Resources(region="moon-1")', None),
        ('import boto3\nboto3.client("ec2", "mars-north-1")', None),
        ('import vertexai\nvertexai.init(location="global")', None),
        ("import boto3\nboto3.client('ec2', 1)", None),
        (
            (
                "import boto3\nboto3.client('sagemaker',"
                " endpoint_url='https://runtime.sagemaker.us-east-1.amazonaws.com')"
            ),
            {"outside", "by-list"},
        ),
        (
            (
                "from google.cloud import aiplatform_v1\naiplatform_v1.JobServiceClient("
                'client_options={"api_endpoint": "us-central1-aiplatform.googleapis.com"})'
            ),
            {"outside", "by-list"},
        ),
        (
            (
                "from azure.ai.inference import ChatCompletionsClient\nChatCompletionsClient("
                'endpoint="https://phi.eastus2.models.ai.azure.com")'
            ),
            {"outside", "by-list"},
        ),
    ],
)
def test_the_region_that_code_asks_for(code, words) -> None:
    found = answer(code, "region")
    assert (found and found.words) == words


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("us.anthropic.claude-sonnet-4-6", {"partly"}),
        ("eu.amazon.nova-lite-v1:0", {"partly"}),
        ("au.anthropic.claude-sonnet-4-6", {"outside"}),
        ("anthropic.claude-sonnet-4-6", None),
    ],
)
def test_where_aws_may_send_a_request(model, words) -> None:
    policy = PolicyFacts(known=True, allow=("zone:SE", "zone:US-OR"))
    code = f'from strands.models import BedrockModel\nBedrockModel(model_id="{model}")'
    found = answer(code, "routing", policy)
    assert (found and found.words) == words
    everywhere = PolicyFacts(known=True, deny=("zone:PL",))
    if found:
        assert answer(code, "routing", everywhere).words == {"inside"}


@pytest.mark.parametrize(
    ("detail", "word"),
    [("budgets", "yes"), ("regions", "yes"), ("requires-budgets", "no")],
)
def test_what_the_policy_says(detail, word) -> None:
    assert answer("f()", "policy", detail=detail).words == {word}
    assert answer("f()", "policy", PolicyFacts(), detail).words == {"no"}


def test_the_policy_has_no_other_words() -> None:
    assert answer("f()", "policy", detail="weather") is None
