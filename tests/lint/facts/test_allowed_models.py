"""Names of models against the globs of a policy."""

import pytest

from greenlint.lint.facts.allowed_models import covers, judged
from greenlint.policy.settings import PolicyFacts


@pytest.mark.parametrize(
    ("glob", "name"),
    [
        ("gpt-5", "gpt-5"),
        ("gpt-5*", "gpt-5-mini"),
        ("GPT-5*", "gpt-5-mini"),
        ("gpt-5*", "openai/gpt-5-mini"),
        ("gpt-5*", "openai:gpt-5-mini"),
        ("gpt-5*", "openrouter/openai/gpt-5-mini"),
        ("gemini-?-flash", "models/gemini-3-flash"),
        ("anthropic.claude-*", "eu.anthropic.claude-haiku-4-5-v1:0"),
        ("claude-*", "eu.anthropic.claude-haiku-4-5-v1:0"),
        ("claude-*", "anthropic.claude-v2"),
        ("llama3*", "bedrock/us.meta.llama3-70b-instruct-v1:0"),
        ("eu.anthropic.*", "bedrock/eu.anthropic.claude-haiku-4-5-v1:0"),
        ("llama*", "llama3.2:3b"),
        ("*-preview", "gemini-4-preview"),
        ("*opus*", "claude-opus-4-8"),
        ("a*a", "aba"),
        ("*", "anything"),
    ],
)
def test_a_glob_is_about_a_models_own_name(glob: str, name: str) -> None:
    assert covers(glob, name)


@pytest.mark.parametrize(
    ("glob", "name"),
    [
        ("gpt-5", "gpt-5-mini"),
        ("gpt-5*", "my-gpt-5"),
        ("gemini-?-flash", "gemini-30-flash"),
        ("openai/gpt-5", "azure/gpt-5"),
        ("2*", "llama3.2"),
        ("a*a", "a"),
        ("gpt.5", "gpt-5"),
    ],
)
def test_a_glob_is_about_no_other_name(glob: str, name: str) -> None:
    assert not covers(glob, name)


def test_a_glob_with_many_stars_takes_no_time() -> None:
    assert not covers("*a" * 200 + "b", "a" * 400)


def test_the_deny_list_is_asked_first() -> None:
    said = PolicyFacts(known=True, models_allow=("gpt-5*",), models_deny=("*-pro",))
    assert judged(said, "gpt-5-pro") == ("denied", "the policy denies gpt-5-pro by `*-pro`")
    assert judged(said, "gpt-5-mini") == ("inside", "")
    assert judged(said, "o3")[0] == "unlisted"
