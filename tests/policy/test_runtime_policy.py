"""What running code is told of a policy."""

from collections.abc import Callable
from pathlib import Path

from greenlint.policy.amounts import Limits
from greenlint.policy.budget import Budget, Mode, OnExceed, Per, Scope
from greenlint.policy.runtime_policy import load_runtime_policy

Write = Callable[[str, str], Path]


def test_budgets_become_whole_numbers_and_know_where_they_were_written(write: Write) -> None:
    path = write(
        "greenlint.yaml",
        """\
        version: 1
        mode: warn
        budgets:
          train: {energy: 2.5 kWh, carbon: 600 gCO2e, per: run, warn_at: [80%, 50%],
                  on_exceed: stop}
          daily:
            {tokens: 20M, requests: 50k, per: day, timezone: Europe/Paris, scope: fleet,
             mode: enforce, on_exceed: deny, on_unmeasured: deny, on_ledger_down: deny,
             labels: {team: search}}
        """,
    )
    policy = load_runtime_policy(path)
    assert policy.path == path
    assert policy.mode is Mode.WARN
    assert policy.budgets["train"] == Budget(
        name="train",
        limits=Limits(energy=9_000_000_000_000, carbon=600_000_000),
        per=Per.RUN,
        warn_at=(0.5, 0.8),
        on_exceed=OnExceed.STOP,
        mode=Mode.WARN,
        source="greenlint.yaml:4",
    )
    assert policy.budgets["daily"] == Budget(
        name="daily",
        limits=Limits(tokens=20_000_000, requests=50_000),
        per=Per.DAY,
        timezone="Europe/Paris",
        scope=Scope.FLEET,
        on_exceed=OnExceed.DENY,
        allow_unmeasured=False,
        allow_without_ledger=False,
        labels={"team": "search"},
        source="greenlint.yaml:6",
    )


def test_the_hash_changes_with_what_the_policy_says_and_with_nothing_else(write: Write) -> None:
    text = "version: 1\nbudgets:\n  train: {energy: 2 kWh, per: run}\n"
    first = load_runtime_policy(write("greenlint.yaml", text)).hash
    assert load_runtime_policy(write("greenlint.yaml", f"# a comment\n{text}")).hash == first
    assert load_runtime_policy(write("greenlint.yaml", text.replace("2", "3"))).hash != first
